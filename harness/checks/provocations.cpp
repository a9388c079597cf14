#include "harness/checks/provocations.h"

#include <algorithm>

#include "harness/checks/kernel_events.h"

namespace postassoc::checks {
namespace {

bool is_command(const Step& step, std::string_view name) {
  const auto* sent = std::get_if<step::AccessPointCommand>(&step.action);
  return sent != nullptr &&
         std::string_view(sent->command).substr(0, sent->command.find(' ')) == name;
}

const Air::Tagged* copy_on_air(const Evidence& evidence, const std::string& tag) {
  const auto& tagged = evidence.air.tagged;
  const auto found = std::find_if(tagged.begin(), tagged.end(), [&](const Air::Tagged& seen) {
    return seen.tag == tag && seen.from_access_point;
  });
  return found == tagged.end() || tag.empty() ? nullptr : &*found;
}

const Event* step_event(const Evidence& evidence, std::string_view name,
                        const std::string& pointer) {
  return evidence.timeline.first([&](const Event& event) {
    return event.witness == Witness::harness && event.name == name &&
           text(event, "pointer") == pointer;
  });
}

}  // namespace

std::vector<Injected> injections(const Evidence& evidence) {
  std::vector<Injected> injected;
  for (const Event* event : evidence.timeline.all(named(Witness::harness, "injected"))) {
    Injected one;
    one.event = event;
    one.tag = text(*event, "tag");
    one.frame = text(*event, "frame");
    one.form = event->detail.contains("form") ? text(*event, "form") : one.form;
    one.variant = text(*event, "variant");
    one.to_group = flag(*event, "to_group").value_or(false);
    one.control = flag(*event, "control").value_or(false);
    one.on_air = copy_on_air(evidence, one.tag);
    injected.push_back(std::move(one));
  }
  return injected;
}

std::vector<Commanded> commands_sent(const Evidence& evidence, std::string_view name) {
  std::vector<Commanded> sent;
  for (const Step& step : evidence.plan.scenario.steps) {
    if (!is_command(step, name)) {
      continue;
    }
    const Event* finished = step_event(evidence, "step_finished", step.pointer);
    if (finished == nullptr) {
      continue;
    }
    const Event* started = step_event(evidence, "step_started", step.pointer);
    sent.push_back({std::get<step::AccessPointCommand>(step.action).command,
                    started != nullptr ? started->time : finished->time, finished->time,
                    step.pointer});
  }
  return sent;
}

bool commands(const Evidence& evidence, std::string_view name) {
  const auto& steps = evidence.plan.scenario.steps;
  return std::any_of(steps.begin(), steps.end(),
                     [&](const Step& step) { return is_command(step, name); });
}

}  // namespace postassoc::checks
