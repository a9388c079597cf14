#include "harness/report/junit.h"

#include <gtest/gtest.h>

#include <pugixml.hpp>

#include "harness/report/sample_report.h"

namespace postassoc::report {
namespace {

pugi::xml_document parsed(const RunReport& run) {
  pugi::xml_document document;
  const std::string text = junit_xml(run);
  EXPECT_TRUE(document.load_string(text.c_str())) << text;
  return document;
}

std::string property(pugi::xml_node testcase, const char* name) {
  return testcase.child("properties")
      .find_child_by_attribute("property", "name", name)
      .attribute("value")
      .value();
}

ScenarioReport with_verdict(Verdict verdict) {
  ScenarioReport scenario = sample_report();
  scenario.verdict = verdict;
  return scenario;
}

TEST(Junit, CountsFailuresErrorsAndSkippedApart) {
  const auto document = parsed(make_run_report(
      {with_verdict(Verdict::pass), with_verdict(Verdict::fail), with_verdict(Verdict::error),
       with_verdict(Verdict::inconclusive), make_skip_report({"open/x", "no injector"}, "r")},
      "runs/latest"));
  const auto suite = document.child("testsuites").child("testsuite");
  EXPECT_STREQ(suite.attribute("tests").value(), "5");
  EXPECT_STREQ(suite.attribute("failures").value(), "1");
  EXPECT_STREQ(suite.attribute("errors").value(), "2");
  EXPECT_STREQ(suite.attribute("skipped").value(), "1");
  std::vector<std::string> elements;
  for (const auto testcase : suite.children("testcase")) {
    const std::string last = testcase.last_child().name();
    elements.push_back(last + ":" + testcase.last_child().attribute("type").value());
  }
  EXPECT_EQ(elements, (std::vector<std::string>{"properties:", "failure:timing.m3-m4",
                                                "error:error", "error:inconclusive", "skipped:"}));
}

TEST(Junit, HoldsTheSheetAsASuiteOfItsOwn) {
  RunReport run = make_run_report({with_verdict(Verdict::pass)}, "");
  run.sheet = Sheet{"certification", "title", {}, {}};
  for (const Verdict verdict : {Verdict::fail, Verdict::fail, Verdict::pass, Verdict::error}) {
    SheetLine line;
    line.item.id = "line";
    line.verdict = verdict;
    run.sheet->lines.push_back(line);
  }
  run.sheet->lines[1].expected = Verdict::fail;
  const auto document = parsed(run);
  EXPECT_STREQ(document.child("testsuites").attribute("tests").value(), "5");
  const auto sheet = document.child("testsuites").last_child();
  EXPECT_STREQ(sheet.attribute("name").value(), "sheet of the suite certification");
  EXPECT_STREQ(sheet.attribute("failures").value(), "1");
  EXPECT_STREQ(sheet.attribute("errors").value(), "1");
  std::vector<std::string> elements;
  for (const auto testcase : sheet.children("testcase")) {
    elements.emplace_back(testcase.last_child().name());
  }
  EXPECT_EQ(elements, (std::vector<std::string>{"failure", "properties", "properties", "error"}));
}

TEST(Junit, NamesTheCaseByFolderAndFile) {
  const auto document = parsed(make_run_report({sample_report()}, ""));
  const auto testcase = document.child("testsuites").child("testsuite").child("testcase");
  EXPECT_STREQ(testcase.attribute("classname").value(), "wpa2-psk");
  EXPECT_STREQ(testcase.attribute("name").value(), "connect");
  EXPECT_STREQ(testcase.attribute("time").value(), "0.412000");
}

TEST(Junit, KeepsAMatrixValueWithASlashInTheName) {
  ScenarioReport scenario = sample_report();
  scenario.name = "a/b/connect[access_point.ssid=x/y]";
  const auto document = parsed(make_run_report({scenario}, ""));
  const auto testcase = document.child("testsuites").child("testsuite").child("testcase");
  EXPECT_STREQ(testcase.attribute("classname").value(), "a.b");
  EXPECT_STREQ(testcase.attribute("name").value(), "connect[access_point.ssid=x/y]");
}

TEST(Junit, HoldsMeasuredValuesLimitsAndVersionsAsProperties) {
  const auto document = parsed(make_run_report({sample_report()}, ""));
  const auto testcase = document.child("testsuites").child("testsuite").child("testcase");
  EXPECT_EQ(property(testcase, "timing.m3-m4"), "fail");
  EXPECT_EQ(property(testcase, "timing.m3-m4/m3-m4.value_ms"), "132.400000");
  EXPECT_EQ(property(testcase, "timing.m3-m4/m3-m4.limit_ms"), "100.000000");
  EXPECT_EQ(property(testcase, "environment.kernel"), "6.1.0");
  EXPECT_EQ(property(testcase, "environment.hostapd.version"), "2.10");
  EXPECT_EQ(property(testcase, "rig"), "virtual");
}

TEST(Junit, SurvivesHostileText) {
  ScenarioReport scenario = sample_report();
  scenario.name = "x/<script>\"&\x01";
  scenario.summary = "SSID <script>alert(1)</script>\x1b[31m\xff ]]>";
  scenario.findings.back().actual = std::string("a\0b", 3);
  const auto document = parsed(make_run_report({scenario}, ""));
  const auto testcase = document.child("testsuites").child("testsuite").child("testcase");
  EXPECT_STREQ(testcase.attribute("name").value(), "<script>\"&\\x01");
  EXPECT_STREQ(testcase.child("failure").attribute("message").value(),
               "SSID <script>alert(1)</script>\\x1b[31m\\xff ]]>");
  EXPECT_NE(std::string(testcase.child("failure").text().get()).find("actual: a\\x00b"),
            std::string::npos);
  EXPECT_EQ(junit_xml(make_run_report({scenario}, "")).find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace postassoc::report
