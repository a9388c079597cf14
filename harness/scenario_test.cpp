#include "harness/scenario.h"

#include <gtest/gtest.h>

namespace postassoc {
namespace {

using nlohmann::json;

Event event(Witness witness, Side side, std::string name, json detail = json::object()) {
  return {Timestamp(1), {}, witness, side, std::move(name), std::move(detail)};
}

Event kernel(std::string name, json detail = json::object(), Side side = Side::station) {
  return event(Witness::kernel, side, std::move(name), std::move(detail));
}

TEST(Matches, AssociatedIsTheStationsKernelWithASuccess) {
  EXPECT_FALSE(matches(AwaitedEvent::associated, kernel("cfg80211_send_rx_assoc")))
      << "the kernel traces a refusal like this as well";
  EXPECT_TRUE(matches(AwaitedEvent::associated, kernel("NL80211_CMD_CONNECT", {{"status", 0}})));
  EXPECT_FALSE(matches(AwaitedEvent::associated, kernel("NL80211_CMD_CONNECT", {{"status", 1}})));
  EXPECT_TRUE(matches(AwaitedEvent::associated, kernel("NL80211_CMD_ASSOCIATE", {{"status", 0}})));
  EXPECT_FALSE(
      matches(AwaitedEvent::associated, kernel("NL80211_CMD_ASSOCIATE", {{"status", 17}})));
  EXPECT_FALSE(matches(AwaitedEvent::associated, kernel("NL80211_CMD_ASSOCIATE")));
  EXPECT_FALSE(matches(AwaitedEvent::associated,
                       kernel("NL80211_CMD_ASSOCIATE", {{"status", 0}}, Side::access_point)));
  EXPECT_TRUE(
      matches(AwaitedEvent::associated, event(Witness::supplicant, Side::station, "Associated")));
}

TEST(Matches, PortAuthorizedIsTheStepFromAssociatedToAuthorized) {
  const auto state = [](int from, int to, Side side = Side::station) {
    return kernel("drv_sta_state", {{"old_state", from}, {"new_state", to}}, side);
  };
  EXPECT_TRUE(matches(AwaitedEvent::port_authorized, state(3, 4)));
  EXPECT_FALSE(matches(AwaitedEvent::port_authorized, state(4, 3)));
  EXPECT_FALSE(matches(AwaitedEvent::port_authorized, state(2, 3)));
  EXPECT_FALSE(matches(AwaitedEvent::port_authorized, state(3, 4, Side::access_point)));
  EXPECT_TRUE(matches(AwaitedEvent::port_authorized, kernel("NL80211_CMD_PORT_AUTHORIZED")));
  EXPECT_FALSE(matches(AwaitedEvent::port_authorized, kernel("drv_sta_state", json(5))));
}

TEST(Matches, DaemonEventsCountOnlyFromTheirOwnDaemon) {
  const Event connected = event(Witness::supplicant, Side::station, "CTRL-EVENT-CONNECTED");
  const Event gone = event(Witness::supplicant, Side::station, "CTRL-EVENT-DISCONNECTED");
  const Event mismatch =
      event(Witness::access_point, Side::access_point, "AP-STA-POSSIBLE-PSK-MISMATCH");
  EXPECT_TRUE(matches(AwaitedEvent::connected, connected));
  EXPECT_FALSE(matches(AwaitedEvent::disconnected, connected));
  EXPECT_TRUE(matches(AwaitedEvent::disconnected, gone));
  EXPECT_TRUE(matches(AwaitedEvent::psk_mismatch, mismatch));
  EXPECT_FALSE(matches(AwaitedEvent::connected,
                       event(Witness::access_point, Side::access_point, "CTRL-EVENT-CONNECTED")));
}

TEST(AwaitedEvent, HasTheWordOfTheScenarioFile) {
  EXPECT_EQ(to_string(AwaitedEvent::psk_mismatch), "psk_mismatch");
  EXPECT_EQ(to_string(AwaitedEvent::associated), "associated");
}

TEST(WordOf, NamesEachStep) {
  EXPECT_EQ(word_of(step::Associate{}), "associate");
  EXPECT_EQ(word_of(step::Await{}), "await");
  EXPECT_EQ(word_of(step::ExchangeData{}), "exchange_data");
  EXPECT_EQ(word_of(step::Traffic{}), "traffic");
  EXPECT_EQ(word_of(step::Inject{}), "inject");
  EXPECT_EQ(word_of(step::AccessPointCommand{}), "access_point_command");
  EXPECT_EQ(word_of(step::Disassociate{}), "disassociate");
  EXPECT_EQ(word_of(step::Wait{}), "wait");
}

}  // namespace
}  // namespace postassoc
