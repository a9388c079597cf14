#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/air_view.h"
#include "harness/checks/kernel_events.h"
#include "harness/checks/limits.h"
#include "harness/checks/registry.h"
#include "harness/checks/timing_samples.h"
#include "harness/frames/akm.h"
#include "harness/frames/msdu.h"

namespace postassoc::checks {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

/// Data counts as flowing when this many frames came within this time before the last one.
constexpr std::size_t kFlow = 5;
constexpr nanoseconds kFlowWindow = std::chrono::seconds(1);

/// From one access point of the network to another.
struct Roam {
  const Association* old_bss = nullptr;
  const Association* new_bss = nullptr;
};

Timestamp begin_of(const Association& association) {
  return association.request_time.value_or(association.response_time.value_or(Timestamp::min()));
}

std::vector<Roam> roams(const Evidence& evidence) {
  std::vector<Roam> found;
  const auto& all = evidence.air.associations;
  for (const Association& to : all) {
    if (!to.previous_bssid || *to.previous_bssid == to.bssid || to.status.value_or(0) != 0) {
      continue;
    }
    const Association* from = nullptr;
    for (const Association& earlier : all) {
      if (earlier.bssid == *to.previous_bssid && begin_of(earlier) < begin_of(to)) {
        from = &earlier;
      }
    }
    if (from != nullptr) {
      found.push_back({from, &to});
    }
  }
  return found;
}

/// Unicast data under the pairwise key; EAPOL is none.
bool is_service(const AirProtected& data) {
  return !data.group && data.ethertype != kEthertypeEapol &&
         (data.handshake != kNoKey || data.assumed);
}

/// The last frame before the station asked the new access point, and how far apart such frames
/// were: the gap can't be told more finely.
struct OldService {
  const AirProtected* last = nullptr;
  nanoseconds spacing{};
};

std::optional<OldService> old_service(const Roam& roam) {
  std::vector<const AirProtected*> flow;
  for (const AirProtected& data : roam.old_bss->protected_data) {
    if (is_service(data) && data.time < begin_of(*roam.new_bss)) {
      flow.push_back(&data);
    }
  }
  if (flow.empty()) {
    return std::nullopt;
  }
  const Timestamp from = flow.back()->time - kFlowWindow;
  std::erase_if(flow, [from](const AirProtected* data) { return data->time < from; });
  if (flow.size() < kFlow) {
    return std::nullopt;
  }
  const auto count = static_cast<nanoseconds::rep>(flow.size() - 1);
  return OldService{flow.back(), (flow.back()->time - flow.front()->time) / count};
}

const AirProtected* first_service(const Roam& roam) {
  for (const AirProtected& data : roam.new_bss->protected_data) {
    if (is_service(data)) {
      return &data;
    }
  }
  return nullptr;
}

bool is_fast(const Association& association) {
  return association.fast_transition || (association.suites && is_ft_akm(association.suites->akm));
}

/// The catalogue's 150 ms with fast BSS transition, 250 ms without, unless the scenario has its
/// own.
Limit roam_limit(const Evidence& evidence, bool fast) {
  Limit limit = limit_of(evidence, "timing.roam-gap");
  const auto& own = evidence.plan.scenario.limits;
  const auto found = own.find("timing.roam-gap");
  if (fast && (found == own.end() || !found->second.max)) {
    limit.max = milliseconds(150);
  }
  return limit;
}

/// Whether somebody had something to send while nothing went: datagrams of the harness.
bool data_waited(const Evidence& evidence, Timestamp from, Timestamp until) {
  return !evidence.timeline.between(from, until, named(Witness::harness, "data_sent")).empty();
}

struct Gaps {
  std::vector<Sample> fast, plain;
  std::size_t unmeasured = 0;
  std::size_t without_flow = 0;
  std::size_t idle = 0;  ///< over the limit, and nobody is known to have waited
};

void measure_one(const Evidence& evidence, const Roam& roam, FindingBuilder& finding, Gaps& gaps) {
  const auto before = old_service(roam);
  const AirProtected* after = first_service(roam);
  if (!before || after == nullptr) {
    ++(before ? gaps.unmeasured : gaps.without_flow);
    return;
  }
  const bool fast = is_fast(*roam.new_bss);
  const nanoseconds gap = after->time - before->last->time;
  if (gap > roam_limit(evidence, fast).max.value_or(gap) &&
      !data_waited(evidence, before->last->time, after->time)) {
    ++gaps.idle;
    return;
  }
  finding.frame(*before->last);
  (fast ? gaps.fast : gaps.plain)
      .push_back({gap, before->spacing + kAirStampUncertainty, after->frame, after->time});
}

bool traffic_runs(const Evidence& evidence) {
  const auto& steps = evidence.plan.scenario.steps;
  return std::any_of(steps.begin(), steps.end(), [](const Step& step) {
    const auto* traffic = std::get_if<step::Traffic>(&step.action);
    return traffic != nullptr && traffic->on;
  });
}

/// Why nothing was measured, or not everything.
std::optional<Finding> not_measured(const Evidence& evidence, const Gaps& gaps,
                                    const FindingBuilder& finding) {
  if (gaps.unmeasured > 0) {
    return finding.inconclusive(
        fmt::format("after {} no protected data of the new access point is on the air, or it does "
                    "not decrypt",
                    count_of(gaps.unmeasured, "roam")));
  }
  if (gaps.idle > 0) {
    return finding.verdict(
        evidence.capture_only ? Verdict::info : Verdict::inconclusive,
        fmt::format("in {} no data went for longer than the limit, and whether any was waiting is "
                    "not known",
                    count_of(gaps.idle, "roam")));
  }
  if (!gaps.fast.empty() || !gaps.plain.empty()) {
    return std::nullopt;
  }
  if (gaps.without_flow == 0) {
    return finding.not_applicable("the station did not go from one access point to another");
  }
  const std::string idle = "the station roamed while next to no data was flowing";
  return traffic_runs(evidence) ? finding.inconclusive(idle) : finding.not_applicable(idle);
}

Finding judge_roam(const Evidence& evidence) {
  FindingBuilder finding("timing.roam-gap", evidence);
  if (const auto why = missing(evidence, evidence_file::kAir)) {
    return finding.inconclusive(*why);
  }
  Gaps gaps;
  for (const Roam& roam : roams(evidence)) {
    measure_one(evidence, roam, finding, gaps);
  }
  if (const auto stop = not_measured(evidence, gaps, finding)) {
    return *stop;
  }
  std::optional<Finding> worst;
  for (const auto& [samples, fast] : {std::pair(&gaps.fast, true), std::pair(&gaps.plain, false)}) {
    if (samples->empty()) {
      continue;
    }
    Finding judged = judge_samples(finding, fast ? "roam-gap (FT)" : "roam-gap", *samples,
                                   roam_limit(evidence, fast));
    if (!worst || worst->verdict < judged.verdict) {
      worst = std::move(judged);
    }
  }
  return *worst;
}

}  // namespace

Check timing_roam_gap() {
  Check check{
      "timing.roam-gap",
      "From the last data over the old access point to the first over the new one within the "
      "limit (default 250 ms, with fast BSS transition 150 ms; a warning from 50 ms).",
      "In this gap a call is silent; above 150 ms people hear it.",
      "TIP wlan-testing: 50 ms; tast-tests roam_cont_ping.go: 250 ms; policy",
      "air capture: reassociation request, protected data over both access points",
      "no data was flowing, nobody is known to have waited in a long gap, the data over one access "
      "point does not decrypt, or the limit lies within the spacing of the data",
      "two access points of one network, traffic every 10 ms or faster, and a roam",
      {"gate.clock-aligned", "gate.capture-complete", "gate.ref-behaves"},
      judge_roam};
  check.across_associations = true;
  return check;
}

}  // namespace postassoc::checks
