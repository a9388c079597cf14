#include <gtest/gtest.h>

#include "harness/json_file.h"
#include "harness/scenario.h"
#include "harness/scenario_test_data.h"

namespace postassoc {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using test_data::small_scenario;

Result<Scenario> parse(const json& document) {
  return parse_scenario(document, "s.json", "s", test_data::kChecks);
}

std::string fault_of(const json& document) {
  const auto scenario = parse(document);
  return scenario ? "none" : to_string(scenario.error());
}

/// The fault of the small scenario after `value` was put at `pointer`.
std::string fault_with(const std::string& pointer, json value) {
  json document = small_scenario();
  document[json::json_pointer(pointer)] = std::move(value);
  return fault_of(document);
}

std::string fault_of_step(json step) {
  json document = small_scenario();
  document["steps"].push_back(std::move(step));
  return fault_of(document);
}

TEST(ParseScenario, GivesDefaultsWhereTheDocumentIsSilent) {
  const auto scenario = parse(small_scenario());
  ASSERT_TRUE(scenario) << to_string(scenario.error());
  EXPECT_EQ(scenario->access_point.ssid, "postassoc");
  EXPECT_EQ(scenario->access_point.security, Security::wpa2_psk);
  EXPECT_EQ(scenario->access_point.beacon_interval_tu, 100);
  EXPECT_EQ(scenario->station.credential, Credential::right);
  EXPECT_TRUE(scenario->expected.empty());
  EXPECT_EQ(scenario->document, small_scenario());
}

TEST(ParseScenario, ReadsEveryPart) {
  const auto document = parse_json_text(R"({
    "$schema": "../schema.json", "purpose": "all", "tags": ["smoke", "psk"],
    "requires": ["air_capture"],
    "access_point": {"ssid": "a b", "channel": 36, "security": "wpa2-psk-sha256",
      "pmf": "required", "beacon_interval_tu": 50, "hostapd_options": ["wpa_ptk_rekey=2"]},
    "station": {"credential": "wrong"},
    "steps": [
      {"step": "traffic", "on": true, "interval_ms": 4}, {"step": "associate"},
      {"step": "await", "event": "psk_mismatch", "within_ms": 7, "forbid": ["connected"]},
      {"step": "exchange_data", "count": 3, "group_count": 0, "interval_ms": 2, "within_ms": 50},
      {"step": "inject", "frame": "arp", "to": "group", "count": 10, "interval_ms": 1},
      {"step": "access_point_command", "command": "RESEND_M3 {station}"},
      {"step": "wait", "for_ms": 12}, {"step": "disassociate"}],
    "checks": ["timing.*", "key.pn-never-reused"],
    "expected": {"key.pn-never-reused": "inconclusive"},
    "limits": {"timing.m3-m4": {"max_ms": 100, "warn_ms": 0.5}}})",
                                        "s.json");
  ASSERT_TRUE(document);
  const auto scenario = parse(*document);
  ASSERT_TRUE(scenario) << to_string(scenario.error());
  EXPECT_EQ(scenario->tags, (std::vector<std::string>{"smoke", "psk"}));
  EXPECT_EQ(scenario->required_capabilities, (std::vector<std::string>{"air_capture", "inject"}));
  EXPECT_EQ(scenario->access_point.channel, 36);
  EXPECT_EQ(scenario->access_point.pmf, Pmf::required);
  EXPECT_EQ(scenario->access_point.hostapd_options.at(0), "wpa_ptk_rekey=2");
  EXPECT_EQ(scenario->station.credential, Credential::wrong);
  const auto& await = std::get<step::Await>(scenario->steps.at(2).action);
  EXPECT_EQ(await.event, AwaitedEvent::psk_mismatch);
  EXPECT_EQ(await.within, milliseconds(7));
  EXPECT_EQ(await.forbid, std::vector{AwaitedEvent::connected});
  EXPECT_EQ(std::get<step::ExchangeData>(scenario->steps.at(3).action).group_count, 0);
  const auto& inject = std::get<step::Inject>(scenario->steps.at(4).action);
  EXPECT_TRUE(inject.to_group);
  EXPECT_EQ(inject.frame, step::FrameKind::arp);
  EXPECT_EQ(std::get<step::Wait>(scenario->steps.at(6).action).duration, milliseconds(12));
  EXPECT_EQ(scenario->steps.at(6).pointer, "/steps/6");
  EXPECT_EQ(scenario->expected.at("key.pn-never-reused"), Verdict::inconclusive);
  EXPECT_EQ(scenario->limits.at("timing.m3-m4").warn, std::chrono::microseconds(500));
  EXPECT_EQ(scenario->limits.at("timing.m3-m4").max, milliseconds(100));
}

step::Inject inject_of(const json& more) {
  json document = small_scenario();
  json step = {{"step", "inject"}, {"frame", "udp"}};
  step.update(more);
  document["steps"].push_back(step);
  const auto scenario = parse(document);
  EXPECT_TRUE(scenario) << to_string(scenario.error());
  return scenario ? std::get<step::Inject>(scenario->steps.back().action) : step::Inject{};
}

std::string fault_of_inject(const json& more) {
  json document = small_scenario();
  json step = {{"step", "inject"}, {"frame", "udp"}};
  step.update(more);
  document["steps"].push_back(step);
  const auto scenario = parse(document);
  return scenario ? "" : to_string(scenario.error());
}

TEST(ParseScenario, ReadsWhatIsInjected) {
  EXPECT_EQ(inject_of(json::object()).form, step::FrameForm::plain);
  EXPECT_TRUE(inject_of({{"form", "fragments_protected"}}).control);
  EXPECT_FALSE(inject_of({{"form", "fragments_protected"}, {"control", false}}).control);
  EXPECT_TRUE(inject_of({{"form", "fragment_to_group"}}).to_group);
  const auto multicast = inject_of({{"to", "multicast"}, {"payload_to", "station"}});
  EXPECT_TRUE(multicast.to_group && multicast.multicast && multicast.unicast_payload);
  EXPECT_EQ(inject_of({{"frame", "eapol"}, {"variant", "bad_mic"}}).variant,
            step::EapolVariant::bad_mic);
  EXPECT_EQ(to_string(*inject_of({{"source", "02:00:00:00:00:09"}}).source), "02:00:00:00:00:09");
  EXPECT_EQ(inject_of({{"rate_mbps", 5.5}}).rate_mbps, 5.5);
}

TEST(ParseScenario, SaysWhatOfAnInjectionDoesNotGoTogether) {
  const auto says = [](const json& more, const char* what) {
    EXPECT_NE(fault_of_inject(more).find(what), std::string::npos) << fault_of_inject(more);
  };
  says({{"variant", "bad_mic"}}, "only an eapol frame has a variant");
  says({{"frame", "eapol"}, {"variant", "bad_mic"}, {"form", "wrong_key"}}, "plain or protected");
  says({{"frame", "action"}, {"form", "protected"}}, "sent plain");
  says({{"form", "fragments_two_keys"}}, "two steps");
  says({{"part", "first"}}, "two fragments");
  says({{"form", "amsdu_cloaked"}, {"to", "group"}}, "sent to the station");
  says({{"as", "station"}, {"form", "protected"}}, "in the access point's name");
  says({{"ethertype", 35060}}, "\"frame\": \"ethertype\"");
  says({{"receiver", "02:00"}}, "expected a MAC address");
  says({{"form", "fragment_plain"}}, "did you mean \"fragments_plain\"");
}

TEST(ParseScenario, NamesEveryStepByItsWord) {
  for (const char* word : {"associate", "traffic", "exchange_data", "inject", "await", "wait",
                           "access_point_command", "disassociate", "medium"}) {
    json document = small_scenario();
    document["steps"].push_back({{"step", word},
                                 {"event", "connected"},
                                 {"on", true},
                                 {"for_ms", 1},
                                 {"command", "PING"},
                                 {"rules", json::array()},
                                 {"frame", "udp"}});
    for (const char* key : {"event", "on", "for_ms", "command", "rules", "frame"}) {
      json shorter = document;
      shorter["steps"][1].erase(key);
      if (fault_of(document).find(std::string("#/steps/1/") + key + ": unknown key") !=
          std::string::npos) {
        document = shorter;
      }
    }
    const auto scenario = parse(document);
    ASSERT_TRUE(scenario) << to_string(scenario.error());
    EXPECT_EQ(word_of(scenario->steps.at(1).action), word);
  }
}

TEST(ParseScenario, ReportsAllFaultsALineEach) {
  json document = small_scenario();
  document.erase("purpose");
  document["acess_point"] = json::object();
  document["steps"][0]["step"] = "asociate";
  EXPECT_EQ(fault_of(document),
            "s.json#/acess_point: unknown key; did you mean \"access_point\"?\n"
            "s.json#: the key \"purpose\" is missing\n"
            "s.json#/steps/0/step: unknown word \"asociate\"; did you mean \"associate\"?");
}

TEST(ParseScenario, SaysWhatWasExpectedAndFound) {
  EXPECT_EQ(fault_with("/access_point/beacon_interval_tu", "100"),
            "s.json#/access_point/beacon_interval_tu: expected a whole number from 15 to 65535, "
            "found the text \"100\"");
  EXPECT_EQ(fault_with("/access_point/pmf", "requried"),
            "s.json#/access_point/pmf: unknown word \"requried\"; did you mean \"required\"?");
  EXPECT_EQ(fault_with("/station", json::array()),
            "s.json#/station: expected an object, found an array of 0");
}

TEST(ParseScenario, RefusesNetworksThatCannotBe) {
  EXPECT_NE(fault_with("/access_point/channel", 15).find("no 20 MHz channel 15"),
            std::string::npos);
  EXPECT_NE(fault_with("/access_point/channel", 1U << 31), "none");
  EXPECT_NE(fault_with("/access_point/ssid", std::string(33, 'x')), "none");
  EXPECT_EQ(fault_with("/access_point/ssid", std::string(32, 'x')), "none");
  EXPECT_NE(fault_with("/access_point/ssid", std::string(11, ' ') + "\xE2\x82\xAC\n"), "none");
  EXPECT_NE(fault_with("/access_point", {{"security", "open"}, {"pmf", "required"}}), "none");
  json document = small_scenario();
  document["access_point"]["security"] = "open";
  EXPECT_EQ(fault_of(document), "none");
  document["station"]["credential"] = "wrong";
  EXPECT_NE(fault_of(document).find("open network has no passphrase"), std::string::npos);
}

AccessPointSpec network(const json& access_point) {
  json document = small_scenario();
  document["access_point"] = access_point;
  const auto scenario = parse(document);
  EXPECT_TRUE(scenario) << to_string(scenario.error());
  return scenario ? scenario->access_point : AccessPointSpec{};
}

TEST(ParseScenario, FillsInWhatASecurityDemands) {
  EXPECT_EQ(network({{"security", "wpa3-sae"}}).pmf, Pmf::required);
  EXPECT_EQ(network({{"security", "owe"}}).pmf, Pmf::required);
  EXPECT_EQ(network({{"security", "wpa2-wpa3-transition"}}).pmf, Pmf::optional);
  EXPECT_EQ(network({{"security", "wpa2-enterprise"}}).pmf, Pmf::off);
  const AccessPointSpec suite_b = network({{"security", "suite-b-192"}});
  EXPECT_EQ(suite_b.pairwise, kCipherGcmp256);
  EXPECT_EQ(suite_b.group, kCipherGcmp256);
  EXPECT_EQ(suite_b.group_management, kCipherBipGmac256);
  const AccessPointSpec ccmp = network({{"pairwise", "ccmp-256"}, {"pmf", "optional"}});
  EXPECT_EQ(ccmp.group, kCipherCcmp256);
  EXPECT_EQ(ccmp.group_management, kCipherBipCmac128);
}

TEST(ParseScenario, RefusesWhatASecurityDoesNotHave) {
  for (const json& access_point :
       std::vector<json>{{{"security", "wpa3-sae"}, {"pmf", "optional"}},
                         {{"security", "wpa2-wpa3-transition"}, {"pmf", "required"}},
                         {{"security", "open"}, {"pairwise", "gcmp-256"}},
                         {{"group_management", "bip-gmac-256"}},
                         {{"beacon_protection", true}},
                         {{"sae_pwe", "hash-to-element"}},
                         {{"eap", "tls"}},
                         {{"security", "suite-b-192"}, {"eap", "peap"}},
                         {{"pairwise", "tkip"}}}) {
    EXPECT_NE(fault_with("/access_point", access_point), "none") << access_point;
  }
  EXPECT_NE(fault_with("/station", {{"security", "wpa3-sae"}}), "none");
  json document = small_scenario();
  document["access_point"]["security"] = "owe";
  document["station"]["credential"] = "wrong";
  EXPECT_NE(fault_of(document), "none");
}

TEST(ParseScenario, TakesALocallyAdministeredAddressOfOneStation) {
  json document = small_scenario();
  document["station"]["address"] = "02:50:41:00:00:01";
  EXPECT_EQ(parse(document)->station.address, MacAddress::parse("02:50:41:00:00:01"));
  for (const char* address : {"00:50:41:00:00:01", "03:50:41:00:00:01", "02:50:41:00:00", "x"}) {
    EXPECT_NE(fault_with("/station", {{"address", address}}), "none") << address;
  }
}

TEST(ParseScenario, RefusesHostapdOptionsThatTheHarnessOwns) {
  for (const char* line : {"interface=wlan0", "driver=none", "ctrl_interface=/tmp", "ssid=x",
                           "channel=1", "wpa_psk=00", "wpa_passphrase=12345678", "wpa_psk_file=/x",
                           "ignore_broadcast_ssid=0\nssid=x", "no equals", "=x", "a b=c", "#x=1"}) {
    EXPECT_TRUE(fault_with("/access_point/hostapd_options", {line})
                    .starts_with("s.json#/access_point/hostapd_options/0: "))
        << line;
  }
  EXPECT_EQ(fault_with("/access_point/hostapd_options", {"wpa_ptk_rekey=2", "a=b=c"}), "none");
}

TEST(ParseScenario, RefusesStepsThatCannotWork) {
  EXPECT_NE(fault_of_step({{"step", "await"}, {"event", "connected"}, {"within_ms", 0}}), "none");
  EXPECT_NE(fault_of_step({{"step", "await"}, {"event", "connected"}, {"within_ms", -5}}), "none");
  EXPECT_NE(fault_of_step({{"step", "await"}, {"event", "connected"}, {"forbid", {"connected"}}}),
            "none");
  EXPECT_NE(fault_of_step({{"step", "await"}}), "none");
  EXPECT_NE(fault_of_step({{"step", "wait"}}), "none");
  EXPECT_NE(fault_of_step({{"step", "inject"}, {"frame", "udp"}, {"count", 0}}), "none");
  EXPECT_NE(fault_of_step({{"step", "exchange_data"}, {"count", 0}, {"group_count", 0}}), "none");
  EXPECT_NE(
      fault_of_step({{"step", "exchange_data"}, {"count", 10}, {"interval_ms", 300}}).find("2700"),
      std::string::npos);
  EXPECT_NE(fault_of_step({{"step", "traffic"}, {"on", false}, {"interval_ms", 2}}), "none");
  EXPECT_NE(fault_of_step({{"step", "associate"}, {"event", "connected"}}), "none");
  EXPECT_NE(fault_of_step({{"step", "roam"}}).find("second_bss"), std::string::npos);
  EXPECT_NE(fault_of_step({{"step", "other_stations"}, {"associate", true}}).find("others"),
            std::string::npos);
  EXPECT_NE(fault_of_step({{"step", "station_interface"}}), "none");
  EXPECT_NE(fault_with("/steps", json::array()), "none");
  EXPECT_NE(fault_with("/steps", {{{"step", "await"}, {"event", "connected"}}}), "none");
}

TEST(ParseScenario, ReadsStepsAboutSeveralBssAndStations) {
  json document = small_scenario();
  document["access_point"]["second_bss"] = true;
  document["station"]["others"] = 2;
  document["steps"].push_back({{"step", "roam"}, {"over_ds", true}});
  document["steps"].push_back({{"step", "other_stations"}, {"associate", false}});
  document["steps"].push_back({{"step", "station_interface"}, {"up", true}});
  const auto scenario = parse(document);
  ASSERT_TRUE(scenario) << to_string(scenario.error());
  const auto& steps = scenario->steps;
  EXPECT_TRUE(std::get<step::Roam>(steps.at(steps.size() - 3).action).over_ds);
  EXPECT_FALSE(std::get<step::OtherStations>(steps.at(steps.size() - 2).action).associate);
  EXPECT_TRUE(std::get<step::StationInterface>(steps.back().action).up);
  EXPECT_EQ(word_of(steps.back().action), "station_interface");
  EXPECT_EQ(scenario->station.others, 2);
  EXPECT_EQ(scenario->required_capabilities.back(), "other_stations");
  EXPECT_NE(fault_with("/station/others", 3), "none");
}

TEST(ParseScenario, RepeatsTheStepsForEachRound) {
  json document = small_scenario();
  const auto once = parse(document);
  document["rounds"] = 3;
  const auto scenario = parse(document);
  ASSERT_TRUE(once && scenario);
  ASSERT_EQ(scenario->steps.size(), 3 * once->steps.size());
  EXPECT_EQ(scenario->steps.back().pointer, once->steps.back().pointer);
  EXPECT_NE(fault_with("/rounds", 0), "none");
}

TEST(ParseScenario, TakesOnlyTheStationAsPlaceholderAndOneLine) {
  const auto command = [](const char* text) {
    return fault_of_step({{"step", "access_point_command"}, {"command", text}});
  };
  EXPECT_EQ(command("RESEND_M3 {station}"), "none");
  EXPECT_NE(command("RESEND_M3 {sta}").find("{station}"), std::string::npos);
  EXPECT_NE(command("RESEND_M3 {"), "none");
  EXPECT_NE(command("PING\nTERMINATE"), "none");
  EXPECT_NE(command(""), "none");
}

TEST(ParseScenario, RefusesChecksExpectationsAndLimitsThatMeanNothing) {
  EXPECT_EQ(
      fault_with("/checks", {"timing.m3m4"}),
      "s.json#/checks/0: no check has the id \"timing.m3m4\"; did you mean \"timing.m3-m4\"?");
  EXPECT_NE(fault_with("/checks", {"tming.*"}), "none");
  EXPECT_NE(fault_with("/checks", json::array()), "none");
  EXPECT_NE(fault_with("/expected", {{"timing.m3-m4", "failed"}}), "none");
  EXPECT_NE(fault_with("/expected", {{"timing.*", "fail"}}), "none");
  EXPECT_NE(fault_with("/expected", {{"timing.m1-m2", "fail"}}).find("does not name"),
            std::string::npos);
  EXPECT_EQ(fault_with("/expected", {{"timing.m3-m4", "fail"}, {"gate.injector-works", "fail"}}),
            "none");
  EXPECT_NE(fault_with("/limits/timing.m3-m4", {{"max_ms", 10}, {"warn_ms", 20}}), "none");
  EXPECT_NE(fault_with("/limits/timing.m3-m4", {{"max_ms", 0}}), "none");
  EXPECT_NE(fault_with("/limits/timing.m3-m4", {{"max_ms", 1e300}}), "none");
  EXPECT_NE(fault_with("/limits/timing.m3-m4", json::object()), "none");
  EXPECT_NE(fault_with("/limits/key.pn-never-reused", {{"max_ms", 1}}), "none");
}

TEST(ParseScenario, TakesAnyIdWithoutACatalogue) {
  json document = small_scenario();
  document["checks"] = {"future.check"};
  EXPECT_TRUE(parse_scenario(document, "s.json", "s", {}));
}

/// Every value of every shipped scenario replaced by each of a set of odd ones.
void mutate(json& document, json& node, int& tried) {
  static const json kOdd[] = {nullptr,
                              true,
                              -1,
                              1e18,
                              0.5,
                              "",
                              "x",
                              std::string(3000, 'a'),
                              json::array(),
                              json::object(),
                              json::array({1, "b", nullptr}),
                              {{"a", 1}},
                              UINT64_MAX,
                              INT64_MIN};
  for (const json& odd : kOdd) {
    const json kept = node;
    node = odd;
    const auto scenario = parse(document);
    if (scenario) {
      EXPECT_TRUE(parse(scenario->document));
    } else {
      EXPECT_FALSE(scenario.error().what.empty());
      EXPECT_EQ(scenario.error().fault, Fault::invalid_input);
    }
    node = kept;
    ++tried;
  }
  if (node.is_structured()) {
    for (json& child : node) {
      mutate(document, child, tried);
    }
  }
}

TEST(ParseScenario, SurvivesEveryMutationOfTheShippedScenarios) {
  int tried = 0;
  const auto files = find_scenarios(test_data::source_path("scenarios"));
  ASSERT_TRUE(files);
  for (const auto& file : *files) {
    auto document = read_json_file(file);
    ASSERT_TRUE(document);
    mutate(*document, *document, tried);
  }
  EXPECT_GT(tried, 1000);
}

}  // namespace
}  // namespace postassoc
