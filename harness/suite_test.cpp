#include "harness/suite.h"

#include <gtest/gtest.h>

#include "harness/scenario_test_data.h"

namespace postassoc {
namespace {

using nlohmann::json;
using test_data::small_scenario;

class Suites : public ::testing::Test {
 protected:
  void SetUp() override {
    json scenario = small_scenario();
    scenario["tags"] = {"smoke"};
    folder_.write("loss/m3.json", scenario.dump());
    scenario["tags"] = {"slow"};
    scenario["checks"] = {"key.*"};
    scenario["matrix"] = {{"access_point.channel", {1, 6}}};
    folder_.write("rekey/ptk.json", scenario.dump());
  }

  Result<ScenarioSuite> parsed(const json& document) const {
    return parse_suite(document, "s.json", "s", test_data::kChecks);
  }
  std::string fault_of(const json& document) const {
    const auto suite = parsed(document);
    if (!suite) {
      return to_string(suite.error());
    }
    const auto selected = select_scenarios(*suite, folder_.path(), {}, test_data::kChecks);
    return selected ? "none" : to_string(selected.error());
  }
  std::vector<Scenario> selected(const json& document,
                                 const std::vector<Override>& overrides = {}) const {
    const auto suite = parsed(document);
    EXPECT_TRUE(suite) << to_string(suite.error());
    auto scenarios = select_scenarios(*suite, folder_.path(), overrides, test_data::kChecks);
    EXPECT_TRUE(scenarios) << to_string(scenarios.error());
    return *scenarios;
  }
  std::vector<std::string> names(const json& document) const {
    std::vector<std::string> found;
    for (const Scenario& scenario : selected(document)) {
      found.push_back(scenario.name);
    }
    return found;
  }
  static json item() {
    return {{"id", "reinstall"},
            {"item", "No key twice"},
            {"asks", "Is no key installed twice?"},
            {"sources", {"CVE-2017-13077"}},
            {"scenarios", {"rekey/*"}},
            {"checks", {"key.ptk-installed-once"}}};
  }

  test_data::TemporaryFolder folder_;
};

using Names = std::vector<std::string>;
const Names kBothChannels = {"rekey/ptk[access_point.channel=1]",
                             "rekey/ptk[access_point.channel=6]"};

TEST_F(Suites, SelectByPatternTagAndSheetAndLeaveOut) {
  EXPECT_EQ(names({{"purpose", "p"}, {"scenarios", {"loss/*"}}}), Names{"loss/m3"});
  EXPECT_EQ(names({{"purpose", "p"}, {"tags", {"slow"}}}), kBothChannels);
  EXPECT_EQ(names({{"purpose", "p"}, {"scenarios", {"rekey/ptk"}}}), kBothChannels);
  EXPECT_EQ(names({{"purpose", "p"}, {"scenarios", {"*channel=6]"}}}), Names{kBothChannels[1]});
  EXPECT_EQ(names({{"purpose", "p"}, {"sheet", {item()}}}), kBothChannels);
  EXPECT_EQ(names({{"purpose", "p"}, {"scenarios", {"*"}}, {"without", {"*=6]"}}}),
            (Names{"loss/m3", kBothChannels[0]}));
}

TEST_F(Suites, ChangeTheirScenariosBeforeTheCommandLineDoes) {
  const json suite = {{"purpose", "p"},
                      {"tags", {"smoke"}},
                      {"set", {{"access_point.channel", 6}, {"access_point.ssid", "suite"}}},
                      {"checks", {"timing.*"}},
                      {"limits", {{"timing.m3-m4", {{"max_ms", 7}}}}},
                      {"profile", "compact"}};
  const Scenario scenario = selected(suite, {{"access_point.ssid", "line"}}).front();
  EXPECT_EQ(scenario.access_point.channel, 6);
  EXPECT_EQ(scenario.access_point.ssid, "line");
  EXPECT_EQ(scenario.checks, Names{"timing.*"});
  EXPECT_EQ(scenario.limits.at("timing.m3-m4").max, std::chrono::milliseconds(7));
  EXPECT_EQ(scenario.profile, Profile::compact);
}

TEST_F(Suites, RefuseWhatNamesNothingWithTheNearestWord) {
  EXPECT_EQ(fault_of({{"purpose", "p"}, {"scenarios", {"los/*"}}}),
            "s.json#/scenarios/0: \"los/*\" names no scenario; did you mean \"loss/*\"?");
  EXPECT_EQ(fault_of({{"purpose", "p"}, {"tags", {"smok"}}}),
            "s.json#/tags/0: no scenario has the tag \"smok\"; did you mean \"smoke\"?");
  json wrong = item();
  wrong["checks"] = {"key.ptk-installed-onc"};
  EXPECT_NE(fault_of({{"purpose", "p"}, {"sheet", {wrong}}}).find("/sheet/0/checks/0"),
            std::string::npos);
  EXPECT_EQ(fault_of({{"purpose", "p"}, {"sheet", {item()}}, {"expected", {{"reinstal", "fail"}}}}),
            "s.json#/expected/reinstal: the sheet has no item \"reinstal\"; did you mean "
            "\"reinstall\"?");
  EXPECT_NE(fault_of({{"purpose", "p"}, {"set", {{"access_point.chanel", 6}}}, {"tags", {"smoke"}}})
                .find("s.json#/set: access_point.chanel leads nowhere"),
            std::string::npos);
}

TEST_F(Suites, RefuseALineThatNothingCouldFill) {
  json wrong = item();
  wrong["checks"] = {"key.ptk-installed-once", "timing.m3-m4"};
  EXPECT_NE(fault_of({{"purpose", "p"}, {"sheet", {wrong}}})
                .find("s.json#/sheet/0/checks/1: \"timing.m3-m4\" is judged in none of the item's"),
            std::string::npos);
  EXPECT_NE(fault_of({{"purpose", "p"}}).find("selects nothing"), std::string::npos);
  EXPECT_NE(fault_of({{"purpose", "p"}, {"sheet", {item(), item()}}}).find("the same id"),
            std::string::npos);
  EXPECT_NE(fault_of({{"purpose", "p"}, {"sheets", json::array()}}).find("did you mean \"sheet\"?"),
            std::string::npos);
}

TEST_F(Suites, TakeOverWhatTheyExtend) {
  folder_.write("suites/base.json",
                json{{"purpose", "base"}, {"sheet", {item()}}, {"tags", {"slow"}}}.dump());
  const auto file = folder_.write(
      "suites/mine.json",
      json{{"extends", "base.json"}, {"purpose", "mine"}, {"expected", {{"reinstall", "fail"}}}}
          .dump());
  const auto suite = load_suite(file, test_data::kChecks);
  ASSERT_TRUE(suite) << to_string(suite.error());
  EXPECT_EQ(suite->name, "mine");
  EXPECT_EQ(suite->purpose, "mine");
  EXPECT_EQ(suite->tags, Names{"slow"});
  EXPECT_EQ(suite->sheet.size(), 1U);
  EXPECT_EQ(suite->expected.at("reinstall"), Verdict::fail);
  EXPECT_TRUE(parse_suite(suite->document, "plan.json", "mine", {}));
}

TEST_F(Suites, AreFoundByNameWithTheNearestOtherwise) {
  folder_.write("suites/smoke.json", "{}");
  folder_.write("suites/schema.json", "{}");
  EXPECT_EQ(find_suite("smoke", folder_.path()).value(), folder_.path() / "suites/smoke.json");
  const auto none = find_suite("smok", folder_.path());
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().what.find("did you mean \"smoke\"?"), std::string::npos);
  EXPECT_EQ(suite_files(folder_.path()).size(), 1U);
}

}  // namespace
}  // namespace postassoc
