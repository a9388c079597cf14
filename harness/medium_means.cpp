#include "harness/medium_means.h"

#include <algorithm>
#include <variant>
#include <vector>

namespace postassoc {

bool can(const RigSpec& rig, std::string_view word) {
  return std::find(rig.capabilities.begin(), rig.capabilities.end(), word) !=
         rig.capabilities.end();
}

namespace {

/// EAPOL frames that the access point sends: hostapd 2.10 hands over no others.
bool is_of_access_point(const medium::Match& match) {
  using medium::FrameWord;
  if (match.from) {
    return *match.from == medium::From::access_point && medium::fits(FrameWord::eapol, match.frame);
  }
  return match.frame == FrameWord::eapol_m1 || match.frame == FrameWord::eapol_m3 ||
         match.frame == FrameWord::eapol_g1;
}

}  // namespace

std::optional<std::string> beyond_eapol_relay(const Scenario& scenario) {
  if (uses_eap(scenario.access_point.security)) {
    return "/access_point/security";  // frames with certificates are too long for its events
  }
  if (scenario.access_point.second_bss) {
    return "/access_point/second_bss";
  }
  std::vector<medium::Rule> rules;
  if (scenario.medium) {
    if (!scenario.medium->losses.empty()) {
      return scenario.medium->losses.front().pointer;
    }
    rules = scenario.medium->rules;
  }
  for (const Step& step : scenario.steps) {
    if (const auto* medium = std::get_if<step::Medium>(&step.action)) {
      rules.insert(rules.end(), medium->rules.begin(), medium->rules.end());
    }
  }
  for (const medium::Rule& rule : rules) {
    if (!is_of_access_point(rule.match)) {
      return rule.pointer;
    }
    const auto* drop = std::get_if<medium::Drop>(&rule.action);
    if (drop == nullptr || !drop->acknowledged) {
      return rule.pointer;
    }
  }
  return std::nullopt;
}

bool relays_eapol(const Scenario& scenario, const RigSpec& rig) {
  return rules_medium(scenario) && !can(rig, "medium") && can(rig, "access_point_test_commands") &&
         !beyond_eapol_relay(scenario);
}

}  // namespace postassoc
