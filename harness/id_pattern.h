#pragma once

#include <string_view>

namespace postassoc {

/// Whether `id` is what `pattern` names: '*' stands for any characters, also none; everything else
/// for itself. A '*' at the front of a pattern does not stand for gates, which are judged always.
/// Another name of checks (see check_aliases.h) names them.
bool matches_pattern(std::string_view pattern, std::string_view id);

}  // namespace postassoc
