#include "adapters/hostapd/hostapd_conf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace postassoc {
namespace {

const HostapdFiles kFiles{"/run/pa/hostapd",
                          "/run/pa/psk",
                          "/run/pa/eap_user",
                          {"/run/c/authority.pem", "/run/c/server.pem", "/run/c/server.key",
                           "/run/c/client.pem", "/run/c/client.key"}};

std::string conf(const AccessPointSpec& spec) {
  const auto parts = hostapd_conf(spec, "wlan0", kFiles);
  EXPECT_TRUE(parts) << to_string(parts.error());
  std::string text;
  for (const std::string& part : parts ? *parts : std::vector<std::string>()) {
    text += part;
  }
  return text;
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
            "group_cipher=CCMP\n"
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
            "group_cipher=CCMP\n"
            "ieee80211w=2\n"
            "group_mgmt_cipher=AES-128-CMAC\n"
            "wpa_psk_file=/run/pa/psk\n"
            "country_code=DE\n"
            "wpa_group_rekey=1\n");
}

TEST(HostapdConf, describes_an_open_network_without_a_key) {
  AccessPointSpec spec;
  spec.security = Security::open;
  EXPECT_THAT(conf(spec), testing::EndsWith("beacon_int=100\nwpa=0\n"));
}

TEST(HostapdConf, describes_sae_and_keeps_its_password_apart) {
  AccessPointSpec spec;
  spec.security = Security::wpa3_sae;
  spec.pmf = Pmf::required;
  spec.sae_pwe = SaePwe::hash_to_element;
  spec.pairwise = kCipherGcmp256;
  spec.group = kCipherTkip;
  spec.group_management = kCipherBipGmac256;
  spec.beacon_protection = true;
  EXPECT_THAT(conf(spec), testing::EndsWith("wpa=2\n"
                                            "wpa_key_mgmt=SAE\n"
                                            "rsn_pairwise=GCMP-256\n"
                                            "group_cipher=TKIP\n"
                                            "ieee80211w=2\n"
                                            "group_mgmt_cipher=BIP-GMAC-256\n"
                                            "beacon_prot=1\n"
                                            "sae_require_mfp=1\n"
                                            "sae_pwe=1\n"));
  Secrets secrets;
  secrets.passphrase = "password";
  EXPECT_EQ(hostapd_secret_lines(spec, secrets, {}), "sae_password=password\n");
  EXPECT_EQ(hostapd_secret_lines({}, secrets, {}), "");
}

TEST(HostapdConf, describes_a_transition_network_with_both_credentials) {
  AccessPointSpec spec;
  spec.security = Security::wpa2_wpa3_transition;
  spec.pmf = Pmf::optional;
  EXPECT_THAT(conf(spec), testing::HasSubstr("wpa_key_mgmt=WPA-PSK SAE\n"));
  EXPECT_THAT(conf(spec), testing::HasSubstr("wpa_psk_file=/run/pa/psk\n"));
  EXPECT_THAT(conf(spec), testing::HasSubstr("sae_pwe=0\n"));
}

TEST(HostapdConf, describes_eap_with_the_server_inside) {
  AccessPointSpec spec;
  spec.security = Security::suite_b_192;
  spec.pmf = Pmf::required;
  EXPECT_THAT(conf(spec), testing::EndsWith("ieee8021x=1\n"
                                            "eap_server=1\n"
                                            "eap_user_file=/run/pa/eap_user\n"
                                            "ca_cert=/run/c/authority.pem\n"
                                            "server_cert=/run/c/server.pem\n"
                                            "private_key=/run/c/server.key\n"
                                            "openssl_ciphers=SUITEB192\n"));
  EXPECT_EQ(hostapd_eap_users(EapMethod::tls, "word"), "\"station\" TLS\n");
  EXPECT_EQ(hostapd_eap_users(EapMethod::ttls, "word"),
            "* TTLS\n\"station\" TTLS-MSCHAPV2 \"word\" [2]\n");
  EXPECT_EQ(hostapd_eap_users(EapMethod::peap, "word"),
            "* PEAP\n\"station\" MSCHAPV2 \"word\" [2]\n");
}

TEST(HostapdConf, describes_a_mobility_domain_of_one) {
  for (const Security security : {Security::ft_psk, Security::ft_sae, Security::ft_enterprise}) {
    AccessPointSpec spec;
    spec.security = security;
    EXPECT_THAT(conf(spec), testing::HasSubstr("mobility_domain=7061\n"));
  }
  EXPECT_THAT(conf({}), testing::Not(testing::HasSubstr("mobility_domain")));
}

TEST(HostapdConf, describes_two_bss_of_one_mobility_domain) {
  AccessPointSpec spec;
  spec.security = Security::ft_sae;
  spec.second_bss = true;
  const auto parts = hostapd_conf(spec, "wlan0", kFiles);
  ASSERT_TRUE(parts) << to_string(parts.error());
  ASSERT_EQ(parts->size(), 2U);
  EXPECT_THAT(parts->front(), testing::StartsWith("interface=wlan0\n"));
  EXPECT_THAT(parts->back(), testing::StartsWith("bss=pabss1\n"));
  EXPECT_THAT(parts->front(), testing::HasSubstr("nas_identifier=access-point.example\n"));
  EXPECT_THAT(parts->back(), testing::HasSubstr("nas_identifier=access-point-1.example\n"));
  for (const std::string& part : *parts) {
    EXPECT_THAT(part, testing::HasSubstr("bridge=pabr0\n"));
    EXPECT_THAT(part, testing::HasSubstr("mobility_domain=7061\n"));
    EXPECT_THAT(part, testing::HasSubstr("ssid2=706f73746173736f63\n"));
  }
  EXPECT_THAT(parts->back(), testing::Not(testing::HasSubstr("channel=")));
  Secrets secrets;
  secrets.passphrase = "password";
  EXPECT_EQ(hostapd_secret_lines(spec, secrets, Bytes(2, std::byte{0xab})),
            "sae_password=password\nr0kh=ff:ff:ff:ff:ff:ff * abab\n"
            "r1kh=00:00:00:00:00:00 00:00:00:00:00:00 abab\n");
}

TEST(HostapdConf, keeps_an_ssid_from_becoming_syntax) {
  AccessPointSpec spec;
  spec.ssid = "a\nwpa=0";
  EXPECT_THAT(conf(spec), testing::HasSubstr("ssid2=610a7770613d30\n"));
  spec.ssid = std::string(33, 'x');
  EXPECT_FALSE(hostapd_conf(spec, "wlan0", kFiles));
}

TEST(HostapdConf, refuses_options_that_are_not_one_line_or_not_free) {
  for (const std::string option : {"no equals", "=value", "#a=b", "a=b\nwpa=0", "interface=wlan1",
                                   "wpa_passphrase=secret", "ctrl_interface=/tmp"}) {
    AccessPointSpec spec;
    spec.hostapd_options = {option};
    const auto text = hostapd_conf(spec, "wlan0", kFiles);
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
