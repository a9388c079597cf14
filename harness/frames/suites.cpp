#include "harness/frames/suites.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace postassoc {
namespace {

struct Name {
  Suite suite;
  std::string_view text;
};

constexpr std::array kCiphers{
    Name{kCipherUseGroup, "use-group"},
    Name{kCipherWep40, "WEP-40"},
    Name{kCipherTkip, "TKIP"},
    Name{kCipherCcmp128, "CCMP-128"},
    Name{kCipherWep104, "WEP-104"},
    Name{kCipherBipCmac128, "BIP-CMAC-128"},
    Name{kCipherGroupNotAllowed, "group-not-allowed"},
    Name{kCipherGcmp128, "GCMP-128"},
    Name{kCipherGcmp256, "GCMP-256"},
    Name{kCipherCcmp256, "CCMP-256"},
    Name{kCipherBipGmac128, "BIP-GMAC-128"},
    Name{kCipherBipGmac256, "BIP-GMAC-256"},
    Name{kCipherBipCmac256, "BIP-CMAC-256"},
};

constexpr std::array kAkms{
    Name{kAkm8021x, "802.1X"},
    Name{kAkmPsk, "PSK"},
    Name{kAkmFt8021x, "FT-802.1X"},
    Name{kAkmFtPsk, "FT-PSK"},
    Name{kAkm8021xSha256, "802.1X-SHA256"},
    Name{kAkmPskSha256, "PSK-SHA256"},
    Name{kAkmTdls, "TDLS"},
    Name{kAkmSae, "SAE"},
    Name{kAkmFtSae, "FT-SAE"},
    Name{kAkm8021xSuiteB, "802.1X-Suite-B"},
    Name{kAkm8021xSuiteB192, "802.1X-Suite-B-192"},
    Name{kAkmFt8021xSha384, "FT-802.1X-SHA384"},
    Name{kAkmFilsSha256, "FILS-SHA256"},
    Name{kAkmFilsSha384, "FILS-SHA384"},
    Name{kAkmOwe, "OWE"},
    Name{kAkmSaeExtKey, "SAE-EXT-KEY"},
    Name{kAkmFtSaeExtKey, "FT-SAE-EXT-KEY"},
};

template <std::size_t N>
std::string name_of(const std::array<Name, N>& names, Suite suite) {
  const auto found = std::find_if(names.begin(), names.end(),
                                  [suite](const Name& name) { return name.suite == suite; });
  if (found != names.end()) {
    return std::string(found->text);
  }
  return fmt::format("{:02x}-{:02x}-{:02x}:{}", suite >> 24, suite >> 16 & 0xffU,
                     suite >> 8 & 0xffU, suite & 0xffU);
}

}  // namespace

std::string cipher_to_string(Suite cipher) {
  return name_of(kCiphers, cipher);
}
std::string akm_to_string(Suite akm) {
  return name_of(kAkms, akm);
}

}  // namespace postassoc
