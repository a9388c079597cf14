#include <gtest/gtest.h>

#include "harness/checks/evidence_builder.h"
#include "harness/checks/limits.h"
#include "harness/checks/timing_samples.h"

namespace postassoc::checks {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
constexpr auto kConnect = &EvidenceBuilder::connect;

TEST(TimingM1M2, measures_from_the_message_that_is_answered) {
  const Finding finding = judge_one("timing.m1-m2", EvidenceBuilder::wrong_passphrase());
  EXPECT_EQ(finding.verdict, Verdict::pass);
  ASSERT_EQ(finding.measurements.size(), 4U);
  EXPECT_EQ(finding.measurements[3].value, milliseconds(1));
  EXPECT_EQ(finding.measurements[3].limit, milliseconds(100));
}

TEST(TimingM1M2, fails_above_the_limit) {
  EvidenceBuilder b = kConnect();
  b.message(KeyMessage::m2).time += milliseconds(150);
  EXPECT_EQ(judge_one("timing.m1-m2", b).verdict, Verdict::fail);
}

TEST(TimingM1M2, fails_when_an_acknowledged_m1_is_left_for_over_a_second) {
  EvidenceBuilder b = kConnect();
  AirEapol first = b.message(KeyMessage::m1);
  first.frame = 5;
  first.time -= milliseconds(1010);
  first.key->replay_counter = 0;
  b.association().eapol.insert(b.association().eapol.begin(), first);
  b.index_handshake();
  EXPECT_EQ(judge_one("timing.m1-m2", b).verdict, Verdict::fail);
  b.association().eapol.front().acknowledged = false;
  EXPECT_EQ(judge_one("timing.m1-m2", b).verdict, Verdict::pass);
}

TEST(TimingM3M4, fails_above_the_limit_and_is_inconclusive_within_the_uncertainty) {
  EvidenceBuilder b = kConnect();
  b.message(KeyMessage::m4).time = b.message(KeyMessage::m3).time + milliseconds(101);
  EXPECT_EQ(judge_one("timing.m3-m4", b).verdict, Verdict::fail);
  b.message(KeyMessage::m4).time = b.message(KeyMessage::m3).time + microseconds(100050);
  EXPECT_EQ(judge_one("timing.m3-m4", b).verdict, Verdict::inconclusive);
}

TEST(TimingM3M4, takes_the_scenarios_own_limit) {
  EvidenceBuilder b = kConnect();
  b.evidence.plan.scenario.limits["timing.m3-m4"].max = microseconds(200);
  EXPECT_EQ(judge_one("timing.m3-m4", b).verdict, Verdict::fail);
}

TEST(TimingM3M4, is_inconclusive_without_message_4_and_does_not_apply_to_a_wrong_passphrase) {
  EvidenceBuilder b = kConnect();
  b.lose(KeyMessage::m4);
  EXPECT_EQ(judge_one("timing.m3-m4", b).verdict, Verdict::inconclusive);
  EXPECT_EQ(judge_one("timing.m3-m4", EvidenceBuilder::wrong_passphrase()).verdict,
            Verdict::not_applicable);
}

TEST(TimingHandshakeTotal, warns_then_fails) {
  EvidenceBuilder b = kConnect();
  b.message(KeyMessage::m4).time = b.message(KeyMessage::m1).time + milliseconds(300);
  const Finding slow = judge_one("timing.handshake-total", b);
  EXPECT_EQ(slow.verdict, Verdict::pass);
  EXPECT_NE(slow.summary.find("warning"), std::string::npos);
  b.message(KeyMessage::m4).time += milliseconds(300);
  EXPECT_EQ(judge_one("timing.handshake-total", b).verdict, Verdict::fail);
}

TEST(TimingHandshakeTotal, is_inconclusive_without_a_complete_handshake) {
  EvidenceBuilder b = kConnect();
  b.lose(KeyMessage::m3);
  EXPECT_EQ(judge_one("timing.handshake-total", b).verdict, Verdict::inconclusive);
}

TEST(TimingM4ToUsable, fails_when_the_port_opens_late) {
  EvidenceBuilder b = kConnect();
  b.event("drv_sta_state", Side::station, 1).time = EvidenceBuilder::ms(230);
  const Finding finding = judge_one("timing.m4-to-usable", b);
  EXPECT_EQ(finding.verdict, Verdict::fail) << finding.summary;
}

TEST(TimingM4ToUsable, does_not_count_the_time_in_which_nobody_sent) {
  const Finding finding = judge_one("timing.m4-to-usable", kConnect());
  EXPECT_EQ(finding.verdict, Verdict::pass);
  EXPECT_EQ(finding.measurements.front().name, "m4-to-usable");
  EXPECT_LT(finding.measurements.front().value, milliseconds(12));
}

TEST(TimingM4ToUsable, counts_data_that_was_waiting_until_it_gets_through) {
  EvidenceBuilder b = kConnect();
  for (const char* from : {"station", "access_point"}) {
    b.add(120, Witness::harness, Side::none, "data_sent",
          {{"tag", "pa:0a0b0c0d:900;"}, {"from", from}, {"group", false}});
  }
  const Finding finding = judge_one("timing.m4-to-usable", b);
  EXPECT_GT(finding.measurements.front().value, milliseconds(80));
}

TEST(TimingM4ToUsable, is_inconclusive_without_kernel_trace_or_data) {
  EvidenceBuilder b = kConnect();
  b.erase([](const Event& e) { return e.witness == Witness::kernel; });
  EXPECT_EQ(judge_one("timing.m4-to-usable", b).verdict, Verdict::inconclusive);
  b = kConnect();
  b.association().protected_data.clear();
  EXPECT_EQ(judge_one("timing.m4-to-usable", b).verdict, Verdict::inconclusive);
}

TEST(TimingPostAssocTotal, fails_above_the_limit_and_needs_the_response) {
  EvidenceBuilder b = kConnect();
  b.association().response_time = *b.association().response_time - milliseconds(600);
  EXPECT_EQ(judge_one("timing.post-assoc-total", b).verdict, Verdict::fail);
  b.association().response_time.reset();
  EXPECT_EQ(judge_one("timing.post-assoc-total", b).verdict, Verdict::inconclusive);
}

TEST(TimingSamples, judges_the_95th_percentile_from_20_samples_on) {
  std::vector<Sample> samples(20, Sample{milliseconds(10), microseconds(100), 1, {}});
  samples[7].value = milliseconds(900);
  const Evidence evidence;
  const Limit limit{milliseconds(100), std::nullopt};
  const FindingBuilder finding("timing.m1-m2", evidence);
  EXPECT_EQ(judge_samples(finding, "m1-m2", samples, limit).verdict, Verdict::pass);
  samples[8].value = milliseconds(900);
  EXPECT_EQ(judge_samples(finding, "m1-m2", samples, limit).verdict, Verdict::fail);
  samples.pop_back();
  samples[8].value = milliseconds(10);
  EXPECT_EQ(judge_samples(finding, "m1-m2", samples, limit).verdict, Verdict::fail);
}

TEST(TimingSamples, tells_the_sample_that_is_judged_first) {
  std::vector<Sample> samples(3, Sample{milliseconds(10), microseconds(100), 1, {}});
  samples[1].value = milliseconds(30);
  const Evidence evidence;
  const Finding finding = judge_samples(FindingBuilder("timing.m1-m2", evidence), "m1-m2", samples,
                                        {milliseconds(100), std::nullopt});
  ASSERT_EQ(finding.measurements.size(), 3U);
  EXPECT_EQ(finding.measurements[0].value, milliseconds(30));
  EXPECT_EQ(finding.measurements[1].value, milliseconds(10));
  EXPECT_EQ(finding.measurements[2].value, milliseconds(10));
}

TEST(TimingSamples, holds_every_sample_to_the_hard_limit) {
  std::vector<Sample> samples(30, Sample{milliseconds(10), microseconds(100), 1, {}});
  samples[7].value = milliseconds(2500);
  const Evidence evidence;
  const Limit limit{milliseconds(500), std::nullopt};
  EXPECT_EQ(judge_samples(FindingBuilder("timing.handshake-total", evidence), "handshake-total",
                          samples, limit, std::chrono::seconds(2))
                .verdict,
            Verdict::fail);
}

TEST(Limits, are_the_catalogues_unless_the_scenario_says_otherwise) {
  Evidence evidence;
  EXPECT_EQ(limit_of(evidence, "timing.handshake-total").warn, milliseconds(200));
  EXPECT_EQ(smallest_limit(evidence), milliseconds(20));
  evidence.plan.checks = {"timing.m1-m2"};
  EXPECT_EQ(smallest_limit(evidence), milliseconds(100));
  evidence.plan.scenario.limits["timing.m1-m2"].max = milliseconds(4);
  EXPECT_EQ(smallest_limit(evidence), milliseconds(4));
}

}  // namespace
}  // namespace postassoc::checks
