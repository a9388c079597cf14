// What a scenario says of an IHV Extensions module and its host.
#include <gtest/gtest.h>

#include <set>

#include "harness/ihv_words.h"
#include "harness/json_file.h"
#include "harness/scenario.h"
#include "harness/scenario_test_data.h"

namespace postassoc {
namespace {

using nlohmann::json;
using test_data::small_scenario;

Result<Scenario> parse(const json& document) {
  return parse_scenario(document, "s.json", "s", test_data::kChecks);
}

json with_module() {
  json document = small_scenario();
  document["station"] = {{"module", "reference"}};
  return document;
}

std::string fault_with(const std::string& pointer, json value) {
  json document = with_module();
  document[json::json_pointer(pointer)] = std::move(value);
  const auto scenario = parse(document);
  return scenario ? "none" : to_string(scenario.error());
}

TEST(ModuleScenario, ReadsModuleOptionsAndSteps) {
  json document = with_module();
  document["station"]["ihv"] = {
      {"calls", {{{"on", "associated"}, {"call", "AdapterReset"}, {"edge", "begin"}, {"nth", 2}}}},
      {"order", "reset_then_stop"},
      {"ui", "cancel"},
      {"key_errors", {{{"function", "Dot11ExtSetDefaultKey"}, {"error", 31}}}},
      {"send_errors", {{{"nth", 1}, {"error", 31}}}},
      {"send_completion_delay_ms", 20},
      {"data", {{"passphrase_in_profile", false}}},
      {"host_fault", "reorder_receive"}};
  document["steps"].push_back({{"step", "module"}, {"call", "DeinitAdapter"}});
  const auto scenario = parse(document);
  ASSERT_TRUE(scenario) << to_string(scenario.error());
  EXPECT_EQ(scenario->station.module, "reference");
  EXPECT_EQ(scenario->station.ihv, document["station"]["ihv"]);
  const StepAction& last = scenario->steps.back().action;
  EXPECT_EQ(word_of(last), "module");
  EXPECT_EQ(std::get<step::Module>(last).call, step::ModuleCall::deinit_adapter);
}

TEST(ModuleScenario, SaysWhatOfTheOptionsIsWrong) {
  const std::string ihv = "/station/ihv";
  EXPECT_NE(fault_with(ihv, {{"order", "none"}}).find("unknown word"), std::string::npos);
  EXPECT_NE(fault_with(ihv, {{"ui", "maybe"}}).find(ihv + "/ui"), std::string::npos);
  EXPECT_NE(fault_with(ihv, {{"cals", json::array()}}).find("cals"), std::string::npos);
  EXPECT_NE(fault_with(ihv + "/calls", {{{"on", "SendPacket"}, {"call", "AdapterReset"}}})
                .find("expected a function's full name"),
            std::string::npos);
  EXPECT_NE(fault_with(ihv + "/calls", {{{"on", "associated"}, {"call", "InitAdapter"}}})
                .find("/calls/0/call"),
            std::string::npos);
  EXPECT_NE(fault_with(ihv + "/calls", {{{"call", "AdapterReset"}}}).find("\"on\""),
            std::string::npos);
  EXPECT_NE(fault_with(ihv + "/key_errors", {{{"function", "Dot11ExtSendPacket"}, {"error", 1}}})
                .find("/key_errors/0/function"),
            std::string::npos);
  EXPECT_NE(fault_with(ihv + "/send_errors", {{{"error", 0}}}).find("/send_errors/0/error"),
            std::string::npos);
  EXPECT_NE(fault_with(ihv + "/calls", json(65, json::object())).find("at most 64"),
            std::string::npos);
  EXPECT_NE(fault_with("/station/module", "").find("/station/module"), std::string::npos);
}

TEST(ModuleScenario, RefusesWhatOnlyAModuleHasWithoutOne) {
  json document = small_scenario();
  document["station"] = {{"ihv", {{"order", "stop_then_reset"}}}};
  const auto options = parse(document);
  ASSERT_FALSE(options);
  EXPECT_NE(to_string(options.error()).find("/station/ihv"), std::string::npos);
  document = small_scenario();
  document["steps"].push_back({{"step", "module"}, {"call", "AdapterReset"}});
  const auto step = parse(document);
  ASSERT_FALSE(step);
  EXPECT_NE(to_string(step.error()).find("needs a \"module\" in \"station\""), std::string::npos);
}

TEST(ModuleScenario, AwaitsWhatTheModulesHostTells) {
  Event event;
  event.witness = Witness::ihv;
  event.side = Side::station;
  event.name = "ihv_port";
  event.detail = {{"state", "unauthorized"}};
  EXPECT_FALSE(matches(AwaitedEvent::connected, event));
  event.detail["state"] = "authorized";
  EXPECT_TRUE(matches(AwaitedEvent::connected, event));
  event.detail = json::array();
  EXPECT_FALSE(matches(AwaitedEvent::connected, event));
  event.name = "ihv_disassociation";
  EXPECT_TRUE(matches(AwaitedEvent::disconnected, event));
  const auto back = event_from_json_line(to_json_line(event));
  EXPECT_FALSE(back) << "detail is no object";
  event.detail = {{"peer", "02:00:00:00:00:00"}};
  const auto read = event_from_json_line(to_json_line(event));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->witness, Witness::ihv);
}

using Words = std::set<std::string>;

Words words(std::span<const std::string_view> known) {
  return {known.begin(), known.end()};
}

Words keys_of(const json& object) {
  Words found;
  for (const auto& [key, ignored] : object.at("properties").items()) {
    found.insert(key);
  }
  EXPECT_EQ(object.at("additionalProperties"), false);
  return found;
}

TEST(ModuleScenario, IsInTheSchemaAsTheReaderKnowsIt) {
  const json root = read_json_file(test_data::source_path("scenarios/schema.json")).value();
  const json& ihv = root["properties"]["station"]["properties"]["ihv"];
  EXPECT_EQ(keys_of(ihv), words(ihv_words::kIhv));
  const json& members = ihv["properties"];
  const json& call = members["calls"]["items"];
  EXPECT_EQ(keys_of(call), words(ihv_words::kCall));
  EXPECT_EQ(call["properties"]["edge"]["enum"].get<Words>(), words(ihv_words::kEdge));
  EXPECT_EQ(call["properties"]["call"]["enum"].get<Words>(), words(ihv_words::kCalls));
  EXPECT_EQ(keys_of(members["key_errors"]["items"]), words(ihv_words::kKeyError));
  EXPECT_EQ(members["key_errors"]["items"]["properties"]["function"]["enum"].get<Words>(),
            words(ihv_words::kKeyFunction));
  EXPECT_EQ(keys_of(members["send_errors"]["items"]), words(ihv_words::kSendError));
  EXPECT_EQ(members["order"]["enum"].get<Words>(), words(ihv_words::kOrder));
  EXPECT_EQ(members["ui"]["enum"].get<Words>(), words(ihv_words::kUi));
  EXPECT_EQ(keys_of(members["data"]), words(ihv_words::kData));
  for (const json& step : root["definitions"]["steps"]["oneOf"]) {
    if (step["properties"]["step"]["const"] == "module") {
      Words calls;
      for (const auto& [word, ignored] : ihv_words::kModuleCall) {
        calls.emplace(word);
      }
      EXPECT_EQ(step["properties"]["call"]["enum"].get<Words>(), calls);
    }
  }
}

}  // namespace
}  // namespace postassoc
