#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/air_view.h"
#include "harness/checks/capture_marks.h"
#include "harness/checks/datagrams.h"
#include "harness/checks/excl_controls.h"
#include "harness/checks/kernel_events.h"
#include "harness/checks/provocations.h"
#include "harness/checks/registry.h"

/// What gets past a closed port.
namespace postassoc::checks {
namespace {

/// The station was associated, and its port not yet open: neither kernel nor supplicant had said
/// so.
bool closed_at(const Evidence& evidence, Timestamp time) {
  const auto closed = closed_port_at(evidence, time);
  return closed && evidence.timeline
                       .between(closed->from, time,
                                [](const Event& e) { return matches(AwaitedEvent::connected, e); })
                       .empty();
}

/// Traffic was to go on while the station joined, or it never joins.
bool data_meant_early(const Evidence& evidence) {
  bool on = false;
  for (const Step& step : evidence.plan.scenario.steps) {
    if (const auto* traffic = std::get_if<step::Traffic>(&step.action)) {
      on = traffic->on;
    } else if (on && std::holds_alternative<step::Associate>(step.action)) {
      return true;
    }
  }
  return false;
}

// --- port.tx-blocked
// ------------------------------------------------------------------------------

/// The station's first message 4 of an association; nothing when there is none.
std::optional<std::uint64_t> first_m4(const Association& association) {
  for (const AirEapol& frame : association.eapol) {
    if (frame.message == KeyMessage::m4) {
      return frame.frame;
    }
  }
  return std::nullopt;
}

/// Data of the station in clear before its handshake was done: no port can be
/// open then.
const AirPlain* early_frame(const Association& association) {
  const auto m4 = first_m4(association);
  const auto& frames = association.plain_data;
  const auto found = std::find_if(frames.begin(), frames.end(), [&](const AirPlain& frame) {
    return frame.direction == Direction::from_station && (!m4 || frame.frame < *m4);
  });
  return found == frames.end() ? nullptr : &*found;
}

std::optional<Finding> early_data(const Evidence& evidence, FindingBuilder& finding) {
  for (const Association& association : evidence.air.associations) {
    const AirPlain* frame = association.fast_transition ? nullptr : early_frame(association);
    if (frame != nullptr) {
      return finding.frame(*frame).fail(
          fmt::format("the station sent data in clear (frame {}, EtherType {:#06x}) before its "
                      "port could be open: {}",
                      frame->frame, frame->ethertype,
                      first_m4(association) ? "its message 4 came later" : "it sent no message 4"));
    }
  }
  return std::nullopt;
}

/// Datagrams that the station was given to send while its port was closed.
std::size_t given_while_closed(const Evidence& evidence, FindingBuilder& finding) {
  std::size_t given = 0;
  for (const Datagram& one : datagrams(evidence)) {
    if (!one.to_station && closed_at(evidence, one.sent->time)) {
      finding.event(*one.sent);
      ++given;
    }
  }
  return given;
}

Finding judge_tx(const Evidence& evidence) {
  FindingBuilder finding("port.tx-blocked", evidence);
  finding.expect("no data frame of the station between association and the open port")
      .tolerance("none: one frame is a fail");
  if (is_open(evidence)) {
    return finding.not_applicable("on an open network the port opens with the association");
  }
  if (const auto why = missing(evidence, evidence_file::kAir)) {
    return finding.inconclusive(*why);
  }
  if (auto early = early_data(evidence, finding)) {
    return std::move(*early);
  }
  const std::size_t given = given_while_closed(evidence, finding);
  if (given == 0 && !data_meant_early(evidence)) {
    return finding.not_applicable(
        "the station was given nothing to send while its port was closed");
  }
  if (const auto why = trace_unusable(evidence)) {
    return finding.inconclusive(*why);
  }
  if (given < kEnoughRepeats) {
    return finding.inconclusive(
        fmt::format("given to the station while its port was closed: {}, {} are needed",
                    count_of(given, "datagram"), kEnoughRepeats));
  }
  return finding.pass(
      fmt::format("the station was given {} to send while its port was closed, and no data in "
                  "clear came before its message 4",
                  count_of(given, "datagram")));
}

// --- port.rx-blocked
// ------------------------------------------------------------------------------

/// A frame to the station while its port was closed.
struct Attempt {
  std::string tag;
  Timestamp time{};
  const Event* event = nullptr;
  const Air::Tagged* on_air = nullptr;
  bool reached = false;  ///< the station's MAC
};

std::vector<Attempt> attempts(const Evidence& evidence) {
  std::vector<Attempt> found;
  for (const Injected& one : injections(evidence)) {
    if (one.frame != "eapol" && !one.control && closed_at(evidence, one.time())) {
      const bool reached = one.on_air != nullptr && (one.to_group || one.on_air->acknowledged);
      found.push_back({one.tag, one.time(), one.event, one.on_air, reached});
    }
  }
  for (const Datagram& one : datagrams(evidence)) {
    // Protected ones race with the port: the access point may be done first.
    if (one.to_station && one.on_air != nullptr && !one.on_air->protected_frame &&
        closed_at(evidence, one.on_air->time)) {
      found.push_back(
          {one.tag, one.on_air->time, one.sent, one.on_air, one.group || one.on_air->acknowledged});
    }
  }
  return found;
}

/// A frame with this tag that the station's stack took in while the port was
/// closed.
const NetdevFrame* delivered_closed(const Evidence& evidence, const std::string& tag) {
  const auto& frames = evidence.station_netdev;
  const auto found = std::find_if(frames.begin(), frames.end(), [&](const NetdevFrame& frame) {
    return frame.tag == tag && !tag.empty() && closed_at(evidence, frame.time);
  });
  return found == frames.end() ? nullptr : &*found;
}

/// An injected EAPOL frame, which is always let through, reached the stack meanwhile.
const Event* control(const Evidence& evidence) {
  for (const Injected& one : injections(evidence)) {
    if (one.frame == "eapol" && closed_at(evidence, one.time())) {
      if (const Event* taken = eapol_delivered(evidence, one.time())) {
        return taken;
      }
    }
  }
  return nullptr;
}

Finding none_delivered(const Evidence& evidence, const std::vector<Attempt>& all,
                       FindingBuilder& finding) {
  if (const auto why = netdev_incomplete(evidence, evidence_file::kStationNetdev)) {
    return finding.inconclusive(*why);
  }
  const auto reached = static_cast<std::size_t>(
      std::count_if(all.begin(), all.end(), [](const Attempt& one) { return one.reached; }));
  if (reached < kEnoughRepeats) {
    return finding.inconclusive(fmt::format(
        "only {} of {} reached the station's MAC while its port was closed, {} are needed", reached,
        count_of(all.size(), "frame"), kEnoughRepeats));
  }
  const Event* let_through = control(evidence);
  if (let_through == nullptr) {
    return finding.inconclusive(
        "nothing was delivered while the port was closed, but neither was an injected EAPOL frame, "
        "which has to be");
  }
  for (const Attempt& one : all) {
    if (one.reached) {
      finding.frame(*one.on_air);
    }
  }
  return finding.event(*let_through)
      .pass(fmt::format("{} reached the station's MAC while its port was closed and none its "
                        "stack, while an injected EAPOL frame did",
                        count_of(reached, "data frame")));
}

/// Another passphrase holds the port closed, and data is injected.
bool held_closed(const Evidence& evidence) {
  const auto all = injections(evidence);
  return wrong_credential(evidence) && std::any_of(all.begin(), all.end(), [](const Injected& one) {
           return one.frame != "eapol" && !one.control;
         });
}

/// A frame that the station's stack took in while its port was closed; nothing:
/// there was none.
std::optional<Finding> judge_delivered(const Evidence& evidence, const std::vector<Attempt>& all,
                                       FindingBuilder& finding) {
  for (const Attempt& one : all) {
    if (const NetdevFrame* frame = delivered_closed(evidence, one.tag)) {
      if (one.on_air != nullptr) {
        finding.frame(*one.on_air);
      }
      return finding.event(*one.event)
          .at(frame->time)
          .fail("the station delivered a data frame to its stack while its port was closed");
    }
  }
  return std::nullopt;
}

Finding judge_rx(const Evidence& evidence) {
  FindingBuilder finding("port.rx-blocked", evidence);
  finding.expect("no data frame is delivered between association and the open port")
      .tolerance("none: one delivered frame is a fail");
  if (is_open(evidence)) {
    return finding.not_applicable("on an open network the port opens with the association");
  }
  const auto all = attempts(evidence);
  if (auto delivered = judge_delivered(evidence, all, finding)) {
    return std::move(*delivered);
  }
  if (all.empty() && !held_closed(evidence)) {
    return finding.not_applicable("no data was sent to the station while its port was closed");
  }
  if (const auto why = trace_unusable(evidence)) {
    return finding.inconclusive(*why);
  }
  if (const auto why = missing(evidence, evidence_file::kAir)) {
    return finding.inconclusive(*why);
  }
  return all.empty()
             ? finding.inconclusive(
                   "frames were injected, but none between the station's association and its end")
             : none_delivered(evidence, all, finding);
}

}  // namespace

Check port_tx_blocked() {
  return {"port.tx-blocked",
          "While its port is closed the station sends no data, whatever it is given to send.",
          "What leaves before the keys are there leaves in clear: the first packets of a laptop "
          "that wakes up are DNS and mail.",
          "IEEE 802.1X-2020, 6.4 (controlled port); mac80211 tx.c, unauthorised port",
          "air capture: the station's data in clear and message 4; kernel trace: the port; tagged "
          "datagrams that were given to the station",
          "fewer than 3 datagrams were given to it while the port was closed, or no kernel trace",
          "a traffic step before associate; a wrong passphrase",
          {"gate.capture-complete"},
          judge_tx,
          true};
}

Check port_rx_blocked() {
  return {
      "port.rx-blocked",
      "While its port is closed the station delivers no data frame to its stack.",
      "Before the handshake nothing proves who sends: whatever is taken in then comes from anyone.",
      "IEEE 802.1X-2020, 6.4 (controlled port); mac80211 rx.c, ieee80211_802_1x_port_control",
      "air capture: the frames and their acknowledgements; capture on the station's interface; "
      "kernel trace: the port, and the EAPOL control",
      "fewer than 3 frames reached the station's MAC while the port was closed, or the injected "
      "EAPOL frame did not arrive",
      "inject steps while a wrong passphrase holds the port closed",
      {"gate.capture-complete"},
      judge_rx,
      true};
}

}  // namespace postassoc::checks
