#include "harness/report/json.h"

#include <gtest/gtest.h>

#include "harness/report/sample_report.h"

namespace postassoc::report {
namespace {

using nlohmann::json;

TEST(FindingsJson, HoldsEveryFieldOfAFinding) {
  const json document = json::parse(findings_json(sample_report()));
  EXPECT_EQ(document.at("format"), 1);
  EXPECT_EQ(document.at("scenario"), "wpa2-psk/connect");
  EXPECT_EQ(document.at("verdict"), "fail");
  ASSERT_EQ(document.at("findings").size(), 3U);
  const json& late = document.at("findings").at(2);
  EXPECT_EQ(late.at("check"), "timing.m3-m4");
  EXPECT_EQ(late.at("verdict"), "fail");
  EXPECT_EQ(late.at("expected"), "at most 100.000 ms");
  EXPECT_EQ(late.at("when_ns"), 1140000000);
  EXPECT_EQ(late.at("frames"), json({39, 41}));
  EXPECT_EQ(late.at("events"), json({17}));
  EXPECT_EQ(late.at("pointer"), "/limits/timing.m3-m4");
  EXPECT_EQ(late.at("measurements").at(0).at("value_ns"), 132400000);
  EXPECT_EQ(late.at("measurements").at(0).at("limit_ns"), 100000000);
  EXPECT_TRUE(document.at("findings").at(0).at("when_ns").is_null());
}

TEST(FindingsJson, DependsOnNothingButTheFindings) {
  ScenarioReport other = sample_report();
  other.directory = "/elsewhere";
  other.started = "2030-01-01T00:00:00.000Z";
  other.environment = {{"kernel", "7.0"}};
  other.duration = {};
  EXPECT_EQ(findings_json(sample_report()), findings_json(other));
  EXPECT_EQ(findings_json(other).find("elsewhere"), std::string::npos);
}

TEST(FindingsJson, KeepsItsKeysInOneOrder) {
  const std::string text = findings_json(sample_report());
  EXPECT_TRUE(
      text.starts_with("{\n  \"format\": 1,\n  \"scenario\": \"wpa2-psk/connect\",\n"
                       "  \"verdict\": \"fail\",\n  \"summary\": "));
  EXPECT_TRUE(text.ends_with("}\n"));
}

TEST(ReportJson, HoldsTheRun) {
  RunReport run = make_run_report(
      {sample_report(), make_skip_report({"excl/plain", "rig has no injector"}, "virtual")},
      "runs/latest");
  run.harness_version = "0.1.0";
  const json document = json::parse(report_json(run));
  EXPECT_EQ(document.at("format"), 1);
  EXPECT_EQ(document.at("exit_code"), 1);
  EXPECT_EQ(document.at("verdict"), "fail");
  EXPECT_EQ(document.at("rig"), "virtual");
  EXPECT_EQ(document.at("started"), "2026-01-31T12:00:00.000Z");
  EXPECT_EQ(document.at("totals").at("skip"), 1);
  const json& scenario = document.at("scenarios").at(0);
  EXPECT_EQ(scenario.at("outcome"), "fail");
  EXPECT_EQ(scenario.at("environment").at("kernel"), "6.1.0");
  const json& m2 = scenario.at("ladder").at(2);
  EXPECT_EQ(m2.at("text"), "EAPOL-Key message 2 of 4");
  EXPECT_EQ(m2.at("lane"), "to_access_point");
  EXPECT_EQ(m2.at("delta_ns"), 711000);
  EXPECT_EQ(m2.at("mic"), "valid");
  EXPECT_EQ(document.at("scenarios").at(1).at("outcome"), "skip");
  EXPECT_EQ(document.at("scenarios").at(1).at("skip_reason"), "rig has no injector");
}

TEST(ReportJson, ReplacesOctetsThatAreNotUtf8) {
  ScenarioReport scenario = sample_report();
  scenario.findings.front().summary = "SSID \xff\xfe<script>";
  const json document = json::parse(report_json(make_run_report({scenario}, "")));
  EXPECT_EQ(document.at("scenarios").at(0).at("findings").at(0).at("summary"),
            "SSID \xef\xbf\xbd\xef\xbf\xbd<script>");
}

}  // namespace
}  // namespace postassoc::report
