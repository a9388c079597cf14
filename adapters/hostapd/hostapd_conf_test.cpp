#include "adapters/hostapd/hostapd_conf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace postassoc {
namespace {

std::string conf(const AccessPointSpec& spec) {
  const auto text = hostapd_conf(spec, "wlan0", "/run/pa/hostapd", "/run/pa/psk");
  EXPECT_TRUE(text) << to_string(text.error());
  return text ? *text : "";
}

TEST(HostapdConf, describes_a_wpa2_psk_network) {
  EXPECT_EQ(conf({}),
            "interface=wlan0\n"
            "driver=nl80211\n"
            "ctrl_interface=/run/pa/hostapd\n"
            "ssid2=706f73746173736f63\n"
            "hw_mode=g\n"
            "channel=1\n"
            "beacon_int=100\n"
            "wpa=2\n"
            "wpa_key_mgmt=WPA-PSK\n"
            "rsn_pairwise=CCMP\n"
            "ieee80211w=0\n"
            "wpa_psk_file=/run/pa/psk\n");
}

TEST(HostapdConf, describes_psk_sha256_with_management_frame_protection_on_5_ghz) {
  AccessPointSpec spec;
  spec.security = Security::wpa2_psk_sha256;
  spec.pmf = Pmf::required;
  spec.channel = 36;
  spec.beacon_interval_tu = 15;
  spec.hostapd_options = {"country_code=DE", "wpa_group_rekey=1"};
  EXPECT_EQ(conf(spec),
            "interface=wlan0\n"
            "driver=nl80211\n"
            "ctrl_interface=/run/pa/hostapd\n"
            "ssid2=706f73746173736f63\n"
            "hw_mode=a\n"
            "channel=36\n"
            "beacon_int=15\n"
            "wpa=2\n"
            "wpa_key_mgmt=WPA-PSK-SHA256\n"
            "rsn_pairwise=CCMP\n"
            "ieee80211w=2\n"
            "wpa_psk_file=/run/pa/psk\n"
            "country_code=DE\n"
            "wpa_group_rekey=1\n");
}

TEST(HostapdConf, describes_an_open_network_without_a_key) {
  AccessPointSpec spec;
  spec.security = Security::open;
  EXPECT_THAT(conf(spec), testing::EndsWith("beacon_int=100\nwpa=0\n"));
}

TEST(HostapdConf, keeps_an_ssid_from_becoming_syntax) {
  AccessPointSpec spec;
  spec.ssid = "a\nwpa=0";
  EXPECT_THAT(conf(spec), testing::HasSubstr("ssid2=610a7770613d30\n"));
  spec.ssid = std::string(33, 'x');
  EXPECT_FALSE(hostapd_conf(spec, "wlan0", "/run/pa", "/run/psk"));
}

TEST(HostapdConf, refuses_options_that_are_not_one_line_or_not_free) {
  for (const std::string option : {"no equals", "=value", "#a=b", "a=b\nwpa=0", "interface=wlan1",
                                   "wpa_passphrase=secret", "ctrl_interface=/tmp"}) {
    AccessPointSpec spec;
    spec.hostapd_options = {option};
    const auto text = hostapd_conf(spec, "wlan0", "/run/pa", "/run/psk");
    ASSERT_FALSE(text) << option;
    EXPECT_EQ(text.error().fault, Fault::invalid_input);
  }
}

TEST(HostapdConf, puts_the_key_for_all_stations_into_its_own_file) {
  EXPECT_EQ(hostapd_psk_file(Bytes(32, std::byte{0xab})),
            "00:00:00:00:00:00 "
            "abababababababababababababababababababababababababababababababab\n");
}

}  // namespace
}  // namespace postassoc
