#include <gtest/gtest.h>

#include "harness/checks/evidence_builder.h"

namespace postassoc::checks {
namespace {

const Finding& finding_of(const Judgement& judgement, std::string_view id) {
  for (const Finding& finding : judgement.findings) {
    if (finding.check == id) {
      return finding;
    }
  }
  throw std::logic_error("no such finding: " + std::string(id));
}

TEST(Judge, passes_a_normal_connect_with_all_checks) {
  const Judgement judgement = judge(EvidenceBuilder::connect().build());
  EXPECT_EQ(judgement.verdict, Verdict::pass) << judgement.summary;
  EXPECT_EQ(judgement.findings.size(), all_checks().size());
  EXPECT_EQ(judgement.findings.front().check, "gate.clock-aligned");
}

TEST(Judge, judges_only_the_plans_checks_their_gates_and_the_run) {
  EvidenceBuilder b = EvidenceBuilder::connect();
  b.evidence.plan.checks = {"key.pn-never-reused"};
  const Judgement judgement = judge(b.build());
  std::vector<std::string> ids;
  for (const Finding& finding : judgement.findings) {
    ids.push_back(finding.check);
  }
  EXPECT_EQ(ids, (std::vector<std::string>{"gate.capture-complete", "gate.crypto-visible",
                                           "gate.mutants-caught", "run.completed",
                                           "key.pn-never-reused"}));
}

TEST(Judge, turns_what_a_failed_gate_guards_into_inconclusive_and_names_the_gate) {
  EvidenceBuilder b = EvidenceBuilder::connect();
  b.event("capture_drained").detail["dropped_by_kernel"] = 4;
  const Judgement judgement = judge(b.build());
  const Finding& timing = finding_of(judgement, "timing.m1-m2");
  EXPECT_EQ(timing.verdict, Verdict::inconclusive);
  EXPECT_NE(timing.summary.find("gate.capture-complete did not pass"), std::string::npos);
  EXPECT_EQ(finding_of(judgement, "port.opens-once").verdict, Verdict::pass);
  EXPECT_EQ(judgement.verdict, Verdict::inconclusive);
}

TEST(Judge, lets_a_fail_stand_that_rests_on_positive_evidence) {
  EvidenceBuilder b = EvidenceBuilder::connect().repeat_m3();
  b.event("capture_drained").detail["dropped_by_kernel"] = 4;
  b.station_key(501, true, 0);
  const Judgement judgement = judge(b.build());
  EXPECT_EQ(finding_of(judgement, "key.ptk-installed-once").verdict, Verdict::fail);
  EXPECT_EQ(judgement.verdict, Verdict::fail);
  EXPECT_NE(judgement.summary.find("key.ptk-installed-once"), std::string::npos);
}

TEST(Judge, takes_back_a_fail_that_a_hole_in_the_capture_may_have_made) {
  EvidenceBuilder b = EvidenceBuilder::connect();
  b.message(KeyMessage::m4).protected_frame = true;
  EXPECT_EQ(finding_of(judge(b.build()), "order.initial-m4-clear-then-protected").verdict,
            Verdict::fail);
  b.evidence.air.quality.truncated = true;
  EXPECT_EQ(finding_of(judge(b.build()), "order.initial-m4-clear-then-protected").verdict,
            Verdict::inconclusive);
}

TEST(Judge, counts_an_expected_fail_as_pass_and_keeps_the_finding) {
  EvidenceBuilder b = EvidenceBuilder::open_network().inject();
  b.evidence.plan.checks = {"excl.plain-unicast-dropped"};
  b.evidence.plan.scenario.expected["excl.plain-unicast-dropped"] = Verdict::fail;
  const Judgement judgement = judge(b.build());
  const Finding& finding = finding_of(judgement, "excl.plain-unicast-dropped");
  EXPECT_EQ(finding.verdict, Verdict::fail);
  EXPECT_NE(finding.summary.find("as the scenario expects"), std::string::npos);
  EXPECT_EQ(judgement.verdict, Verdict::pass) << judgement.summary;
}

TEST(Judge, counts_a_pass_as_fail_where_a_fail_was_expected) {
  EvidenceBuilder b = EvidenceBuilder::connect().inject();
  b.evidence.plan.checks = {"excl.plain-unicast-dropped"};
  b.evidence.plan.scenario.expected["excl.plain-unicast-dropped"] = Verdict::fail;
  const Judgement judgement = judge(b.build());
  EXPECT_EQ(finding_of(judgement, "excl.plain-unicast-dropped").verdict, Verdict::pass);
  EXPECT_EQ(judgement.verdict, Verdict::fail);
  EXPECT_NE(judgement.summary.find("the scenario expects fail"), std::string::npos);
}

TEST(Judge, is_inconclusive_when_an_expected_fail_could_not_be_shown) {
  EvidenceBuilder b = EvidenceBuilder::connect();
  b.evidence.plan.checks = {"excl.plain-unicast-dropped"};
  b.evidence.plan.scenario.expected["excl.plain-unicast-dropped"] = Verdict::fail;
  EXPECT_EQ(judge(b.build()).verdict, Verdict::inconclusive);
}

TEST(Judge, passes_the_wrong_passphrase_scenario_as_a_whole) {
  const Judgement judgement = judge(EvidenceBuilder::wrong_passphrase().build());
  EXPECT_EQ(judgement.verdict, Verdict::pass) << judgement.summary;
  EXPECT_EQ(finding_of(judgement, "port.never-opens-on-bad-credential").verdict, Verdict::pass);
  EXPECT_EQ(finding_of(judgement, "timing.m3-m4").verdict, Verdict::not_applicable);
}

TEST(Judge, passes_the_scenarios_that_inject_and_repeat) {
  EvidenceBuilder injected = EvidenceBuilder::connect().inject();
  injected.exchange(400, Side::station);
  for (const EvidenceBuilder& b : {injected, EvidenceBuilder::connect().repeat_m3()}) {
    const Judgement judgement = judge(b.build());
    EXPECT_EQ(judgement.verdict, Verdict::pass) << judgement.summary;
  }
}

TEST(Judge, gives_the_same_findings_for_the_same_evidence) {
  const Evidence evidence = EvidenceBuilder::connect().repeat_m3().build();
  const Judgement a = judge(evidence);
  const Judgement b = judge(evidence);
  ASSERT_EQ(a.findings.size(), b.findings.size());
  for (std::size_t i = 0; i < a.findings.size(); ++i) {
    EXPECT_EQ(a.findings[i].summary, b.findings[i].summary);
    EXPECT_EQ(a.findings[i].frames, b.findings[i].frames);
    EXPECT_EQ(a.findings[i].events, b.findings[i].events);
  }
}

TEST(Judge, ends_in_error_when_the_recording_broke_off) {
  EvidenceBuilder b = EvidenceBuilder::connect();
  b.erase("run_finished");
  EXPECT_EQ(judge(b.build()).verdict, Verdict::error);
}

}  // namespace
}  // namespace postassoc::checks
