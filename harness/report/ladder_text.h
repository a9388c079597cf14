#pragma once

#include <string>

#include "harness/report/model.h"
#include "harness/report/style.h"

namespace postassoc::report {

/// The ladder as text: station | air | access point, with times, frame numbers and what is odd.
/// Empty when there are no rows.
std::string render_ladder(const ScenarioReport& scenario, const ConsoleStyle& style);

}  // namespace postassoc::report
