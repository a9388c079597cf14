#include "harness/rig_spec.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "harness/scenario_test_data.h"

namespace postassoc {
namespace {

using nlohmann::json;

std::string fault_of(const json& document) {
  const auto rig = parse_rig(document, "r.json");
  return rig ? "none" : to_string(rig.error());
}

/// The fault of the hwsim rig after `value` was put at `pointer`.
std::string fault_with(const std::string& pointer, json value) {
  json document = hwsim_rig_spec().document;
  document[json::json_pointer(pointer)] = std::move(value);
  return fault_of(document);
}

TEST(ParseRig, ReadsTheBuiltInRigs) {
  const RigSpec machine = virtual_rig_spec();
  EXPECT_EQ(machine.kind, RigKind::virtual_machine);
  EXPECT_FALSE(machine.station);
  EXPECT_EQ(machine.capabilities, known_capabilities());
  const RigSpec hwsim = hwsim_rig_spec();
  EXPECT_EQ(hwsim.kind, RigKind::hwsim);
  EXPECT_EQ(hwsim.access_point->phy, "phy0");
  EXPECT_EQ(hwsim.station->phy, "phy1");
  EXPECT_EQ(hwsim.monitor->interface, "hwsim0");
  EXPECT_EQ(hwsim.injector->phy, "phy2");
  EXPECT_TRUE(parse_rig(hwsim.document, "again"));
}

TEST(ParseRig, ReadsEveryWayToNameARadio) {
  json document = hwsim_rig_spec().document;
  document["radios"]["station"] = {{"interface", "wlx00c0caabcdef"},
                                   {"phy", "phy7"},
                                   {"mac", "00:c0:ca:ab:cd:ef"},
                                   {"driver", "mt76x2u"},
                                   {"usb_path", "1-1.4:1.0"}};
  const auto rig = parse_rig(document, "r.json");
  ASSERT_TRUE(rig) << to_string(rig.error());
  EXPECT_EQ(rig->station->interface, "wlx00c0caabcdef");
  EXPECT_EQ(rig->station->mac, MacAddress::parse("00:c0:ca:ab:cd:ef"));
  EXPECT_EQ(rig->station->driver, "mt76x2u");
  EXPECT_EQ(rig->station->usb_path, "1-1.4:1.0");
}

TEST(ParseRig, ReadsWhatIsRunInPlaceOfAProgram) {
  const json programs = {{"wpa_supplicant", {{"path", "/opt/mine"}, {"preload", {"/opt/a.so"}}}},
                         {"hostapd", {{"preload", {"/opt/b.so"}}}}};
  const auto rig = parse_rig({{"id", "v"}, {"kind", "virtual"}, {"programs", programs}}, "r.json");
  ASSERT_TRUE(rig) << to_string(rig.error());
  EXPECT_EQ(rig->capabilities, known_capabilities());
  EXPECT_EQ(rig->programs.at("wpa_supplicant").path, "/opt/mine");
  EXPECT_EQ(rig->programs.at("wpa_supplicant").preload.front(), "/opt/a.so");
  EXPECT_FALSE(rig->programs.at("hostapd").path);
}

TEST(ParseRig, TakesProgramsOfAFileFromItsFolder) {
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "rig_programs";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "r.json")
      << R"({"id": "v", "kind": "virtual", "programs": {"hostapd": {"path": "../x/hostapd"}}})";
  const auto rig = load_rig(folder / "r.json");
  ASSERT_TRUE(rig) << to_string(rig.error());
  EXPECT_EQ(rig->programs.at("hostapd").path, folder.parent_path() / "x/hostapd");
  EXPECT_TRUE(parse_rig(rig->document, "again"));
}

TEST(ParseRig, RefusesProgramsThatItDoesNotKnow) {
  EXPECT_NE(fault_with("/programs/wpa_suplicant", {{"path", "x"}}).find("wpa_supplicant"),
            std::string::npos);
  EXPECT_NE(fault_with("/programs/hostapd", json::object()), "none");
  EXPECT_NE(fault_with("/programs/hostapd/preload", {"a b.so"}), "none");
  EXPECT_NE(fault_with("/programs/hostapd/path", 7), "none");
}

TEST(ParseRig, RefusesBadNamesOfRadios) {
  for (const char* name : {"wlan0/../x", "wlan 0", "a-name-over-15-b", "-x", "..", "wl;x", ""}) {
    EXPECT_NE(fault_with("/radios/station", {{"interface", name}}), "none") << name;
  }
  EXPECT_NE(fault_with("/radios/station/mac", "00:c0:ca:ab:cd"), "none");
  EXPECT_NE(fault_with("/radios/station/mac", "ff:ff:ff:ff:ff:ff"), "none");
  EXPECT_NE(fault_with("/radios/station", json::object()), "none");
  EXPECT_NE(fault_with("/radios/station/usb", "1-1").find("usb_path"), std::string::npos);
}

TEST(ParseRig, RefusesRigsThatCannotWork) {
  EXPECT_NE(fault_with("/radios/station", {{"phy", "phy0"}}).find("another radio"),
            std::string::npos);
  for (const char* part : {"access_point", "station", "monitor", "injector"}) {
    json document = hwsim_rig_spec().document;
    document["radios"].erase(part);
    EXPECT_NE(fault_of(document).find(part), std::string::npos) << part;
  }
  json document = hwsim_rig_spec().document;
  document["kind"] = "virtual";
  EXPECT_NE(fault_of(document).find("brings its own radios"), std::string::npos);
  document["kind"] = "hwsym";
  EXPECT_NE(fault_of(document).find("did you mean \"hwsim\"?"), std::string::npos);
}

TEST(ParseRig, NeedsAMonitorOnlyToCapture) {
  json document = hwsim_rig_spec().document;
  document["radios"].erase("monitor");
  document["radios"].erase("injector");
  document["capabilities"] = {"key_trace"};
  EXPECT_EQ(fault_of(document), "none");
}

TEST(ParseRig, NamesTheNearestCapability) {
  EXPECT_EQ(fault_with("/capabilities", {"key_trace", "injekt"}),
            "r.json#/capabilities/1: unknown word \"injekt\"; did you mean \"inject\"?");
}

TEST(LoadRig, ReadsTheExampleRigs) {
  for (const char* name : {"usb-adapter.json", "hwsim.json"}) {
    const auto rig = load_rig(test_data::source_path("fixtures/rigs") / name);
    ASSERT_TRUE(rig) << to_string(rig.error());
    EXPECT_TRUE(rig->station && rig->access_point && rig->monitor);
  }
  json example = load_rig(test_data::source_path("fixtures/rigs/hwsim.json"))->document;
  example.erase("$schema");
  EXPECT_EQ(example, hwsim_rig_spec().document);
}

TEST(LoadRig, SaysThatAFileIsNotThere) {
  const auto rig = load_rig("none/rig.json");
  ASSERT_FALSE(rig);
  EXPECT_EQ(rig.error().where, "none/rig.json");
}

}  // namespace
}  // namespace postassoc
