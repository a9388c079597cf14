#pragma once

namespace postassoc {

/// Link types of a capture (tcpdump.org/linktypes), as the file and `CaptureFile` number them.
inline constexpr int kLinkTypeEthernet = 1;
inline constexpr int kLinkTypeDot11 = 105;
inline constexpr int kLinkTypeCooked = 113;
inline constexpr int kLinkTypePrism = 119;
inline constexpr int kLinkTypeRadiotap = 127;
inline constexpr int kLinkTypeAvs = 163;
inline constexpr int kLinkTypePpi = 192;
inline constexpr int kLinkTypeCooked2 = 276;

/// Whether the capture is one of the air: `parse_air_frame` reads its frames.
constexpr bool carries_dot11(int link_type) {
  return link_type == kLinkTypeDot11 || link_type == kLinkTypePrism ||
         link_type == kLinkTypeRadiotap || link_type == kLinkTypeAvs || link_type == kLinkTypePpi;
}

/// Whether it is one of a network interface: `parse_netdev_frame` reads its frames.
constexpr bool is_of_a_netdev(int link_type) {
  return link_type == kLinkTypeEthernet || link_type == kLinkTypeCooked ||
         link_type == kLinkTypeCooked2;
}

/// "802.11 with radiotap", "Ethernet", ...; a number for what is not known here.
const char* link_type_to_string(int link_type);

}  // namespace postassoc
