#include <gtest/gtest.h>

#include "harness/medium_rules.h"
#include "harness/scenario.h"
#include "harness/scenario_test_data.h"

namespace postassoc {
namespace {

using nlohmann::json;
using test_data::small_scenario;

Result<Scenario> parse(const json& document) {
  return parse_scenario(document, "s.json", "s", test_data::kChecks);
}

Result<Scenario> with_rule(const json& rule) {
  json document = small_scenario();
  document["medium"] = {{"rules", json::array({rule})}};
  return parse(document);
}

std::string fault_of(const Result<Scenario>& scenario) {
  return scenario ? "" : to_string(scenario.error());
}

TEST(ScenarioMedium, ReadsRulesAndLosses) {
  json document = small_scenario();
  document["medium"] = json::parse(R"({
    "seed": 9,
    "loss": [{"match": {"frame": "data", "probability": 0.5}},
             {"match": {"from": "station"}, "burst": {"begins": 0.1, "ends": 0.5}}],
    "rules": [
      {"match": {"frame": "eapol.m3", "from": "access_point", "occurrence": [1, 3]},
       "action": "drop", "acknowledged": false},
      {"match": {"frame": "eapol.g1", "occurrence": 2}, "action": "delay", "for_ms": 20},
      {"match": {"frame": "eapol"}, "action": "corrupt"},
      {"match": {"frame": "data"}, "action": "corrupt", "octet": 9, "bit": 3},
      {"match": {"frame": "eapol.m3"}, "action": "hold", "until": "medium_step"},
      {"match": {"frame": "eapol.m4"}, "action": "hold", "until": "port_authorized"}]})");
  document["steps"].push_back(
      json::parse(R"({"step": "medium", "rules": [{"match": {}, "action": "reorder"}]})"));
  const auto scenario = parse(document);
  ASSERT_TRUE(scenario) << fault_of(scenario);
  const MediumSpec& spec = scenario->medium.value();
  EXPECT_EQ(spec.seed, 9U);
  EXPECT_EQ(spec.losses.at(0).match.probability, 0.5);
  EXPECT_EQ(spec.losses.at(1).burst->ends, 0.5);
  EXPECT_EQ(spec.losses.at(1).burst->loses, 1);
  EXPECT_EQ(spec.rules.at(0).pointer, "/medium/rules/0");
  EXPECT_EQ(spec.rules.at(0).match.from, medium::From::access_point);
  EXPECT_EQ(spec.rules.at(0).match.last, 3);
  EXPECT_FALSE(std::get<medium::Drop>(spec.rules.at(0).action).acknowledged);
  EXPECT_EQ(spec.rules.at(1).match.first, 2);
  EXPECT_EQ(std::get<medium::Delay>(spec.rules.at(1).action).time, std::chrono::milliseconds(20));
  EXPECT_EQ(std::get<medium::Corrupt>(spec.rules.at(2).action).field, medium::KeyField::mic);
  EXPECT_EQ(std::get<medium::Corrupt>(spec.rules.at(3).action).octet, 9);
  EXPECT_FALSE(std::get<medium::Hold>(spec.rules.at(4).action).until);
  EXPECT_EQ(std::get<medium::Hold>(spec.rules.at(5).action).until, AwaitedEvent::port_authorized);
  const auto& later = std::get<step::Medium>(scenario->steps.at(1).action);
  EXPECT_EQ(later.rules.at(0).pointer, "/steps/1/rules/0");
  EXPECT_EQ(word_of(scenario->steps.at(1).action), "medium");
}

TEST(ScenarioMedium, NeedsTheCapability) {
  const auto scenario = with_rule({{"match", {{"frame", "auth"}}}, {"action", "drop"}});
  ASSERT_TRUE(scenario);
  EXPECT_EQ(scenario->required_capabilities, std::vector<std::string>{"medium"});
  EXPECT_TRUE(parse(small_scenario())->required_capabilities.empty());
}

TEST(ScenarioMedium, SaysWhatIsWrongAndWhere) {
  const json match = {{"frame", "eapol.m3"}};
  EXPECT_EQ(fault_of(with_rule({{"match", {{"frame", "eapol.m5"}}}, {"action", "drop"}})),
            "s.json#/medium/rules/0/match/frame: unknown word \"eapol.m5\"; did you mean "
            "\"eapol.m1\"?");
  EXPECT_EQ(fault_of(with_rule({{"match", match}, {"action", "dorp"}})),
            "s.json#/medium/rules/0/action: unknown word \"dorp\"; did you mean \"drop\"?");
  EXPECT_EQ(fault_of(with_rule({{"match", match}, {"action", "drop"}, {"for_ms", 3}})),
            "s.json#/medium/rules/0/for_ms: the action \"drop\" has no such key");
  EXPECT_EQ(fault_of(with_rule({{"match", match}, {"action", "hold"}})),
            "s.json#/medium/rules/0: the key \"until\" is missing");
  EXPECT_NE(fault_of(with_rule({{"match", {{"occurrence", {3, 1}}}}, {"action", "drop"}}))
                .find("/medium/rules/0/match/occurrence: expected a count from 1"),
            std::string::npos);
  EXPECT_NE(fault_of(with_rule({{"match", {{"frame", "data"}}}, {"action", "corrupt"}}))
                .find("/medium/rules/0/action: expected the \"octet\""),
            std::string::npos);
  json document = small_scenario();
  document["medium"]["loss"] = json::array({json::object()});
  EXPECT_EQ(fault_of(parse(document)),
            "s.json#/medium/loss/0: expected a \"probability\" in \"match\", or a \"burst\"");
}

TEST(ScenarioMedium, OverridesReachItsRules) {
  const test_data::TemporaryFolder folder;
  json document = small_scenario();
  document["medium"]["rules"] = json::parse(R"([{"match": {"frame": "eapol.m3"},
                                                 "action": "drop"}])");
  document["matrix"] = {{"medium.rules.0.match.frame", {"eapol.m1", "eapol.m2"}},
                        {"medium.rules.0.acknowledged", {false}}};
  const auto file = folder.write("s.json", document.dump());
  const auto scenarios = load_scenarios(file, {}, {}, test_data::kChecks);
  ASSERT_TRUE(scenarios) << to_string(scenarios.error());
  ASSERT_EQ(scenarios->size(), 2U);
  EXPECT_EQ(scenarios->at(1).medium->rules.at(0).match.frame, medium::FrameWord::eapol_m2);
}

}  // namespace
}  // namespace postassoc
