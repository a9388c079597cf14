#pragma once

#include <filesystem>

#include "harness/judging_terms.h"
#include "harness/report/model.h"
#include "harness/result.h"

namespace postassoc {

/// Judges the evidence of one scenario from its files: the same way for a run that has just ended
/// and for one of last year. `terms` go before the scenario's own. An Error when there is no plan
/// that can be read.
Result<report::ScenarioReport> judge_directory(const std::filesystem::path& directory,
                                               const JudgingTerms& terms = {});

/// Writes findings.json into the scenario's folder. An Error when it is there already: nothing of a
/// run is ever overwritten.
Result<> write_findings(const report::ScenarioReport& scenario);

/// Judges all scenarios of a run directory (or the one whose folder it is), with those that the
/// run's plan skipped, and those that it never came to as errors of the lab.
Result<report::RunReport> judge_run(const std::filesystem::path& run,
                                    const JudgingTerms& terms = {});

}  // namespace postassoc
