#include "harness/capture_evidence.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace postassoc {
namespace {

/// What a run records beside the air.
constexpr std::array kNotInACapture = {evidence_file::kTimeline, evidence_file::kStationNetdev,
                                       evidence_file::kAccessPointNetdev,
                                       evidence_file::kEnvironment};

bool is_secured(const Association& association) {
  return association.suites || !association.rsne.empty() || !association.eapol.empty() ||
         !association.beacon_rsne.empty();
}

Scenario scenario_of(const Air& air) {
  Scenario scenario;
  const Association& first = air.associations.front();
  scenario.name = fmt::format("station {} at {}", to_string(first.station), to_string(first.bssid));
  scenario.access_point.ssid = first.ssid;
  scenario.access_point.security =
      std::any_of(air.associations.begin(), air.associations.end(), is_secured) ? Security::wpa2_psk
                                                                                : Security::open;
  scenario.access_point.pmf = first.suites && first.suites->mfp ? Pmf::optional : Pmf::off;
  return scenario;
}

/// Empties it and gives its storage back, which neither clear() nor `= {}` does.
template <class T>
void release(std::vector<T>& vector) {
  std::vector<T>().swap(vector);
}

}  // namespace

Evidence evidence_of_capture(Air air, std::vector<std::string> checks, const JudgingTerms& terms) {
  Evidence evidence;
  evidence.capture_only = true;
  evidence.plan.checks = std::move(checks);
  for (const std::string_view file : kNotInACapture) {
    evidence.missing[std::string(file)] = "only a capture was given";
  }
  if (!air.associations.empty()) {
    evidence.plan.scenario = scenario_of(air);
    evidence.bssid = air.associations.front().bssid;
    evidence.station = air.associations.front().station;
  }
  terms.apply_to(evidence.plan.scenario);
  evidence.air = std::move(air);
  return evidence;
}

Association outline_of(const Association& association) {
  Association outline = association;
  release(outline.protected_data);
  release(outline.plain_data);
  release(outline.management);
  outline.folded = Association::Folded{};
  for (AirEapol& frame : outline.eapol) {
    release(frame.eapol.raw);
    frame.key_data_plain.reset();
  }
  return outline;
}

}  // namespace postassoc
