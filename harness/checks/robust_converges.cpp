#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/air_view.h"
#include "harness/checks/connection.h"
#include "harness/checks/diagnosis.h"
#include "harness/checks/kernel_events.h"
#include "harness/checks/registry.h"

namespace postassoc::checks {
namespace {

using std::chrono::nanoseconds;

/// hostapd sends message 1 at most four times, the last one 3 s after the first, and waits a second
/// more; of message 3 likewise.
constexpr nanoseconds kSchedule = std::chrono::seconds(5);

/// The one message of an initial handshake that the medium kept from its receiver.
struct Single {
  const HandshakeView* handshake = nullptr;
  const AirEapol* message = nullptr;
};

void collect(const std::vector<const AirEapol*>& messages, std::vector<const AirEapol*>& kept) {
  std::copy_if(
      messages.begin(), messages.end(), std::back_inserter(kept),
      [](const AirEapol* message) { return message->medium.lost || message->medium.altered; });
}

/// First copies only, and no other message of the handshake.
std::vector<Single> single_losses(const AirView& air) {
  std::vector<Single> found;
  for (const HandshakeView& handshake : air.handshakes()) {
    std::vector<const AirEapol*> kept;
    for (const auto* messages : {&handshake.m1, &handshake.m2, &handshake.m3, &handshake.m4}) {
      collect(*messages, kept);
    }
    if (handshake.rekey || kept.size() != 1) {
      continue;
    }
    const auto first = [&](const std::vector<const AirEapol*>& messages) {
      return !messages.empty() && messages.front() == kept.front();
    };
    if (first(handshake.m1) || first(handshake.m2) || first(handshake.m3) || first(handshake.m4)) {
      found.push_back({&handshake, kept.front()});
    }
  }
  return found;
}

/// When the ports of both sides were open; nothing when they never were within the association.
std::optional<Timestamp> connected_at(const Evidence& evidence, const Association& association,
                                      Timestamp from) {
  Timestamp latest = Timestamp::min();
  for (const Side side : {Side::station, Side::access_point}) {
    const auto openings = port_openings(evidence, side);
    const auto opened = std::find_if(openings.begin(), openings.end(),
                                     [from](const Event* event) { return event->time >= from; });
    if (opened == openings.end() ||
        (*opened)->time > association.end_time.value_or(Timestamp::max())) {
      return std::nullopt;
    }
    latest = std::max(latest, (*opened)->time);
  }
  return latest;
}

Timestamp last_time(const Evidence& evidence) {
  const auto events = evidence.timeline.events();
  return events.empty() ? Timestamp::min() : events.back().time;
}

Finding judge_single(const Evidence& evidence, const Single& single, FindingBuilder finding) {
  const Association& association = *single.handshake->association;
  const AirEapol& lost = *single.message;
  const std::string what = fmt::format("{} (frame {}) was {} on its way", to_string(lost.message),
                                       lost.frame, lost.medium.lost ? "lost" : "changed");
  finding.frame(lost);
  const Timestamp start = association.response_time.value_or(association.eapol.front().time);
  if (const auto at = connected_at(evidence, association, start)) {
    if (const auto ended = ended_unasked(evidence, association, *at)) {
      return finding.fail(fmt::format("{}: {}", what, ended->text));
    }
    const nanoseconds uncertainty = evidence.clock_uncertainty() + kAirStampUncertainty;
    return finding.measure({"loss-to-connected", *at - lost.time, uncertainty, kSchedule})
        .pass(fmt::format("{}, and both ports were open {} ms later", what,
                          to_ms_text(*at - lost.time)));
  }
  if (association.end_time && !ended_unasked(evidence, association, Timestamp::max())) {
    return finding.inconclusive(what + ", and a step ended the association before it could go on");
  }
  if (association.end_time) {
    finding.at(*association.end_time);
    return finding.fail(fmt::format(
        "{}, and the {} ended the association (frame {}, reason {})", what,
        association.ended_by == Direction::from_station ? "station" : "access point",
        association.end_frame.value_or(0), reason_text(association.end_reason.value_or(0))));
  }
  return last_time(evidence) - lost.time > kSchedule
             ? finding.at(lost.time + kSchedule)
                   .fail(fmt::format("{}, and the ports were not both open {} ms later", what,
                                     to_ms_text(kSchedule)))
             : finding.inconclusive(what + ", and the recording ends before it could go on");
}

Finding judge_converges(const Evidence& evidence) {
  FindingBuilder finding("robust.single-loss-converges", evidence);
  finding.expect("both ports open within the access point's retransmissions");
  if (is_open(evidence) || wrong_credential(evidence)) {
    return finding.not_applicable("this scenario has no handshake that comes to an end");
  }
  if (const auto stop = without_handshake(finding, evidence)) {
    return *stop;
  }
  const AirView air(evidence);
  const std::vector<Single> singles = single_losses(air);
  if (singles.empty()) {
    return finding.not_applicable(
        "the medium kept no single message of a handshake from its receiver");
  }
  if (const auto why = trace_unusable(evidence)) {
    return finding.inconclusive(*why);
  }
  std::optional<Finding> worst;
  for (const Single& single : singles) {
    keep_worst(worst, judge_single(evidence, single, finding));
  }
  return *worst;
}

}  // namespace

Check robust_single_loss_converges() {
  return {"robust.single-loss-converges",
          "When the first copy of one message of the handshake is lost or arrives damaged, the "
          "connection comes about all the same, by the access point's retransmissions.",
          "Frames get lost; a station that gives up, or takes the repetition for an attack, fails "
          "to connect where others do.",
          "IEEE 802.11-2020, 12.7.6; hostapd's retransmission timers",
          "what the harness's medium did; air capture: the messages and how the association "
          "ended; kernel trace: both ports",
          "no kernel trace, or the recording ends before the retransmissions are over",
          "medium rules: drop or corrupt one of eapol.m1 to eapol.m4, occurrence 1",
          {"gate.capture-complete", "gate.ref-behaves"},
          judge_converges};
}

}  // namespace postassoc::checks
