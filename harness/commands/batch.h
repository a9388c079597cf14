#pragma once

#include <deque>
#include <exception>
#include <filesystem>
#include <functional>
#include <optional>
#include <variant>
#include <vector>

#include "harness/commands/recording.h"
#include "harness/evidence.h"
#include "harness/plan.h"
#include "harness/run/task.h"
#include "harness/suite.h"

namespace postassoc {

using Planned = std::variant<Plan, Skip>;

/// Scenarios resolved against a rig, each with a folder name of its own; all faults in one Error.
Result<std::vector<Planned>> plan_all(const std::vector<Scenario>& scenarios, const RigSpec& rig,
                                      const std::vector<std::string>& known_checks,
                                      std::optional<std::uint64_t> seed);

/// A rig that takes one planned scenario after another.
struct Worker {
  RigSpec rig;  ///< stands in the plans of what it records
  std::unique_ptr<Recording> recording;
};

/// Records planned scenarios into a run directory: each worker takes the next one when it is free,
/// so that as many are recorded at once as there are workers. What one worker meets does not touch
/// the others; one whose rig is gone takes no more. Each scenario is judged on a thread of its own
/// while the next ones are recorded; what came of them is told in the order of the plan.
/// SIGINT, SIGTERM and SIGHUP end the scenarios that are being recorded in order, and with them the
/// batch; a second one ends the program at once.
class Batch {
 public:
  /// Tells what came of a scenario: called in the plan's order on the caller's thread.
  using Tell = std::function<void()>;
  struct Callbacks {
    /// A worker (by its index) begins with a scenario.
    std::function<void(std::size_t, const Plan&)> on_start = [](std::size_t, const Plan&) {};
    /// After each scenario, recorded (perhaps with an Error of the lab) or skipped: called on the
    /// judging thread, one at a time; must touch nothing but the scenario's own evidence.
    std::function<Tell(const Planned&, const std::optional<Error>&)> judge;
    /// A worker could not be had or was lost, while others go on.
    std::function<void(std::size_t, const Error&)> on_lost = [](std::size_t, const Error&) {};
  };
  static constexpr int kExitInterruptedAtOnce = 2;

  Batch(std::vector<Planned> planned, std::filesystem::path run_directory,
        std::vector<Worker> workers, Callbacks callbacks);
  /// The first trouble of a rig that left scenarios unrecorded or was met while one was recorded.
  Result<> run();

 private:
  struct Lane;  ///< a worker at work
  struct Loop;  ///< the event loop and the judging thread of run()

  Task<> work(std::size_t index);
  Task<> take_scenarios(std::size_t index);
  Result<EvidenceDirectory> prepare(const Plan& plan, Secrets& secrets) const;
  void judge(std::size_t index, std::optional<Error> error);
  void tell_in_order();
  void end_early();
  void worker_ended(std::size_t index, std::exception_ptr thrown, const Result<>& result);
  void close_when_done();

  std::vector<Planned> planned_;
  std::filesystem::path run_directory_;
  std::vector<Worker> workers_;
  Callbacks callbacks_;
  std::vector<std::optional<Tell>> tells_;  ///< by index of `planned_`
  std::size_t next_ = 0;                    ///< the next to be taken
  std::size_t told_ = 0;
  std::size_t judging_ = 0;
  std::size_t working_ = 0;
  bool interrupted_ = false;
  bool ending_ = false;  ///< no more is taken
  Result<> trouble_;
  std::exception_ptr bug_;
  Loop* loop_ = nullptr;
};

/// plan.json of a run directory: {"format":1,"suite":{"name":..,"document":{..}},"scenarios":
/// [{"name":..,"slug":..},{"name":..,"skip":..}]}; "suite" only where one was run.
nlohmann::ordered_json run_plan_json(const std::vector<Planned>& planned,
                                     const std::optional<ScenarioSuite>& suite);

}  // namespace postassoc
