#include <fmt/format.h>

#include "harness/checks/air_view.h"
#include "harness/checks/diagnosis.h"
#include "harness/checks/kernel_events.h"
#include "harness/checks/registry.h"

namespace postassoc::checks {
namespace {

constexpr std::string_view kId = "run.completed";

const Step* step_of(const Evidence& evidence, const Event& event) {
  const auto& steps = evidence.plan.scenario.steps;
  const auto index = number(event, "index").value_or(-1);
  const bool bring_up = text(event, "pointer").empty();
  return bring_up || index < 0 || static_cast<std::size_t>(index) >= steps.size()
             ? nullptr
             : &steps[static_cast<std::size_t>(index)];
}

/// "step 2 (await connected)".
std::string name_of(const Evidence& evidence, const Event& failed) {
  const Step* step = step_of(evidence, failed);
  if (step == nullptr) {
    return "bringing up the rig";
  }
  std::string word = text(failed, "step");
  if (const auto* await = std::get_if<step::Await>(&step->action)) {
    word += fmt::format(" {}", to_string(await->event));
  }
  return fmt::format("step {} ({})", number(failed, "index").value_or(0) + 1, word);
}

/// When the station was last told to associate before `until`.
Timestamp last_associate(const Evidence& evidence, Timestamp until) {
  const Event* begun = evidence.timeline.last(
      [](const Event& e) { return e.name == "step_started" && text(e, "step") == "associate"; },
      until);
  return begun == nullptr ? Timestamp::min() : begun->time;
}

/// The device did not do what the step says.
Finding device_failed(const Evidence& evidence, const Event& failed, FindingBuilder& finding) {
  const std::string what = text(failed, "what");
  const std::string cause =
      diagnose_connection(evidence, last_associate(evidence, failed.time), finding);
  return finding.event(failed)
      .at(failed.time)
      .pointer(text(failed, "pointer"))
      .actual(what)
      .fail(fmt::format("{}: {}{}{}", name_of(evidence, failed), what, cause.empty() ? "" : "; ",
                        cause));
}

/// A process of the lab that ended by itself, or an interface that went away unprovoked.
const Event* lab_loss(const Evidence& evidence) {
  return evidence.timeline.first([](const Event& e) {
    return (e.name == "process_exited" || e.name == "interface_gone") &&
           !flag(e, "expected").value_or(false);
  });
}

std::string loss_text(const Event& loss) {
  if (loss.name == "interface_gone") {
    return fmt::format("the interface {} went away during the run", text(loss, "interface"));
  }
  const auto code = number(loss, "code");
  return fmt::format("{} exited during the run{}", text(loss, "name"),
                     code ? fmt::format(" with status {}", *code) : "");
}

Finding lab_failed(const Evidence& evidence, const Event& failed, FindingBuilder& finding) {
  return finding.event(failed)
      .at(failed.time)
      .pointer(text(failed, "pointer"))
      .error(
          fmt::format("{}: the lab failed: {}", name_of(evidence, failed), text(failed, "what")));
}

/// How the recording ended, when it did not run to its end.
Finding ended_early(const Evidence& evidence, FindingBuilder& finding) {
  const auto why = missing(evidence, evidence_file::kTimeline);
  const Event* interrupted = evidence.timeline.first(named(Witness::harness, "interrupted"));
  if (interrupted != nullptr) {
    return finding.event(*interrupted).error("recording ended early: it was interrupted");
  }
  const Event* last = evidence.timeline.last(
      [](const Event& e) { return e.name == "step_started" || e.name == "step_finished"; });
  if (last == nullptr) {
    return finding.error(why ? "recording ended early: " + *why
                             : "recording ended early: no step was begun");
  }
  finding.event(*last).pointer(text(*last, "pointer"));
  return finding.error(
      fmt::format("recording ended early: the last thing the harness noted is "
                  "that step {} ({}) {}",
                  number(*last, "index").value_or(0) + 1, text(*last, "step"),
                  last->name == "step_started" ? "began" : "was done"));
}

Finding judge_completed(const Evidence& evidence) {
  FindingBuilder finding(kId, evidence);
  finding.expect("every step of the scenario does what it says, and the recording ends by itself");
  const Event* failed = evidence.timeline.first(named(Witness::harness, "step_failed"));
  if (failed != nullptr && text(*failed, "step") == "bring_up") {
    return lab_failed(evidence, *failed, finding);  // it quotes what ended, with its last words
  }
  if (const Event* loss = lab_loss(evidence)) {
    if (failed != nullptr) {
      finding.event(*failed).pointer(text(*failed, "pointer"));
    }
    return finding.event(*loss).at(loss->time).error(loss_text(*loss));
  }
  if (failed != nullptr && text(*failed, "fault") != "device") {
    return lab_failed(evidence, *failed, finding);
  }
  if (evidence.timeline.first(named(Witness::harness, "interrupted")) != nullptr ||
      !evidence.finished()) {
    return ended_early(evidence, finding);
  }
  if (failed != nullptr) {
    return device_failed(evidence, *failed, finding);
  }
  if (const std::string gone = diagnose_module(evidence, Timestamp::min(), finding);
      !gone.empty()) {
    return finding.fail(gone);  // in a call that no step waits for
  }
  const auto done = evidence.timeline.all(named(Witness::harness, "step_finished")).size();
  const auto planned = evidence.plan.scenario.steps.size();
  if (done < planned) {
    return finding.error(fmt::format("only {} of {} were done", done, count_of(planned, "step")));
  }
  return finding.pass(fmt::format("all {} did what they say", count_of(done, "step")));
}

}  // namespace

Check run_completed() {
  return {kId,
          "Every step of the scenario does what it says, and the recording runs to its end.",
          "A verdict on a run that broke off speaks of a situation that never arose; and who is at "
          "fault, the device or the lab, decides who has to look.",
          "this harness: the steps of the scenario file",
          "the harness's own step events; the air capture for the cause",
          "never: a lab that failed is an error, a device that did not get there is a fail",
          "any scenario",
          {},
          judge_completed};
}

}  // namespace postassoc::checks
