#include <fmt/format.h>

#include "harness/checks/air_view.h"
#include "harness/checks/limits.h"
#include "harness/checks/provocations.h"
#include "harness/checks/registry.h"
#include "harness/checks/timing_samples.h"

namespace postassoc::checks {
namespace {

// --- order.rekey-messages-protected
// ---------------------------------------------------------------

/// Whether a handshake of the same association completed before this one: then there is a TK in
/// use, and this one replaces it.
bool replaces_a_key(const AirView& air, const HandshakeView& handshake) {
  for (const HandshakeView& earlier : air.handshakes()) {
    if (earlier.association == handshake.association && earlier.index < handshake.index &&
        earlier.complete()) {
      return true;
    }
  }
  return false;
}

/// IEEE 802.11-2020, 12.7.6: EAPOL-Key frames are data frames, protected once a TK is installed.
Finding judge_rekey_protected(const Evidence& evidence) {
  FindingBuilder finding("order.rekey-messages-protected", evidence);
  finding.expect("messages 2 and 4 of a pairwise rekey protected under the old key");
  if (const auto stop = without_handshake(finding, evidence)) {
    return *stop;
  }
  if (evidence.air.link == AirLink::ethernet) {
    return finding.inconclusive("a network interface does not show whether a frame was protected");
  }
  const AirView air(evidence);
  std::size_t judged = 0;
  for (const HandshakeView& handshake : air.handshakes()) {
    if (!replaces_a_key(air, handshake)) {
      continue;
    }
    for (const auto& [answers, number] :
         {std::pair(&handshake.m2, 2), std::pair(&handshake.m4, 4)}) {
      for (const AirEapol* answer : *answers) {
        finding.frame(*answer);
        if (!answer->protected_frame) {
          return finding.at(answer->time)
              .fail(fmt::format("the station sent message {} of a pairwise rekey unencrypted "
                                "(frame {})",
                                number, answer->frame));
        }
      }
    }
    judged += handshake.complete() ? 1U : 0U;
  }
  if (judged > 0) {
    return finding.pass(
        fmt::format("messages 2 and 4 were protected in {}", count_of(judged, "pairwise rekey")));
  }
  return commands(evidence, "REKEY_PTK")
             ? finding.inconclusive(
                   "hostapd was told to rekey, and no complete rekey is on the air")
             : finding.not_applicable("the pairwise key was never rekeyed");
}

// --- timing.gtk-rekey-response
// --------------------------------------------------------------------

Finding judge_gtk_response(const Evidence& evidence) {
  FindingBuilder finding("timing.gtk-rekey-response", evidence);
  if (const auto stop = without_handshake(finding, evidence)) {
    return *stop;
  }
  const AirView air(evidence);
  std::vector<Sample> samples;
  std::size_t asked = 0;
  for (const Association& association : evidence.air.associations) {
    const AirEapol* last_question = nullptr;
    for (const AirEapol* frame : air.keys(association)) {
      asked += frame->message == KeyMessage::g1 ? 1U : 0U;
      const AirEapol* question =
          frame->message == KeyMessage::g2 ? asked_by(association, *frame) : nullptr;
      if (question != nullptr && question != last_question) {
        samples.push_back(
            {frame->time - question->received(), kAirStampUncertainty, frame->frame, frame->time});
        last_question = question;
      }
    }
  }
  if (!samples.empty()) {
    return judge_samples(finding, "gtk-rekey-response", samples,
                         limit_of(evidence, "timing.gtk-rekey-response"));
  }
  const bool told = commands(evidence, "REKEY_GTK") || commands(evidence, "RESEND_GROUP_M1");
  return asked > 0 || told ? finding.inconclusive(
                                 "no group message 1 with the group message 2 that answers it is "
                                 "on the air")
                           : finding.not_applicable("the group key was never rekeyed");
}

}  // namespace

Check order_rekey_messages_protected() {
  Check check{
      "order.rekey-messages-protected",
      "In a pairwise rekey the station's messages 2 and 4 are protected under the old key.",
      "An unencrypted message of a rekey is dropped by an access point that excludes "
      "unencrypted frames, and gives an attacker a frame to hold back: the link hangs until "
      "somebody sends it away.",
      "IEEE 802.11-2020, 12.7.6; hostap src/rsn_supp/wpa.c; vanhoefm/fragattacks README, 8.2",
      "air capture: both handshakes of one association",
      "hostapd was told to rekey and no complete rekey was captured; a capture of a network "
      "interface",
      "REKEY_PTK; wpa_ptk_rekey in hostapd's configuration",
      {"gate.capture-complete"},
      judge_rekey_protected};
  check.fail_stands_alone = true;
  return check;
}

Check timing_gtk_rekey_response() {
  Check check{"timing.gtk-rekey-response",
              "The station answers group message 1 within the limit (default 500 ms).",
              "hostapd repeats group message 1 after 500 ms and sends a station that stays silent "
              "away with reason 16: group traffic stops for it meanwhile.",
              "hostapd's group key timer, 500 ms",
              "air capture: group message 1 and the group message 2 with its replay counter",
              "a group message is not on the air, or the limit lies within the uncertainty",
              "REKEY_GTK; wpa_group_rekey in hostapd's configuration",
              {"gate.clock-aligned", "gate.capture-complete", "gate.ref-behaves"},
              judge_gtk_response};
  return check;
}

}  // namespace postassoc::checks
