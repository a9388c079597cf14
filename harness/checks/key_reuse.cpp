#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/air_view.h"
#include "harness/checks/kernel_events.h"
#include "harness/checks/provocations.h"
#include "harness/checks/registry.h"
#include "harness/checks/station_numbers.h"

namespace postassoc::checks {
namespace {

// --- key.pn-never-reused
// --------------------------------------------------------------------------

Finding judge_pn(const Evidence& evidence) {
  FindingBuilder finding("key.pn-never-reused", evidence);
  finding.expect("each packet number of the station once per key, rising");
  if (const auto stop = without_handshake(finding, evidence)) {
    return *stop;
  }
  std::size_t taken = 0;
  std::size_t undecrypted = 0;
  for (const Association& association : evidence.air.associations) {
    const StationNumbers station = station_numbers(association);
    taken += station.taken;
    undecrypted += station.without_key;
    if (!station.faults.empty()) {
      const PacketNumberFault& fault = station.faults.front();
      return finding.frame(fault.before)
          .frame(fault.after)
          .at(fault.after.time)
          .fail("the station " + fault_text(fault));
    }
  }
  if (evidence.air.quality.iv_missing > 0) {
    return finding.inconclusive(
        fmt::format("{} came without their CCMP header: the sniffer took "
                    "it off",
                    count_of(evidence.air.quality.iv_missing, "frame")));
  }
  if (taken < kEnoughFrames) {
    return wrong_credential(evidence) && taken + undecrypted == 0
               ? finding.not_applicable("with another passphrase there is no protected data")
               : finding.inconclusive(fmt::format(
                     "only {} of the station could be attributed to a key, {} are needed",
                     count_of(taken, "protected frame"), kEnoughFrames));
  }
  return finding.pass(
      fmt::format("{} of the station, no packet number twice{}", count_of(taken, "protected frame"),
                  undecrypted == 0 ? "" : fmt::format(" ({} without a known key)", undecrypted)));
}

// --- key.no-reinstall-on-m3-retry
// -----------------------------------------------------------------

/// A message 3 that came again after the station had answered the first one.
const AirEapol* repeated_m3(const HandshakeView& handshake) {
  if (handshake.m4.empty()) {
    return nullptr;
  }
  for (const AirEapol* m3 : handshake.m3) {
    if (m3->frame > handshake.m4.front()->frame) {
      return m3;
    }
  }
  return nullptr;
}

/// The packet numbers of one handshake's key, up to its end.
std::optional<PacketNumberFault> reuse_in(const HandshakeView& handshake) {
  for (PacketNumberFault& fault : station_numbers(*handshake.association).faults) {
    if (fault.handshake == handshake.index) {
      return std::move(fault);
    }
  }
  return std::nullopt;
}

std::size_t frames_after(const HandshakeView& handshake, const AirEapol& stimulus) {
  const auto& data = handshake.association->protected_data;
  return static_cast<std::size_t>(
      std::count_if(data.begin(), data.end(), [&](const AirProtected& frame) {
        return frame.direction == Direction::from_station && !frame.retry &&
               frame.handshake == handshake.index && frame.frame > stimulus.frame;
      }));
}

Timestamp end_of_key(const AirView& air, const HandshakeView& handshake) {
  for (const HandshakeView& other : air.handshakes()) {
    if (!other.m1.empty() && other.m1.front()->frame > handshake.m4.front()->frame) {
      return other.m1.front()->time;
    }
  }
  return Timestamp::max();
}

/// Judges one handshake whose message 3 came again at `stimulus`.
Finding judge_retry(const Evidence& evidence, const AirView& air, const HandshakeView& handshake,
                    const AirEapol& stimulus, FindingBuilder& finding) {
  finding.frame(stimulus);
  if (const auto reuse = reuse_in(handshake); reuse && reuse->after.frame > stimulus.frame) {
    return finding.frame(reuse->before)
        .frame(reuse->after)
        .at(reuse->after.time)
        .fail(fmt::format("after message 3 came again (frame {}), the station {}", stimulus.frame,
                          fault_text(*reuse)));
  }
  if (const auto why = trace_unusable(evidence)) {
    return finding.inconclusive(*why);
  }
  std::size_t before = 0;
  std::size_t ignored = 0;
  for (const KeyInstall& install : key_installs(evidence, Side::station, handshake.m1.front()->time,
                                                end_of_key(air, handshake))) {
    if (!install.pairwise) {
      continue;
    }
    const bool after = install.time() > stimulus.time;
    if (after && install.effective() && before > 0) {
      return finding.event(*install.request)
          .at(install.time())
          .fail(fmt::format("the station installed the pairwise key again after message 3 was "
                            "repeated (frame {})",
                            stimulus.frame));
    }
    before += !after && install.effective() ? 1U : 0U;
    ignored += after && !install.effective() ? 1U : 0U;
  }
  const auto answered =
      std::find_if(handshake.m4.begin(), handshake.m4.end(), [&](const AirEapol* m4) {
        return m4->frame > stimulus.frame && handshake.answered_by(*m4) == &stimulus;
      });
  if (before == 0) {
    return finding.inconclusive(
        "the trace does not show the pairwise key being installed before "
        "message 3 was repeated");
  }
  if (answered == handshake.m4.end()) {
    return finding.inconclusive(
        fmt::format("the station did not answer the repeated message 3 "
                    "(frame {})",
                    stimulus.frame));
  }
  finding.frame(**answered);
  const std::size_t frames = frames_after(handshake, stimulus);
  if (evidence.air.quality.iv_missing > 0 || frames < kEnoughFrames) {
    return finding.inconclusive(
        fmt::format("only {} of the station came after the repeated "
                    "message 3, {} are needed",
                    count_of(frames, "protected frame"), kEnoughFrames));
  }
  return finding.pass(fmt::format(
      "the repeated message 3 (frame {}) was answered, the pairwise key not installed again{}, and "
      "the packet number of {} went on rising",
      stimulus.frame, ignored > 0 ? " (the supplicant asked, the kernel ignored it)" : "",
      count_of(frames, "frame")));
}

Finding judge_m3_retry(const Evidence& evidence) {
  FindingBuilder finding("key.no-reinstall-on-m3-retry", evidence);
  finding.expect("message 4 again, no second effective installation, rising packet numbers");
  if (const auto stop = without_message_3(finding, evidence, "this scenario has no message 3")) {
    return *stop;
  }
  const AirView air(evidence);
  std::optional<Finding> worst;
  for (const HandshakeView& handshake : air.handshakes()) {
    const AirEapol* stimulus = handshake.m1.empty() ? nullptr : repeated_m3(handshake);
    if (stimulus == nullptr) {
      continue;
    }
    keep_worst(worst, judge_retry(evidence, air, handshake, *stimulus, finding));
  }
  if (worst) {
    return *worst;
  }
  return commands(evidence, "RESEND_M3")
             ? finding.inconclusive(
                   "hostapd was told to repeat message 3, and no repeated message "
                   "3 is on the air")
             : finding.not_applicable("message 3 was not repeated after an answer");
}

}  // namespace

Check key_no_reinstall_on_m3_retry() {
  return {"key.no-reinstall-on-m3-retry",
          "A repeated message 3 is answered by message 4, and the pairwise key is not installed "
          "again.",
          "Reinstalling sets the packet number back to its start: the attack that made every WPA2 "
          "client of 2017 repeat its key stream.",
          "CVE-2017-13077; krackattacks.com, key reinstallation in the 4-way handshake",
          "air capture: message 3, message 4, packet numbers; kernel trace: rdev_add_key, key_link",
          "the repeated message 3 or its answer is not on the air, fewer than 5 protected frames "
          "of the station after it, or no kernel trace",
          "hostapd RESEND_M3 under traffic; a lost message 4",
          {"gate.clock-aligned", "gate.capture-complete", "gate.crypto-visible"},
          judge_m3_retry,
          true};
}

Check key_pn_never_reused() {
  return {"key.pn-never-reused",
          "The station never sends two different frames with the same packet number under one "
          "key, and its packet numbers rise.",
          "The packet number is the nonce: used twice, the key stream cancels out and the "
          "plaintext can be read.",
          "IEEE 802.11-2020, 12.5.3.4.2",
          "air capture: CCMP headers of the station's data, with the derived keys",
          "fewer than 5 protected frames of the station, or a sniffer that takes the header off",
          "any connect with data; repeated message 3; rekeys",
          {"gate.capture-complete", "gate.crypto-visible"},
          judge_pn,
          true};
}

}  // namespace postassoc::checks
