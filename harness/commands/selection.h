#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/commands/batch.h"
#include "harness/commands/context.h"
#include "harness/suite.h"

namespace postassoc {

/// What a call of `run` is about, as the command line says it.
struct SelectionOptions {
  std::vector<std::string> paths;
  std::string suite;  ///< name or file; empty: the paths, or all scenarios
  std::vector<std::string> overrides;
  std::optional<std::uint64_t> seed;
};

struct Selection {
  std::optional<ScenarioSuite> suite;
  std::vector<Planned> planned;
};

/// Reads and plans everything, touches nothing. All faults of all files in one Error.
Result<Selection> select_for_run(const SelectionOptions& options, const RigSpec& rig,
                                 const Context& context);

/// The folder of the scenarios that a suite's file is about: the one it lies in, where that is a
/// folder `suites`, else scenario_root.
Result<std::filesystem::path> root_of_suite(const std::filesystem::path& file,
                                            const Context& context);

/// Reads the suite of that name or file, and its scenarios.
struct SuiteScenarios {
  ScenarioSuite suite;
  std::vector<Scenario> scenarios;
};
Result<SuiteScenarios> load_suite_scenarios(const std::string& name_or_file,
                                            const std::vector<Override>& overrides,
                                            const Context& context);

/// The rigs of a call: `files` (none: the virtual rig), as many as there are jobs (0: one for each
/// file, or one). The virtual rig is there as often as wanted; radios are not. All must have the
/// capabilities of the first, or a verdict would depend on who is free.
Result<std::vector<RigSpec>> rigs_for_jobs(const std::vector<std::string>& files, int jobs);

}  // namespace postassoc
