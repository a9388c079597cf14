#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <variant>
#include <vector>

#include "harness/commands/recording.h"
#include "harness/evidence.h"
#include "harness/plan.h"
#include "harness/run/task.h"

namespace postassoc {

using Planned = std::variant<Plan, Skip>;

/// Everything below `paths`, parsed and planned; all faults of all files in one Error.
Result<std::vector<Planned>> plan_all(const std::vector<std::filesystem::path>& paths,
                                      const RigSpec& rig, const std::vector<Override>& overrides,
                                      const std::vector<std::string>& known_checks);

/// plan.json of a run directory: {"format":1,"scenarios":[{"name":..,"slug":..},
/// {"name":..,"skip":..}]}
nlohmann::ordered_json run_plan_json(const std::vector<Planned>& planned);

/// Records planned scenarios one after another into a run directory. SIGINT, SIGTERM and SIGHUP end
/// the scenario that is being recorded in order, and with it the batch; a second one ends the
/// program at once.
class Batch {
 public:
  /// Told after each scenario: recorded (perhaps with an Error of the lab), or skipped.
  using OnScenario = std::function<void(const Planned&, const std::optional<Error>&)>;
  static constexpr int kExitInterruptedAtOnce = 2;

  Batch(std::vector<Planned> planned, std::filesystem::path run_directory, Recording& recording,
        OnScenario on_scenario);
  Result<> run();

 private:
  Task<> record_all();
  Result<EvidenceDirectory> prepare(const Plan& plan, Secrets& secrets) const;

  std::vector<Planned> planned_;
  std::filesystem::path run_directory_;
  Recording& recording_;
  OnScenario on_scenario_;
  bool interrupted_ = false;
};

}  // namespace postassoc
