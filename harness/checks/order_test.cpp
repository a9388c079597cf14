#include <gtest/gtest.h>

#include "harness/checks/evidence_builder.h"

namespace postassoc::checks {
namespace {

constexpr auto kConnect = &EvidenceBuilder::connect;

TEST(OrderPostAssocAfterAssoc, fails_when_eapol_comes_before_the_response) {
  EvidenceBuilder b = kConnect();
  b.association().response_frame = b.message(KeyMessage::m2).frame + 1;
  const Finding finding = judge_one("order.post-assoc-after-assoc", b);
  EXPECT_EQ(finding.verdict, Verdict::fail);
  EXPECT_EQ(finding.frames.front(), b.message(KeyMessage::m2).frame);
}

TEST(OrderPostAssocAfterAssoc, fails_when_the_association_was_refused) {
  EvidenceBuilder b = kConnect();
  b.association().status = 17;
  EXPECT_EQ(judge_one("order.post-assoc-after-assoc", b).verdict, Verdict::fail);
}

TEST(OrderPostAssocAfterAssoc, is_inconclusive_without_the_response) {
  EvidenceBuilder b = kConnect();
  b.association().response_frame.reset();
  EXPECT_EQ(judge_one("order.post-assoc-after-assoc", b).verdict, Verdict::inconclusive);
}

TEST(OrderMessageSequence, fails_when_m4_answers_no_m3) {
  EvidenceBuilder b = kConnect();
  b.message(KeyMessage::m4).key->replay_counter = 9;
  const Finding finding = judge_one("order.message-sequence", b);
  EXPECT_EQ(finding.verdict, Verdict::fail);
  EXPECT_NE(finding.summary.find("no message 3"), std::string::npos);
}

TEST(OrderMessageSequence, fails_when_m4_comes_before_m3) {
  EvidenceBuilder b = kConnect();
  auto& m3 = b.message(KeyMessage::m3);
  auto& m4 = b.message(KeyMessage::m4);
  std::swap(m3.frame, m4.frame);
  std::swap(m3.time, m4.time);
  std::swap(m3, m4);
  EXPECT_EQ(judge_one("order.message-sequence", b).verdict, Verdict::fail);
}

TEST(OrderMessageSequence, fails_when_m2_comes_after_m4_without_a_new_m1) {
  EvidenceBuilder b = kConnect();
  b.air_eapol(140, KeyMessage::m2, 1);
  EXPECT_EQ(judge_one("order.message-sequence", b).verdict, Verdict::fail);
}

TEST(OrderMessageSequence, fails_when_an_unclassified_answer_has_a_counter_never_used) {
  EvidenceBuilder b = kConnect();
  AirEapol& odd = b.message(KeyMessage::m4);
  odd.message = KeyMessage::unknown;
  odd.key->replay_counter = 77;
  EXPECT_EQ(judge_one("order.message-sequence", b).verdict, Verdict::fail);
}

TEST(OrderMessageSequence, is_inconclusive_when_a_message_is_unknown_or_missing) {
  EvidenceBuilder b = kConnect();
  b.message(KeyMessage::m4).message = KeyMessage::unknown;
  EXPECT_EQ(judge_one("order.message-sequence", b).verdict, Verdict::inconclusive);
  b = kConnect();
  b.lose(KeyMessage::m4);
  EXPECT_EQ(judge_one("order.message-sequence", b).verdict, Verdict::inconclusive);
}

TEST(OrderMessageSequence, passes_repeats_that_are_answered) {
  EXPECT_EQ(judge_one("order.message-sequence", kConnect().repeat_m3()).verdict, Verdict::pass);
  EXPECT_EQ(judge_one("order.message-sequence", EvidenceBuilder::wrong_passphrase()).verdict,
            Verdict::pass);
}

TEST(OrderInitialM4, fails_when_m4_is_protected) {
  EvidenceBuilder b = kConnect();
  b.message(KeyMessage::m4).protected_frame = true;
  EXPECT_EQ(judge_one("order.initial-m4-clear-then-protected", b).verdict, Verdict::fail);
}

TEST(OrderInitialM4, fails_when_protected_data_comes_first) {
  EvidenceBuilder b = kConnect();
  b.association().protected_data.front().frame = 1;
  EXPECT_EQ(judge_one("order.initial-m4-clear-then-protected", b).verdict, Verdict::fail);
}

TEST(OrderInitialM4, is_inconclusive_without_m4_or_data) {
  EvidenceBuilder b = kConnect();
  b.lose(KeyMessage::m4);
  EXPECT_EQ(judge_one("order.initial-m4-clear-then-protected", b).verdict, Verdict::inconclusive);
  b = kConnect();
  b.association().protected_data.clear();
  EXPECT_EQ(judge_one("order.initial-m4-clear-then-protected", b).verdict, Verdict::inconclusive);
}

TEST(OrderKeysBeforeAuthorized, fails_when_the_port_opens_before_a_key) {
  for (const double opened : {118.0, 120.0}) {
    EvidenceBuilder b = kConnect();
    b.event("drv_sta_state", Side::station, 1).time = EvidenceBuilder::ms(opened);
    EXPECT_EQ(judge_one("order.keys-before-authorized", b).verdict, Verdict::fail) << opened;
  }
}

TEST(OrderKeysBeforeAuthorized, fails_when_the_port_opens_and_no_key_ever_comes) {
  EvidenceBuilder b = kConnect();
  b.erase([](const Event& e) {
    return e.side == Side::station && (e.name == "rdev_add_key" || e.name == "key_link");
  });
  EXPECT_EQ(judge_one("order.keys-before-authorized", b).verdict, Verdict::fail);
}

TEST(OrderKeysBeforeAuthorized, is_inconclusive_when_the_kernel_answers_what_the_trace_lacks) {
  EvidenceBuilder b = kConnect();
  b.erase([](const Event& e) { return e.side == Side::station && e.name == "rdev_add_key"; });
  EXPECT_EQ(judge_one("order.keys-before-authorized", b).verdict, Verdict::inconclusive);
}

TEST(OrderKeysBeforeAuthorized, is_inconclusive_when_the_trace_has_no_keys_at_all_or_lost_events) {
  EvidenceBuilder b = kConnect();
  b.erase("rdev_add_key");
  EXPECT_EQ(judge_one("order.keys-before-authorized", b).verdict, Verdict::inconclusive);
  for (const char* trouble : {"trace_lost", "trace_failed"}) {
    b = kConnect();
    b.add(600, Witness::host, Side::none, trouble);
    EXPECT_EQ(judge_one("order.keys-before-authorized", b).verdict, Verdict::inconclusive);
  }
}

TEST(OrderChecks, do_not_apply_to_an_open_network) {
  for (const char* id : {"order.post-assoc-after-assoc", "order.message-sequence",
                         "order.initial-m4-clear-then-protected", "order.keys-before-authorized"}) {
    EXPECT_EQ(judge_one(id, EvidenceBuilder::open_network()).verdict, Verdict::not_applicable);
  }
}

}  // namespace
}  // namespace postassoc::checks
