#include "harness/checks/excl_eapol.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/kernel_events.h"
#include "harness/checks/registry.h"

namespace postassoc::checks {
namespace {

bool asks_for_eapol(const Evidence& evidence) {
  const auto& steps = evidence.plan.scenario.steps;
  return std::any_of(steps.begin(), steps.end(), [](const Step& step) {
    const auto* inject = std::get_if<step::Inject>(&step.action);
    return inject != nullptr && inject->frame == step::FrameKind::eapol;
  });
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

// --- excl.eapol-not-forwarded
// ---------------------------------------------------------------------

/// The same PDU in a frame of the station.
const AirEapol* sent_on(const Evidence& evidence, const AirEapol& injected) {
  for (const Association& association : evidence.air.associations) {
    for (const AirEapol& frame : association.eapol) {
      if (frame.direction == Direction::from_station && frame.frame > injected.frame &&
          !frame.eapol.raw.empty() && frame.eapol.raw == injected.eapol.raw) {
        return &frame;
      }
    }
  }
  return nullptr;
}

bool heard_station(const Evidence& evidence, std::uint64_t after) {
  const auto heard = [after](const auto& frames) {
    return std::any_of(frames.begin(), frames.end(), [after](const auto& frame) {
      return frame.direction == Direction::from_station && frame.frame > after;
    });
  };
  const auto& all = evidence.air.associations;
  return std::any_of(all.begin(), all.end(), [&](const Association& a) {
    return heard(a.protected_data) || heard(a.plain_data) || heard(a.eapol);
  });
}

Finding judge_not_forwarded(const Evidence& evidence) {
  FindingBuilder finding("excl.eapol-not-forwarded", evidence);
  finding.expect("an EAPOL frame that reaches the station ends there");
  const AirView air(evidence);
  const auto frames = injected_eapol(evidence, air);
  if (frames.empty()) {
    return no_eapol_injected(evidence, finding, "");
  }
  if (const auto why = missing(evidence, evidence_file::kAir)) {
    return finding.inconclusive(*why);
  }
  std::size_t reached = 0;
  std::uint64_t last = 0;
  for (const InjectedEapol& frame : frames) {
    if (!frame.reached_mac()) {
      continue;
    }
    finding.frame(*frame.on_air);
    if (const AirEapol* forwarded = sent_on(evidence, *frame.on_air)) {
      return finding.frame(*forwarded)
          .at(forwarded->time)
          .fail(fmt::format("the station sent an EAPOL frame on that it had received (frame {} "
                            "again in frame {})",
                            frame.on_air->frame, forwarded->frame));
    }
    ++reached;
    last = std::max(last, frame.on_air->frame);
  }
  if (reached < kMinimumEapol) {
    return finding.inconclusive(
        fmt::format("only {} of {} reached the station's MAC, {} are needed", reached,
                    count_of(frames.size(), "injected EAPOL frame"), kMinimumEapol));
  }
  if (!heard_station(evidence, last)) {
    return finding.inconclusive("no frame of the station is on the air after the injected ones");
  }
  return finding.pass(fmt::format("{} reached the station's MAC, and it sent none on",
                                  count_of(reached, "EAPOL frame")));
}

}  // namespace

std::vector<InjectedEapol> injected_eapol(const Evidence& evidence, const AirView& air) {
  std::vector<InjectedEapol> frames;
  const Tags tags = delivered_tags(evidence.station_netdev);
  for (Injected& one : injections(evidence)) {
    if (one.frame != "eapol" || one.control || is_under_wrong_key(one)) {
      continue;
    }
    const Event* delivered = eapol_delivered(evidence, one.time());
    if (delivered == nullptr && tags.contains(one.tag)) {
      delivered = one.event;
    }
    const AirEapol* on_air = air.copy_of(*one.event);
    frames.push_back({std::move(one), on_air, delivered});
  }
  return frames;
}

Finding no_eapol_injected(const Evidence& evidence, const FindingBuilder& finding,
                          const std::string& situation) {
  if (asks_for_eapol(evidence)) {
    return finding.inconclusive("no EAPOL frame was injected" + situation +
                                ", though a step asks for it");
  }
  return nothing_injected(evidence, finding, "no EAPOL frame was injected" + situation);
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

Check excl_eapol_not_forwarded() {
  return {
      "excl.eapol-not-forwarded",
      "An EAPOL frame that the device receives is never sent on to another station.",
      "A device that forwards EAPOL of somebody who is not authenticated attacks the stations "
      "behind it in his name.",
      "CVE-2020-26139; IEEE 802.1X-2020, 11.1 (EAPOL is not bridged)",
      "air capture: the injected frames and EAPOL frames of the station",
      "fewer than 3 frames reached the station's MAC, or it is not heard after them",
      "inject steps for eapol",
      {"gate.clock-aligned", "gate.capture-complete", "gate.injector-works", "gate.crypto-visible"},
      judge_not_forwarded,
      true};
}

}  // namespace postassoc::checks
