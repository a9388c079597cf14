#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/air_view.h"
#include "harness/checks/diagnosis.h"
#include "harness/checks/provocations.h"
#include "harness/checks/registry.h"

namespace postassoc::checks {
namespace {

constexpr std::uint16_t kHandshakeTimeout = 15;
/// The access point ended it for want of an answer.
bool gave_up(const Association& association) {
  return association.end_reason == kHandshakeTimeout &&
         association.ended_by == Direction::from_access_point;
}

// --- robust.m3-retry-answered
// ---------------------------------------------------------------------

/// Message 3 of a finished handshake, sent again, with what came of it.
struct Again {
  const AirEapol* m3 = nullptr;
  const AirEapol* answer = nullptr;
  bool shaken = false;  ///< a message 1 with another ANonce came in between
};

std::vector<Again> m3_again(const AirView& air, const Association& association) {
  std::vector<Again> found;
  const AirEapol* done = nullptr;  // the M3 that was answered
  bool shaken = false;
  for (const AirEapol* frame : air.keys(association)) {
    if (frame->message == KeyMessage::m1 && done != nullptr &&
        frame->key->nonce != done->key->nonce) {
      shaken = true;
    }
    if (frame->message != KeyMessage::m3) {
      continue;
    }
    const AirEapol* answer = answer_to(association, *frame);
    if (done != nullptr && frame->key->nonce == done->key->nonce) {
      found.push_back({frame, answer, shaken});
    } else if (answer != nullptr) {
      done = frame;
      shaken = false;
    }
  }
  return found;
}

Finding judge_again(const Association& association, const Again& again, FindingBuilder finding) {
  finding.frame(*again.m3);
  if (again.answer != nullptr) {
    return finding.frame(*again.answer)
        .pass(fmt::format(
            "the repeated message 3 (frame {}) was answered by message 4 (frame {}, {})",
            again.m3->frame, again.answer->frame,
            again.answer->protected_frame ? "protected" : "in clear"));
  }
  if (again.m3->acknowledged && gave_up(association)) {
    return finding.at(again.m3->time)
        .fail(fmt::format("the station acknowledged the repeated message 3 (frame {}) and sent no "
                          "message 4; the access point gave up with reason {} (frame {})",
                          again.m3->frame, reason_text(kHandshakeTimeout),
                          association.end_frame.value_or(0)));
  }
  return finding.inconclusive(
      fmt::format("the repeated message 3 (frame {}) was not answered: {}", again.m3->frame,
                  again.m3->acknowledged ? "and nothing came of that"
                                         : "that the station received it is not shown"));
}

Finding judge_m3_retry(const Evidence& evidence) {
  FindingBuilder finding("robust.m3-retry-answered", evidence);
  finding.expect("message 4 again for each repeated message 3");
  if (const auto stop = without_message_3(finding, evidence, "this scenario has no message 3")) {
    return *stop;
  }
  const AirView air(evidence);
  std::optional<Finding> worst;
  for (const Association& association : evidence.air.associations) {
    for (const Again& again : m3_again(air, association)) {
      if (again.shaken && again.answer == nullptr) {
        continue;  // The station may take it for another handshake's.
      }
      keep_worst(worst, judge_again(association, again, finding));
    }
  }
  if (worst) {
    return *worst;
  }
  return commands(evidence, "RESEND_M3")
             ? finding.inconclusive(
                   "hostapd was told to repeat message 3, and none that has to be answered is on "
                   "the air")
             : finding.not_applicable("no message 3 came again after an answer");
}

}  // namespace

Check robust_m3_retry_answered() {
  return {"robust.m3-retry-answered",
          "A message 3 that comes again after the handshake is answered by message 4.",
          "When message 4 was lost, the access point waits for another one and then throws the "
          "station out, which believes that it is connected.",
          "IEEE 802.11-2020, 12.7.6.5; hostap test_ap_wpa2_psk_ext_retry_msg_3",
          "air capture: message 3 after an answer, its acknowledgement, message 4, how it ended",
          "the repeated message 3 is not on the air, not acknowledged, or not answered and nothing "
          "came of it",
          "hostapd RESEND_M3; a lost message 4",
          {"gate.capture-complete"},
          judge_m3_retry,
          false,
          false,
          true};
}

}  // namespace postassoc::checks
