#pragma once

#include <chrono>
#include <string_view>
#include <vector>

#include "harness/evidence.h"

namespace postassoc::checks {

/// The limit that holds for a timing check: the scenario's own, else the catalogue's default.
Limit limit_of(const Evidence& evidence, std::string_view check);

/// The smallest limit, warnings included, of the plan's timing checks (of all of them when the plan
/// has none): what the clocks must be good enough for.
std::chrono::nanoseconds smallest_limit(const Evidence& evidence);

}  // namespace postassoc::checks
