#include <utility>

#include "harness/run/runner.h"

// What a scenario's rules for the medium ask of the run.
namespace postassoc {

/// A provocation that did not take place proves nothing: the lab's fault, whatever the device did.
std::optional<Recorder::StepFailed> Recorder::unmatched_rule(std::string& pointer) const {
  if (!rig_.medium) {
    return std::nullopt;
  }
  const auto never = rig_.medium->unmatched();
  if (never.empty()) {
    return std::nullopt;
  }
  pointer = never.front().first;
  return StepFailed{false, never.front().second};
}

Recorder::StepTask Recorder::act(const step::Medium& action) {
  if (!rig_.medium) {
    co_return Error{Fault::lab, "the rig has no medium that can be ruled", {}};
  }
  std::string pointer;
  if (auto failed = unmatched_rule(pointer)) {
    co_return StepResult(std::move(*failed));
  }
  rig_.medium->replace(action.rules);
  co_return StepResult(std::nullopt);
}

/// The rules in force at the end of the steps.
bool Recorder::judge_last_rules() {
  std::string pointer;
  const auto failed = unmatched_rule(pointer);
  if (failed) {
    fail_step(
        {{"index", plan_.scenario.steps.size() - 1}, {"pointer", pointer}, {"step", "medium"}},
        "lab", failed->what);
  }
  return !failed;
}

}  // namespace postassoc
