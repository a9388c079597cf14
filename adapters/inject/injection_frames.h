#pragma once

#include <string>

#include "harness/frames/bytes.h"
#include "harness/frames/mac_address.h"
#include "harness/scenario.h"

namespace postassoc {

/// Source of what is injected, where the frame's kind lets us choose: a locally administered
/// address and an IP address that no host of the run has. (A receiver drops a packet from one of
/// its own addresses, and the positive control would fail.)
inline constexpr MacAddress kInjectedSource{{0x02, 0x00, 0x00, 0x00, 0xee, 0x01}};

/// An unencrypted data frame in the access point's name: from DS, TA = BSSID, non-QoS.
struct InjectedFrame {
  step::FrameKind kind = step::FrameKind::udp;
  bool to_group = false;  ///< RA is a group address instead of the station
  MacAddress bssid;
  MacAddress station;
  std::string tag;                    ///< "pa:<nonce>:<number>;", at most 64 characters are used
  std::uint16_t sequence_number = 0;  ///< 0 to 4095
};

/// 802.11 header and body, no radiotap, no FCS. By kind:
///   udp    UDP from 10.77.0.77 to 10.77.0.2 (group: 10.77.0.255), port 9 (discard), payload = tag
///   arp    a request of 10.77.0.77 for 10.77.0.2, the tag in the padding behind it
///   ipv6   UDP between link-local addresses (group: to all nodes), port 9, payload = tag
///   eapol  version 2, type 4 (Encapsulated-ASF-Alert), body = tag: EAPOL to the MAC, and nothing
///          that a supplicant acts on. SA = BSSID, as an authenticator sends it; group: the PAE
///          group address
/// Group frames of the other kinds go to the broadcast address. IP and UDP checksums are right.
Bytes build_injected_frame(const InjectedFrame& frame);

}  // namespace postassoc
