#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/air_view.h"
#include "harness/checks/connection.h"
#include "harness/checks/provocations.h"
#include "harness/checks/registry.h"

namespace postassoc::checks {
namespace {

using std::chrono::seconds;

constexpr std::uint16_t kHandshakeTimeout = 15;
/// wpa_supplicant gives up after 10 s; a station that has not tried again after
/// twice that hangs.
constexpr std::chrono::nanoseconds kGivesUp = seconds(20);
constexpr std::chrono::nanoseconds kFollows = seconds(1);

// --- robust.retry-exhaustion-clean
// ----------------------------------------------------------------

const Association* given_up(const Evidence& evidence) {
  for (const Association& association : evidence.air.associations) {
    if (association.end_reason == kHandshakeTimeout && association.end_time &&
        association.ended_by == Direction::from_access_point) {
      return &association;
    }
  }
  return nullptr;
}

/// What the station's kernel still had of a session a second after the access
/// point gave up; nothing: nothing.
std::optional<std::string> left_behind(const Evidence& evidence, const Association& association,
                                       const PortSession& session, FindingBuilder& finding) {
  const Timestamp end = *association.end_time;
  if (open_at(session, end + kFollows)) {
    finding.event(*session.opened.back());
    return "its port was still open";
  }
  if (session.left != nullptr && session.left->time <= end + kFollows) {
    finding.event(*session.left);
    return std::nullopt;
  }
  for (const KeyInstall& install :
       key_installs(evidence, Side::station, association.request_time.value_or(end), end)) {
    if (install.pairwise && install.effective()) {
      finding.event(*install.request);
      return "it still had the pairwise key";
    }
  }
  return "it was still associated";
}

/// A later step told the station to associate, and it did not even ask for 20
/// s.
const Event* wedged(const Evidence& evidence, Timestamp since) {
  for (const Event* step : steps_begun(evidence, "associate")) {
    const bool nothing = association_after(evidence, step->time) == nullptr;
    if (step->time > since && nothing && trace_end(evidence) > step->time + kGivesUp) {
      return step;
    }
  }
  return nullptr;
}

/// Whether the station ended cleanly and can come back.
Finding judge_given_up(const Evidence& evidence, const Association& association,
                       FindingBuilder& finding) {
  const Timestamp end = *association.end_time;
  const auto sessions = port_sessions(evidence, Side::station);
  const PortSession* session = session_at(sessions, end);
  if (session == nullptr) {
    return finding.inconclusive("the station's kernel trace does not show the association");
  }
  if (const Event* step = wedged(evidence, end)) {
    return finding.event(*step)
        .at(step->time)
        .fail(
            "the station was told to associate again after the access point had given up, and for "
            "20 s sent no association request");
  }
  const auto what = left_behind(evidence, association, *session, finding);
  if (what && (trace_end(evidence) < end + kFollows || !tells_leaving(evidence))) {
    return finding.inconclusive(
        "the kernel trace does not tell what was left 1 s after the access point gave up");
  }
  if (what) {
    return finding.at(end).fail(
        fmt::format("1 s after the access point gave up (frame {}, reason 15) on the station {}",
                    *association.end_frame, *what));
  }
  const bool again = association_after(evidence, end) != nullptr;
  return finding.pass(
      fmt::format("the access point gave up (frame {}, reason 15), and the station was left "
                  "without port, key and association{}",
                  *association.end_frame, again ? ", and joined again" : ""));
}

Finding judge_exhaustion(const Evidence& evidence) {
  FindingBuilder finding("robust.retry-exhaustion-clean", evidence);
  finding.expect("when the access point gives up, no port, no key and no association is left")
      .tolerance("1 s");
  if (const auto stop = without_handshake(finding, evidence)) {
    return *stop;
  }
  const Association* association = given_up(evidence);
  if (association == nullptr) {
    return finding.not_applicable("the access point gave up no handshake");
  }
  finding.frame(*association->end_frame, *association->end_time);
  if (const auto why = trace_unusable(evidence)) {
    return finding.inconclusive(*why);
  }
  return judge_given_up(evidence, *association, finding);
}

// --- robust.deauth-at-each-step
// -------------------------------------------------------------------

/// How far the association had come.
std::string_view step_of(const Association& association) {
  std::string_view step = "the association";
  for (const AirEapol& frame : association.eapol) {
    if (association.end_frame && frame.frame > *association.end_frame) {
      break;
    }
    switch (frame.message) {
      case KeyMessage::m1:
        step = "message 1";
        break;
      case KeyMessage::m2:
        step = "message 2";
        break;
      case KeyMessage::m3:
        step = "message 3";
        break;
      case KeyMessage::m4:
        step = "message 4";
        break;
      case KeyMessage::g1:
      case KeyMessage::g2:
      case KeyMessage::unknown:
        break;
    }
  }
  const bool data = !association.protected_data.empty() || !association.plain_data.empty();
  return data && (step == "message 4" || association.eapol.empty()) ? "data" : step;
}

/// A key that the station installed between its end of the association and the
/// next one.
const Event* late_key(const Evidence& evidence, const PortSession& session) {
  if (session.left == nullptr) {
    return nullptr;
  }
  const Event* next = evidence.timeline.first(
      [](const Event& e) {
        return e.witness == Witness::kernel && e.side == Side::station &&
               (e.name == "rdev_assoc" || e.name == "cfg80211_send_rx_assoc");
      },
      session.left->time);
  const Timestamp until = next != nullptr ? next->time : Timestamp::max();
  for (const KeyInstall& install :
       key_installs(evidence, Side::station, session.left->time, until)) {
    if (install.effective() && install.time() > session.left->time) {
      return install.request;
    }
  }
  return nullptr;
}

/// The station was told to associate after the loss, and no association came
/// about.
const Event* not_back(const Evidence& evidence, Timestamp lost) {
  for (const Event* step : steps_begun(evidence, "associate")) {
    if (step->time <= lost) {
      continue;
    }
    const Association* next = association_after(evidence, step->time);
    const bool joined = next != nullptr && next->response_frame && next->status.value_or(0) == 0;
    if (!joined && trace_end(evidence) > step->time + kGivesUp) {
      return step;
    }
  }
  return nullptr;
}

/// The station entry went within a second; why not, else.
std::optional<Finding> judge_entry(const Evidence& evidence, const Loss& loss,
                                   const PortSession& session, FindingBuilder& finding) {
  if (session.left != nullptr && session.left->time <= loss.time + kFollows) {
    finding.event(*session.left);
    return std::nullopt;
  }
  if (session.left == nullptr &&
      (trace_end(evidence) < loss.time + kFollows || !tells_leaving(evidence))) {
    return finding.inconclusive(
        "the kernel trace does not tell what became of the station 1 s after it was sent away");
  }
  return loss.noticed
             ? finding.at(loss.time).fail(fmt::format(
                   "1 s after it was sent away at {} (frame {}) the station still was associated",
                   step_of(*loss.association), loss.frame))
             : finding.inconclusive(fmt::format(
                   "the station stayed, but that it received frame {} is not shown", loss.frame));
}

std::optional<Finding> judge_sent_away(const Evidence& evidence, const Loss& loss,
                                       FindingBuilder& finding) {
  finding.frame(loss.frame, loss.time);
  const std::string_view step = step_of(*loss.association);
  const auto sessions = port_sessions(evidence, Side::station);
  const PortSession* session = session_at(sessions, loss.time);
  if (session == nullptr) {
    return finding.inconclusive("the station's kernel trace does not show the association");
  }
  const auto& handshakes = loss.association->handshakes;
  const bool keyed = std::any_of(handshakes.begin(), handshakes.end(),
                                 [](const Handshake& one) { return one.complete(); });
  if (keyed && key_installs(evidence, Side::station).empty()) {
    return finding.inconclusive("the trace does not show any key of the station being installed");
  }
  if (const Event* key = late_key(evidence, *session)) {
    return finding.event(*key).at(key->time).fail(
        fmt::format("after it was sent away at {} (frame {}) the station installed a key, with no "
                    "association to use it in",
                    step, loss.frame));
  }
  if (const Event* asked = not_back(evidence, loss.time)) {
    return finding.event(*asked)
        .at(asked->time)
        .fail(fmt::format(
            "after it was sent away at {} (frame {}) the station did not join again when told to",
            step, loss.frame));
  }
  return judge_entry(evidence, loss, *session, finding);
}

Finding judge_deauth(const Evidence& evidence) {
  FindingBuilder finding("robust.deauth-at-each-step", evidence);
  finding
      .expect(
          "wherever it is sent away, the station stops at once, installs no key, and joins again "
          "when told to")
      .tolerance("1 s");
  if (const auto why = missing(evidence, evidence_file::kAir)) {
    return finding.inconclusive(*why);
  }
  auto all = losses(evidence);
  std::erase_if(all, [](const Loss& l) { return l.association == nullptr || !l.by_access_point; });
  if (all.empty()) {
    return commands(evidence, "DEAUTHENTICATE") || commands(evidence, "DISASSOCIATE")
               ? finding.inconclusive(
                     "hostapd was told to send the station away, and no such frame is on the air")
               : finding.not_applicable("the access point did not send the station away");
  }
  if (const auto why = trace_unusable(evidence)) {
    return finding.inconclusive(*why);
  }
  std::string steps;
  std::optional<Finding> worst;
  for (const Loss& loss : all) {
    if (auto found = judge_sent_away(evidence, loss, finding)) {
      keep_worst(worst, std::move(*found));
    }
    steps += fmt::format("{}{}", steps.empty() ? "" : ", ", step_of(*loss.association));
  }
  return worst ? *worst
               : finding.pass(fmt::format("sent away {} (at {}), the station stopped cleanly",
                                          count_of(all.size(), "time"), steps));
}

}  // namespace

Check robust_retry_exhaustion_clean() {
  return {"robust.retry-exhaustion-clean",
          "When the access point gives a handshake up, the station ends without port, key and "
          "association, and can join again.",
          "A station that keeps half a connection neither works nor looks for another network.",
          "IEEE 802.11-2020, 12.7.6.6, reason 15; OpenBK7231T issue 2175",
          "air capture: the access point's deauthentication with reason 15; kernel trace: port, "
          "keys, station entry",
          "no kernel trace, or it ends less than 1 s after the access point gave up",
          "a wrong passphrase; every message 4 lost",
          {"gate.clock-aligned", "gate.capture-complete"},
          judge_exhaustion,
          false};
}

Check robust_deauth_at_each_step() {
  return {"robust.deauth-at-each-step",
          "Sent away at whatever step, the station stops at once, installs no key afterwards, and "
          "joins again when told to.",
          "The end of an association races with its handshake: a key that is installed after the "
          "end belongs to nobody.",
          "IEEE 802.11-2020, 11.3.5; hostap test_ap_roam_wpa2_psk_race",
          "air capture: the access point's deauthentication or disassociation; kernel trace: "
          "drv_sta_state, rdev_add_key",
          "no kernel trace, it ends less than 1 s later, or the station may not have received the "
          "frame",
          "hostapd DEAUTHENTICATE {station} at different steps",
          {"gate.clock-aligned", "gate.capture-complete"},
          judge_deauth,
          false};
}

}  // namespace postassoc::checks
