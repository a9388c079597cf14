#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "harness/rig_spec.h"

namespace postassoc {

/// One thing that a rig needs of this host.
struct HostItem {
  enum class State { ok, warning, missing };  ///< a warning costs time or proof, not the run
  std::string name;
  State state = State::ok;
  std::string detail;  ///< version, path, or what is wrong
  std::string mend;    ///< command that mends it; empty when ok
};
std::string_view to_string(HostItem::State state);

/// Looks at what the rig needs. Starts the programs in question with --version or the like (5 s
/// each at most), and changes nothing but the memory of the KVM trial in the cache.
std::vector<HostItem> inspect_host(const RigSpec& rig);

/// Parts of it.
std::vector<HostItem> inspect_virtual_rig();
std::vector<HostItem> inspect_radios(const RigSpec& rig);
/// A program: where it is and what `argv` (its name and a version option) answers on a line that
/// begins with or holds `word`.
HostItem inspect_program(const std::vector<std::string>& argv, std::string_view word,
                         const std::string& package);
/// A folder that can be written to and has this much space; it may be one that is yet to be made.
HostItem inspect_folder(const std::filesystem::path& folder, std::uintmax_t megabytes);

}  // namespace postassoc
