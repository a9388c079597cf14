#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/air_view.h"
#include "harness/checks/excl_controls.h"
#include "harness/checks/kernel_events.h"
#include "harness/checks/registry.h"
#include "harness/frames/dot11.h"

/// Unprotected management frames to a station that protects them.
namespace postassoc::checks {
namespace {

constexpr std::size_t kMinimumRepeats = 3;
/// SA Query's own time-out is 1 s: a station that obeys does so by then.
constexpr std::chrono::nanoseconds kEffect = std::chrono::seconds(1);
constexpr std::uint8_t kSaQueryCategory = 8;
constexpr std::uint8_t kSaQueryResponse = 1;

std::uint8_t subtype_of(const Injected& one) {
  return one.frame == "deauthentication" ? kDeauthentication
         : one.frame == "disassociation" ? kDisassociation
                                         : kAction;
}

const AirManagement* copy_on_air(const Evidence& evidence, const Injected& one) {
  const Timestamp from = one.time() - evidence.clock_uncertainty() - kAirStampUncertainty;
  for (const Association& association : evidence.air.associations) {
    for (const AirManagement& frame : association.management) {
      if (frame.direction == Direction::from_access_point && !frame.protected_frame &&
          frame.subtype == subtype_of(one) && frame.time >= from &&
          frame.time <= one.time() + kDeliveryWindow) {
        return &frame;
      }
    }
  }
  return nullptr;
}

/// The answer of the station to an SA Query in clear: it took in a robust action frame.
const AirManagement* plain_sa_query_response(const Evidence& evidence, Timestamp from,
                                             Timestamp until) {
  for (const Association& association : evidence.air.associations) {
    for (const AirManagement& frame : association.management) {
      if (frame.direction == Direction::from_station && frame.category == kSaQueryCategory &&
          frame.action == kSaQueryResponse && frame.time >= from && frame.time <= until) {
        return &frame;
      }
    }
  }
  return nullptr;
}

/// How many kernel reports of unprotected deauthentication or disassociation there are.
std::size_t reports(const Evidence& evidence) {
  return evidence.timeline
      .all([](const Event& e) {
        return e.side == Side::station && (e.name == "cfg80211_rx_unprot_mlme_mgmt" ||
                                           e.name.starts_with("NL80211_CMD_UNPROT_"));
      })
      .size();
}

enum class Cause { none, harness, unknown };

/// The harness told the station to leave, or the access point to do something about it, or it was
/// already taking everything down: the captures end first.
Cause cause_of(const Evidence& evidence, Timestamp from, Timestamp closed) {
  const auto begun = named(Witness::harness, "step_started");
  const Event* ended = evidence.timeline.first(named(Witness::harness, "capture_drained"));
  if (evidence.timeline.first(begun) == nullptr || ended == nullptr) {
    return Cause::unknown;
  }
  const auto told = evidence.timeline.between(from, closed, [&](const Event& e) {
    return begun(e) &&
           (text(e, "step") == "disassociate" || text(e, "step") == "access_point_command");
  });
  return told.empty() && closed < ended->time ? Cause::none : Cause::harness;
}

struct Seen {
  std::size_t on_air = 0;
  Timestamp last{};
};

/// What the station did that it must not; else counts what reached it.
std::optional<Finding> judge_each(const Evidence& evidence, const std::vector<Injected>& frames,
                                  Seen& seen, FindingBuilder& finding) {
  for (const Injected& one : frames) {
    const AirManagement* on_air = copy_on_air(evidence, one);
    finding.event(*one.event);
    if (on_air == nullptr) {
      continue;
    }
    finding.frame(*on_air);
    const Span port = open_port_at(evidence, one.time()).value();
    const bool closed = one.frame != "action" && port.until <= one.time() + kEffect;
    const Cause cause = closed ? cause_of(evidence, one.time(), port.until) : Cause::harness;
    if (cause == Cause::none) {
      return finding.at(port.until)
          .fail(fmt::format("the station closed its port {} ms after a {} in clear (frame {})",
                            to_ms_text(port.until - one.time()), one.frame, on_air->frame));
    }
    if (cause == Cause::unknown) {
      return finding.inconclusive(
          "the station closed its port after a management frame in clear, and whether it was told "
          "to is not known: the harness's steps are not in the timeline");
    }
    const AirManagement* answer =
        one.frame == "action"
            ? plain_sa_query_response(evidence, on_air->time, on_air->time + kDeliveryWindow)
            : nullptr;
    if (answer != nullptr) {
      return finding.frame(*answer).fail(fmt::format(
          "the station answered a robust action frame in clear (frame {}) with frame {}",
          on_air->frame, answer->frame));
    }
    seen.on_air += one.to_group || on_air->acknowledged ? 1U : 0U;
    seen.last = std::max(seen.last, one.time());
  }
  return std::nullopt;
}

/// What stops the rule before it looks at a frame; nothing when nothing does.
std::optional<Finding> not_to_judge(const Evidence& evidence, const std::vector<Injected>& frames,
                                    const FindingBuilder& finding) {
  if (is_open(evidence)) {
    return finding.not_applicable("an open network protects no management frame");
  }
  if (frames.empty()) {
    return nothing_injected(evidence, finding, "no management frame was injected");
  }
  if (const auto why = missing(evidence, evidence_file::kAir)) {
    return finding.inconclusive(*why);
  }
  if (const auto why = trace_unusable(evidence)) {
    return finding.inconclusive(*why);
  }
  const auto mfp = management_protection(evidence, frames.front().time());
  if (!mfp) {
    return finding.inconclusive("whether management frames are protected is not known");
  }
  return *mfp ? std::nullopt
              : std::optional(finding.not_applicable(
                    "without PMF a station has to obey management frames in clear"));
}

Finding judge_unprotected(const Evidence& evidence) {
  FindingBuilder finding("excl.unprotected-mgmt", evidence);
  finding
      .expect(
          "with PMF the station ignores deauthentication, disassociation and robust action "
          "frames in clear")
      .tolerance("none: one that is obeyed is a fail");
  std::vector<Injected> frames = injections(evidence);
  std::erase_if(frames, [](const Injected& one) { return !is_management(one) || one.control; });
  if (const auto stop = not_to_judge(evidence, frames, finding)) {
    return *stop;
  }
  const std::size_t all = frames.size();
  std::erase_if(frames, [&](const Injected& one) { return !open_port_at(evidence, one.time()); });
  Seen seen;
  if (const auto obeyed = judge_each(evidence, frames, seen, finding)) {
    return *obeyed;
  }
  if (seen.on_air < kMinimumRepeats) {
    return finding.inconclusive(
        fmt::format("only {} of {} reached the station's MAC while its port was open, {} are "
                    "needed",
                    seen.on_air, count_of(all, "injected management frame"), kMinimumRepeats));
  }
  const Event* data = data_control(evidence, {seen.last, seen.last + kControlWindow}, false);
  if (data == nullptr) {
    return finding.inconclusive(
        "no protected datagram reached the station after the injected frames: that it stayed is "
        "not proved");
  }
  finding.event(*data);
  return finding.pass(
      fmt::format("{} in clear reached the station's MAC; its port stayed open and "
                  "data passed ({} reported by the kernel)",
                  count_of(seen.on_air, "management frame"), reports(evidence)));
}

}  // namespace

Check excl_unprotected_mgmt() {
  return {"excl.unprotected-mgmt",
          "With protected management frames the station ignores deauthentication, disassociation "
          "and robust action frames in clear once its keys are installed.",
          "Without it anyone in range can throw the station out of its network, or hold it there.",
          "IEEE 802.11-2020, 12.6.19; 11.13 (SA Query); mac80211 cfg80211_rx_unprot_mlme_mgmt",
          "air capture: the injected frames; kernel trace: the port; capture on the station's "
          "interface: data after them",
          "fewer than 3 frames reached the station's MAC, or no protected datagram arrived after "
          "them",
          "injected deauthentication, disassociation and SA Query frames after the connect, with "
          "PMF, and an exchange_data step after them",
          {"gate.clock-aligned", "gate.capture-complete", "gate.injector-works"},
          judge_unprotected,
          true};
}

}  // namespace postassoc::checks
