#include "harness/plan.h"

#include <gtest/gtest.h>

#include "harness/id_pattern.h"
#include "harness/scenario_test_data.h"

namespace postassoc {
namespace {

using nlohmann::json;
using test_data::small_scenario;

Scenario scenario_of(const json& document, const std::string& name = "a/b") {
  return parse_scenario(document, "s.json", name, test_data::kChecks).value();
}

Plan plan_of(const Scenario& scenario) {
  const auto planned = plan(scenario, hwsim_rig_spec(), test_data::kChecks, "0123abcd");
  return std::get<Plan>(planned.value());
}

TEST(Plan, ExpandsPatternsInTheOrderOfTheCatalogue) {
  json document = small_scenario();
  document["checks"] = {"key.pn-never-reused", "timing.*", "timing.m1-m2"};
  EXPECT_EQ(plan_of(scenario_of(document)).checks,
            (std::vector<std::string>{"timing.m1-m2", "timing.m3-m4", "timing.handshake-total",
                                      "timing.m4-to-usable", "timing.post-assoc-total",
                                      "key.pn-never-reused"}));
}

TEST(Plan, LeavesGatesOutOfAStar) {
  json document = small_scenario();
  document["checks"] = {"*"};
  EXPECT_EQ(plan_of(scenario_of(document)).checks.front(), "order.post-assoc-after-assoc");
}

TEST(Plan, SkipsWhatTheRigCannotDoAndSaysWhy) {
  json document = small_scenario();
  document["requires"] = {"key_trace", "access_point_test_commands"};
  document["steps"].push_back({{"step", "inject"}, {"frame", "udp"}});
  RigSpec rig = hwsim_rig_spec();
  rig.capabilities = {"key_trace", "air_capture"};
  const auto planned = plan(scenario_of(document), rig, test_data::kChecks, "0123abcd");
  ASSERT_TRUE(planned);
  const Skip& skip = std::get<Skip>(*planned);
  EXPECT_EQ(skip.scenario, "a/b");
  EXPECT_EQ(skip.reason,
            "needs the capabilities access_point_test_commands, inject, which the rig \"hwsim\" "
            "does not have");
}

/// Of a scenario with this rule of the medium, on a rig with real radios and a hostapd that takes
/// test commands.
std::string skipped_because(const json& rule) {
  json document = small_scenario();
  document["requires"] = {"key_trace", "medium"};
  document["medium"] = {{"rules", {rule}}};
  RigSpec rig = hwsim_rig_spec();
  rig.capabilities = {"key_trace", "access_point_test_commands"};
  const auto planned = plan(scenario_of(document), rig, test_data::kChecks, "0123abcd");
  const auto* skip = planned ? std::get_if<Skip>(&*planned) : nullptr;
  return skip != nullptr ? skip->reason : std::string();
}

TEST(Plan, LetsHostapdRelayEapolWhereNothingElseIsTheMedium) {
  EXPECT_EQ(skipped_because({{"match", {{"frame", "eapol.m3"}}}, {"action", "drop"}}), "");
  EXPECT_EQ(skipped_because(
                {{"match", {{"frame", "eapol"}, {"from", "access_point"}}}, {"action", "drop"}}),
            "");
}

TEST(Plan, SkipsWhatARelayOfEapolCannotDoAndSaysWhich) {
  for (const json& rule :
       {json{{"match", {{"frame", "assoc_resp"}}}, {"action", "drop"}},
        json{{"match", {{"frame", "any"}}}, {"action", "drop"}},
        json{{"match", {{"frame", "eapol.m2"}}}, {"action", "drop"}},
        json{{"match", {{"frame", "eapol.m1"}}}, {"action", "delay"}},
        json{{"match", {{"frame", "eapol"}}}, {"action", "drop"}},
        json{{"match", {{"frame", "eapol.m1"}}}, {"action", "drop"}, {"acknowledged", false}}}) {
    EXPECT_EQ(skipped_because(rule),
              "needs the capability medium, which the rig \"hwsim\" does not have; its hostapd can "
              "relay EAPOL frames, but not what /medium/rules/0 asks for")
        << rule;
  }
}

TEST(Plan, RefusesAPatternThatNamesNothing) {
  const Scenario scenario =
      parse_scenario(
          {{"purpose", "p"}, {"steps", {{{"step", "associate"}}}}, {"checks", {"tming.*"}}},
          "s.json", "n", {})
          .value();
  const auto planned = plan(scenario, virtual_rig_spec(), test_data::kChecks, "0123abcd");
  ASSERT_FALSE(planned);
  EXPECT_EQ(planned.error().where, "s.json#/checks/0");
}

TEST(Plan, MakesAFolderNameThatStaysInItsFolder) {
  const auto slug = [](const std::string& name) {
    return plan_of(scenario_of(small_scenario(), name)).slug;
  };
  EXPECT_EQ(slug("wpa2-psk/connect[access_point.channel=6]"),
            "wpa2-psk-connect-access_point.channel=6-");
  EXPECT_EQ(slug(".."), "-..");
  EXPECT_EQ(slug("a/../../b c\n"), "a-..-..-b-c-");
  EXPECT_EQ(slug(""), "-");
  EXPECT_LE(slug(std::string(5000, 'x')).size(), 200U);
}

TEST(Plan, SurvivesTheWayThroughJson) {
  json document = small_scenario();
  document["access_point"] = {{"channel", 6}};
  document["limits"] = {{"timing.m3-m4", {{"max_ms", 20}}}};
  const Plan before = plan_of(scenario_of(document));
  const std::string text = to_json(before).dump();
  const auto after = plan_from_json(json::parse(text), "plan.json");
  ASSERT_TRUE(after) << to_string(after.error());
  EXPECT_EQ(after->scenario.name, "a/b");
  EXPECT_EQ(after->scenario.file, "s.json");
  EXPECT_EQ(after->scenario.access_point.channel, 6);
  EXPECT_EQ(after->scenario.limits.at("timing.m3-m4").max, std::chrono::milliseconds(20));
  EXPECT_EQ(after->rig.id, "hwsim");
  EXPECT_EQ(after->checks, before.checks);
  EXPECT_EQ(after->tag_nonce, "0123abcd");
  EXPECT_EQ(to_json(*after).dump(), text);
}

TEST(Plan, NeedsNoFiles) {
  Plan before = plan_of(scenario_of(small_scenario()));
  before.scenario.file.clear();
  before.rig.file.clear();
  const auto after = plan_from_json(json::parse(to_json(before).dump()), "plan.json");
  ASSERT_TRUE(after) << to_string(after.error());
  EXPECT_EQ(after->scenario.file, "");
  EXPECT_EQ(to_json(*after), to_json(before));
}

TEST(PlanFromJson, RefusesADamagedDocument) {
  const json good = json::parse(to_json(plan_of(scenario_of(small_scenario()))).dump());
  for (const char* key : {"format", "name", "slug", "tag_nonce", "scenario", "rig", "checks"}) {
    json bad = good;
    bad.erase(key);
    EXPECT_FALSE(plan_from_json(bad, "plan.json")) << key;
    bad[key] = nullptr;
    EXPECT_FALSE(plan_from_json(bad, "plan.json")) << key;
  }
  for (const char* slug : {"..", "a/b", ".hidden"}) {
    json bad = good;
    bad["slug"] = slug;
    EXPECT_FALSE(plan_from_json(bad, "plan.json")) << slug;
  }
  json later = good;
  later["format"] = 2;
  EXPECT_FALSE(plan_from_json(later, "plan.json"));
  EXPECT_FALSE(plan_from_json(json::array(), "plan.json"));
  EXPECT_FALSE(plan_from_json(nullptr, "plan.json"));
}

TEST(MatchesPattern, TakesStarsAnywhere) {
  EXPECT_TRUE(matches_pattern("order.*", "order.message-sequence"));
  EXPECT_TRUE(matches_pattern("*.m3-*", "timing.m3-m4"));
  EXPECT_TRUE(matches_pattern("timing.m3-m4", "timing.m3-m4"));
  EXPECT_TRUE(matches_pattern("gate.*", "gate.clock-aligned"));
  EXPECT_FALSE(matches_pattern("*", "gate.clock-aligned"));
  EXPECT_FALSE(matches_pattern("timing.m3", "timing.m3-m4"));
  EXPECT_FALSE(matches_pattern("", "x"));
  EXPECT_FALSE(matches_pattern("a*b*c", "a-c-b"));
}

}  // namespace
}  // namespace postassoc
