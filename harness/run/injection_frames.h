#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "harness/frames/bytes.h"
#include "harness/frames/mac_address.h"
#include "harness/scenario.h"

namespace postassoc {

/// Source of what is injected, where the frame's kind leaves the choice: a locally administered
/// address and an IP address that no host of the run has. (A receiver drops a packet from one of
/// its own addresses, and the positive control would fail.)
inline constexpr MacAddress kInjectedSource{{0x02, 0x00, 0x00, 0x00, 0xee, 0x01}};

/// An unencrypted data frame in the access point's name: from DS, not QoS.
struct InjectionFrame {
  step::FrameKind kind = step::FrameKind::udp;
  bool to_group = false;  ///< to the broadcast address instead of the station
  MacAddress bssid;       ///< becomes TA
  MacAddress station;
  std::string tag;  ///< in the payload, so that a sink can tell this frame from all others; its
                    ///< first 64 characters are used
  std::uint16_t sequence_number = 0;  ///< 0 to 4095
};

/// The MPDU: 802.11 header, LLC/SNAP and payload, no FCS. IP and UDP checksums are right, so that
/// nothing but its being unencrypted speaks against the frame. By kind:
///   udp    from 10.77.0.77 to 10.77.0.2 (group: 10.77.0.255), port 9 (discard), payload = tag
///   arp    a request of 10.77.0.77 for 10.77.0.2, the tag in the padding behind it
///   ipv6   UDP between link-local addresses (group: to all nodes), port 9, payload = tag
///   eapol  version 2, type 4 (Encapsulated-ASF-Alert), body = tag: EAPOL to the MAC, and nothing
///          that a supplicant acts on. SA = BSSID, as an authenticator sends it; group: to the PAE
///          group address instead of the broadcast address
Bytes build_injection_frame(const InjectionFrame& frame);

/// "udp", "arp", "ipv6", "eapol".
std::string_view to_string(step::FrameKind kind);

}  // namespace postassoc
