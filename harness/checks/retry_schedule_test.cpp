#include "harness/checks/retry_schedule.h"

#include <gtest/gtest.h>

#include "harness/checks/recorded_evidence.h"

namespace postassoc::checks {
namespace {

using std::chrono::milliseconds;
constexpr const char* kSchedule = "timing.ref-retry-schedule";
constexpr const char* kGate = "gate.ref-behaves";

TEST(RetrySchedule, passes_hostapds_own_times_up_to_the_deauthentication) {
  const EvidenceBuilder b = EvidenceBuilder::wrong_passphrase();
  const auto retries = retries_of_access_point(b.build());
  ASSERT_EQ(retries.size(), 4U);
  EXPECT_EQ(retries.back().name, "M1, last to deauthentication");
  EXPECT_EQ(judge_one(kSchedule, b).verdict, Verdict::pass);
  EXPECT_EQ(judge_one(kGate, b).verdict, Verdict::pass);
}

TEST(RetrySchedule, of_an_access_point_with_other_timers_is_inconclusive_and_never_a_fail) {
  EvidenceBuilder b = EvidenceBuilder::wrong_passphrase();
  for (AirEapol& frame : b.association().eapol) {
    frame.time += frame.key->replay_counter * milliseconds(200);
  }
  const Finding finding = judge_one(kSchedule, b);
  EXPECT_EQ(finding.verdict, Verdict::inconclusive);
  EXPECT_NE(finding.summary.find("1205"), std::string::npos) << finding.summary;
  EXPECT_EQ(judge_one(kGate, b).verdict, Verdict::inconclusive);
}

TEST(RetrySchedule, takes_100_ms_for_message_3_and_500_ms_for_group_message_1) {
  EvidenceBuilder b = EvidenceBuilder::connect();
  b.lose(KeyMessage::m4);
  AirEapol again = b.message(KeyMessage::m3);
  again.frame = 14;
  again.time += milliseconds(104);
  again.key->replay_counter += 1;
  b.association().eapol.push_back(again);
  b.index_handshake();
  EXPECT_EQ(judge_one(kSchedule, b).verdict, Verdict::pass);
  b.association().eapol.back().time += milliseconds(40);
  EXPECT_EQ(judge_one(kSchedule, b).verdict, Verdict::inconclusive);
}

TEST(RetrySchedule, leaves_out_what_was_commanded) {
  EXPECT_EQ(judge_one(kSchedule, EvidenceBuilder::connect().repeat_m3()).verdict,
            Verdict::not_applicable);
}

TEST(RetrySchedule, of_an_unacknowledged_message_1_begins_at_100_ms) {
  EvidenceBuilder b = EvidenceBuilder::connect();
  AirEapol first = b.message(KeyMessage::m1);
  first.frame = 9;
  first.time -= milliseconds(105);
  first.key->replay_counter = 0;
  first.acknowledged = false;
  b.insert_eapol(b.message(KeyMessage::m1), first);
  EXPECT_EQ(judge_one(kSchedule, b).verdict, Verdict::pass);
  b.message(KeyMessage::m1).acknowledged = true;
  EXPECT_EQ(judge_one(kSchedule, b).verdict, Verdict::inconclusive);
}

/// The same access point in a capture without a rig.
TEST(RetrySchedule, of_a_capture_alone_is_only_remarked_upon) {
  EvidenceBuilder b = EvidenceBuilder::wrong_passphrase();
  b.evidence.capture_only = true;
  for (AirEapol& frame : b.association().eapol) {
    frame.time += frame.key->replay_counter * milliseconds(200);
  }
  EXPECT_EQ(judge_one(kSchedule, b).verdict, Verdict::info);
  EXPECT_EQ(judge_one(kGate, b).verdict, Verdict::info);
}

TEST(RetrySchedule, does_not_count_what_followed_a_valid_answer) {
  EvidenceBuilder b = EvidenceBuilder::connect();
  AirEapol again = b.message(KeyMessage::m3);
  again.frame = 14;
  again.time += milliseconds(700);
  again.key->replay_counter += 1;
  b.association().eapol.push_back(again);
  b.index_handshake();
  EXPECT_EQ(judge_one(kSchedule, b).verdict, Verdict::not_applicable);
}

TEST(RefBehaves, does_not_pass_a_hostapd_without_testing_commands) {
  EvidenceBuilder b = EvidenceBuilder::wrong_passphrase();
  b.add(300, Witness::harness, Side::none, "access_point_command",
        {{"command", "RESEND_M3 02:00:00:00:01:00"}, {"answer", "FAIL"}});
  EXPECT_EQ(judge_one(kGate, b).verdict, Verdict::pass);
  b.add(301, Witness::harness, Side::none, "access_point_command",
        {{"command", "RESEND_M3 02:00:00:00:01:00"}, {"answer", "UNKNOWN COMMAND"}});
  EXPECT_EQ(judge_one(kGate, b).verdict, Verdict::inconclusive);
}

/// An access point with other timers: what is measured by them does not count.
TEST(RefBehaves, guards_the_timing_checks) {
  EvidenceBuilder b = EvidenceBuilder::wrong_passphrase();
  EXPECT_EQ(verdicts(b.build()).at("timing.m1-m2"), Verdict::pass);
  for (AirEapol& frame : b.association().eapol) {
    frame.time += frame.key->replay_counter * milliseconds(200);
  }
  EXPECT_EQ(verdicts(b.build()).at("timing.m1-m2"), Verdict::inconclusive);
  b.evidence.capture_only = true;
  EXPECT_EQ(verdicts(b.build()).at("timing.m1-m2"), Verdict::pass);
}

}  // namespace
}  // namespace postassoc::checks
