#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "harness/result.h"

namespace postassoc {

/// The place in a scenario document that a dotted path names, as a JSON pointer. Keys may hold dots
/// themselves ("limits.timing.m3-m4.max_ms"). A key that the format knows need not be there yet. An
/// Error (without `where`) for a path that leads nowhere names the nearest valid key.
Result<nlohmann::json::json_pointer> resolve_path(const nlohmann::json& document,
                                                  std::string_view path,
                                                  const std::vector<std::string>& known_checks);

}  // namespace postassoc
