#include "harness/run/injection_frames.h"

#include <array>

#include "harness/frames/build.h"
#include "harness/frames/byte_writer.h"
#include "harness/frames/msdu.h"

namespace postassoc {
namespace {

constexpr std::uint32_t kSourceIp = 0x0a4d004d;         // 10.77.0.77
constexpr std::uint32_t kStationIp = 0x0a4d0002;        // 10.77.0.2
constexpr std::uint32_t kSubnetBroadcast = 0x0a4d00ff;  // 10.77.0.255
constexpr std::uint16_t kSourcePort = 30077;
constexpr std::uint16_t kDiscardPort = 9;
constexpr std::uint8_t kProtocolUdp = 17;
constexpr std::uint8_t kHopLimit = 64;
constexpr std::size_t kUdpHeader = 8;
constexpr std::size_t kLongestTag = 64;
constexpr std::uint8_t kEapolAsfAlert = 4;  // IEEE 802.1X, 11.3.2
constexpr MacAddress kPaeGroup{{0x01, 0x80, 0xc2, 0x00, 0x00, 0x03}};

/// The Internet checksum (RFC 1071) of some fields one after the other.
std::uint16_t internet_checksum(ByteView bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); i += 2) {
    const auto high = std::to_integer<std::uint32_t>(bytes[i]);
    const auto low = i + 1 < bytes.size() ? std::to_integer<std::uint32_t>(bytes[i + 1]) : 0U;
    sum += high << 8 | low;
  }
  while (sum > 0xffff) {
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return static_cast<std::uint16_t>(~sum);
}

/// A UDP datagram. `addresses`: both IP addresses, as the pseudo header has them.
Bytes udp_datagram(ByteView addresses, ByteView payload) {
  const auto length = static_cast<std::uint16_t>(kUdpHeader + payload.size());
  const auto build = [&](std::uint16_t checksum) {
    return ByteWriter()
        .be16(kSourcePort)
        .be16(kDiscardPort)
        .be16(length)
        .be16(checksum)
        .bytes(payload)
        .take();
  };
  const Bytes pseudo =
      ByteWriter().bytes(addresses).be16(kProtocolUdp).be16(length).bytes(build(0)).take();
  const auto sum = internet_checksum(pseudo);
  return build(sum == 0 ? 0xffff : sum);
}

Bytes ipv4_udp(std::uint32_t destination, ByteView payload) {
  const Bytes addresses = ByteWriter().be32(kSourceIp).be32(destination).take();
  const Bytes udp = udp_datagram(addresses, payload);
  const auto build = [&](std::uint16_t checksum) {
    return ByteWriter()
        .u8(0x45)
        .u8(0)
        .be16(static_cast<std::uint16_t>(20 + udp.size()))
        .be32(0)  // identification, flags, fragment offset
        .u8(kHopLimit)
        .u8(kProtocolUdp)
        .be16(checksum)
        .bytes(addresses)
        .take();
  };
  return ByteWriter().bytes(build(internet_checksum(build(0)))).bytes(udp).take();
}

/// fe80::/64 and the modified EUI-64 (RFC 4291, appendix A).
Bytes link_local(const MacAddress& mac) {
  const auto& o = mac.octets;
  return ByteWriter()
      .be16(0xfe80)
      .zeros(6)
      .u8(o[0] ^ 0x02)
      .u8(o[1])
      .u8(o[2])
      .be16(0xfffe)
      .u8(o[3])
      .u8(o[4])
      .u8(o[5])
      .take();
}

Bytes ipv6_udp(const Bytes& destination, ByteView payload) {
  const Bytes addresses = ByteWriter().bytes(link_local(kInjectedSource)).bytes(destination).take();
  const Bytes udp = udp_datagram(addresses, payload);
  return ByteWriter()
      .be32(0x60000000)
      .be16(static_cast<std::uint16_t>(udp.size()))
      .u8(kProtocolUdp)
      .u8(kHopLimit)
      .bytes(addresses)
      .bytes(udp)
      .take();
}

Bytes arp_request(ByteView trailer) {
  return ByteWriter()
      .be16(1)  // Ethernet
      .be16(kEthertypeIpv4)
      .u8(6)
      .u8(4)
      .be16(1)  // request
      .address(kInjectedSource)
      .be32(kSourceIp)
      .zeros(6)
      .be32(kStationIp)
      .bytes(trailer)
      .take();
}

Bytes eapol_alert(ByteView body) {
  return ByteWriter()
      .u8(2)
      .u8(kEapolAsfAlert)
      .be16(static_cast<std::uint16_t>(body.size()))
      .bytes(body)
      .take();
}

Bytes llc_and_payload(const InjectionFrame& frame, ByteView tag) {
  switch (frame.kind) {
    case step::FrameKind::udp:
      return build_llc_snap(kEthertypeIpv4,
                            ipv4_udp(frame.to_group ? kSubnetBroadcast : kStationIp, tag));
    case step::FrameKind::arp:
      return build_llc_snap(kEthertypeArp, arp_request(tag));
    case step::FrameKind::ipv6: {
      const Bytes all_nodes = ByteWriter().be16(0xff02).zeros(13).u8(1).take();
      return build_llc_snap(kEthertypeIpv6,
                            ipv6_udp(frame.to_group ? all_nodes : link_local(frame.station), tag));
    }
    case step::FrameKind::eapol:
      return build_llc_snap(kEthertypeEapol, eapol_alert(tag));
  }
  return {};
}

}  // namespace

std::string_view to_string(step::FrameKind kind) {
  switch (kind) {
    case step::FrameKind::udp:
      return "udp";
    case step::FrameKind::arp:
      return "arp";
    case step::FrameKind::ipv6:
      return "ipv6";
    case step::FrameKind::eapol:
      return "eapol";
  }
  return "?";
}

Bytes build_injection_frame(const InjectionFrame& frame) {
  const bool eapol = frame.kind == step::FrameKind::eapol;
  DataHeader header;
  header.from_ds = true;
  header.bssid = frame.bssid;
  header.sa = eapol ? frame.bssid : kInjectedSource;
  header.da = frame.station;
  if (frame.to_group) {
    header.da = eapol ? kPaeGroup : kBroadcast;
  }
  header.sequence_number = frame.sequence_number & 0x0fffU;
  const ByteView tag = as_bytes(frame.tag).first(std::min(frame.tag.size(), kLongestTag));
  return build_data_frame(header, llc_and_payload(frame, tag));
}

}  // namespace postassoc
