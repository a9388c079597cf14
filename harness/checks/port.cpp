#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/air_view.h"
#include "harness/checks/kernel_events.h"
#include "harness/checks/registry.h"

namespace postassoc::checks {
namespace {

// --- port.unauthorized-after-assoc
// ----------------------------------------------------------------

/// The first message 4 of the association that a port session belongs to; null when there is none.
const AirEapol* first_m4_in(const AirView& air, const PortSession& session,
                            std::chrono::nanoseconds uncertainty) {
  const Timestamp from = session.associated->time - uncertainty;
  const Timestamp until =
      session.left != nullptr ? session.left->time + uncertainty : Timestamp::max();
  for (const HandshakeView& handshake : air.handshakes()) {
    for (const AirEapol* m4 : handshake.m4) {
      if (m4->time >= from && m4->time <= until) {
        return m4;
      }
    }
  }
  return nullptr;
}

/// With fast BSS transition the keys come with the reassociation: the response of the one that a
/// port session belongs to; null when it is none such.
const Association* fast_transition_of(const Evidence& evidence, const PortSession& session,
                                      std::chrono::nanoseconds uncertainty) {
  // The kernel takes the station as associated within moments of the response.
  constexpr std::chrono::nanoseconds kMoments = std::chrono::milliseconds(100);
  for (const Association& association : evidence.air.associations) {
    if (association.fast_transition && association.response_time &&
        association.status.value_or(0) == 0 &&
        *association.response_time <= session.associated->time + uncertainty &&
        *association.response_time >= session.associated->time - kMoments) {
      return &association;
    }
  }
  return nullptr;
}

Finding judge_unauthorized_after_assoc(const Evidence& evidence) {
  FindingBuilder finding("port.unauthorized-after-assoc", evidence);
  finding.expect("the station's port stays closed from association until message 4");
  if (const auto stop = without_handshake(finding, evidence)) {
    return *stop;
  }
  if (const auto why = trace_unusable(evidence)) {
    return finding.inconclusive(*why);
  }
  const auto uncertainty = evidence.clock_uncertainty() + kAirStampUncertainty;
  finding.tolerance(to_ms_text(uncertainty) + " ms (clock)");
  const AirView air(evidence);
  std::size_t judged = 0;
  for (const PortSession& session : port_sessions(evidence, Side::station)) {
    if (session.associated == nullptr) {
      continue;
    }
    finding.event(*session.associated);
    ++judged;
    if (session.opened.empty()) {
      continue;
    }
    const Event& opened = *session.opened.front();
    if (const auto* transition = fast_transition_of(evidence, session, uncertainty);
        transition != nullptr && *transition->response_time <= opened.time + uncertainty) {
      finding.event(opened);
      continue;
    }
    const AirEapol* m4 = first_m4_in(air, session, uncertainty);
    finding.event(opened);
    if (m4 == nullptr || opened.time + uncertainty < m4->time) {
      return finding.at(opened.time)
          .fail(fmt::format("the station's port opened {} ms after association, {}",
                            to_ms_text(opened.time - session.associated->time),
                            m4 == nullptr
                                ? "and it never sent message 4"
                                : fmt::format("before it sent message 4 (frame {})", m4->frame)));
    }
    finding.frame(*m4);
  }
  if (judged == 0) {
    return finding.inconclusive("the trace does not show the station associating");
  }
  return finding.pass(fmt::format("in {} the port stayed closed until the handshake was done",
                                  count_of(judged, "association")));
}

// --- port.opens-once
// ------------------------------------------------------------------------------

Finding judge_opens_once(const Evidence& evidence) {
  FindingBuilder finding("port.opens-once", evidence);
  finding.expect("one transition from closed to open per association");
  if (const auto why = trace_unusable(evidence)) {
    return finding.inconclusive(*why);
  }
  std::size_t opened = 0;
  for (const PortSession& session : port_sessions(evidence, Side::station)) {
    for (const Event* event : session.opened) {
      finding.event(*event);
    }
    if (session.opened.size() > 1) {
      return finding.at(session.opened[1]->time)
          .fail(fmt::format("the station's port opened {} times in one association, with {} "
                            "between",
                            session.opened.size(), count_of(session.closed.size(), "closing")));
    }
    opened += session.opened.size();
  }
  if (opened == 0) {
    return wrong_credential(evidence)
               ? finding.not_applicable("with another passphrase the port must not open")
               : finding.inconclusive("the station's port never opened");
  }
  return finding.pass(
      fmt::format("the port opened once in each of {}", count_of(opened, "association")));
}

// --- port.never-opens-on-bad-credential
// -----------------------------------------------------------

/// What shows that the port opened; nothing when nothing does.
std::optional<std::string> opened_by(const Evidence& evidence, FindingBuilder& finding) {
  const auto openings = port_openings(evidence, Side::station);
  if (!openings.empty()) {
    finding.event(*openings.front());
    return "the station's kernel opened the port";
  }
  for (const KeyInstall& install : key_installs(evidence, Side::station)) {
    if (install.pairwise && install.effective()) {
      finding.event(*install.request);
      return "the station installed a pairwise key";
    }
  }
  if (const Event* connected = evidence.timeline.first(
          [](const Event& e) { return matches(AwaitedEvent::connected, e); })) {
    finding.event(*connected);
    return connected->witness == Witness::ihv ? "the module's completion opened the port"
                                              : "the supplicant says that it is connected";
  }
  return std::nullopt;
}

/// Whether a handshake got as far as a message 2 with a wrong MIC; else what is missing.
std::optional<std::string> attempt_unproved(const Evidence& evidence, FindingBuilder& finding) {
  const auto& all = evidence.air.associations;
  if (std::none_of(all.begin(), all.end(), [](const Association& a) {
        return a.response_frame && a.status == std::uint16_t{0};
      })) {
    return "no successful association is on the air";
  }
  const AirEapol* bad = nullptr;
  const AirView air(evidence);
  for (const HandshakeView& handshake : air.handshakes()) {
    for (const AirEapol* m2 : handshake.m2) {
      if (!handshake.m1.empty() && m2->mic_valid == false) {
        bad = bad != nullptr ? bad : m2;
        finding.frame(*handshake.m1.front()).frame(*m2);
      }
    }
  }
  if (bad == nullptr) {
    return "no message 2 with a MIC that is wrong under the network's key is on the air";
  }
  const Event* mismatch =
      evidence.timeline.first(named(Witness::access_point, "AP-STA-POSSIBLE-PSK-MISMATCH"));
  if (mismatch == nullptr) {
    return "hostapd did not report AP-STA-POSSIBLE-PSK-MISMATCH";
  }
  finding.event(*mismatch);
  return std::nullopt;
}

Finding judge_never_opens(const Evidence& evidence) {
  FindingBuilder finding("port.never-opens-on-bad-credential", evidence);
  finding.expect("no open port and no pairwise key, though the attempt went as far as message 2");
  if (!wrong_credential(evidence)) {
    return finding.not_applicable("the scenario gives the station the right credential");
  }
  if (const auto opened = opened_by(evidence, finding)) {
    return finding.fail(*opened + ", though it was given another passphrase than the network's");
  }
  if (const auto why = trace_unusable(evidence)) {
    return finding.inconclusive(*why);
  }
  if (const auto why = missing(evidence, evidence_file::kAir)) {
    return finding.inconclusive(*why);
  }
  if (!key_trace_alive(evidence)) {
    return finding.inconclusive("the trace holds no key event at all");
  }
  if (const auto why = attempt_unproved(evidence, finding)) {
    return finding.inconclusive("that the attempt was made is not proved: " + *why);
  }
  if (port_sessions(evidence, Side::station).empty()) {
    return finding.inconclusive("the station's kernel trace does not show the association");
  }
  return finding.pass(
      "the station tried with another passphrase, was refused, and its port stayed "
      "closed without a pairwise key");
}

}  // namespace

Check port_unauthorized_after_assoc() {
  return {"port.unauthorized-after-assoc",
          "After association the station's port stays closed until the handshake has succeeded; "
          "with fast "
          "BSS transition, until the reassociation has.",
          "A port that is open from the start sends the first packets in clear and takes in "
          "whatever anyone sends.",
          "nl80211.h, NL80211_ATTR_CONTROL_PORT; IEEE 802.1X controlled port",
          "kernel trace of the station: drv_sta_state; air capture: message 4",
          "no kernel trace, or it does not show the association",
          "any connect; a wrong passphrase holds the port closed for seconds",
          {"gate.clock-aligned", "gate.capture-complete"},
          judge_unauthorized_after_assoc};
}

Check port_opens_once() {
  return {"port.opens-once",
          "The port goes from closed to open exactly once per association.",
          "A port that flaps loses packets in the middle of a call, and hides a handshake that "
          "was run twice.",
          "hostap rsn_supp, port control; mac80211 station states 3 and 4",
          "kernel trace of the station: drv_sta_state, or rdev_change_station",
          "no kernel trace, lost events, or the port never opened",
          "several connects; rekeys; repeated message 3",
          {},
          judge_opens_once,
          true};
}

Check port_never_opens_on_bad_credential() {
  return {"port.never-opens-on-bad-credential",
          "With a wrong passphrase the port never opens and no pairwise key is installed.",
          "A station that goes on regardless talks to a network that has not proved to know the "
          "key: an impostor.",
          "IEEE 802.11-2020, 12.7.6; hostap test_ap_wpa2_psk_incorrect_passphrase",
          "kernel trace of the station; air capture; hostapd's AP-STA-POSSIBLE-PSK-MISMATCH",
          "it is not proved that the attempt got as far as message 2, or there is no kernel trace",
          "station.credential: wrong",
          {"gate.capture-complete"},
          judge_never_opens,
          true};
}

}  // namespace postassoc::checks
