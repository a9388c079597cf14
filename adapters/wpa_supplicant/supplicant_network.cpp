#include "adapters/wpa_supplicant/supplicant_network.h"

#include "harness/channel.h"

namespace postassoc {
namespace {

std::string ieee80211w(Pmf pmf) {
  switch (pmf) {
    case Pmf::off:
      return "ieee80211w 0";
    case Pmf::optional:
      return "ieee80211w 1";
    case Pmf::required:
      return "ieee80211w 2";
  }
  return {};
}

std::string key_mgmt(Security security) {
  switch (security) {
    case Security::open:
      return "key_mgmt NONE";
    case Security::wpa2_psk:
      return "key_mgmt WPA-PSK";
    case Security::wpa2_psk_sha256:
      return "key_mgmt WPA-PSK-SHA256";
  }
  return {};
}

}  // namespace

std::string supplicant_conf(const std::filesystem::path& control_directory) {
  return "ctrl_interface=" + control_directory.string() +
         "\n"
         "update_config=0\n"
         "p2p_disabled=1\n";
}

Result<std::vector<std::string>> network_variables(const AccessPointSpec& spec,
                                                   const MacAddress& bssid, ByteView pmk) {
  const auto frequency = frequency_mhz(spec.channel);
  if (!frequency) {
    return frequency.error();
  }
  std::vector<std::string> variables = {
      "ssid " + to_hex(as_bytes(spec.ssid)),
      "bssid " + to_string(bssid),
      "scan_freq " + std::to_string(*frequency),
      key_mgmt(spec.security),
  };
  if (spec.security != Security::open) {
    variables.insert(variables.end(), {"proto RSN", "pairwise CCMP", "group CCMP",
                                       ieee80211w(spec.pmf), "psk " + to_hex(pmk)});
  }
  return variables;
}

}  // namespace postassoc
