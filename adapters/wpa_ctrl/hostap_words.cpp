#include "adapters/wpa_ctrl/hostap_words.h"

#include <algorithm>
#include <array>
#include <utility>

namespace postassoc {
namespace {

constexpr std::array kCiphers = {
    std::pair(kCipherTkip, std::string_view("TKIP")),
    std::pair(kCipherCcmp128, std::string_view("CCMP")),
    std::pair(kCipherGcmp128, std::string_view("GCMP")),
    std::pair(kCipherGcmp256, std::string_view("GCMP-256")),
    std::pair(kCipherCcmp256, std::string_view("CCMP-256")),
    std::pair(kCipherBipCmac128, std::string_view("AES-128-CMAC")),
    std::pair(kCipherBipGmac128, std::string_view("BIP-GMAC-128")),
    std::pair(kCipherBipGmac256, std::string_view("BIP-GMAC-256")),
    std::pair(kCipherBipCmac256, std::string_view("BIP-CMAC-256")),
};

}  // namespace

std::string_view hostap_key_mgmt(Security security) {
  switch (security) {
    case Security::open:
      return "NONE";
    case Security::wpa2_psk:
      return "WPA-PSK";
    case Security::wpa2_psk_sha256:
      return "WPA-PSK-SHA256";
    case Security::wpa3_sae:
      return "SAE";
    case Security::wpa2_wpa3_transition:
      return "WPA-PSK SAE";
    case Security::owe:
      return "OWE";
    case Security::ft_psk:
      return "FT-PSK";
    case Security::ft_sae:
      return "FT-SAE";
    case Security::wpa2_enterprise:
      return "WPA-EAP";
    case Security::wpa2_enterprise_sha256:
      return "WPA-EAP-SHA256";
    case Security::ft_enterprise:
      return "FT-EAP";
    case Security::suite_b_192:
      return "WPA-EAP-SUITE-B-192";
  }
  return {};
}

std::string_view hostap_cipher(Suite cipher) {
  const auto found = std::find_if(kCiphers.begin(), kCiphers.end(),
                                  [cipher](const auto& known) { return known.first == cipher; });
  return found == kCiphers.end() ? std::string_view() : found->second;
}

int hostap_ieee80211w(Pmf pmf) {
  switch (pmf) {
    case Pmf::off:
      return 0;
    case Pmf::optional:
      return 1;
    case Pmf::required:
      return 2;
  }
  return 0;
}

}  // namespace postassoc
