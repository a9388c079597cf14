#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "harness/checks/air_view.h"
#include "harness/checks/capture_marks.h"
#include "harness/checks/kernel_events.h"
#include "harness/checks/registry.h"

namespace postassoc::checks {
namespace {

using Tags = std::set<std::string>;

constexpr std::size_t kMinimumRepeats = 3;
/// How far around the injected frames a positive control still speaks for the same situation.
constexpr std::chrono::nanoseconds kControlWindow = std::chrono::seconds(5);
/// Within this time after its injection a frame is delivered or it never is.
constexpr std::chrono::nanoseconds kDeliveryWindow = std::chrono::milliseconds(50);

Tags delivered_tags(const std::vector<NetdevFrame>& frames) {
  Tags tags;
  for (const NetdevFrame& frame : frames) {
    if (!frame.tag.empty()) {
      tags.insert(frame.tag);
    }
  }
  return tags;
}

/// From when to when the station's port was open, once; nothing when the trace does not tell.
struct OpenPort {
  Timestamp from{};
  Timestamp until = Timestamp::max();
};

std::optional<OpenPort> open_port_at(const Evidence& evidence, Timestamp time) {
  for (const PortSession& session : port_sessions(evidence, Side::station)) {
    if (session.opened.empty()) {
      continue;
    }
    const OpenPort open{session.opened.front()->time,
                        session.closed.empty() ? Timestamp::max() : session.closed.front()->time};
    if (time >= open.from && time <= open.until) {
      return open;
    }
  }
  return std::nullopt;
}

// --- excl.protected-frames-pass
// -------------------------------------------------------------------

/// Datagrams of one kind: how many were sent, seen protected on the air, delivered.
struct Delivery {
  std::string_view name;
  std::size_t sent = 0;
  std::size_t on_air = 0;
  std::size_t delivered = 0;
};

Tags protected_tags(const Evidence& evidence) {
  Tags tags;
  for (const auto& seen : evidence.air.tagged) {
    if (seen.protected_frame) {
      tags.insert(seen.tag);
    }
  }
  return tags;
}

std::vector<Delivery> count_deliveries(const Evidence& evidence, FindingBuilder& finding) {
  std::vector<Delivery> kinds = {
      {"unicast to the station"}, {"group frames to the station"}, {"unicast from the station"}};
  const Tags to_station = delivered_tags(evidence.station_netdev);
  const Tags to_access_point = delivered_tags(evidence.access_point_netdev);
  const Tags on_air = protected_tags(evidence);
  for (const Event* sent : evidence.timeline.all(named(Witness::harness, "data_sent"))) {
    if (!open_port_at(evidence, sent->time)) {
      continue;
    }
    const bool down = text(*sent, "from") == "access_point";
    const bool group = flag(*sent, "group").value_or(false);
    Delivery& kind = kinds[!down ? 2 : (group ? 1 : 0)];
    const std::string tag = text(*sent, "tag");
    ++kind.sent;
    if (on_air.contains(tag)) {
      const bool arrived = (down ? to_station : to_access_point).contains(tag);
      ++kind.on_air;
      kind.delivered += arrived ? 1U : 0U;
      if (!arrived) {
        finding.event(*sent);
      }
    }
  }
  return kinds;
}

Finding judge_protected_pass(const Evidence& evidence) {
  FindingBuilder finding("excl.protected-frames-pass", evidence);
  finding.expect("protected datagrams are delivered in both directions, unicast and group")
      .tolerance("one in ten may be lost");
  if (is_open(evidence)) {
    return finding.not_applicable("an open network protects nothing");
  }
  if (wrong_credential(evidence)) {
    return finding.not_applicable("with another passphrase no data can pass");
  }
  if (const auto why = missing(evidence, evidence_file::kAir)) {
    return finding.inconclusive(*why);
  }
  for (const auto file : {evidence_file::kStationNetdev, evidence_file::kAccessPointNetdev}) {
    if (const auto why = netdev_incomplete(evidence, file)) {
      return finding.inconclusive(*why);
    }
  }
  if (const auto why = trace_unusable(evidence)) {
    return finding.inconclusive(*why);
  }
  std::string actual;
  std::size_t sent = 0;
  const auto kinds = count_deliveries(evidence, finding);
  for (const Delivery& kind : kinds) {
    sent += kind.sent;
    actual +=
        fmt::format("{}{}: {} sent, {} protected on the air, {} delivered",
                    actual.empty() ? "" : "; ", kind.name, kind.sent, kind.on_air, kind.delivered);
  }
  finding.actual(actual);
  for (const Delivery& kind : kinds) {
    if (kind.on_air > 0 && kind.delivered * 10 < kind.on_air * 9) {
      return finding.fail(fmt::format(
          "of {} protected {} on the air {} delivered", kind.on_air, kind.name,
          kind.delivered == 0 ? "none was" : fmt::format("only {} were", kind.delivered)));
    }
  }
  const bool seen_both_ways = kinds[0].on_air > 0 && kinds[2].on_air > 0;
  const bool group_unseen = kinds[1].sent > 0 && kinds[1].on_air == 0;
  if (!seen_both_ways || group_unseen) {
    return finding.inconclusive(sent == 0 ? "no datagram was sent while the port was open"
                                          : "not every kind of datagram that was sent was seen "
                                            "protected on the air: " +
                                                actual);
  }
  return finding.pass(actual);
}

// --- excl.plain-unicast-dropped
// -------------------------------------------------------------------

/// An unencrypted unicast frame that the harness injected, and what became of it.
struct Injected {
  const Event* event = nullptr;
  std::string tag;
  const Air::Tagged* on_air = nullptr;
};

std::vector<Injected> injected_unicast(const Evidence& evidence) {
  std::vector<Injected> injected;
  for (const Event* event : evidence.timeline.all(named(Witness::harness, "injected"))) {
    if (text(*event, "frame") == "eapol" || flag(*event, "to_group").value_or(false)) {
      continue;
    }
    Injected one{event, text(*event, "tag"), nullptr};
    for (const auto& seen : evidence.air.tagged) {
      if (seen.tag == one.tag && !seen.protected_frame && seen.from_access_point) {
        one.on_air = &seen;
        break;
      }
    }
    injected.push_back(one);
  }
  return injected;
}

/// Control (a): an injected EAPOL frame, which is always let through, reached the station's stack.
const Event* eapol_control(const Evidence& evidence, Timestamp from, Timestamp until) {
  for (const Event* injected :
       evidence.timeline.between(from, until, named(Witness::harness, "injected"))) {
    if (text(*injected, "frame") != "eapol") {
      continue;
    }
    const auto delivered = evidence.timeline.between(
        injected->time, injected->time + kDeliveryWindow, [](const Event& e) {
          return e.name == "cfg80211_rx_control_port" && e.witness == Witness::kernel &&
                 e.side == Side::station && flag(e, "unencrypted").value_or(false);
        });
    if (!delivered.empty()) {
      return delivered.front();
    }
  }
  return nullptr;
}

/// Control (b): a protected datagram to the station was delivered.
const Event* data_control(const Evidence& evidence, Timestamp from, Timestamp until) {
  const Tags delivered = delivered_tags(evidence.station_netdev);
  const Tags on_air = protected_tags(evidence);
  for (const Event* sent :
       evidence.timeline.between(from, until, named(Witness::harness, "data_sent"))) {
    const std::string tag = text(*sent, "tag");
    if (text(*sent, "from") == "access_point" && !flag(*sent, "group").value_or(false) &&
        delivered.contains(tag) && on_air.contains(tag)) {
      return sent;
    }
  }
  return nullptr;
}

/// None was delivered: whether that is proved.
Finding judge_none_delivered(const Evidence& evidence, const std::vector<Injected>& injected,
                             FindingBuilder& finding) {
  if (is_open(evidence)) {
    return finding.inconclusive(
        "on an open network plain frames have to be delivered, and none "
        "was: the injector proves nothing here");
  }
  if (const auto why = missing(evidence, evidence_file::kAir)) {
    return finding.inconclusive(*why);
  }
  if (const auto why = netdev_incomplete(evidence, evidence_file::kStationNetdev)) {
    return finding.inconclusive(*why);
  }
  if (const auto why = trace_unusable(evidence)) {
    return finding.inconclusive(*why);
  }
  std::vector<const Injected*> counted;
  for (const Injected& one : injected) {
    if (one.on_air != nullptr && one.on_air->acknowledged &&
        open_port_at(evidence, one.event->time)) {
      counted.push_back(&one);
    }
  }
  if (counted.size() < kMinimumRepeats) {
    return finding.inconclusive(
        fmt::format("only {} of {} reached the station's MAC while its "
                    "port was open, {} are needed",
                    counted.size(), count_of(injected.size(), "injected frame"), kMinimumRepeats));
  }
  const OpenPort port = open_port_at(evidence, counted.front()->event->time).value();
  if (counted.back()->event->time > port.until) {
    return finding.inconclusive("the station's port closed while the frames were injected");
  }
  const Timestamp from = std::max(port.from, counted.front()->event->time - kControlWindow);
  const Timestamp until = std::min(port.until, counted.back()->event->time + kControlWindow);
  const Event* eapol = eapol_control(evidence, from, until);
  const Event* data = data_control(evidence, from, until);
  if (eapol == nullptr || data == nullptr) {
    return finding.inconclusive(fmt::format(
        "no plain frame was delivered, but neither is it proved that one could have been: {}",
        eapol == nullptr ? "no injected EAPOL frame reached the station's stack"
                         : "no protected datagram reached the station"));
  }
  for (const Injected* one : counted) {
    finding.frame(*one->on_air).event(*one->event);
  }
  finding.event(*eapol).event(*data);
  return finding.pass(
      fmt::format("{} reached the station's MAC and none its stack, while an "
                  "injected EAPOL frame and a protected datagram did",
                  count_of(counted.size(), "plain unicast frame")));
}

Finding judge_plain_unicast(const Evidence& evidence) {
  FindingBuilder finding("excl.plain-unicast-dropped", evidence);
  finding.expect("no unencrypted unicast data frame reaches the station's stack")
      .tolerance("none: one delivered frame is a fail");
  const auto injected = injected_unicast(evidence);
  if (injected.empty()) {
    const auto& steps = evidence.plan.scenario.steps;
    const bool planned = std::any_of(steps.begin(), steps.end(), [](const Step& step) {
      const auto* inject = std::get_if<step::Inject>(&step.action);
      return inject != nullptr && !inject->to_group && inject->frame != step::FrameKind::eapol;
    });
    return planned ? finding.inconclusive("the planned frames were not injected")
                   : finding.not_applicable("the scenario injects no unicast data frame");
  }
  const Tags delivered = delivered_tags(evidence.station_netdev);
  std::size_t count = 0;
  for (const Injected& one : injected) {
    if (delivered.contains(one.tag)) {
      ++count;
      finding.event(*one.event);
      if (one.on_air != nullptr) {
        finding.frame(*one.on_air);
      }
    }
  }
  if (count > 0) {
    return finding.fail(fmt::format("the station delivered {} of {} to its stack", count,
                                    count_of(injected.size(), "unencrypted unicast frame")));
  }
  return judge_none_delivered(evidence, injected, finding);
}

// --- excl.eapol-clear-before-key
// ------------------------------------------------------------------

Finding judge_eapol_clear(const Evidence& evidence) {
  FindingBuilder finding("excl.eapol-clear-before-key", evidence);
  finding.expect("an unprotected message 1 is taken in before any key is installed");
  if (const auto stop = without_handshake(finding, evidence)) {
    return *stop;
  }
  const AirEapol* unanswered = nullptr;
  const AirView air(evidence);
  for (const HandshakeView& handshake : air.handshakes()) {
    if (handshake.rekey || handshake.m1.empty()) {
      continue;
    }
    const AirEapol& m1 = *handshake.m1.front();
    if (m1.protected_frame) {
      continue;
    }
    if (!handshake.m2.empty()) {
      return finding.frame(m1)
          .frame(*handshake.m2.front())
          .pass(fmt::format(
              "the station took in message 1 in clear (frame {}) and answered it (frame "
              "{})",
              m1.frame, handshake.m2.front()->frame));
    }
    unanswered = m1.acknowledged ? &m1 : unanswered;
  }
  if (unanswered == nullptr) {
    return finding.inconclusive(
        "no unprotected message 1 that the station acknowledged is on the "
        "air");
  }
  finding.frame(*unanswered);
  if (const auto why = trace_unusable(evidence)) {
    return finding.inconclusive("message 1 was not answered, and " + *why);
  }
  const Event* delivered = evidence.timeline.first(
      [](const Event& e) {
        return e.name == "cfg80211_rx_control_port" && e.witness == Witness::kernel &&
               e.side == Side::station && flag(e, "unencrypted").value_or(false);
      },
      unanswered->time - evidence.clock_uncertainty() - kAirStampUncertainty);
  if (delivered != nullptr) {
    return finding.event(*delivered)
        .pass(
            "the station's stack took in message 1 in clear; that it did not answer is another "
            "matter");
  }
  return finding.fail(
      fmt::format("the station acknowledged message 1 in clear (frame {}), and it "
                  "never reached its stack: no handshake can start",
                  unanswered->frame));
}

}  // namespace

Check excl_protected_frames_pass() {
  return {"excl.protected-frames-pass",
          "Protected data is delivered in both directions, unicast and group.",
          "It is the control for every other rule about dropped frames: a station that drops "
          "everything would pass those too.",
          "IEEE 802.11-2020, 12.9 (frame filtering); this harness's own control",
          "air capture; captures on both network interfaces; kernel trace: the port",
          "no datagram was sent while the port was open, or it was not seen protected on the air",
          "an exchange_data step after the connect",
          {"gate.capture-complete", "gate.crypto-visible"},
          judge_protected_pass};
}

Check excl_plain_unicast_dropped() {
  return {
      "excl.plain-unicast-dropped",
      "Once a key is installed, an unencrypted unicast data frame never reaches the station's "
      "stack.",
      "Whoever is in radio range could otherwise put packets behind the firewall of a "
      "protected network.",
      "CVE-2020-26140; OID_DOT11_EXCLUDE_UNENCRYPTED; mac80211 rx.c, ieee80211_drop_unencrypted",
      "air capture: the injected frames and their acknowledgements; capture on the station's "
      "interface; kernel trace: the port and the EAPOL control",
      "fewer than 3 frames reached the station's MAC, or a positive control did not arrive",
      "inject steps for udp, arp or ipv6, one for eapol, and an exchange_data step near them",
      {"gate.capture-complete", "gate.injector-works"},
      judge_plain_unicast,
      true};
}

Check excl_eapol_clear_before_key() {
  return {"excl.eapol-clear-before-key",
          "EAPOL frames in clear are taken in as long as no pairwise key is installed.",
          "If exclusion of unencrypted frames also hits EAPOL, no handshake can ever start.",
          "Windows Native 802.11: DOT11_PRIVACY_EXEMPTION; mac80211 rx.c, ieee80211_frame_allowed",
          "air capture: message 1 and message 2; kernel trace: cfg80211_rx_control_port",
          "no acknowledged message 1 in clear is on the air",
          "any connect",
          {"gate.capture-complete"},
          judge_eapol_clear};
}

}  // namespace postassoc::checks
