#pragma once

#include <string_view>
#include <vector>

namespace postassoc {

/// Rules of the IHV contract have older names, by what they are about: "order.ihv-ethertype-window"
/// is "ihv.pa-06". Wherever a check is named, such a name stands for it, or for each of several;
/// reports say the id. A pattern with '*' speaks of ids only.

/// The ids that another name stands for; empty when it is no such name.
std::vector<std::string_view> checks_called(std::string_view name);
/// The id where a name stands for one; else the name itself.
std::string_view check_called(std::string_view name);
/// The other names of a check, in order.
std::vector<std::string_view> other_names(std::string_view id);

}  // namespace postassoc
