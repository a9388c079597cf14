#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/excl_eapol.h"
#include "harness/checks/kernel_events.h"
#include "harness/checks/registry.h"

/// What EAPOL in clear may do once the keys are installed.
namespace postassoc::checks {
namespace {

/// Within this time an EAPOL frame has had its effect, if any.
constexpr std::chrono::nanoseconds kEffect = std::chrono::milliseconds(500);

/// The station's message 2 to a message 1 of the injector; null without one.
const AirEapol* answer_to_injected(const Evidence& evidence, const AirView& air) {
  for (const Association& association : evidence.air.associations) {
    for (const AirEapol& frame : association.eapol) {
      if (frame.direction != Direction::from_station || frame.message != KeyMessage::m2) {
        continue;
      }
      const AirEapol* asked = asked_by(association, frame);
      if (asked != nullptr && air.injected(*asked)) {
        return &frame;
      }
    }
  }
  return nullptr;
}

/// A message of the access point that gives a key, between the last installation of that kind and
/// this one.
bool has_cause(const Evidence& evidence, const AirView& air, const KeyInstall& install) {
  Timestamp before = Timestamp::min();
  for (const KeyInstall& other : key_installs(evidence, Side::station)) {
    if (other.pairwise == install.pairwise && other.time() < install.time()) {
      before = other.time();
    }
  }
  for (const Association& association : evidence.air.associations) {
    for (const AirEapol* frame : air.keys(association)) {
      const bool gives_key = frame->message == KeyMessage::m3 || frame->message == KeyMessage::g1;
      if (gives_key && frame->time > before &&
          frame->time <= install.time() + evidence.clock_uncertainty() + kAirStampUncertainty) {
        return true;
      }
    }
  }
  return false;
}

/// A key that was installed soon after an injected frame, and for no other reason.
std::optional<KeyInstall> key_of(const Evidence& evidence, const AirView& air,
                                 const InjectedEapol& frame) {
  for (const KeyInstall& install :
       key_installs(evidence, Side::station, frame.sent.time(), frame.sent.time() + kEffect)) {
    if (install.effective() && !has_cause(evidence, air, install)) {
      return install;
    }
  }
  return std::nullopt;
}

/// Why nothing can be said of what did not happen; nothing when it can.
std::optional<std::string> effect_unprovable(const Evidence& evidence,
                                             const std::vector<InjectedEapol>& frames) {
  if (auto why = key_trace_unusable(evidence)) {
    return why;
  }
  const auto reached = static_cast<std::size_t>(std::count_if(
      frames.begin(), frames.end(), [](const InjectedEapol& f) { return f.reached_mac(); }));
  if (reached < kMinimumEapol) {
    return fmt::format("only {} of {} reached the station's MAC, {} are needed", reached,
                       count_of(frames.size(), "injected EAPOL frame"), kMinimumEapol);
  }
  const Span window{frames.front().sent.time() - kControlWindow,
                    frames.back().sent.time() + kControlWindow};
  if (data_control(evidence, window, false) == nullptr) {
    return "no protected datagram reached the station around the injected EAPOL frames";
  }
  return std::nullopt;
}

/// Linux: it is handed on, and has no effect.
Finding judge_without_effect(const Evidence& evidence, const AirView& air,
                             const std::vector<InjectedEapol>& frames, FindingBuilder& finding) {
  for (const InjectedEapol& frame : frames) {
    if (const auto key = key_of(evidence, air, frame)) {
      return finding.event(*frame.sent.event)
          .event(*key->request)
          .fail(
              "the station installed a key after an EAPOL frame in clear that the access point "
              "never sent");
    }
  }
  if (const AirEapol* answer = answer_to_injected(evidence, air)) {
    const auto mfp = management_protection(evidence, frames.front().sent.time());
    const std::string told =
        fmt::format("the station answered a message 1 in clear (frame {})", answer->frame);
    finding.frame(*answer);
    if (!mfp) {
      return finding.inconclusive(told + ", and whether PMF is in use is not known");
    }
    return *mfp ? finding.fail(told + " though PMF is in use")
                : finding.verdict(Verdict::info, told + ", which without PMF it may");
  }
  if (const auto why = effect_unprovable(evidence, frames)) {
    return finding.inconclusive(*why);
  }
  const auto handed_on = static_cast<std::size_t>(std::count_if(
      frames.begin(), frames.end(), [](const auto& f) { return f.delivered != nullptr; }));
  if (handed_on == 0) {
    return finding.inconclusive(
        "no injected EAPOL frame reached the station's stack, where mac80211 hands it on: that it "
        "has no effect there is not proved");
  }
  return finding.pass(fmt::format(
      "{} of {} in clear reached the station's stack, as mac80211 has it, and changed no key",
      handed_on, count_of(frames.size(), "EAPOL frame")));
}

/// Windows, ON_KEY_MAPPING_KEY_UNAVAILABLE: it is dropped.
Finding judge_dropped(const Evidence& evidence, const std::vector<InjectedEapol>& frames,
                      FindingBuilder& finding) {
  for (const InjectedEapol& frame : frames) {
    if (frame.delivered != nullptr) {
      return finding.event(*frame.delivered)
          .fail(fmt::format("an EAPOL frame in clear reached the station's stack though a key is "
                            "installed (profile {})",
                            to_string(evidence.plan.scenario.profile)));
    }
  }
  if (const auto why = effect_unprovable(evidence, frames)) {
    return finding.inconclusive(*why);
  }
  const Event* shown = evidence.timeline.first([](const Event& e) {
    return e.name == "cfg80211_rx_control_port" && e.witness == Witness::kernel &&
           e.side == Side::station;
  });
  if (shown == nullptr) {
    return finding.inconclusive(
        "the trace shows no EAPOL frame that reached the stack, not even of the handshake");
  }
  return finding.event(*shown).pass(
      fmt::format("{} in clear reached the station's MAC and none its stack",
                  count_of(frames.size(), "EAPOL frame")));
}

Finding judge_eapol_after(const Evidence& evidence) {
  FindingBuilder finding("excl.eapol-clear-after-key", evidence);
  const bool handed_on = evidence.plan.scenario.profile == Profile::linux_;
  finding.expect(handed_on ? "EAPOL in clear after the keys changes no key, and with PMF draws no "
                             "message 2"
                           : "EAPOL in clear after the keys does not reach the station's stack");
  if (is_open(evidence)) {
    return finding.not_applicable("an open network has no keys");
  }
  const AirView air(evidence);
  auto frames = injected_eapol(evidence, air);
  if (const auto why = missing(evidence, evidence_file::kAir); why && !frames.empty()) {
    return finding.inconclusive(*why);
  }
  if (const auto why = trace_unusable(evidence); why && !frames.empty()) {
    return finding.inconclusive(*why);
  }
  std::erase_if(frames,
                [&](const InjectedEapol& f) { return !open_port_at(evidence, f.sent.time()); });
  if (frames.empty()) {
    return wrong_credential(evidence)
               ? finding.not_applicable("with another passphrase no key is installed")
               : no_eapol_injected(evidence, finding, " while the station's port was open");
  }
  for (const InjectedEapol& frame : frames) {
    finding.event(*frame.sent.event);
    if (frame.on_air != nullptr) {
      finding.frame(*frame.on_air);
    }
  }
  return handed_on ? judge_without_effect(evidence, air, frames, finding)
                   : judge_dropped(evidence, frames, finding);
}

}  // namespace

Check excl_eapol_clear_after_key() {
  return {"excl.eapol-clear-after-key",
          "EAPOL in clear after the keys follows the declared profile: under Windows it is "
          "dropped; under Linux it is handed on, changes no key and, with PMF, draws no message 2.",
          "EAPOL is the one thing anyone can send to a protected station: it must not move its "
          "keys.",
          "Windows Native 802.11: DOT11_EXEMPT_ON_KEY_MAPPING_KEY_UNAVAILABLE; mac80211 rx.c, "
          "ieee80211_frame_allowed; hostap test_ap_wpa2_plaintext_m1_m3",
          "air capture: the injected frames, message 2; kernel trace: cfg80211_rx_control_port, "
          "rdev_add_key, the port",
          "fewer than 3 frames reached the station's MAC, no protected datagram arrived around "
          "them, or under Linux none reached the stack",
          "inject steps for eapol after the connect, and an exchange_data step near them",
          {"gate.clock-aligned", "gate.capture-complete", "gate.injector-works"},
          judge_eapol_after};
}

}  // namespace postassoc::checks
