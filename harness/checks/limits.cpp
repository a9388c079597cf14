#include "harness/checks/limits.h"

#include <algorithm>
#include <array>
#include <span>

namespace postassoc::checks {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Default {
  std::string_view check;
  Limit limit;
};

/// hostapd sends message 3 again after 100 ms and, without an acknowledgement, message 1 as well.
/// wpa_supplicant gives a silent access point 10 s, with EAP 70 s; twice that is too much. The
/// other figures are policy: no standard gives any.
const std::array kDefaults = {
    Default{"timing.m1-m2", {milliseconds(100), std::nullopt}},
    Default{"timing.m3-m4", {milliseconds(100), std::nullopt}},
    Default{"timing.handshake-total", {milliseconds(500), milliseconds(200)}},
    Default{"timing.m4-to-usable", {milliseconds(100), milliseconds(20)}},
    Default{"timing.post-assoc-total", {milliseconds(500), std::nullopt}},
    Default{"timing.gtk-rekey-response", {milliseconds(500), std::nullopt}},
    Default{"timing.dut-gives-up", {seconds(20), std::nullopt}},
    Default{"timing.roam-gap", {milliseconds(250), milliseconds(50)}},
};

/// With 802.1X, EAP comes before the handshake.
const std::array kEapDefaults = {
    Default{"timing.post-assoc-total", {seconds(3), std::nullopt}},
    Default{"timing.dut-gives-up", {seconds(140), std::nullopt}},
};

bool is_eap_akm(Suite akm) {
  switch (akm) {
    case kAkm8021x:
    case kAkmFt8021x:
    case kAkm8021xSha256:
    case kAkm8021xSuiteB:
    case kAkm8021xSuiteB192:
      return true;
    default:
      return false;
  }
}

/// By the air, and where that is silent by the scenario.
bool runs_eap(const Evidence& evidence) {
  const auto& all = evidence.air.associations;
  return uses_eap(evidence.plan.scenario.access_point.security) ||
         std::any_of(all.begin(), all.end(), [](const Association& association) {
           return association.suites && is_eap_akm(association.suites->akm);
         });
}

void take(Limit& limit, std::span<const Default> defaults, std::string_view check) {
  for (const Default& known : defaults) {
    if (known.check == check) {
      limit = known.limit;
    }
  }
}

}  // namespace

Limit limit_of(const Evidence& evidence, std::string_view check) {
  Limit limit;
  take(limit, kDefaults, check);
  if (runs_eap(evidence)) {
    take(limit, kEapDefaults, check);
  }
  const auto& own = evidence.plan.scenario.limits;
  if (const auto found = own.find(std::string(check)); found != own.end()) {
    if (found->second.max) {
      limit = found->second;
    } else {
      limit.warn = found->second.warn;
    }
  }
  return limit;
}

std::chrono::nanoseconds smallest_limit(const Evidence& evidence) {
  const auto& plan = evidence.plan.checks;
  const bool any = std::any_of(plan.begin(), plan.end(),
                               [](const std::string& id) { return id.starts_with("timing."); });
  std::chrono::nanoseconds smallest = std::chrono::hours(1);
  for (const Default& known : kDefaults) {
    if (any && std::find(plan.begin(), plan.end(), known.check) == plan.end()) {
      continue;
    }
    const Limit limit = limit_of(evidence, known.check);
    smallest = std::min({smallest, limit.max.value_or(smallest), limit.warn.value_or(smallest)});
  }
  return smallest;
}

}  // namespace postassoc::checks
