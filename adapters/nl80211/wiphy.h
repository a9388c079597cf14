#pragma once

#include <linux/nl80211.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/frames/mac_address.h"
#include "harness/run/namespace.h"

namespace postassoc {

class Attributes;

struct WirelessInterface {
  int index = 0;
  std::string name;
  nl80211_iftype type = NL80211_IFTYPE_UNSPECIFIED;
  MacAddress mac;
};

/// Of a message about an interface; nothing if it is none, or has no network interface.
std::optional<WirelessInterface> read_interface(const Attributes& attributes);

/// A radio as nl80211 and sysfs describe it.
struct Wiphy {
  std::uint32_t index = 0;
  std::string name;      ///< "phy0"
  MacAddress mac;        ///< permanent address; zero where sysfs doesn't show this radio
  std::string driver;    ///< "mac80211_hwsim", "mt76x2u"; empty if unknown
  std::string usb_path;  ///< "1-1.4"; empty: not a USB device
  std::vector<WirelessInterface> interfaces;
  std::vector<int> frequencies_mhz;  ///< of the channels that may be used
  bool supports_station = false;
  bool supports_access_point = false;
  bool supports_monitor = false;
  bool control_port_over_nl80211 = false;       ///< EAPOL bypasses the network interface
  bool four_way_handshake_offload_psk = false;  ///< the driver answers message 1 itself
};

/// One line for messages: "phy0 (mac80211_hwsim, 02:00:00:00:00:00, wlan0)".
std::string to_string(const Wiphy& wiphy);

/// The radios of a namespace, by index. An Error if the kernel has no nl80211.
Result<std::vector<Wiphy>> list_wiphys(const NetworkNamespace& where = {});

}  // namespace postassoc
