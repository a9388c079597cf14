#pragma once

#include <string>

#include "harness/report/model.h"
#include "harness/report/style.h"

namespace postassoc::report {

/// What the steps that prove exclusion showed: a grid each, payloads down, shapes and protections
/// across, how many frames were delivered and what that means. At most 100 columns. Empty without.
std::string render_grids(const ScenarioReport& scenario, const ConsoleStyle& style);

}  // namespace postassoc::report
