#include <gtest/gtest.h>

#include "harness/checks/evidence_builder.h"

namespace postassoc::checks {
namespace {

constexpr auto kConnect = &EvidenceBuilder::connect;

TEST(EapolReplayCounterMonotonic, fails_when_the_counter_stands_still_or_falls) {
  for (const std::uint64_t counter : {0U, 1U}) {
    EvidenceBuilder b = kConnect();
    b.message(KeyMessage::m3).key->replay_counter = counter;
    const Finding finding = judge_one("eapol.replay-counter-monotonic", b);
    EXPECT_EQ(finding.verdict, Verdict::fail);
    EXPECT_EQ(finding.when, b.message(KeyMessage::m3).time);
  }
}

TEST(EapolReplayCounterMonotonic, leaves_out_what_the_harness_injected) {
  EvidenceBuilder b = kConnect().inject();
  AirEapol& forged = b.association().eapol.back();
  forged.key = EapolKey{};
  EXPECT_EQ(judge_one("eapol.replay-counter-monotonic", b).verdict, Verdict::pass);
}

TEST(EapolReplayCounterMonotonic, is_inconclusive_with_a_single_frame) {
  EvidenceBuilder b = kConnect();
  b.lose(KeyMessage::m3);
  EXPECT_EQ(judge_one("eapol.replay-counter-monotonic", b).verdict, Verdict::inconclusive);
}

TEST(EapolReplayCounterEcho, fails_when_an_answer_has_another_counter) {
  for (const KeyMessage answer : {KeyMessage::m2, KeyMessage::m4}) {
    EvidenceBuilder b = kConnect();
    b.message(answer).key->replay_counter = 5;
    EXPECT_EQ(judge_one("eapol.replay-counter-echo", b).verdict, Verdict::fail);
  }
}

TEST(EapolReplayCounterEcho, fails_when_m4_echoes_message_1) {
  EvidenceBuilder b = kConnect();
  b.message(KeyMessage::m4).key->replay_counter = 1;
  EXPECT_EQ(judge_one("eapol.replay-counter-echo", b).verdict, Verdict::fail);
}

TEST(EapolReplayCounterEcho, is_inconclusive_when_the_station_is_silent) {
  EvidenceBuilder b = kConnect();
  b.lose(KeyMessage::m2).lose(KeyMessage::m4);
  EXPECT_EQ(judge_one("eapol.replay-counter-echo", b).verdict, Verdict::inconclusive);
}

TEST(EapolMicValid, fails_on_a_wrong_mic_and_names_the_message) {
  EvidenceBuilder b = kConnect();
  b.message(KeyMessage::m4).mic_valid = false;
  const Finding finding = judge_one("eapol.mic-valid", b);
  EXPECT_EQ(finding.verdict, Verdict::fail);
  EXPECT_NE(finding.summary.find("M4"), std::string::npos);
}

TEST(EapolMicValid, is_inconclusive_with_the_reason_when_it_cannot_be_computed) {
  EvidenceBuilder b = kConnect();
  b.message(KeyMessage::m2).mic_valid.reset();
  b.message(KeyMessage::m2).mic_unknown_reason = "no PMK";
  const Finding finding = judge_one("eapol.mic-valid", b);
  EXPECT_EQ(finding.verdict, Verdict::inconclusive);
  EXPECT_NE(finding.summary.find("no PMK"), std::string::npos);
}

TEST(EapolMicValid, does_not_apply_to_a_wrong_passphrase) {
  EXPECT_EQ(judge_one("eapol.mic-valid", EvidenceBuilder::wrong_passphrase()).verdict,
            Verdict::not_applicable);
}

TEST(EapolKeyInfoBits, fails_on_each_wrong_bit_and_shows_both_values) {
  for (const std::uint16_t bit : {1, 8, 0x40, 0x80, 0x100, 0x200, 0x400, 0x800, 0x1000}) {
    EvidenceBuilder b = kConnect();
    b.message(KeyMessage::m2).key->key_info ^= bit;
    EXPECT_EQ(judge_one("eapol.key-info-bits", b).verdict, Verdict::fail) << bit;
  }
  EvidenceBuilder b = kConnect();
  b.message(KeyMessage::m4).key->key_info = 0x010a;
  const Finding finding = judge_one("eapol.key-info-bits", b);
  EXPECT_EQ(finding.expected, "0x030a");
  EXPECT_EQ(finding.actual, "0x010a");
}

TEST(EapolKeyInfoBits, wants_version_3_for_psk_sha256) {
  EvidenceBuilder b = kConnect();
  b.association().rsne[19] = std::byte{6};
  EXPECT_EQ(judge_one("eapol.key-info-bits", b).verdict, Verdict::fail);
  for (AirEapol& frame : b.association().eapol) {
    frame.key->key_info |= 1;
  }
  EXPECT_EQ(judge_one("eapol.key-info-bits", b).verdict, Verdict::pass);
}

TEST(EapolKeyInfoBits, is_inconclusive_when_a_message_is_unknown) {
  EvidenceBuilder b = kConnect();
  b.message(KeyMessage::m2).message = KeyMessage::unknown;
  EXPECT_EQ(judge_one("eapol.key-info-bits", b).verdict, Verdict::inconclusive);
}

TEST(EapolM2Rsne, fails_on_a_single_changed_bit) {
  EvidenceBuilder b = kConnect();
  b.message(KeyMessage::m2).key->key_data.back() ^= std::byte{0x80};
  const Finding finding = judge_one("eapol.m2-rsne-matches-assoc", b);
  EXPECT_EQ(finding.verdict, Verdict::fail);
  EXPECT_NE(finding.expected, finding.actual);
}

TEST(EapolM2Rsne, is_inconclusive_without_the_request_or_message_2) {
  EvidenceBuilder b = kConnect();
  b.association().request_frame.reset();
  EXPECT_EQ(judge_one("eapol.m2-rsne-matches-assoc", b).verdict, Verdict::inconclusive);
  b = kConnect();
  b.lose(KeyMessage::m2);
  EXPECT_EQ(judge_one("eapol.m2-rsne-matches-assoc", b).verdict, Verdict::inconclusive);
}

}  // namespace
}  // namespace postassoc::checks
