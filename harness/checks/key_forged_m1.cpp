#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/air_view.h"
#include "harness/checks/kernel_events.h"
#include "harness/checks/provocations.h"
#include "harness/checks/registry.h"
#include "harness/checks/station_numbers.h"

namespace postassoc::checks {
namespace {

/// After a complete handshake a message 1 came, and after that the handshake's message 3 again.
struct ForgedM1 {
  const Association* association = nullptr;
  const AirEapol* m4 = nullptr;  ///< the first
  const AirEapol* m1 = nullptr;
  const AirEapol* m3 = nullptr;
  bool other_anonce = false;
};

const AirEapol* first_of(const Association& association, const std::vector<std::size_t>& indices) {
  return indices.empty() || indices.front() >= association.eapol.size()
             ? nullptr
             : &association.eapol[indices.front()];
}

/// A message 3 with an ANonce after a frame.
const AirEapol* m3_after(const Association& association, const AirEapol& from,
                         const EapolKey& anonce) {
  for (const AirEapol& frame : association.eapol) {
    if (frame.frame > from.frame && frame.message == KeyMessage::m3 && frame.key &&
        frame.key->nonce == anonce.nonce) {
      return &frame;
    }
  }
  return nullptr;
}

std::optional<ForgedM1> find_forged_m1(const Association& association) {
  for (const Handshake& handshake : association.handshakes) {
    const AirEapol* m4 = first_of(association, handshake.m4);
    const AirEapol* m1 = first_of(association, handshake.m1);
    if (m4 == nullptr || m1 == nullptr || !m1->key) {
      continue;
    }
    for (const AirEapol& frame : association.eapol) {
      if (frame.message != KeyMessage::m1 || !frame.key || frame.frame < m4->frame) {
        continue;
      }
      if (const AirEapol* m3 = m3_after(association, frame, *m1->key)) {
        return ForgedM1{&association, m4, &frame, m3, frame.key->nonce != m1->key->nonce};
      }
    }
  }
  return std::nullopt;
}

/// Up to where the handshake's key is in use: a message 3 with another ANonce makes a new one.
Timestamp end_of_key(const ForgedM1& forged) {
  for (const AirEapol& frame : forged.association->eapol) {
    if (frame.frame > forged.m3->frame && frame.message == KeyMessage::m3 && frame.key &&
        frame.key->nonce != forged.m3->key->nonce) {
      return frame.time;
    }
  }
  return forged.association->end_time.value_or(Timestamp::max());
}

Finding judge_forged(const Evidence& evidence, const ForgedM1& forged, FindingBuilder finding) {
  finding.frame(*forged.m4).frame(*forged.m1).frame(*forged.m3);
  const std::string came = fmt::format(
      "message 1 {} came after the handshake (frame {}), then message 3 again (frame {})",
      forged.other_anonce ? "with another ANonce" : "of it", forged.m1->frame, forged.m3->frame);
  const Association& association = *forged.association;
  for (const PacketNumberFault& fault : station_numbers(association).faults) {
    if (fault.after.frame > forged.m1->frame) {
      return finding.frame(fault.before)
          .frame(fault.after)
          .at(fault.after.time)
          .fail(fmt::format("{}, and the station {}", came, fault_text(fault)));
    }
  }
  if (const auto why = trace_unusable(evidence)) {
    return finding.inconclusive(*why);
  }
  if (pairwise_installed(evidence, association.request_time.value_or(Timestamp::min()),
                         forged.m1->time)
          .empty()) {
    return finding.inconclusive("the trace does not show the pairwise key being installed before");
  }
  const auto again = pairwise_installed(evidence, forged.m1->time, end_of_key(forged));
  if (!again.empty()) {
    return finding.event(*again.front().request)
        .at(again.front().time())
        .fail(came + ", and the station installed a pairwise key again");
  }
  const std::size_t frames = protected_after(association, forged.m3->frame);
  if (evidence.air.quality.iv_missing > 0 || (frames < kEnoughFrames && !association.end_time)) {
    return finding.inconclusive(fmt::format("only {} of the station came after it, {} are needed",
                                            count_of(frames, "protected frame"), kEnoughFrames));
  }
  return finding.pass(fmt::format(
      "{}; no pairwise key was installed and no packet number of {} fell{}", came,
      count_of(frames, "frame"), frames < kEnoughFrames ? " before the station left" : ""));
}

bool resends_m1_and_m3(const Evidence& evidence) {
  return commands(evidence, "RESEND_M1") && commands(evidence, "RESEND_M3");
}

Finding judge_forged_m1(const Evidence& evidence) {
  FindingBuilder finding("key.no-reinstall-after-forged-m1", evidence);
  finding.expect("no second effective installation, rising packet numbers");
  if (const auto stop = without_message_3(finding, evidence, "this scenario has no message 3")) {
    return *stop;
  }
  std::optional<Finding> worst;
  for (const Association& association : evidence.air.associations) {
    if (const auto forged = find_forged_m1(association)) {
      keep_worst(worst, judge_forged(evidence, *forged, finding));
    }
  }
  if (worst) {
    return *worst;
  }
  return resends_m1_and_m3(evidence)
             ? finding.inconclusive(
                   "hostapd was told to repeat message 1 and message 3, and they are not on the "
                   "air")
             : finding.not_applicable(
                   "after no handshake did message 1 come and then its message 3 again");
}

}  // namespace

Check key_no_reinstall_after_forged_m1() {
  return {"key.no-reinstall-after-forged-m1",
          "A message 1 that comes after the handshake, of it or with another ANonce, and message 3 "
          "after it, make the station install no key again. To ignore both is right.",
          "The forged message 1 makes some stations forget which key they have: message 3 then "
          "passes for a new one, with the packet number back at its start.",
          "CVE-2017-13077; hostap test_ap_wpa2_delayed_m1_m3_retransmission; krackattacks.com",
          "air capture: message 1 and 3 after the handshake, packet numbers; kernel trace: "
          "rdev_add_key, key_link",
          "the repeated messages are not on the air, fewer than 5 protected frames of the station "
          "after them, or no kernel trace",
          "hostapd RESEND_M1, with and without change-anonce, then RESEND_M3",
          {"gate.clock-aligned", "gate.capture-complete", "gate.crypto-visible"},
          judge_forged_m1,
          true};
}

}  // namespace postassoc::checks
