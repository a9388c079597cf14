#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "harness/frames/build.h"
#include "harness/frames/bytes.h"
#include "harness/frames/mac_address.h"
#include "harness/scenario.h"

namespace postassoc {

/// Source of what is injected, where the frame's kind leaves the choice: a locally administered
/// address and an IP address that no host of the run has. (A receiver drops a packet from one of
/// its own addresses, and the positive control would fail.)
inline constexpr MacAddress kInjectedSource{{0x02, 0x00, 0x00, 0x00, 0xee, 0x01}};

/// A data frame in somebody's name, from DS unless it is the station's; what it carries and between
/// whom.
struct InjectionFrame {
  step::FrameKind kind = step::FrameKind::udp;  ///< no management frame
  bool to_group = false;                        ///< to the broadcast address instead of the station
  MacAddress bssid;                             ///< becomes TA, unless the sender is another
  MacAddress station;
  std::string tag;  ///< in the payload, so that a sink can tell this frame from all others; its
                    ///< first 64 characters are used
  std::uint16_t sequence_number = 0;  ///< 0 to 4095
  std::uint16_t ethertype = 0;        ///< of FrameKind::ethertype
  step::Sender sender = step::Sender::access_point;
  bool multicast = false;                   ///< of a group frame, see below
  bool unicast_payload = false;             ///< the packet of a group frame is for the station
  std::optional<MacAddress> receiver = {};  ///< RA, where it is to be another
  std::optional<MacAddress> source = {};    ///< SA, likewise
  bool tag_twice = false;  ///< again at the end, so that both of two fragments have one
};

/// LLC/SNAP and payload. IP and UDP checksums are right, so that nothing but its being unencrypted
/// speaks against the frame. By kind:
///   udp    from 10.77.0.77 to 10.77.0.2 (group: 10.77.0.255, multicast: 224.0.0.1; in the
///          station's name: 10.77.0.1), port 9 (discard), payload = tag
///   arp    a request of 10.77.0.77 for 10.77.0.2, the tag in the padding behind it
///   ipv6   UDP between link-local addresses (group: to all nodes), port 9, payload = tag
///   eapol  version 2, type 4 (Encapsulated-ASF-Alert), body = tag: EAPOL to the MAC, and nothing
///          that a supplicant acts on. SA = BSSID, as an authenticator sends it; group: to the PAE
///          group address instead of the broadcast address
///   preauth    an EAPOL PDU as above under the EtherType of pre-authentication
///   ethertype  the tag
Bytes build_injection_msdu(const InjectionFrame& frame);
/// The MAC header that goes with it, unprotected and not QoS.
DataHeader injection_header(const InjectionFrame& frame);
/// Both together, an unencrypted MPDU: no FCS.
Bytes build_injection_frame(const InjectionFrame& frame);
/// A management frame of the kind in the access point's name: deauthentication and disassociation
/// with reason 7, action with an SA Query request.
Bytes build_injection_management(const InjectionFrame& frame);

/// As in a scenario: "udp", "fragments_plain", "replayed", "access_point".
std::string_view to_string(step::FrameKind kind);
std::string_view to_string(step::FrameForm form);
std::string_view to_string(step::EapolVariant variant);
std::string_view to_string(step::Sender sender);

}  // namespace postassoc
