#include "harness/report/exit_code.h"

#include <gtest/gtest.h>

namespace postassoc::report {
namespace {

RunReport run_of(const std::vector<Verdict>& verdicts, std::size_t skipped = 0) {
  RunReport run;
  for (const Verdict verdict : verdicts) {
    ScenarioReport scenario;
    scenario.verdict = verdict;
    run.scenarios.push_back(scenario);
  }
  for (std::size_t i = 0; i < skipped; ++i) {
    run.scenarios.push_back(make_skip_report({"some", "no injector"}, "rig"));
  }
  return run;
}

TEST(ExitCode, IsZeroWhenAllThatRanPassed) {
  EXPECT_EQ(exit_code(run_of({Verdict::pass, Verdict::info, Verdict::not_applicable})), 0);
  EXPECT_EQ(exit_code(run_of({Verdict::pass}, 3)), 0);
}

TEST(ExitCode, TellsADeviceFailureEvenWhenTheLabFailedToo) {
  EXPECT_EQ(exit_code(run_of({Verdict::pass, Verdict::fail})), 1);
  EXPECT_EQ(exit_code(run_of({Verdict::error, Verdict::fail, Verdict::inconclusive})), 1);
}

TEST(ExitCode, TellsALabFailure) {
  EXPECT_EQ(exit_code(run_of({Verdict::pass, Verdict::error})), 70);
  EXPECT_EQ(exit_code(run_of({Verdict::inconclusive}, 1)), 70);
}

TEST(ExitCode, CountsTheLinesOfASheet) {
  RunReport run = run_of({Verdict::pass});
  run.sheet.emplace();
  run.sheet->lines.resize(2);
  run.sheet->lines[0].verdict = Verdict::pass;
  run.sheet->lines[1].verdict = Verdict::inconclusive;
  EXPECT_EQ(exit_code(run), 70);
  run.sheet->lines[0].verdict = Verdict::fail;
  EXPECT_EQ(exit_code(run), 1);
  run.sheet->lines[0].expected = Verdict::fail;
  run.sheet->lines[1].skip_reason = "no injector";
  EXPECT_EQ(exit_code(run), 0);
  run.sheet->lines[0].verdict = Verdict::pass;
  EXPECT_EQ(exit_code(run), 1);
}

TEST(ExitCode, TellsThatNothingRan) {
  EXPECT_EQ(exit_code(run_of({})), 5);
  EXPECT_EQ(exit_code(run_of({}, 2)), 77);
}

TEST(ExitCode, FollowsTheFaultOfAnError) {
  EXPECT_EQ(exit_code(Error{Fault::invalid_input, "", ""}), 4);
  EXPECT_EQ(exit_code(Error{Fault::rig_unavailable, "", ""}), 69);
  EXPECT_EQ(exit_code(Error{Fault::lab, "", ""}), 70);
  EXPECT_EQ(exit_code(Error{Fault::timeout, "", ""}), 70);
  EXPECT_EQ(exit_code(Error{Fault::interrupted, "", ""}), 2);
}

TEST(RunReport, HasTheHeaviestVerdictAndLeavesSkippedOnesOut) {
  EXPECT_EQ(run_of({Verdict::pass, Verdict::inconclusive}, 1).verdict(), Verdict::inconclusive);
  EXPECT_EQ(run_of({}, 1).verdict(), Verdict::not_applicable);
  const Totals totals = run_of({Verdict::pass, Verdict::fail, Verdict::info}, 2).totals();
  EXPECT_EQ(totals.pass, 2U);
  EXPECT_EQ(totals.fail, 1U);
  EXPECT_EQ(totals.skip, 2U);
  EXPECT_EQ(totals.all(), 5U);
}

TEST(UtcText, IsIso8601WithMilliseconds) {
  EXPECT_EQ(to_utc_text(std::chrono::seconds(1767225600)), "2026-01-01T00:00:00.000Z");
  EXPECT_EQ(to_utc_text(std::chrono::nanoseconds(-1)), "1970-01-01T00:00:00.000Z");
}

}  // namespace
}  // namespace postassoc::report
