#pragma once

#include <string>
#include <string_view>

#include "harness/frames/bytes.h"
#include "harness/frames/mac_address.h"
#include "harness/scenario.h"

namespace postassoc {

/// An unencrypted data frame in the access point's name.
struct InjectionFrame {
  step::FrameKind kind = step::FrameKind::udp;
  bool to_group = false;  ///< to the broadcast address instead of the station
  MacAddress bssid;       ///< becomes TA
  MacAddress station;
  std::string tag;        ///< in the payload, so that a sink can tell this frame from all others
};

/// The MPDU: 802.11 header, LLC/SNAP and payload, no FCS.
Bytes build_injection_frame(const InjectionFrame& frame);

/// "udp", "arp", "ipv6", "eapol".
std::string_view to_string(step::FrameKind kind);

}  // namespace postassoc
