#include "adapters/wpa_ctrl/control_event.h"

#include <gtest/gtest.h>

namespace postassoc {
namespace {

TEST(ControlEvent, takes_name_level_and_fields_apart) {
  const auto event = parse_control_event(
      "<3>CTRL-EVENT-DISCONNECTED bssid=02:00:00:00:00:00 reason=3 locally_generated=1\n");
  EXPECT_EQ(event.level, 3);
  EXPECT_EQ(event.name, "CTRL-EVENT-DISCONNECTED");
  EXPECT_EQ(event.detail["reason"], 3);
  EXPECT_EQ(event.detail["locally_generated"], 1);
  EXPECT_EQ(event.detail["bssid"], "02:00:00:00:00:00");
  EXPECT_EQ(event.detail["mac"], "02:00:00:00:00:00");
  EXPECT_EQ(event.detail["text"],
            "CTRL-EVENT-DISCONNECTED bssid=02:00:00:00:00:00 reason=3 locally_generated=1");
}

TEST(ControlEvent, finds_the_address_without_a_key) {
  const auto event = parse_control_event("<3>AP-STA-CONNECTED 02:00:00:00:01:0A");
  EXPECT_EQ(event.name, "AP-STA-CONNECTED");
  EXPECT_EQ(event.detail["mac"], "02:00:00:00:01:0a");
}

TEST(ControlEvent, reads_the_connected_event) {
  const auto event = parse_control_event(
      "<3>CTRL-EVENT-CONNECTED - Connection to 02:00:00:00:00:00 completed [id=0 id_str=]");
  EXPECT_EQ(event.name, "CTRL-EVENT-CONNECTED");
  EXPECT_EQ(event.detail["mac"], "02:00:00:00:00:00");
  EXPECT_EQ(event.detail["id"], 0);
  EXPECT_EQ(event.detail["id_str"], "");
}

TEST(ControlEvent, keeps_a_quoted_value_whole_and_words_as_words) {
  const auto event = parse_control_event(
      "<3>CTRL-EVENT-SSID-TEMP-DISABLED id=0 ssid=\"my reason=9 lab\" auth_failures=1 duration=10 "
      "reason=WRONG_KEY");
  EXPECT_EQ(event.detail["ssid"], "my reason=9 lab");
  EXPECT_EQ(event.detail["reason"], "WRONG_KEY");
  EXPECT_EQ(event.detail["auth_failures"], 1);
}

TEST(ControlEvent, names_plain_text_a_message) {
  const auto event = parse_control_event("<3>Associated with 02:00:00:00:00:00");
  EXPECT_EQ(event.name, "message");
  EXPECT_EQ(event.detail["mac"], "02:00:00:00:00:00");
  EXPECT_EQ(parse_control_event("").name, "message");
  EXPECT_EQ(parse_control_event("<3>").detail["text"], "");
  EXPECT_EQ(parse_control_event("<3>SME: Trying to authenticate").name, "message");
}

TEST(ControlEvent, bounds_and_escapes_hostile_text) {
  std::string hostile = "<3>AP-STA-CONNECTED ssid=\xff\x01\n text=forged mac=forged ";
  for (int i = 0; i < 1000; ++i) {
    hostile += "k" + std::to_string(i) + "=v ";
  }
  const auto event = parse_control_event(hostile);
  EXPECT_EQ(event.detail["ssid"], "\\xff\\x01\\x0a");
  EXPECT_LE(event.detail.size(), 34U);
  EXPECT_LE(event.detail["text"].get<std::string>().size(), 2048U);
  EXPECT_NE(event.detail["text"], "forged");
  EXPECT_FALSE(event.detail.contains("mac"));
  EXPECT_NO_THROW(event.detail.dump());
}

TEST(ControlEvent, cuts_only_at_whole_escapes) {
  EXPECT_EQ(printable("\xff\xff\xff", 9), "\\xff\\xff");
}

}  // namespace
}  // namespace postassoc
