#include "harness/checks/limits.h"

#include <algorithm>
#include <array>

namespace postassoc::checks {
namespace {

using std::chrono::milliseconds;

struct Default {
  std::string_view check;
  Limit limit;
};

/// hostapd sends message 3 again after 100 ms and, without an acknowledgement, message 1 as well.
/// The other figures are policy: no standard gives any.
const std::array kDefaults = {
    Default{"timing.m1-m2", {milliseconds(100), std::nullopt}},
    Default{"timing.m3-m4", {milliseconds(100), std::nullopt}},
    Default{"timing.handshake-total", {milliseconds(500), milliseconds(200)}},
    Default{"timing.m4-to-usable", {milliseconds(100), milliseconds(20)}},
    Default{"timing.post-assoc-total", {milliseconds(500), std::nullopt}},
    Default{"timing.gtk-rekey-response", {milliseconds(500), std::nullopt}},
};

}  // namespace

Limit limit_of(const Evidence& evidence, std::string_view check) {
  Limit limit;
  for (const Default& known : kDefaults) {
    if (known.check == check) {
      limit = known.limit;
    }
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
