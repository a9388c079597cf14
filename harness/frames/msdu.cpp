#include "harness/frames/msdu.h"

#include <algorithm>

#include "harness/frames/byte_reader.h"
#include "harness/frames/link_type.h"
#include "harness/frames/malformed.h"

namespace postassoc {
namespace {

constexpr std::size_t kLlcSnapSize = 8;
constexpr std::uint32_t kLlcSnapUi = 0xaaaa03;
constexpr std::uint32_t kOuiRfc1042 = 0x000000;
constexpr std::uint32_t kOuiBridgeTunnel = 0x0000f8;
constexpr std::uint16_t kEthertypeVlan = 0x8100;
constexpr std::uint16_t kSmallestEthertype = 0x0600;

Msdu with_llc(const MacAddress& da, const MacAddress& sa, ByteView body) {
  ByteReader reader(body);
  const std::uint32_t llc = reader.be24();
  const std::uint32_t oui = reader.be24();
  const std::uint16_t ethertype = reader.be16();
  const bool snap =
      reader.ok() && llc == kLlcSnapUi && (oui == kOuiRfc1042 || oui == kOuiBridgeTunnel);
  if (!snap) {
    return {da, sa, 0, body};
  }
  return {da, sa, ethertype, body.subspan(kLlcSnapSize)};
}

Result<std::vector<Msdu>> parse_amsdu(ByteView body) {
  std::vector<Msdu> msdus;
  ByteReader reader(body);
  while (reader.left() > 3) {  // less can only be padding after the last subframe
    const std::size_t start = reader.offset();
    const MacAddress da = MacAddress::from(reader.array<6>());
    const MacAddress sa = MacAddress::from(reader.array<6>());
    const ByteView msdu = reader.bytes(reader.be16());
    if (!reader.ok()) {
      return malformed("A-MSDU", "subframe " + std::to_string(msdus.size() + 1) +
                                     " does not fit into the body's " +
                                     std::to_string(body.size()) + " octets");
    }
    msdus.push_back(with_llc(da, sa, msdu));
    const std::size_t padding = (4 - (reader.offset() - start) % 4) % 4;
    reader.skip(std::min(padding, reader.left()));
  }
  return msdus;
}

/// What follows a cooked header; `reader` stands behind it. Values below 0x600 are no ethertypes.
Result<Msdu> cooked(const ByteReader& reader, unsigned packet_type, unsigned address_length,
                    const std::array<std::byte, 8>& address, std::uint16_t protocol) {
  constexpr unsigned kBroadcastPacket = 1;
  if (!reader.ok()) {
    return malformed("cooked", "the header is cut off");
  }
  Msdu msdu;
  msdu.da = packet_type == kBroadcastPacket ? kBroadcast : MacAddress{};
  msdu.sa = address_length == 6 ? MacAddress::from(address) : MacAddress{};
  msdu.ethertype = protocol >= kSmallestEthertype ? protocol : std::uint16_t{0};
  msdu.payload = reader.rest();
  return msdu;
}

}  // namespace

Result<std::vector<Msdu>> parse_msdus(const Dot11& frame, ByteView plaintext_body) {
  if (!frame.is_data()) {
    return malformed("MSDU", "not a data frame");
  }
  if (frame.is_null_data()) {
    return std::vector<Msdu>{};
  }
  const bool fragment = frame.fragment_number > 0;
  if (!fragment && frame.qos_control && frame.qos_control->amsdu_present()) {
    return parse_amsdu(plaintext_body);
  }
  const MacAddress da = frame.da().value_or(MacAddress{});
  const MacAddress sa = frame.sa().value_or(MacAddress{});
  if (fragment) {
    return std::vector<Msdu>{{da, sa, 0, plaintext_body}};
  }
  return std::vector<Msdu>{with_llc(da, sa, plaintext_body)};
}

Result<Msdu> parse_ethernet(ByteView frame) {
  ByteReader reader(frame);
  Msdu msdu;
  msdu.da = MacAddress::from(reader.array<6>());
  msdu.sa = MacAddress::from(reader.array<6>());
  std::uint16_t type_or_length = reader.be16();
  if (type_or_length == kEthertypeVlan) {
    reader.skip(2);
    type_or_length = reader.be16();
  }
  if (!reader.ok()) {
    return malformed("Ethernet", "the header is cut off: the frame has " +
                                     std::to_string(frame.size()) + " octets");
  }
  if (type_or_length >= kSmallestEthertype) {
    msdu.ethertype = type_or_length;
    msdu.payload = reader.rest();
    return msdu;
  }
  const ByteView body = reader.bytes(type_or_length);
  if (!reader.ok()) {
    return malformed("Ethernet", "the 802.3 length is more than what was captured");
  }
  return with_llc(msdu.da, msdu.sa, body);
}

Result<Msdu> parse_cooked(ByteView frame) {
  ByteReader reader(frame);
  const std::uint16_t packet_type = reader.be16();
  reader.skip(2);  // ARPHRD type
  const std::uint16_t address_length = reader.be16();
  const auto address = reader.array<8>();
  const std::uint16_t protocol = reader.be16();
  return cooked(reader, packet_type, address_length, address, protocol);
}

Result<Msdu> parse_cooked2(ByteView frame) {
  ByteReader reader(frame);
  const std::uint16_t protocol = reader.be16();
  reader.skip(8);  // reserved, interface index, ARPHRD type
  const std::uint8_t packet_type = reader.u8();
  const std::uint8_t address_length = reader.u8();
  const auto address = reader.array<8>();
  return cooked(reader, packet_type, address_length, address, protocol);
}

Result<Msdu> parse_netdev_frame(int link_type, ByteView frame) {
  switch (link_type) {
    case kLinkTypeEthernet:
      return parse_ethernet(frame);
    case kLinkTypeCooked:
      return parse_cooked(frame);
    case kLinkTypeCooked2:
      return parse_cooked2(frame);
    default:
      return malformed("Ethernet", "link type " + std::to_string(link_type) +
                                       " is not that of a network interface");
  }
}

}  // namespace postassoc
