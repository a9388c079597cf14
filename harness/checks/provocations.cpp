#include "harness/checks/provocations.h"

#include <algorithm>
#include <unordered_map>

#include "harness/checks/kernel_events.h"

namespace postassoc::checks {
namespace {

bool is_command(const Step& step, std::string_view name) {
  const auto* sent = std::get_if<step::AccessPointCommand>(&step.action);
  return sent != nullptr &&
         std::string_view(sent->command).substr(0, sent->command.find(' ')) == name;
}

/// Tagged frames of one transmitter; of several transmissions the acknowledged one.
using Copies = std::unordered_map<std::string_view, const Air::Tagged*>;

Copies copies_on_air(const Evidence& evidence, bool from_access_point) {
  Copies copies;
  for (const Air::Tagged& seen : evidence.air.tagged) {
    if (seen.from_access_point != from_access_point) {
      continue;
    }
    const auto [at, fresh] = copies.try_emplace(seen.tag, &seen);
    if (!fresh && seen.acknowledged && !at->second->acknowledged) {
      at->second = &seen;
    }
  }
  return copies;
}

const Event* step_event(const Evidence& evidence, std::string_view name,
                        const std::string& pointer) {
  return evidence.timeline.first([&](const Event& event) {
    return event.witness == Witness::harness && event.name == name &&
           text(event, "pointer") == pointer;
  });
}

}  // namespace

Injected injected_by(const Event& event) {
  Injected one;
  one.event = &event;
  one.tag = text(event, "tag");
  one.frame = text(event, "frame");
  one.form = event.detail.contains("form") ? text(event, "form") : one.form;
  one.variant = text(event, "variant");
  one.to_group = flag(event, "to_group").value_or(false);
  one.control = flag(event, "control").value_or(false);
  return one;
}

std::vector<Injected> injections(const Evidence& evidence) {
  std::vector<Injected> injected;
  const Copies of_access_point = copies_on_air(evidence, true);
  const Copies of_others = copies_on_air(evidence, false);
  for (const Event* event : evidence.timeline.all(named(Witness::harness, "injected"))) {
    injected.push_back(injected_by(*event));
    Injected& one = injected.back();
    const Copies& copies = is_from_access_point(one) ? of_access_point : of_others;
    const auto copy = copies.find(one.tag);
    one.on_air = copy != copies.end() ? copy->second : nullptr;
  }
  return injected;
}

bool is_from_access_point(const Injected& injected) {
  const std::string from = text(*injected.event, "from");
  return from.empty() || from == "access_point";
}

bool is_management(const Injected& injected) {
  return injected.frame == "deauthentication" || injected.frame == "disassociation" ||
         injected.frame == "action";
}

bool is_under_wrong_key(const Injected& injected) {
  return injected.form == "wrong_key" || injected.form == "fragments_wrong_key" ||
         injected.form == "amsdu_wrong_key";
}

bool on_air_as_asked(const Injected& injected) {
  const std::string& form = injected.form;
  const bool plain = form == "plain" || form == "fragments_plain" || form == "fragment_to_group" ||
                     form == "amsdu_cloaked";
  return injected.on_air != nullptr && !(plain && injected.on_air->protected_frame);
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

bool access_point_option(const Evidence& evidence, std::string_view key) {
  const auto& options = evidence.plan.scenario.access_point.hostapd_options;
  return std::any_of(options.begin(), options.end(), [&](const std::string& line) {
    return std::string_view(line).substr(0, line.find('=')) == key;
  });
}

}  // namespace postassoc::checks
