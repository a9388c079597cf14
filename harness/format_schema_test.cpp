// The JSON Schemas that editors use, held against the words of the readers.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "harness/json_file.h"
#include "harness/medium_words.h"
#include "harness/rig_words.h"
#include "harness/scenario_test_data.h"
#include "harness/scenario_words.h"
#include "harness/suite.h"

namespace postassoc {
namespace {

using nlohmann::json;
using Words = std::set<std::string>;

json schema(const char* file) {
  return read_json_file(test_data::source_path(file)).value();
}

Words keys_of(const json& object) {
  Words words;
  for (const auto& [key, ignored] : object.at("properties").items()) {
    words.insert(key);
  }
  EXPECT_EQ(object.at("additionalProperties"), false);
  return words;
}

Words words_in(const json& list) {
  return list.get<Words>();
}

Words words(std::span<const std::string_view> known) {
  return {known.begin(), known.end()};
}

template <class Table>
Words table_words(const Table& table) {
  Words found;
  for (const auto& entry : table) {
    found.emplace(entry.first);
  }
  return found;
}

TEST(ScenarioSchema, HasTheKeysOfTheReader) {
  const json root = schema("scenarios/schema.json");
  EXPECT_EQ(keys_of(root), words(scenario_words::kScenario));
  const json& members = root["properties"];
  EXPECT_EQ(keys_of(members["access_point"]), words(scenario_words::kAccessPoint));
  EXPECT_EQ(keys_of(members["station"]), words(scenario_words::kStation));
  EXPECT_EQ(keys_of(root["definitions"]["limit"]), words(scenario_words::kLimit));
  EXPECT_EQ(keys_of(members["medium"]), words(medium_words::kMedium));
  EXPECT_EQ(keys_of(root["definitions"]["medium_match"]), words(medium_words::kMatch));
  EXPECT_EQ(keys_of(root["definitions"]["medium_rule"]), words(medium_words::kRule));
  const json& loss = root["definitions"]["medium_loss"];
  EXPECT_EQ(keys_of(loss), words(medium_words::kLoss));
  EXPECT_EQ(keys_of(loss["properties"]["burst"]), words(medium_words::kBurst));
  std::set<std::string> seen;
  for (const json& step : root["definitions"]["steps"]["oneOf"]) {
    const std::string word = step["properties"]["step"]["const"];
    EXPECT_EQ(keys_of(step), words(scenario_words::keys_of_step(word))) << word;
    seen.insert(word);
  }
  EXPECT_EQ(seen, table_words(scenario_words::kSteps));
}

TEST(ScenarioSchema, HasTheWordsOfTheReader) {
  const json root = schema("scenarios/schema.json");
  const json& members = root["properties"];
  const json& access_point = members["access_point"]["properties"];
  EXPECT_EQ(words_in(access_point["security"]["enum"]), table_words(scenario_words::kSecurity));
  EXPECT_EQ(words_in(access_point["pmf"]["enum"]), table_words(scenario_words::kPmf));
  EXPECT_EQ(words_in(access_point["pairwise"]["enum"]), table_words(scenario_words::kPairwise));
  EXPECT_EQ(words_in(access_point["group"]["enum"]), table_words(scenario_words::kGroup));
  EXPECT_EQ(words_in(access_point["group_management"]["enum"]),
            table_words(scenario_words::kGroupManagement));
  EXPECT_EQ(words_in(access_point["sae_pwe"]["enum"]), table_words(scenario_words::kSaePwe));
  EXPECT_EQ(words_in(access_point["eap"]["enum"]), table_words(scenario_words::kEap));
  EXPECT_EQ(words_in(members["station"]["properties"]["security"]["enum"]),
            table_words(scenario_words::kStationSecurity));
  EXPECT_EQ(words_in(members["station"]["properties"]["credential"]["enum"]),
            table_words(scenario_words::kCredential));
  EXPECT_EQ(words_in(members["profile"]["enum"]), table_words(scenario_words::kProfile));
  EXPECT_EQ(words_in(members["requires"]["items"]["enum"]), words(rig_words::kCapabilities));
  EXPECT_EQ(words_in(members["expected"]["additionalProperties"]["enum"]),
            table_words(scenario_words::kExpected));
  for (const json& step : root["definitions"]["steps"]["oneOf"]) {
    const json& keys = step["properties"];
    if (step["properties"]["step"]["const"] == "await") {
      EXPECT_EQ(words_in(keys["event"]["enum"]), table_words(scenario_words::kEvent));
      EXPECT_EQ(words_in(keys["forbid"]["items"]["enum"]), table_words(scenario_words::kEvent));
    }
    if (step["properties"]["step"]["const"] == "inject") {
      EXPECT_EQ(words_in(keys["frame"]["enum"]), table_words(scenario_words::kFrame));
      EXPECT_EQ(words_in(keys["to"]["enum"]), table_words(scenario_words::kTo));
      EXPECT_EQ(words_in(keys["form"]["enum"]), table_words(scenario_words::kForm));
      EXPECT_EQ(words_in(keys["variant"]["enum"]), table_words(scenario_words::kVariant));
      EXPECT_EQ(words_in(keys["part"]["enum"]), table_words(scenario_words::kPart));
      EXPECT_EQ(words_in(keys["as"]["enum"]), table_words(scenario_words::kSender));
      EXPECT_EQ(words_in(keys["payload_to"]["enum"]), table_words(scenario_words::kPayloadTo));
    }
    if (step["properties"]["step"]["const"] == "prove_exclusion") {
      EXPECT_EQ(words_in(keys["phase"]["enum"]), table_words(scenario_words::kPhase));
    }
  }
}

TEST(ScenarioSchema, HasTheMediumsWords) {
  const json definitions = schema("scenarios/schema.json")["definitions"];
  const json& match = definitions["medium_match"]["properties"];
  EXPECT_EQ(words_in(match["frame"]["enum"]), table_words(medium_words::kFrame));
  EXPECT_EQ(words_in(match["from"]["enum"]), table_words(medium_words::kFrom));
  const json& rule = definitions["medium_rule"]["properties"];
  EXPECT_EQ(words_in(rule["action"]["enum"]), words(medium_words::kAction));
  EXPECT_EQ(words_in(rule["field"]["enum"]), table_words(medium_words::kField));
  Words until = table_words(scenario_words::kEvent);
  until.emplace(medium_words::kUntilMediumStep);
  EXPECT_EQ(words_in(rule["until"]["enum"]), until);
}

TEST(ScenarioSchema, ListsTheChannelsThatTheReaderTakes) {
  const json root = schema("scenarios/schema.json");
  const auto listed =
      root["properties"]["access_point"]["properties"]["channel"]["enum"].get<std::set<int>>();
  for (int channel = -1; channel < 300; ++channel) {
    json document = test_data::small_scenario();
    document["access_point"]["channel"] = channel;
    EXPECT_EQ(parse_scenario(document, "s", "s", test_data::kChecks).has_value(),
              listed.count(channel) == 1)
        << channel;
  }
}

TEST(ScenarioSchema, GivesBoundsThatTheReaderTakes) {
  const json root = schema("scenarios/schema.json");
  for (const json& step : root["definitions"]["steps"]["oneOf"]) {
    for (const auto& [key, rule] : step["properties"].items()) {
      if (!rule.contains("minimum")) {
        continue;
      }
      // key by name: clang before 16 captures no structured binding.
      const auto accepts = [&, &key = key](std::int64_t value) {
        json document = test_data::small_scenario();
        document["steps"].push_back({{"step", step["properties"]["step"]["const"]}});
        document["steps"][1][key] = value;
        const auto scenario = parse_scenario(document, "s", "s", test_data::kChecks);
        return scenario || to_string(scenario.error()).find("/" + key + ": expected a whole") ==
                               std::string::npos;
      };
      EXPECT_TRUE(accepts(rule["minimum"])) << step << key;
      EXPECT_TRUE(accepts(rule["maximum"])) << step << key;
      EXPECT_FALSE(accepts(rule["minimum"].get<std::int64_t>() - 1)) << step << key;
      EXPECT_FALSE(accepts(rule["maximum"].get<std::int64_t>() + 1)) << step << key;
    }
  }
}

TEST(RigSchema, HasTheKeysAndWordsOfTheReader) {
  const json root = schema("fixtures/rigs/schema.json");
  EXPECT_EQ(keys_of(root), words(rig_words::kRig));
  EXPECT_EQ(keys_of(root["properties"]["radios"]), words(rig_words::kRadios));
  EXPECT_EQ(keys_of(root["definitions"]["radio"]), words(rig_words::kRadio));
  EXPECT_EQ(words_in(root["properties"]["kind"]["enum"]), table_words(rig_words::kKind));
  EXPECT_EQ(words_in(root["properties"]["capabilities"]["items"]["enum"]),
            words(rig_words::kCapabilities));
}

TEST(SuiteSchema, HasTheKeysOfTheReader) {
  const json root = schema("scenarios/suites/schema.json");
  EXPECT_EQ(keys_of(root), words(suite_words::kSuite));
  const json& members = root["properties"];
  EXPECT_EQ(keys_of(members["sheet"]["items"]), words(suite_words::kItem));
  EXPECT_EQ(words_in(members["sheet"]["items"]["required"]), words(suite_words::kItem));
  EXPECT_EQ(keys_of(members["not_covered"]["items"]), words(suite_words::kNotCovered));
}

TEST(ShippedSuites, SelectScenariosThatJudgeWhatTheirSheetsAsk) {
  const std::vector<std::string> catalogue = test_data::catalogue_ids();
  const auto root = test_data::source_path("scenarios");
  const auto files = suite_files(root);
  ASSERT_GE(files.size(), 3U);
  for (const auto& file : files) {
    const auto suite = load_suite(file, catalogue);
    ASSERT_TRUE(suite) << to_string(suite.error());
    EXPECT_EQ(suite->document["$schema"], "schema.json") << file;
    const auto scenarios = select_scenarios(*suite, root, {}, catalogue);
    ASSERT_TRUE(scenarios) << to_string(scenarios.error());
    EXPECT_FALSE(scenarios->empty()) << file;
  }
}

TEST(ShippedScenarios, LoadAndRunOnTheVirtualRig) {
  const std::vector<std::string> catalogue = test_data::catalogue_ids();
  ASSERT_FALSE(catalogue.empty());
  const auto files = find_scenarios(test_data::source_path("scenarios"));
  ASSERT_TRUE(files);
  EXPECT_GE(files->size(), 6U);
  for (const auto& file : *files) {
    const auto scenarios = load_scenarios(file, {}, {}, catalogue);
    ASSERT_TRUE(scenarios) << to_string(scenarios.error());
    for (const Scenario& scenario : *scenarios) {
      EXPECT_FALSE(scenario.tags.empty()) << scenario.name;
      EXPECT_EQ(scenario.document["$schema"], "../schema.json") << scenario.name;
      for (const std::string& word : scenario.required_capabilities) {
        EXPECT_EQ(
            std::count(rig_words::kCapabilities.begin(), rig_words::kCapabilities.end(), word), 1);
      }
    }
  }
}

}  // namespace
}  // namespace postassoc
