#include "harness/report/sheet.h"

#include <gtest/gtest.h>

#include <sstream>

#include "harness/report/json.h"
#include "harness/report/model.h"

namespace postassoc::report {
namespace {

ScenarioSuite suite_of_one() {
  ScenarioSuite suite;
  suite.name = "certification";
  suite.title = "Before a certification";
  suite.sheet = {{"rekey",
                  "Messages of a rekey are protected",
                  "Are messages 2 and 4 of a pairwise rekey protected?",
                  {"IEEE 802.11-2020, 12.7.6"},
                  {"rekey/*"},
                  {"order.*"}}};
  suite.not_covered = {{"WPS", "it is not about data after association"}};
  return suite;
}

Finding finding(const char* check, Verdict verdict, const char* summary = "said so") {
  Finding one;
  one.check = check;
  one.verdict = verdict;
  one.summary = summary;
  one.frames = {12};
  return one;
}

ScenarioReport scenario(const char* name, std::vector<Finding> findings) {
  ScenarioReport report;
  report.name = name;
  report.findings = std::move(findings);
  return report;
}

SheetLine line_of(const std::vector<ScenarioReport>& scenarios) {
  return make_sheet(suite_of_one(), scenarios).lines.front();
}

TEST(Sheet, LetsTheWorstFindingDecideWhateverTheScenarioExpects) {
  ScenarioReport known = scenario("rekey/ptk[x=1]", {finding("order.rekey", Verdict::fail)});
  known.expected = {{"order.rekey", Verdict::fail}};
  const SheetLine line =
      line_of({scenario("rekey/gtk", {finding("order.message-sequence", Verdict::pass)}), known,
               scenario("loss/m3", {finding("order.message-sequence", Verdict::error)})});
  EXPECT_EQ(line.word(), "fail");
  EXPECT_EQ(line.scenario, "rekey/ptk[x=1]");
  EXPECT_EQ(line.check, "order.rekey");
  EXPECT_EQ(line.reason, "said so");
  EXPECT_EQ(line.frames, std::vector<std::uint64_t>{12});
  EXPECT_EQ(line.scenarios, 2U);
  EXPECT_EQ(line.pass, 1U);
  EXPECT_EQ(line.fail, 1U);
}

TEST(Sheet, DoesNotLetTheLabsTroubleHideTheDevices) {
  const auto line = line_of({scenario("rekey/a", {finding("order.x", Verdict::error)}),
                             scenario("rekey/b", {finding("order.x", Verdict::fail)}),
                             scenario("rekey/c", {finding("order.x", Verdict::inconclusive)})});
  EXPECT_EQ(line.word(), "fail");
  ScenarioReport lost = scenario("rekey/d", {});
  lost.verdict = Verdict::error;
  lost.summary = "QEMU ended";
  const auto failed = line_of({lost, scenario("rekey/a", {finding("order.x", Verdict::pass)})});
  EXPECT_EQ(failed.word(), "error");
  EXPECT_EQ(failed.reason, "QEMU ended");
}

TEST(Sheet, CountsAScenarioThatDidNotGoAsItWasMeantTo) {
  ScenarioReport stopped = scenario("rekey/a", {finding("run.completed", Verdict::fail, "no rekey"),
                                                finding("order.x", Verdict::pass)});
  EXPECT_EQ(line_of({stopped}).word(), "fail");
  EXPECT_EQ(line_of({stopped}).reason, "no rekey");
  stopped.expected = {{"run.completed", Verdict::fail}};
  EXPECT_EQ(line_of({stopped}).word(), "pass");
}

TEST(Sheet, SaysWhyALineIsNotJudged) {
  EXPECT_EQ(line_of({}).word(), "skip");
  EXPECT_EQ(line_of({}).skip_reason, "none of its scenarios was in this run");
  ScenarioReport skipped = scenario("rekey/a", {});
  skipped.skip_reason = "the rig has no injector";
  EXPECT_EQ(line_of({skipped}).skip_reason, "rekey/a: the rig has no injector");
  const auto half = line_of({skipped, scenario("rekey/b", {finding("order.x", Verdict::pass)})});
  EXPECT_EQ(half.word(), "pass");
  EXPECT_EQ(half.skipped, 1U);
  const auto silent = line_of(
      {scenario("rekey/b", {finding("order.x", Verdict::not_applicable, "no rekey seen")})});
  EXPECT_EQ(silent.word(), "inconclusive");
  EXPECT_EQ(silent.reason, "rekey/b: order.x: no rekey seen");
  EXPECT_EQ(line_of({scenario("rekey/b", {finding("run.completed", Verdict::pass)})}).word(),
            "inconclusive");
}

TEST(Sheet, ComparesWithWhatTheSuiteKnowsOfTheDevice) {
  ScenarioSuite suite = suite_of_one();
  suite.expected = {{"rekey", Verdict::fail}};
  const auto counted = [&](Verdict verdict) {
    return make_sheet(suite, {scenario("rekey/a", {finding("order.x", verdict)})})
        .lines.front()
        .counts_as();
  };
  EXPECT_EQ(counted(Verdict::fail), Verdict::pass);
  EXPECT_EQ(counted(Verdict::pass), Verdict::fail);
  EXPECT_EQ(counted(Verdict::inconclusive), Verdict::inconclusive);
}

TEST(Sheet, FitsAHundredColumnsWithoutColour) {
  const std::string long_text(300, 'x');
  const auto sheet = make_sheet(
      suite_of_one(), {scenario("rekey/a", {finding("order.x", Verdict::fail, long_text.c_str())}),
                       scenario("rekey/b", {finding("order.x", Verdict::pass, "\x1b[31mred")})});
  const std::string text = render_sheet(sheet, {.verbose = true});
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 100U) << line;
  }
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  for (const char* part :
       {"fail", "Messages of a rekey are protected", "IEEE 802.11-2020, 12.7.6", "rekey/a: order.x",
        "2 findings in 2 scenarios: 1 fail, 1 pass", "Not covered", "WPS", "1 line: 1 fail"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
}

TEST(Sheet, IsInTheReport) {
  RunReport run = make_run_report({scenario("rekey/a", {finding("order.x", Verdict::fail)})}, "");
  run.sheet = make_sheet(suite_of_one(), run.scenarios);
  const auto document = nlohmann::json::parse(report_json(run));
  EXPECT_EQ(document["sheet"]["lines"][0]["outcome"], "fail");
  EXPECT_EQ(document["sheet"]["lines"][0]["id"], "rekey");
  EXPECT_EQ(document["sheet"]["not_covered"][0]["item"], "WPS");
  EXPECT_EQ(document["exit_code"], 1);
}

}  // namespace
}  // namespace postassoc::report
