#include "adapters/ihv/ihv_network.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/frames/build.h"
#include "harness/frames/rsn.h"

namespace postassoc {
namespace {

constexpr std::uint32_t kAuthOpen = 1;
constexpr std::uint32_t kAuthRsna = 6;
constexpr std::uint32_t kAuthRsnaPsk = 7;
constexpr std::uint32_t kCipherNone = 0;
constexpr std::uint32_t kOwnRange = 0x8000'0000;
constexpr std::uint32_t kLastStandardCipher = 0x0d;
constexpr Suite kIeee = 0x000fac00;
constexpr std::uint16_t kMfpCapable = 0x0080;
constexpr std::uint16_t kMfpRequired = 0x0040;
constexpr std::size_t kTkipKey = 32;

std::uint32_t auth_of(Security security) {
  if (security == Security::open) {
    return kAuthOpen;
  }
  return uses_eap(security) ? kAuthRsna : kAuthRsnaPsk;
}

/// AKM suite of an authentication algorithm on this network; 0: none.
Suite akm_of(const AccessPointSpec& network) {
  switch (network.security) {
    case Security::open:
      return 0;
    case Security::wpa2_psk:
    case Security::wpa2_wpa3_transition:
    case Security::ft_psk:
      return kAkmPsk;
    case Security::wpa2_psk_sha256:
      return kAkmPskSha256;
    case Security::wpa2_enterprise:
    case Security::ft_enterprise:
      return kAkm8021x;
    case Security::wpa2_enterprise_sha256:
      return kAkm8021xSha256;
    case Security::wpa3_sae:
    case Security::ft_sae:
      return kAkmSae;
    case Security::owe:
      return kAkmOwe;
    case Security::suite_b_192:
      return kAkm8021xSuiteB192;
  }
  return 0;
}

std::uint32_t cipher_of(Suite suite) {
  return suite & 0xffU;
}

}  // namespace

nlohmann::json ihv_capabilities(const AccessPointSpec& network) {
  std::vector<std::uint32_t> ciphers;
  if (network.security == Security::open) {
    ciphers = {kCipherNone};
  } else {
    ciphers = {cipher_of(network.pairwise), cipher_of(network.group)};
    if (const auto management = ihv_management_cipher(network); management != 0) {
      ciphers.push_back(management);
    }
    std::sort(ciphers.begin(), ciphers.end());
    ciphers.erase(std::unique(ciphers.begin(), ciphers.end()), ciphers.end());
  }
  return {{"auth", {auth_of(network.security)}}, {"ciphers", ciphers}};
}

std::uint32_t ihv_management_cipher(const AccessPointSpec& network) {
  return network.pmf == Pmf::required ? cipher_of(network.group_management) : 0;
}

std::optional<Suite> suite_of_cipher(std::uint32_t cipher) {
  if (cipher == kCipherNone || cipher > kLastStandardCipher) {
    return std::nullopt;
  }
  return kIeee | cipher;
}

Result<JoinRequest> join_request(const AccessPointSpec& network, const IhvAlgorithms& chosen,
                                 FoundBss bss) {
  JoinRequest join;
  join.ssid = network.ssid;
  join.bss = std::move(bss);
  const bool own_auth = chosen.auth >= kOwnRange || chosen.auth == 0;
  if (chosen.auth == kAuthOpen || (own_auth && network.security == Security::open)) {
    return join;
  }
  if (!own_auth && chosen.auth != auth_of(network.security)) {
    return Error{Fault::lab,
                 fmt::format("the module chose authentication algorithm {}, which the network does "
                             "not have",
                             chosen.auth),
                 {}};
  }
  const auto suite = [](std::uint32_t cipher, Suite network_has) {
    return cipher >= kOwnRange || cipher == 0 ? std::optional(network_has)
                                              : suite_of_cipher(cipher);
  };
  const auto pairwise = suite(chosen.unicast, network.pairwise);
  const auto group = suite(chosen.multicast, network.group);
  if (!pairwise || !group) {
    return Error{
        Fault::lab,
        fmt::format("the module chose the ciphers {} and {}, which the radio does not have",
                    chosen.unicast, chosen.multicast),
        {}};
  }
  join.akm = akm_of(network);
  join.pairwise = *pairwise;
  join.group = *group;
  join.management_protection = network.pmf == Pmf::required;
  Rsne rsne;
  rsne.version = 1;
  rsne.group_cipher = join.group;
  rsne.pairwise_ciphers = {join.pairwise};
  rsne.akms = {join.akm};
  rsne.capabilities = 0;
  if (join.management_protection) {
    rsne.capabilities = kMfpCapable | kMfpRequired;
    rsne.group_management_cipher = network.group_management;
  }
  join.elements = build_rsne(rsne);
  return join;
}

Bytes key_for_radio(Suite cipher, Bytes key) {
  if (cipher == kCipherTkip && key.size() == kTkipKey) {
    std::rotate(key.begin() + 16, key.begin() + 24, key.end());
  }
  return key;
}

std::string security_xml(const Secrets& secrets, bool with_key) {
  const std::string key = with_key && !secrets.station_pmk.empty()
                              ? fmt::format("<psk>{}</psk>", to_hex(secrets.station_pmk))
                              : "";
  return fmt::format("<IHVSecurity xmlns=\"urn:postassoc:ihv\">{}</IHVSecurity>", key);
}

}  // namespace postassoc
