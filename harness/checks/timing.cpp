#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/air_view.h"
#include "harness/checks/kernel_events.h"
#include "harness/checks/limits.h"
#include "harness/checks/registry.h"
#include "harness/checks/timing_samples.h"

namespace postassoc::checks {
namespace {

using std::chrono::nanoseconds;

/// From when a message was received to when another was sent.
Sample air_sample(const AirEapol& from, const AirEapol& to) {
  return {to.time - from.received(), kAirStampUncertainty, to.frame, to.time};
}

/// The harness's medium lost, held up or changed a message: how long the handshake took is not the
/// station's doing.
bool held_up(const HandshakeView& handshake) {
  const auto any = [](const std::vector<const AirEapol*>& messages) {
    return std::any_of(messages.begin(), messages.end(), [](const AirEapol* message) {
      return message->medium.lost || message->medium.altered || message->medium.delay.count() > 0;
    });
  };
  return any(handshake.m1) || any(handshake.m2) || any(handshake.m3) || any(handshake.m4);
}
constexpr std::string_view kHeldUp =
    "the medium lost, held up or changed messages of every handshake, as the scenario says";

/// No measurement: not applicable when the scenario can't have one, else inconclusive.
Finding nothing_measured(const FindingBuilder& finding, const Evidence& evidence,
                         const std::string& what) {
  return wrong_credential(evidence)
             ? finding.not_applicable("with another passphrase the handshake ends before " + what)
             : finding.inconclusive("the air capture does not hold " + what);
}

// --- timing.m1-m2, timing.m3-m4
// -------------------------------------------------------------------

/// From each answered question to its first answer.
std::vector<Sample> answer_times(const HandshakeView& handshake,
                                 const std::vector<const AirEapol*>& answers) {
  std::vector<Sample> samples;
  const AirEapol* last_question = nullptr;
  for (const AirEapol* answer : answers) {
    const AirEapol* question = handshake.answered_by(*answer);
    if (question != nullptr && question != last_question) {
      samples.push_back(air_sample(*question, *answer));
      last_question = question;
    }
  }
  return samples;
}

/// The first message 1 that the station acknowledged and answered only a second later, or more: it
/// had it and let it go by.
std::optional<Sample> ignored_m1(const HandshakeView& handshake) {
  constexpr nanoseconds kHard = std::chrono::seconds(1);
  if (handshake.m2.empty()) {
    return std::nullopt;
  }
  for (const AirEapol* m1 : handshake.m1) {
    if (m1->acknowledged && m1->frame < handshake.m2.front()->frame) {
      const Sample sample = air_sample(*m1, *handshake.m2.front());
      return sample.value > kHard ? std::optional(sample) : std::nullopt;
    }
  }
  return std::nullopt;
}

Finding judge_m1_m2(const Evidence& evidence) {
  FindingBuilder finding("timing.m1-m2", evidence);
  if (const auto stop = without_handshake(finding, evidence)) {
    return *stop;
  }
  std::vector<Sample> samples;
  const AirView air(evidence);
  for (const HandshakeView& handshake : air.handshakes()) {
    if (const auto late = ignored_m1(handshake)) {
      return finding.measure({"m1-m2", late->value, late->uncertainty, std::chrono::seconds(1)})
          .frame(late->frame, late->time)
          .expect("at most 1 s from the first acknowledged message 1")
          .actual(to_ms_text(late->value) + " ms")
          .fail(fmt::format("the station acknowledged message 1 and answered it {} ms later "
                            "(frame {})",
                            to_ms_text(late->value), late->frame));
    }
    const auto more = answer_times(handshake, handshake.m2);
    samples.insert(samples.end(), more.begin(), more.end());
  }
  if (samples.empty()) {
    return finding.inconclusive(
        "the air capture does not hold a message 2 and the message 1 that "
        "it answers");
  }
  return judge_samples(finding, "m1-m2", samples, limit_of(evidence, "timing.m1-m2"));
}

Finding judge_m3_m4(const Evidence& evidence) {
  FindingBuilder finding("timing.m3-m4", evidence);
  if (const auto stop = without_handshake(finding, evidence)) {
    return *stop;
  }
  std::vector<Sample> samples;
  const AirView air(evidence);
  for (const HandshakeView& handshake : air.handshakes()) {
    const auto more = answer_times(handshake, handshake.m4);
    samples.insert(samples.end(), more.begin(), more.end());
  }
  if (samples.empty()) {
    return nothing_measured(finding, evidence, "a message 4 and the message 3 that it answers");
  }
  return judge_samples(finding, "m3-m4", samples, limit_of(evidence, "timing.m3-m4"));
}

// --- timing.handshake-total
// -----------------------------------------------------------------------

Finding judge_handshake_total(const Evidence& evidence) {
  FindingBuilder finding("timing.handshake-total", evidence);
  if (const auto stop = without_handshake(finding, evidence)) {
    return *stop;
  }
  std::vector<Sample> samples;
  bool any_held_up = false;
  for (const HandshakeView& handshake : AirView(evidence).complete()) {
    if (held_up(handshake)) {
      any_held_up = true;
      continue;
    }
    samples.push_back(air_sample(*handshake.m1.front(), *handshake.m4.front()));
  }
  if (samples.empty() && any_held_up) {
    return finding.not_applicable(std::string(kHeldUp));
  }
  if (samples.empty()) {
    return nothing_measured(finding, evidence, "a handshake from message 1 to message 4");
  }
  return judge_samples(finding, "handshake-total", samples,
                       limit_of(evidence, "timing.handshake-total"), std::chrono::seconds(2));
}

// --- timing.m4-to-usable, timing.post-assoc-total
// -------------------------------------------------

/// An association that ended in a usable link.
struct Usable {
  const Association* association = nullptr;
  Timestamp m4{};
  const Event* opened = nullptr;        ///< the station's port
  std::optional<Sample> first_data_to;  ///< first protected unicast to the station after message 4
  std::optional<Sample> first_data_from;
  bool under_traffic = false;  ///< datagrams were on their way when the port opened
  Timestamp end{};             ///< when it was usable
  bool held_up = false;        ///< by the medium
};

std::optional<Sample> first_data(const Association& association, std::size_t handshake,
                                 Direction direction, Timestamp from) {
  for (const AirProtected& data : association.protected_data) {
    if (data.direction == direction && !data.group && data.handshake == handshake &&
        data.time >= from) {
      return Sample{data.time - from, kAirStampUncertainty, data.frame, data.time};
    }
  }
  return std::nullopt;
}

/// Datagrams of both ends that were sent in the 50 ms before the port opened: then the first ones
/// that get through tell when the link became usable. Without them, only when somebody first tried.
bool sent_both_ways_before(const Evidence& evidence, Timestamp opened) {
  const auto sent = [&](std::string_view from) {
    return !evidence.timeline
                .between(opened - std::chrono::milliseconds(50), opened,
                         [from](const Event& e) {
                           return e.name == "data_sent" && text(e, "from") == from;
                         })
                .empty();
  };
  return sent("station") && sent("access_point");
}

std::vector<Usable> usable_links(const Evidence& evidence) {
  std::vector<Usable> links;
  const auto openings = port_openings(evidence, Side::station);
  const nanoseconds uncertainty = evidence.clock_uncertainty() + kAirStampUncertainty;
  for (const HandshakeView& handshake : AirView(evidence).complete()) {
    const Timestamp m4 = handshake.m4.front()->time;
    const auto opened = std::find_if(openings.begin(), openings.end(),
                                     [&](const Event* e) { return e->time + uncertainty >= m4; });
    const bool before_end =
        opened != openings.end() &&
        (*opened)->time <= handshake.association->end_time.value_or(Timestamp::max());
    if (handshake.rekey || !before_end) {
      continue;
    }
    Usable link;
    link.association = handshake.association;
    link.m4 = m4;
    link.held_up = held_up(handshake);
    link.opened = *opened;
    link.first_data_to =
        first_data(*link.association, handshake.index, Direction::from_access_point, m4);
    link.first_data_from =
        first_data(*link.association, handshake.index, Direction::from_station, m4);
    link.under_traffic = sent_both_ways_before(evidence, (*opened)->time);
    link.end = (*opened)->time;
    if (link.under_traffic && link.first_data_to && link.first_data_from) {
      link.end = std::max({link.end, link.first_data_to->time, link.first_data_from->time});
    }
    links.push_back(link);
  }
  return links;
}

/// What a link's time consists of; told after the time that is judged.
void add_parts(const Usable& link, nanoseconds uncertainty, std::vector<Measurement>& parts) {
  parts.push_back({"m4-to-authorised", link.opened->time - link.m4, uncertainty, std::nullopt});
  parts.push_back({"m4-to-first-data-from-station", link.first_data_from->value,
                   kAirStampUncertainty, std::nullopt});
  parts.push_back({"m4-to-first-data-to-station", link.first_data_to->value, kAirStampUncertainty,
                   std::nullopt});
}

/// Judges the time from a start in each link to the moment it was usable.
template <class Start>
Finding judge_usable(const Evidence& evidence, std::string_view check, const std::string& name,
                     Start start_of) {
  FindingBuilder finding(check, evidence);
  if (const auto stop = without_handshake(finding, evidence)) {
    return *stop;
  }
  if (const auto why = trace_unusable(evidence)) {
    return finding.inconclusive(*why);
  }
  const nanoseconds uncertainty = evidence.clock_uncertainty() + kAirStampUncertainty;
  std::vector<Sample> samples;
  std::vector<Measurement> parts;
  std::size_t silent = 0;
  bool any_held_up = false;
  for (const Usable& link : usable_links(evidence)) {
    const std::optional<Timestamp> start = start_of(link);
    if (!start || link.held_up) {
      any_held_up = any_held_up || link.held_up;
      continue;
    }
    if (!link.first_data_to || !link.first_data_from) {
      ++silent;
      continue;
    }
    finding.event(*link.opened);
    add_parts(link, uncertainty, parts);
    samples.push_back({link.end - *start, uncertainty, 0, link.end});
  }
  if (samples.empty() && silent == 0 && any_held_up) {
    return finding.not_applicable(std::string(kHeldUp));
  }
  if (samples.empty()) {
    return silent > 0 ? finding.inconclusive(
                            "no protected data in both directions is on the air, "
                            "so that the link was usable is not shown")
                      : nothing_measured(finding, evidence,
                                         "a complete handshake with an opened port after it");
  }
  Finding judged = judge_samples(finding, name, samples, limit_of(evidence, check));
  judged.measurements.insert(judged.measurements.end(), parts.begin(), parts.end());
  return judged;
}

Finding judge_m4_to_usable(const Evidence& evidence) {
  return judge_usable(evidence, "timing.m4-to-usable", "m4-to-usable",
                      [](const Usable& link) { return std::optional(link.m4); });
}

Finding judge_post_assoc_total(const Evidence& evidence) {
  return judge_usable(evidence, "timing.post-assoc-total", "post-assoc-total",
                      [](const Usable& link) { return link.association->response_time; });
}

}  // namespace

Check timing_m1_m2() {
  return {"timing.m1-m2",
          "The station answers message 1 within the limit (default 100 ms; from 20 measurements "
          "on the 95th percentile), and never leaves one that it acknowledged for over 1 s.",
          "A late message 2 makes the access point start over; on a busy network the handshake "
          "then fails.",
          "hostapd's first retransmission timer, 100 ms; 1 s for an acknowledged message 1",
          "air capture: message 1 and the message 2 with its replay counter, one clock",
          "message 1 or 2 is not on the air, or the limit lies within the uncertainty",
          "20 connects or more; a loaded host",
          {"gate.clock-aligned", "gate.capture-complete", "gate.ref-behaves"},
          judge_m1_m2};
}

Check timing_m3_m4() {
  return {"timing.m3-m4",
          "The station answers message 3 within the limit (default 100 ms).",
          "This is the access point's real timer: a later message 4 always causes a second "
          "message 3, the situation in which keys are reinstalled.",
          "hostapd's message 3 timer, 100 ms",
          "air capture: message 3 and the message 4 with its replay counter, one clock",
          "message 3 or 4 is not on the air, or the limit lies within the uncertainty",
          "20 connects or more; repeated message 3",
          {"gate.clock-aligned", "gate.capture-complete", "gate.ref-behaves"},
          judge_m3_m4};
}

Check timing_handshake_total() {
  return {"timing.handshake-total",
          "From the first message 1 to the first message 4 within the limit (default 500 ms, a "
          "warning from 200 ms).",
          "The user feels it at every connect and at every roam.",
          "policy; no standard gives a figure",
          "air capture: message 1 and message 4, one clock",
          "no complete handshake is on the air, or the limit lies within the uncertainty",
          "20 connects or more",
          {"gate.clock-aligned", "gate.capture-complete", "gate.ref-behaves"},
          judge_handshake_total};
}

Check timing_m4_to_usable() {
  return {"timing.m4-to-usable",
          "From message 4 to a usable link within the limit (default 100 ms, a warning from 20 "
          "ms): the port is open and, when traffic was already waiting, protected data went both "
          "ways.",
          "The access point sends protected data at once after message 4; a station that installs "
          "its key late drops it.",
          "the race that hostap's driver.h describes for key installation; policy",
          "air capture: message 4 and protected data; kernel trace: the port; both clocks",
          "no kernel trace, no protected data both ways, or the limit lies within the uncertainty",
          "traffic started before the association",
          {"gate.clock-aligned", "gate.capture-complete", "gate.ref-behaves"},
          judge_m4_to_usable};
}

Check timing_post_assoc_total() {
  return {"timing.post-assoc-total",
          "From the association response to a usable link within the limit (default 500 ms, with "
          "802.1X "
          "3 s).",
          "It is the whole of what the security software adds to connecting.",
          "policy; Windows documents no time-out for the post-association operation",
          "air capture: association response and protected data; kernel trace: the port",
          "no kernel trace, no protected data both ways, or the limit lies within the uncertainty",
          "traffic started before the association; 20 connects or more",
          {"gate.clock-aligned", "gate.capture-complete", "gate.ref-behaves"},
          judge_post_assoc_total};
}

}  // namespace postassoc::checks
