#include "adapters/kernel_trace/trace_parser.h"

#include <gtest/gtest.h>

namespace postassoc {
namespace {

using std::chrono::microseconds;

// Lines of kernel 6.1 with hostapd and wpa_supplicant 2.10 on mac80211_hwsim.
constexpr std::string_view kStationPtk =
    "  wpa_supplicant-108     [000] .....     3.779020: rdev_add_key: phy1, netdev:wlan1(3), "
    "link_id: -1, key_index: 0, mode: 0, pairwise: true, mac addr: 02:00:00:00:00:00";
constexpr std::string_view kStationKeyLink =
    "  wpa_supplicant-108     [000] .....     3.788019: key_link: "
    "(ieee80211_add_key+0x185/0x310 [mac80211] <- ieee80211_key_link) ret=0";
constexpr std::string_view kApGtk =
    "         hostapd-104     [000] .....     3.576950: rdev_add_key: phy0, netdev:wlan0(2), "
    "link_id: -1, key_index: 1, mode: 0, pairwise: false, mac addr: 00:00:00:00:00:00";
constexpr std::string_view kAuthorized =
    "  wpa_supplicant-108     [000] .....     3.788980: rdev_change_station: phy1, "
    "netdev:wlan1(3), station mac: 02:00:00:00:00:00, station flags mask: 2, station flags set: 2, "
    "station modify mask: 0, listen interval: -1, aid: 0, plink action: 0, plink state: 0, uapsd "
    "queues: 0, vlan:";
constexpr std::string_view kRxControlPort =
    "         hostapd-104     [000] b.s2.     5.532423: cfg80211_rx_control_port: "
    "netdev:wlan1(3), len=155, 02:00:00:00:00:00, proto: 0x888e, unencrypted: false";
constexpr std::string_view kTxControlPort =
    "  wpa_supplicant-108     [000] .....     3.777573: rdev_tx_control_port: phy1, "
    "netdev:wlan1(3), 02:00:00:00:00:00, proto: 0x888e, unencrypted: true, link: -1";
constexpr std::string_view kStaState =
    "    kworker/u2:0-9       [000] .....     3.762324: drv_sta_state: phy1 vif:wlan1(2) "
    "sta:02:00:00:00:00:00 state: 1->2";
constexpr std::string_view kAssoc =
    "  wpa_supplicant-108     [000] .....     3.762809: rdev_assoc: phy1, netdev:wlan1(3), bssid: "
    "02:00:00:00:00:00, previous bssid: 00:00:00:00:00:00, use mfp: false, flags: 0";

Event interpret(std::string_view line) {
  TraceInterpreter interpreter(
      {{"phy0", Side::access_point}, {"phy1", Side::station}, {"wlan1", Side::station}});
  auto parsed = parse_trace_line(line);
  EXPECT_TRUE(parsed) << line;
  return parsed ? interpreter.interpret(std::move(*parsed)) : Event{};
}

TEST(TraceParser, reads_a_key_request) {
  const auto event = interpret(kStationPtk);
  EXPECT_EQ(event.time, microseconds(3779020));
  EXPECT_EQ(event.uncertainty, microseconds(1));
  EXPECT_EQ(event.witness, Witness::kernel);
  EXPECT_EQ(event.side, Side::station);
  EXPECT_EQ(event.name, "rdev_add_key");
  EXPECT_EQ(event.detail["interface"], "wlan1");
  EXPECT_EQ(event.detail["phy"], "phy1");
  EXPECT_EQ(event.detail["mac"], "02:00:00:00:00:00");
  EXPECT_EQ(event.detail["key_index"], 0);
  EXPECT_EQ(event.detail["pairwise"], true);
  EXPECT_EQ(event.detail["comm"], "wpa_supplicant");
  EXPECT_EQ(event.detail["pid"], 108);
  EXPECT_EQ(event.detail["text"], std::string(kStationPtk.substr(2)));
}

TEST(TraceParser, reads_a_group_key_request_of_the_access_point) {
  const auto event = interpret(kApGtk);
  EXPECT_EQ(event.side, Side::access_point);
  EXPECT_EQ(event.detail["key_index"], 1);
  EXPECT_EQ(event.detail["pairwise"], false);
  EXPECT_EQ(event.detail["mac"], "00:00:00:00:00:00");
}

TEST(TraceParser, reads_station_flags_in_decimal) {
  const auto event = interpret(kAuthorized);
  EXPECT_EQ(event.name, "rdev_change_station");
  EXPECT_EQ(event.detail["mask"], 2);
  EXPECT_EQ(event.detail["set"], 2);
  EXPECT_EQ(event.detail["aid"], 0);
  EXPECT_EQ(event.detail["mac"], "02:00:00:00:00:00");
}

TEST(TraceParser, reads_control_port_frames_in_both_directions) {
  const auto received = interpret(kRxControlPort);
  EXPECT_EQ(received.side, Side::station);  // by the interface: this event names no phy
  EXPECT_EQ(received.detail["unencrypted"], false);
  EXPECT_EQ(received.detail["length"], 155);
  EXPECT_EQ(received.detail["mac"], "02:00:00:00:00:00");
  EXPECT_EQ(received.detail["comm"], "hostapd");  // it ran when the frame came in
  const auto sent = interpret(kTxControlPort);
  EXPECT_EQ(sent.detail["unencrypted"], true);
  EXPECT_EQ(sent.detail["mac"], "02:00:00:00:00:00");
}

TEST(TraceParser, reads_a_change_of_station_state) {
  const auto event = interpret(kStaState);
  EXPECT_EQ(event.side, Side::station);
  EXPECT_EQ(event.detail["old_state"], 1);
  EXPECT_EQ(event.detail["new_state"], 2);
  EXPECT_EQ(event.detail["interface"], "wlan1");
  EXPECT_EQ(event.detail["comm"], "kworker/u2:0");
}

TEST(TraceParser, takes_the_bssid_and_not_the_previous_one) {
  EXPECT_EQ(interpret(kAssoc).detail["mac"], "02:00:00:00:00:00");
}

TEST(TraceInterpreter, joins_key_link_with_the_request_of_the_same_task) {
  TraceInterpreter interpreter({{"phy0", Side::access_point}, {"phy1", Side::station}});
  interpreter.interpret(*parse_trace_line(kStationPtk));
  interpreter.interpret(*parse_trace_line(kApGtk));  // another task in between
  const auto event = interpreter.interpret(*parse_trace_line(kStationKeyLink));
  EXPECT_EQ(event.name, "key_link");
  EXPECT_EQ(event.side, Side::station);
  EXPECT_EQ(event.detail["return"], 0);
  EXPECT_EQ(event.detail["interface"], "wlan1");
  EXPECT_EQ(event.detail["key_index"], 0);
  EXPECT_EQ(event.detail["pairwise"], true);
  const auto orphan = interpreter.interpret(*parse_trace_line(kStationKeyLink));
  EXPECT_EQ(orphan.side, Side::none);
  EXPECT_FALSE(orphan.detail.contains("interface"));
}

TEST(TraceInterpreter, reads_a_negative_return) {
  std::string line(kStationKeyLink);
  line.replace(line.find("ret=0"), 5, "ret=-114");
  EXPECT_EQ(interpret(line).detail["return"], -114);
}

TEST(TraceInterpreter, leaves_unknown_radios_without_a_side) {
  TraceInterpreter interpreter({{"phy7", Side::station}});
  EXPECT_EQ(interpreter.interpret(*parse_trace_line(kStationPtk)).side, Side::none);
}

TEST(TraceParser, is_not_fooled_by_the_name_of_a_task) {
  constexpr std::string_view line =
      "  x-1 [000] .: y-77      [001] d..1.    12.000001: rdev_deauth: phy1, netdev:wlan1(3), "
      "bssid: 02:00:00:00:00:00, reason: 3";
  const auto parsed = parse_trace_line(line);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->comm, "x-1 [000] .: y");
  EXPECT_EQ(parsed->pid, 77);
  EXPECT_EQ(parsed->cpu, 1);
  EXPECT_EQ(parsed->detail["reason"], 3);
}

TEST(TraceParser, makes_bytes_that_are_not_text_harmless) {
  std::string line(kStationPtk);
  line[3] = '\xff';
  line[4] = '\x01';
  const auto parsed = parse_trace_line(line);
  ASSERT_TRUE(parsed);
  EXPECT_NO_THROW(parsed->detail.dump());
  EXPECT_EQ(parsed->comm, "w??_supplicant");
}

TEST(TraceParser, refuses_every_truncated_line_or_reads_it_without_harm) {
  for (const auto line : {kStationPtk, kStationKeyLink, kAuthorized, kRxControlPort, kStaState}) {
    for (std::size_t length = 0; length < line.size(); ++length) {
      const auto parsed = parse_trace_line(line.substr(0, length));
      if (parsed) {
        EXPECT_NO_THROW(parsed->detail.dump());
      }
    }
    EXPECT_FALSE(parse_trace_line(line.substr(0, 60)));
  }
}

TEST(TraceParser, refuses_numbers_that_do_not_fit) {
  EXPECT_FALSE(parse_trace_line(
      "         hostapd-99999999999999 [000] .....     3.576950: rdev_add_key: phy0"));
  EXPECT_FALSE(parse_trace_line(
      "         hostapd-104     [000] .....  99999999999999.576950: rdev_add_key: phy0"));
  EXPECT_FALSE(
      parse_trace_line("         hostapd-104     [000] .....     3.57695: rdev_add_key: phy0"));
  const auto parsed = parse_trace_line(
      "         hostapd-104     [000] .....     3.576950: rdev_add_key: phy0, key_index: "
      "99999999999999999999");
  ASSERT_TRUE(parsed);
  EXPECT_FALSE(parsed->detail.contains("key_index"));
}

TEST(TraceParser, refuses_what_is_no_event) {
  for (const std::string_view line :
       {"", "# tracer: nop", "CPU:0 [LOST 123 EVENTS]", "#           TASK-PID     CPU#  |||||",
        "                -", "                -1 [", "                -1 [0] ", "\n\n\n"}) {
    EXPECT_FALSE(parse_trace_line(line)) << line;
  }
}

TEST(TraceParser, reads_how_many_events_were_lost) {
  EXPECT_EQ(parse_lost_events("CPU:0 [LOST 123 EVENTS]"), 123);
  EXPECT_EQ(parse_lost_events("CPU:11 [LOST EVENTS]"), 0);
  EXPECT_EQ(parse_lost_events("CPU:0 [LOST 99999999999999999999999 EVENTS]"), std::nullopt);
  EXPECT_EQ(parse_lost_events("CPU: [LOST 1 EVENTS]"), std::nullopt);
  EXPECT_EQ(parse_lost_events(kStationPtk), std::nullopt);
}

}  // namespace
}  // namespace postassoc
