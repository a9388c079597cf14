#pragma once

#include <string>
#include <string_view>

#include "harness/scenario.h"

/// The words that hostapd and wpa_supplicant share in their configurations.
namespace postassoc {

/// "WPA-PSK SAE"; "NONE" for an open network.
std::string_view hostap_key_mgmt(Security security);
/// "CCMP", "GCMP-256", "AES-128-CMAC" ...; empty for a suite that is none of the scenario format.
std::string_view hostap_cipher(Suite cipher);
/// 0, 1, 2: ieee80211w.
int hostap_ieee80211w(Pmf pmf);

/// The user of the EAP server.
inline constexpr std::string_view kEapIdentity = "station";

}  // namespace postassoc
