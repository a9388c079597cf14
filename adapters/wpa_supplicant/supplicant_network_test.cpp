#include "adapters/wpa_supplicant/supplicant_network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace postassoc {
namespace {

constexpr MacAddress kBssid{{0x02, 0, 0, 0, 0, 0}};
const CertificateFiles kCertificates{"/c/authority.pem", "/c/server.pem", "/c/server.key",
                                     "/c/client.pem", "/c/client.key"};

Secrets secrets() {
  Secrets made;
  made.station_passphrase = "password";
  made.station_pmk = Bytes(32, std::byte{0xab});
  return made;
}

std::vector<std::string> variables_of(const AccessPointSpec& spec,
                                      std::optional<Security> only = {}) {
  Scenario scenario;
  scenario.access_point = spec;
  scenario.station.security = only;
  const auto variables = network_variables(scenario, kBssid, secrets(), kCertificates);
  EXPECT_TRUE(variables) << to_string(variables.error());
  return variables ? *variables : std::vector<std::string>();
}

void expect_all(const std::vector<std::string>& variables, const std::vector<std::string>& wanted) {
  for (const std::string& variable : wanted) {
    EXPECT_THAT(variables, testing::Contains(variable));
  }
}

TEST(SupplicantNetwork, configuration_holds_no_network) {
  EXPECT_EQ(supplicant_conf({}, "/run/pa/ctrl"),
            "ctrl_interface=/run/pa/ctrl\nupdate_config=0\np2p_disabled=1\n");
}

TEST(SupplicantNetwork, sets_a_wpa2_psk_network) {
  EXPECT_THAT(variables_of({}),
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
  const auto variables = variables_of(spec);
  EXPECT_THAT(variables, testing::Contains("scan_freq 5180"));
  EXPECT_THAT(variables, testing::Contains("key_mgmt WPA-PSK-SHA256"));
  EXPECT_THAT(variables, testing::Contains("ieee80211w 2"));
  EXPECT_THAT(variables, testing::Contains("group_mgmt AES-128-CMAC"));
}

TEST(SupplicantNetwork, sets_an_open_network_without_a_key) {
  AccessPointSpec spec;
  spec.security = Security::open;
  EXPECT_THAT(variables_of(spec),
              testing::ElementsAre("ssid 706f73746173736f63", "bssid 02:00:00:00:00:00",
                                   "scan_freq 2412", "key_mgmt NONE"));
}

TEST(SupplicantNetwork, sets_sae_with_its_password_and_no_psk) {
  AccessPointSpec spec;
  spec.security = Security::wpa3_sae;
  spec.pmf = Pmf::required;
  spec.pairwise = kCipherGcmp256;
  spec.beacon_protection = true;
  const auto variables = variables_of(spec);
  expect_all(variables,
             {"key_mgmt SAE", "pairwise GCMP-256", "beacon_prot 1", "sae_password \"password\""});
  EXPECT_THAT(variables, testing::Not(testing::Contains(testing::StartsWith("psk"))));
  spec.sae_pwe = SaePwe::hash_to_element;
  EXPECT_THAT(supplicant_conf(spec, "/c"), testing::EndsWith("sae_pwe=1\n"));
}

TEST(SupplicantNetwork, prefers_nothing_in_a_transition_network_unless_told) {
  AccessPointSpec spec;
  spec.security = Security::wpa2_wpa3_transition;
  spec.pmf = Pmf::optional;
  EXPECT_THAT(variables_of(spec), testing::Contains("key_mgmt WPA-PSK SAE"));
  const auto variables = variables_of(spec, Security::wpa2_psk);
  EXPECT_THAT(variables, testing::Contains("key_mgmt WPA-PSK"));
  EXPECT_THAT(variables, testing::Not(testing::Contains(testing::StartsWith("sae_password"))));
}

TEST(SupplicantNetwork, sets_eap_with_certificates_or_password) {
  AccessPointSpec spec;
  spec.security = Security::suite_b_192;
  spec.pmf = Pmf::required;
  expect_all(variables_of(spec),
             {"key_mgmt WPA-EAP-SUITE-B-192", "eap TLS", "identity \"station\"",
              "ca_cert \"/c/authority.pem\"", "client_cert \"/c/client.pem\"",
              "private_key \"/c/client.key\"", "openssl_ciphers \"SUITEB192\""});
  spec.security = Security::wpa2_enterprise;
  spec.eap = EapMethod::ttls;
  const auto variables = variables_of(spec);
  expect_all(variables, {"eap TTLS", "phase2 \"auth=MSCHAPV2\"", "password \"password\""});
  EXPECT_THAT(variables, testing::Not(testing::Contains(testing::StartsWith("private_key"))));
}

TEST(SupplicantNetwork, refuses_a_channel_that_is_none) {
  Scenario scenario;
  scenario.access_point.channel = 15;
  const auto variables = network_variables(scenario, kBssid, secrets(), kCertificates);
  ASSERT_FALSE(variables);
  EXPECT_EQ(variables.error().fault, Fault::invalid_input);
}

}  // namespace
}  // namespace postassoc
