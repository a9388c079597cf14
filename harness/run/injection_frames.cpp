#include "harness/run/injection_frames.h"

#include <algorithm>

#include "harness/frames/byte_writer.h"
#include "harness/frames/dot11.h"
#include "harness/frames/msdu.h"
#include "harness/json_reader.h"
#include "harness/scenario_words.h"

namespace postassoc {
namespace {

constexpr std::uint32_t kSourceIp = 0x0a4d004d;         // 10.77.0.77
constexpr std::uint32_t kAccessPointIp = 0x0a4d0001;    // 10.77.0.1
constexpr std::uint32_t kStationIp = 0x0a4d0002;        // 10.77.0.2
constexpr std::uint32_t kSubnetBroadcast = 0x0a4d00ff;  // 10.77.0.255
constexpr std::uint32_t kAllHosts = 0xe0000001;         // 224.0.0.1
constexpr std::uint16_t kSourcePort = 30077;
constexpr std::uint16_t kDiscardPort = 9;
constexpr std::uint8_t kProtocolUdp = 17;
constexpr std::uint8_t kHopLimit = 64;
constexpr std::size_t kUdpHeader = 8;
constexpr std::size_t kLongestTag = 64;
constexpr std::uint8_t kEapolAsfAlert = 4;  // IEEE 802.1X, 11.3.2
constexpr MacAddress kPaeGroup{{0x01, 0x80, 0xc2, 0x00, 0x00, 0x03}};
constexpr MacAddress kIpv4AllHosts{{0x01, 0x00, 0x5e, 0x00, 0x00, 0x01}};
constexpr MacAddress kIpv6AllNodes{{0x33, 0x33, 0x00, 0x00, 0x00, 0x01}};
constexpr MacAddress kStranger{{0x02, 0x00, 0x00, 0x00, 0xee, 0x02}};
constexpr std::uint16_t kReason = 7;  ///< class 3 frame received from nonassociated station
constexpr std::uint8_t kSaQuery = 8;
constexpr std::uint8_t kSaQueryRequest = 0;
constexpr std::size_t kPadding = 32;  ///< between two tags: a fragment's border falls into it

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

std::uint32_t ip_destination(const InjectionFrame& frame) {
  if (frame.sender == step::Sender::station) {
    return kAccessPointIp;
  }
  if (!frame.to_group || frame.unicast_payload) {
    return kStationIp;
  }
  return frame.multicast ? kAllHosts : kSubnetBroadcast;
}

Bytes ipv6_destination(const InjectionFrame& frame) {
  if (frame.to_group && !frame.unicast_payload) {
    return ByteWriter().be16(0xff02).zeros(13).u8(1).take();
  }
  return link_local(frame.sender == step::Sender::station ? frame.bssid : frame.station);
}

Bytes payload_of(const InjectionFrame& frame) {
  const ByteView tag = as_bytes(frame.tag).first(std::min(frame.tag.size(), kLongestTag));
  ByteWriter payload;
  payload.bytes(tag);
  if (frame.tag_twice) {
    payload.zeros(kPadding).bytes(tag);
  }
  return payload.take();
}

MacAddress group_address(const InjectionFrame& frame) {
  if (frame.kind == step::FrameKind::eapol) {
    return kPaeGroup;
  }
  if (!frame.multicast) {
    return kBroadcast;
  }
  return frame.kind == step::FrameKind::ipv6 ? kIpv6AllNodes : kIpv4AllHosts;
}

}  // namespace

std::string_view to_string(step::FrameKind kind) {
  return word_for<step::FrameKind>(scenario_words::kFrame, kind);
}
std::string_view to_string(step::FrameForm form) {
  return word_for<step::FrameForm>(scenario_words::kForm, form);
}
std::string_view to_string(step::EapolVariant variant) {
  return word_for<step::EapolVariant>(scenario_words::kVariant, variant);
}
std::string_view to_string(step::Sender sender) {
  return word_for<step::Sender>(scenario_words::kSender, sender);
}

Bytes build_injection_msdu(const InjectionFrame& frame) {
  const Bytes payload = payload_of(frame);
  switch (frame.kind) {
    case step::FrameKind::udp:
      return build_llc_snap(kEthertypeIpv4, ipv4_udp(ip_destination(frame), payload));
    case step::FrameKind::arp:
      return build_llc_snap(kEthertypeArp, arp_request(payload));
    case step::FrameKind::ipv6:
      return build_llc_snap(kEthertypeIpv6, ipv6_udp(ipv6_destination(frame), payload));
    case step::FrameKind::eapol:
      return build_llc_snap(kEthertypeEapol, eapol_alert(payload));
    case step::FrameKind::preauth:
      return build_llc_snap(kEthertypeRsnPreauth, eapol_alert(payload));
    case step::FrameKind::ethertype:
      return build_llc_snap(frame.ethertype, payload);
    case step::FrameKind::deauthentication:
    case step::FrameKind::disassociation:
    case step::FrameKind::action:
      return {};  // no data
  }
  return {};
}

DataHeader injection_header(const InjectionFrame& frame) {
  const bool from_station = frame.sender == step::Sender::station;
  DataHeader header;
  header.from_ds = !from_station;
  header.to_ds = from_station;
  header.bssid = frame.sender == step::Sender::stranger ? kStranger : frame.bssid;
  header.da = frame.to_group ? group_address(frame) : frame.station;
  header.sa = frame.kind == step::FrameKind::eapol ? frame.bssid : kInjectedSource;
  if (from_station) {
    header.da = frame.bssid;
    header.sa = frame.station;
  }
  header.da = frame.receiver.value_or(header.da);
  header.sa = frame.source.value_or(header.sa);
  header.sequence_number = frame.sequence_number & 0x0fffU;
  return header;
}

Bytes build_injection_frame(const InjectionFrame& frame) {
  return build_data_frame(injection_header(frame), build_injection_msdu(frame));
}

Bytes build_injection_management(const InjectionFrame& frame) {
  const MacAddress ra = frame.receiver.value_or(frame.to_group ? kBroadcast : frame.station);
  ByteWriter body;
  std::uint8_t subtype = kAction;
  if (frame.kind == step::FrameKind::action) {
    body.u8(kSaQuery).u8(kSaQueryRequest).le16(frame.sequence_number);
  } else {
    subtype = frame.kind == step::FrameKind::deauthentication ? kDeauthentication : kDisassociation;
    body.le16(kReason);
  }
  return build_management_frame(subtype, ra, frame.bssid, frame.bssid,
                                frame.sequence_number & 0x0fffU, body.take());
}

}  // namespace postassoc
