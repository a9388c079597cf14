#pragma once

#include <cstdint>
#include <vector>

#include "harness/frames/bytes.h"
#include "harness/frames/dot11.h"
#include "harness/frames/mac_address.h"
#include "harness/result.h"

namespace postassoc {

inline constexpr std::uint16_t kEthertypeIpv4 = 0x0800;
inline constexpr std::uint16_t kEthertypeArp = 0x0806;
inline constexpr std::uint16_t kEthertypeIpv6 = 0x86dd;
inline constexpr std::uint16_t kEthertypeEapol = 0x888e;
inline constexpr std::uint16_t kEthertypeRsnPreauth = 0x88c7;

/// What the MAC carries for the layer above. The payload points into the bytes that were parsed.
struct Msdu {
  MacAddress da;
  MacAddress sa;
  std::uint16_t ethertype =
      0;             ///< 0: not LLC/SNAP (RFC 1042 or bridge tunnel); payload is all of it
  ByteView payload;  ///< after LLC/SNAP
};

/// The MSDUs of a data frame: one, or the subframes of an A-MSDU (9.3.2.2); none for Null frames.
/// `plaintext_body` is `frame.body` of an unprotected frame, or what decryption returned. A
/// fragment other than the first comes back as one MSDU with ethertype 0. An Error for what is not
/// a data frame and for an A-MSDU subframe that does not fit. Mesh Control fields are not looked
/// for.
Result<std::vector<Msdu>> parse_msdus(const Dot11& frame, ByteView plaintext_body);

/// A DIX or 802.3 frame, of a capture with link type Ethernet. One VLAN tag is stepped over.
Result<Msdu> parse_ethernet(ByteView frame);

/// A Linux cooked frame (LINUX_SLL, LINUX_SLL2), which has no destination address: `da` is
/// broadcast for a broadcast, else zero.
Result<Msdu> parse_cooked(ByteView frame);
Result<Msdu> parse_cooked2(ByteView frame);

/// A frame of a capture whose link type `is_of_a_netdev`; an Error for any other.
Result<Msdu> parse_netdev_frame(int link_type, ByteView frame);

}  // namespace postassoc
