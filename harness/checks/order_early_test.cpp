#include <gtest/gtest.h>

#include "harness/checks/evidence_builder.h"

namespace postassoc::checks {
namespace {

using std::chrono::milliseconds;
constexpr const char* kNoData = "order.no-data-before-authorized";
constexpr const char* kEarly = "order.early-m1-not-lost";

/// The station had something to send from before the association on.
EvidenceBuilder eager() {
  EvidenceBuilder b = EvidenceBuilder::connect();
  b.evidence.plan.scenario.steps.insert(b.evidence.plan.scenario.steps.begin(),
                                        {step::Traffic{}, "/steps/9"});
  b.add(120, Witness::harness, Side::none, "data_sent",
        {{"tag", "pa:0a0b0c0d:900;"}, {"from", "station"}, {"group", false}});
  return b;
}

void send_plain(EvidenceBuilder& b, double at_ms) {
  AirPlain data;
  data.frame = 11;
  data.time = EvidenceBuilder::ms(at_ms);
  data.direction = Direction::from_station;
  data.ethertype = 0x0800;
  b.association().plain_data.push_back(data);
}

TEST(NoDataBeforeAuthorized, passes_a_station_that_waits) {
  EXPECT_EQ(judge_one(kNoData, eager()).verdict, Verdict::pass);
}

TEST(NoDataBeforeAuthorized, fails_on_data_before_message_4_even_without_a_kernel_trace) {
  EvidenceBuilder b = eager();
  send_plain(b, 116);
  EXPECT_EQ(judge_one(kNoData, b).verdict, Verdict::fail);
  b.erase([](const Event& e) { return e.witness == Witness::kernel; });
  const Finding finding = judge_one(kNoData, b);
  EXPECT_EQ(finding.verdict, Verdict::fail);
  EXPECT_EQ(finding.frames.front(), 11U);
}

TEST(NoDataBeforeAuthorized, fails_on_data_between_message_4_and_the_open_port) {
  EvidenceBuilder b = eager();
  send_plain(b, 124);
  EXPECT_EQ(judge_one(kNoData, b).verdict, Verdict::fail);
}

TEST(NoDataBeforeAuthorized, does_not_count_data_after_the_port_opened_or_of_the_access_point) {
  EvidenceBuilder b = eager();
  send_plain(b, 140);
  send_plain(b, 116);
  b.association().plain_data.back().direction = Direction::from_access_point;
  EXPECT_EQ(judge_one(kNoData, b).verdict, Verdict::pass);
}

TEST(NoDataBeforeAuthorized, needs_an_attempt_to_send_and_the_time_of_the_port) {
  EvidenceBuilder b = eager();
  b.erase("data_sent");
  EXPECT_EQ(judge_one(kNoData, b).verdict, Verdict::inconclusive);
  b.evidence.plan.scenario.steps.erase(b.evidence.plan.scenario.steps.begin());
  EXPECT_EQ(judge_one(kNoData, b).verdict, Verdict::not_applicable);
  b = eager();
  b.add(116, Witness::harness, Side::none, "data_sent", {{"from", "station"}});
  b.erase([](const Event& e) { return e.witness == Witness::kernel; });
  EXPECT_EQ(judge_one(kNoData, b).verdict, Verdict::inconclusive);
}

/// Another message 1 before the first, with a lower counter.
EvidenceBuilder lost_first(bool acknowledged, double told_at_ms) {
  EvidenceBuilder b = EvidenceBuilder::connect();
  AirEapol first = b.message(KeyMessage::m1);
  first.frame = 9;
  first.time -= milliseconds(3);
  first.key->replay_counter = 0;
  first.acknowledged = acknowledged;
  b.insert_eapol(b.message(KeyMessage::m1), first);
  if (told_at_ms > 0) {
    b.add(told_at_ms, Witness::supplicant, Side::station, "message",
          {{"text", "Associated with 02:00:00:00:00:00"}});
  }
  return b;
}

TEST(EarlyM1, fails_when_it_came_before_the_supplicant_knew_and_was_lost) {
  const Finding finding = judge_one(kEarly, lost_first(true, 114));
  EXPECT_EQ(finding.verdict, Verdict::fail) << finding.summary;
}

TEST(EarlyM1, is_inconclusive_when_nothing_tells_whether_it_was_early) {
  EXPECT_EQ(judge_one(kEarly, lost_first(true, 0)).verdict, Verdict::inconclusive);
}

TEST(EarlyM1, is_no_matter_when_the_supplicant_knew_or_the_station_did_not_get_it) {
  EXPECT_EQ(judge_one(kEarly, lost_first(true, 111.5)).verdict, Verdict::inconclusive);
  EXPECT_EQ(judge_one(kEarly, lost_first(false, 114)).verdict, Verdict::inconclusive);
}

TEST(EarlyM1, says_how_many_were_early) {
  EvidenceBuilder b = EvidenceBuilder::connect();
  b.add(118, Witness::supplicant, Side::station, "message",
        {{"text", "Associated with 02:00:00:00:00:00"}});
  const Finding finding = judge_one(kEarly, b);
  EXPECT_EQ(finding.verdict, Verdict::pass);
  EXPECT_NE(finding.summary.find("1 of them before"), std::string::npos) << finding.summary;
}

TEST(EarlyM1, is_inconclusive_without_the_messages) {
  EvidenceBuilder b = EvidenceBuilder::connect();
  b.lose(KeyMessage::m2);
  EXPECT_EQ(judge_one(kEarly, b).verdict, Verdict::inconclusive);
}

}  // namespace
}  // namespace postassoc::checks
