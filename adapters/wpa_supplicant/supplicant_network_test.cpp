#include "adapters/wpa_supplicant/supplicant_network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace postassoc {
namespace {

constexpr MacAddress kBssid{{0x02, 0, 0, 0, 0, 0}};
const Bytes kPmk(32, std::byte{0xab});

TEST(SupplicantNetwork, configuration_holds_no_network) {
  EXPECT_EQ(supplicant_conf("/run/pa/ctrl"),
            "ctrl_interface=/run/pa/ctrl\nupdate_config=0\np2p_disabled=1\n");
}

TEST(SupplicantNetwork, sets_a_wpa2_psk_network) {
  const auto variables = network_variables({}, kBssid, kPmk);
  ASSERT_TRUE(variables);
  EXPECT_THAT(*variables,
              testing::ElementsAre(
                  "ssid 706f73746173736f63", "bssid 02:00:00:00:00:00", "scan_freq 2412",
                  "key_mgmt WPA-PSK", "proto RSN", "pairwise CCMP", "group CCMP", "ieee80211w 0",
                  "psk abababababababababababababababababababababababababababababababab"));
}

TEST(SupplicantNetwork, sets_psk_sha256_with_management_frame_protection) {
  AccessPointSpec spec;
  spec.security = Security::wpa2_psk_sha256;
  spec.pmf = Pmf::required;
  spec.channel = 36;
  const auto variables = network_variables(spec, kBssid, kPmk);
  ASSERT_TRUE(variables);
  EXPECT_THAT(*variables, testing::Contains("scan_freq 5180"));
  EXPECT_THAT(*variables, testing::Contains("key_mgmt WPA-PSK-SHA256"));
  EXPECT_THAT(*variables, testing::Contains("ieee80211w 2"));
}

TEST(SupplicantNetwork, sets_an_open_network_without_a_key) {
  AccessPointSpec spec;
  spec.security = Security::open;
  const auto variables = network_variables(spec, kBssid, {});
  ASSERT_TRUE(variables);
  EXPECT_THAT(*variables, testing::ElementsAre("ssid 706f73746173736f63", "bssid 02:00:00:00:00:00",
                                               "scan_freq 2412", "key_mgmt NONE"));
}

TEST(SupplicantNetwork, refuses_a_channel_that_is_none) {
  AccessPointSpec spec;
  spec.channel = 15;
  const auto variables = network_variables(spec, kBssid, kPmk);
  ASSERT_FALSE(variables);
  EXPECT_EQ(variables.error().fault, Fault::invalid_input);
}

}  // namespace
}  // namespace postassoc
