#include "adapters/hostapd/hostapd_conf.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "harness/frames/bytes.h"

namespace postassoc {
namespace {

constexpr std::size_t kLongestSsid = 32;
constexpr int kLastChannelOf2GHz = 14;
/// Options that are the harness's own, or secrets: the file is evidence.
constexpr std::array<std::string_view, 10> kOwnOptions = {
    "interface",      "driver",       "ctrl_interface", "ctrl_interface_group", "ssid",
    "wpa_passphrase", "wpa_psk_file", "wpa_psk",        "sae_password",         "bss"};

int ieee80211w(Pmf pmf) {
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

std::string security_lines(const AccessPointSpec& spec, const std::filesystem::path& psk_file) {
  const auto rsn = [&](std::string_view key_mgmt) {
    return fmt::format(
        "wpa=2\nwpa_key_mgmt={}\nrsn_pairwise=CCMP\nieee80211w={}\nwpa_psk_file={}\n", key_mgmt,
        ieee80211w(spec.pmf), psk_file.string());
  };
  switch (spec.security) {
    case Security::open:
      return "wpa=0\n";
    case Security::wpa2_psk:
      return rsn("WPA-PSK");
    case Security::wpa2_psk_sha256:
      return rsn("WPA-PSK-SHA256");
  }
  return {};
}

Result<> check_option(const std::string& option) {
  const auto equals = option.find('=');
  const auto bad = [](char c) { return static_cast<unsigned char>(c) < 0x20; };
  if (equals == std::string::npos || equals == 0 || option.front() == '#' ||
      std::any_of(option.begin(), option.end(), bad)) {
    return Error{Fault::invalid_input, "a hostapd option is one line \"key=value\"", option};
  }
  const auto key = option.substr(0, equals);
  if (std::find(kOwnOptions.begin(), kOwnOptions.end(), key) != kOwnOptions.end()) {
    return Error{Fault::invalid_input, "the harness sets this hostapd option itself", key};
  }
  return {};
}

}  // namespace

Result<std::string> hostapd_conf(const AccessPointSpec& spec, const std::string& interface,
                                 const std::filesystem::path& control_directory,
                                 const std::filesystem::path& psk_file) {
  if (spec.ssid.empty() || spec.ssid.size() > kLongestSsid) {
    return Error{Fault::invalid_input, "an SSID has 1 to 32 octets", spec.ssid};
  }
  // ssid2 in hexadecimal digits: no octet of an SSID means anything to the file's syntax.
  std::string text = fmt::format(
      "interface={}\ndriver=nl80211\nctrl_interface={}\nssid2={}\nhw_mode={}\nchannel={}\n"
      "beacon_int={}\n",
      interface, control_directory.string(), to_hex(as_bytes(spec.ssid)),
      spec.channel <= kLastChannelOf2GHz ? 'g' : 'a', spec.channel, spec.beacon_interval_tu);
  text += security_lines(spec, psk_file);
  for (const std::string& option : spec.hostapd_options) {
    if (auto checked = check_option(option); !checked) {
      return checked.error();
    }
    text += option + "\n";
  }
  return text;
}

std::string hostapd_psk_file(ByteView pmk) {
  return "00:00:00:00:00:00 " + to_hex(pmk) + "\n";
}

}  // namespace postassoc
