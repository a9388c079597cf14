#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "adapters/nl80211/netlink.h"
#include "adapters/nl80211/nl80211_events.h"
#include "adapters/nl80211/radio.h"

namespace postassoc {
namespace {

constexpr int kFamily = 30;
const Nl80211Interface kStation{7, "wlan1", Side::station};

using Message = std::unique_ptr<nl_msg, decltype(&nlmsg_free)>;

Message message(nl80211_commands command, int interface = kStation.index) {
  Message out(nlmsg_alloc(), &nlmsg_free);
  genlmsg_put(out.get(), 0, 0, kFamily, 0, 0, static_cast<std::uint8_t>(command), 0);
  nla_put_u32(out.get(), NL80211_ATTR_IFINDEX, static_cast<std::uint32_t>(interface));
  return out;
}

void put_frame(const Message& to, std::string_view hex) {
  const auto frame = from_hex(hex).value();
  nla_put(to.get(), NL80211_ATTR_FRAME, static_cast<int>(frame.size()), frame.data());
}

std::optional<Event> decode(const Message& from) {
  return decode_nl80211_event(nlmsg_hdr(from.get()), kStation);
}

// After the frame control field: duration, to 02:00:00:00:01:00, from 02:00:00:00:00:00, BSSID
// 02:00:00:00:00:00.
constexpr std::string_view kHeader = "3a01 020000000100 020000000000 020000000000 1000";

std::string frame_hex(std::string_view first_octet, std::string_view body) {
  return std::string(first_octet) + "00" + std::string(kHeader) + std::string(body);
}

TEST(Nl80211Event, tells_the_status_of_an_authentication) {
  const auto in = message(NL80211_CMD_AUTHENTICATE);
  put_frame(in, frame_hex("b0", "0000 0200 0d00"));
  const auto event = decode(in);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->name, "NL80211_CMD_AUTHENTICATE");
  EXPECT_EQ(event->witness, Witness::kernel);
  EXPECT_EQ(event->side, Side::station);
  EXPECT_EQ(event->detail["status"], 13);
  EXPECT_EQ(event->detail["mac"], "02:00:00:00:00:00");
  EXPECT_EQ(event->detail["interface"], "wlan1");
}

TEST(Nl80211Event, tells_the_status_of_an_association) {
  const auto in = message(NL80211_CMD_ASSOCIATE);
  put_frame(in, frame_hex("10", "1104 1100 01c0"));
  EXPECT_EQ(decode(in)->detail["status"], 17);
}

TEST(Nl80211Event, tells_an_authentication_that_was_not_answered) {
  const auto in = message(NL80211_CMD_AUTHENTICATE);
  nla_put_flag(in.get(), NL80211_ATTR_TIMED_OUT);
  const auto event = decode(in);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->detail["timed_out"], true);
  EXPECT_FALSE(event->detail.contains("status"));
}

TEST(Nl80211Event, tells_who_left_and_why) {
  const auto in = message(NL80211_CMD_DEAUTHENTICATE);
  put_frame(in, frame_hex("c0", "0f00"));
  const auto event = decode(in);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->detail["reason"], 15);
  EXPECT_EQ(event->detail["transmitter"], "02:00:00:00:00:00");
  const auto out = message(NL80211_CMD_DISCONNECT);
  nla_put_u16(out.get(), NL80211_ATTR_REASON_CODE, 3);
  EXPECT_EQ(decode(out)->detail["reason"], 3);
  EXPECT_EQ(decode(out)->detail["by_access_point"], false);
}

TEST(Nl80211Event, tells_the_status_of_a_connection) {
  const auto in = message(NL80211_CMD_CONNECT);
  nla_put_u16(in.get(), NL80211_ATTR_STATUS_CODE, 0);
  EXPECT_EQ(decode(in)->name, "NL80211_CMD_CONNECT");
  EXPECT_EQ(decode(in)->detail["status"], 0);
}

TEST(Nl80211Event, ignores_other_interfaces_and_other_commands) {
  EXPECT_FALSE(decode(message(NL80211_CMD_CONNECT, 8)));
  EXPECT_FALSE(decode(message(NL80211_CMD_TRIGGER_SCAN)));
}

TEST(Nl80211Event, takes_frames_of_any_length) {
  const auto whole = from_hex(frame_hex("c0", "0f00")).value();
  for (const auto command : {NL80211_CMD_AUTHENTICATE, NL80211_CMD_ASSOCIATE,
                             NL80211_CMD_DEAUTHENTICATE, NL80211_CMD_UNPROT_DISASSOCIATE}) {
    for (std::size_t size = 0; size <= whole.size(); ++size) {
      const auto in = message(command);
      nla_put(in.get(), NL80211_ATTR_FRAME, static_cast<int>(size), whole.data());
      const auto event = decode(in);
      ASSERT_TRUE(event);
      EXPECT_EQ(event->detail.contains("reason"), size == whole.size() &&
                                                      command != NL80211_CMD_AUTHENTICATE &&
                                                      command != NL80211_CMD_ASSOCIATE);
    }
  }
}

TEST(Nl80211Event, takes_attributes_of_wrong_lengths) {
  const auto in = message(NL80211_CMD_CONNECT);
  nla_put_u8(in.get(), NL80211_ATTR_STATUS_CODE, 1);
  nla_put(in.get(), NL80211_ATTR_MAC, 3, "abc");
  const auto event = decode(in);
  ASSERT_TRUE(event);
  EXPECT_FALSE(event->detail.contains("status"));
  EXPECT_FALSE(event->detail.contains("mac"));
}

std::vector<Wiphy> three_radios() {
  std::vector<Wiphy> out(3);
  for (std::uint8_t i = 0; i < 3; ++i) {
    out[i].index = i;
    out[i].name = "phy" + std::to_string(i);
    out[i].mac = MacAddress{{2, 0, 0, 0, i, 0}};
    out[i].driver = "mac80211_hwsim";
    out[i].interfaces = {{i + 2, "wlan" + std::to_string(i), NL80211_IFTYPE_STATION, out[i].mac}};
  }
  out[2].driver = "mt76x2u";
  out[2].usb_path = "1-1.4";
  return out;
}

TEST(Radio, is_found_by_each_property_and_only_if_all_hold) {
  const auto radios = three_radios();
  const auto names = [&](const RadioSpec& spec) {
    std::string out;
    for (const auto& wiphy : matching(spec, radios)) {
      out += wiphy.name + " ";
    }
    return out;
  };
  RadioSpec spec;
  spec.interface = "wlan1";
  EXPECT_EQ(names(spec), "phy1 ");
  spec.phy = "phy0";
  EXPECT_EQ(names(spec), "");
  spec = {};
  spec.driver = "mac80211_hwsim";
  EXPECT_EQ(names(spec), "phy0 phy1 ");
  spec.mac = MacAddress{{2, 0, 0, 0, 1, 0}};
  EXPECT_EQ(names(spec), "phy1 ");
  spec = {};
  spec.usb_path = "1-1.4";
  EXPECT_EQ(names(spec), "phy2 ");
  EXPECT_EQ(to_string(radios[2]), "phy2 (mt76x2u, 02:00:00:00:02:00, usb 1-1.4, wlan2)");
}

TEST(Nl80211, missing_from_the_kernel_is_said_in_words) {
  const auto wiphys = list_wiphys();
  if (wiphys) {
    GTEST_SKIP() << "this kernel has nl80211";
  }
  EXPECT_EQ(wiphys.error().fault, Fault::rig_unavailable);
  EXPECT_NE(wiphys.error().what.find("the kernel has no nl80211"), std::string::npos);
  RadioSpec spec;
  spec.phy = "phy0";
  EXPECT_EQ(find_radio(spec).error().what, wiphys.error().what);
  asio::io_context context;
  EXPECT_FALSE(Nl80211Events::start(context.get_executor(), {}, kStation, [](Event) {}));
}

TEST(Nl80211, names_the_radios_there_are_when_one_is_missing) {
  if (!list_wiphys()) {
    GTEST_SKIP() << "this kernel has no nl80211";
  }
  RadioSpec spec;
  spec.driver = "no-such-driver";
  const auto radio = find_radio(spec);
  ASSERT_FALSE(radio);
  EXPECT_EQ(radio.error().where, "driver no-such-driver");
  EXPECT_NE(radio.error().what.find("there are: "), std::string::npos);
}

}  // namespace
}  // namespace postassoc
