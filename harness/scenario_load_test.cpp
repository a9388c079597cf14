#include <gtest/gtest.h>

#include "harness/scenario.h"
#include "harness/scenario_test_data.h"

namespace postassoc {
namespace {

using nlohmann::json;
using test_data::small_scenario;

class LoadScenarios : public ::testing::Test {
 protected:
  Result<std::vector<Scenario>> load(const json& document,
                                     std::vector<std::string> overrides = {}) {
    std::vector<Override> parsed;
    parsed.reserve(overrides.size());
    for (const std::string& text : overrides) {
      parsed.push_back(parse_override(text).value());
    }
    const auto file = folder_.write("wpa2-psk/one.json", document.dump());
    return load_scenarios(file, folder_.path(), parsed, test_data::kChecks);
  }

  std::string fault_of(const std::string& override) {
    const auto scenarios = load(small_scenario(), {override});
    return scenarios ? "none" : to_string(scenarios.error());
  }

  test_data::TemporaryFolder folder_;
};

TEST(ParseOverride, ReadsJsonAndElseText) {
  EXPECT_EQ(parse_override("a.b=6")->value, json(6));
  EXPECT_EQ(parse_override("a.b=true")->value, json(true));
  EXPECT_EQ(parse_override("a.b=[\"x\"]")->value, json({"x"}));
  EXPECT_EQ(parse_override("a.b=wpa2-psk")->value, json("wpa2-psk"));
  EXPECT_EQ(parse_override("a.b=k=v")->value, json("k=v"));
  EXPECT_EQ(parse_override("a.b=")->value, json(""));
  EXPECT_EQ(parse_override("a.b=6")->path, "a.b");
  EXPECT_FALSE(parse_override("a.b"));
  EXPECT_FALSE(parse_override("=6"));
}

TEST_F(LoadScenarios, NamesAScenarioByItsPathBelowTheRoot) {
  const auto scenarios = load(small_scenario());
  ASSERT_TRUE(scenarios) << to_string(scenarios.error());
  ASSERT_EQ(scenarios->size(), 1U);
  EXPECT_EQ(scenarios->front().name, "wpa2-psk/one");
  EXPECT_TRUE(scenarios->front().file.ends_with("wpa2-psk/one.json"));
}

TEST_F(LoadScenarios, FindsTheRootByTheSchemaWhenNoneIsGiven) {
  folder_.write("schema.json", "{}");
  const auto file = folder_.write("a/b/c.json", small_scenario().dump());
  EXPECT_EQ(load_scenarios(file, {}, {}, test_data::kChecks)->front().name, "a/b/c");
  EXPECT_EQ(load_scenarios(file, folder_.path() / "z", {}, test_data::kChecks)->front().name, "c");
}

TEST_F(LoadScenarios, AppliesOverridesToKeysThatAreThereAndThatMayBe) {
  const auto scenarios =
      load(small_scenario(),
           {"access_point.channel=6", "access_point.pmf=optional", "limits.timing.m3-m4.max_ms=2.5",
            "expected.timing.m3-m4=fail", "steps.0.step=associate"});
  ASSERT_TRUE(scenarios) << to_string(scenarios.error());
  const Scenario& scenario = scenarios->front();
  EXPECT_EQ(scenario.access_point.channel, 6);
  EXPECT_EQ(scenario.access_point.pmf, Pmf::optional);
  EXPECT_EQ(scenario.limits.at("timing.m3-m4").max, std::chrono::microseconds(2500));
  EXPECT_EQ(scenario.expected.at("timing.m3-m4"), Verdict::fail);
  EXPECT_EQ(scenario.document["access_point"]["channel"], 6);
}

TEST_F(LoadScenarios, SaysWhereAnOverrideLedNowhere) {
  EXPECT_NE(fault_of("access_point.chanel=6").find("did you mean \"channel\"?"), std::string::npos);
  EXPECT_NE(fault_of("acces_point.channel=6").find("did you mean \"access_point\"?"),
            std::string::npos);
  EXPECT_NE(fault_of("limits.timing.m3m4.max=6").find("timing.m3-m4"), std::string::npos);
  EXPECT_NE(fault_of("steps.7.step=wait").find("an array of 1"), std::string::npos);
  EXPECT_NE(fault_of("steps.-1.step=wait").find("an array of 1"), std::string::npos);
  EXPECT_NE(fault_of("steps.x=1").find("an array of 1"), std::string::npos);
  EXPECT_NE(fault_of("purpose.x=1").find("has no members"), std::string::npos);
  EXPECT_NE(fault_of("access_point.=1"), "none");
  EXPECT_NE(fault_of(".=1"), "none");
}

TEST_F(LoadScenarios, ValidatesWhatAnOverrideMade) {
  EXPECT_NE(fault_of("access_point.channel=99").find("#/access_point/channel"), std::string::npos);
  EXPECT_NE(fault_of("steps=5").find("#/steps"), std::string::npos);
}

TEST_F(LoadScenarios, TakesOnlyWhatCanBeWrittenAsJsonAgain) {
  EXPECT_NE(fault_of("purpose=\xff").find("UTF-8"), std::string::npos);
  EXPECT_NE(fault_of("$schema=\xff").find("UTF-8"), std::string::npos);
  EXPECT_NE(fault_of("\xff=1"), "none");
  for (const char* name : {"a\xff.json", "a\n.json"}) {
    const auto file = folder_.write(name, small_scenario().dump());
    const auto scenarios = load_scenarios(file, {}, {}, test_data::kChecks);
    ASSERT_FALSE(scenarios);
    EXPECT_NE(scenarios.error().what.find("rename"), std::string::npos);
  }
}

TEST_F(LoadScenarios, ExpandsAMatrixToTheProductOfItsAxes) {
  json document = small_scenario();
  document["matrix"] = {{"access_point.channel", {1, 6}},
                        {"access_point.security", {"wpa2-psk", "open"}}};
  const auto scenarios = load(document);
  ASSERT_TRUE(scenarios) << to_string(scenarios.error());
  ASSERT_EQ(scenarios->size(), 4U);
  EXPECT_EQ((*scenarios)[1].name,
            "wpa2-psk/one[access_point.channel=1,access_point.security=open]");
  EXPECT_EQ((*scenarios)[2].access_point.channel, 6);
  EXPECT_EQ((*scenarios)[3].access_point.security, Security::open);
  EXPECT_FALSE((*scenarios)[3].document.contains("matrix"));
  const auto again = parse_scenario((*scenarios)[3].document, "f", "n", test_data::kChecks);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->access_point.channel, 6);
}

TEST_F(LoadScenarios, LetsAnOverrideFixAnAxis) {
  json document = small_scenario();
  document["matrix"] = {{"access_point.channel", {1, 6}},
                        {"access_point.beacon_interval_tu", {50, 100}}};
  const auto one = load(document, {"access_point.channel=11"});
  ASSERT_TRUE(one) << to_string(one.error());
  ASSERT_EQ(one->size(), 2U);
  EXPECT_EQ(one->front().name, "wpa2-psk/one[access_point.beacon_interval_tu=50]");
  EXPECT_EQ(one->front().access_point.channel, 11);
  EXPECT_EQ(load(document, {"access_point={}"})->size(), 1U);
  EXPECT_EQ(load(document, {"matrix={\"access_point.channel\":[1,6,11]}"})->size(), 3U);
}

TEST_F(LoadScenarios, RefusesAMatrixThatMeansNothing) {
  for (const json& matrix :
       {json(5), json{{"access_point.chanel", {1}}}, json{{"access_point.channel", json::array()}},
        json{{"access_point.channel", 6}}, json{{"matrix", {1}}}}) {
    json document = small_scenario();
    document["matrix"] = matrix;
    const auto scenarios = load(document);
    ASSERT_FALSE(scenarios) << matrix;
    EXPECT_NE(to_string(scenarios.error()).find("#/matrix"), std::string::npos);
  }
}

TEST_F(LoadScenarios, RefusesAMatrixOfThousands) {
  json document = small_scenario();
  const std::vector<int> many(200, 1);
  document["matrix"] = {{"access_point.channel", many},
                        {"access_point.beacon_interval_tu", many},
                        {"access_point.ssid", many}};
  EXPECT_FALSE(load(document));
}

TEST_F(LoadScenarios, NamesTheMatrixEntryThatIsWrong) {
  json document = small_scenario();
  document["matrix"] = {{"access_point.channel", {1, 15}}};
  const auto scenarios = load(document);
  ASSERT_FALSE(scenarios);
  EXPECT_NE(scenarios.error().where.find("one.json[access_point.channel=15]#/access_point/channel"),
            std::string::npos)
      << scenarios.error().where;
}

TEST(FindScenarios, FindsFilesSortedWithoutSchemasAndSuites) {
  const test_data::TemporaryFolder folder;
  for (const char* name : {"b/two.json", "b/one.json", "a.json", "schema.json", "b/rig-schema.json",
                           "suites/nightly.json", "b/notes.txt"}) {
    folder.write(name, "{}");
  }
  const auto files = find_scenarios(folder.path());
  ASSERT_TRUE(files);
  EXPECT_EQ(*files, (std::vector<std::filesystem::path>{folder.path() / "a.json",
                                                        folder.path() / "b/one.json",
                                                        folder.path() / "b/two.json"}));
  EXPECT_EQ(find_scenarios(folder.path() / "a.json")->size(), 1U);
  EXPECT_FALSE(find_scenarios(folder.path() / "suites" / "x.json"));
  EXPECT_FALSE(find_scenarios(folder.path() / "none"));
  std::filesystem::create_directory(folder.path() / "empty");
  EXPECT_FALSE(find_scenarios(folder.path() / "empty"));
}

}  // namespace
}  // namespace postassoc
