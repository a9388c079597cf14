#include "harness/frames/link_header.h"

#include <gtest/gtest.h>

#include "harness/frames/air_frame.h"
#include "harness/frames/build.h"
#include "harness/frames/byte_writer.h"
#include "harness/frames/link_type.h"
#include "harness/frames/msdu.h"

namespace postassoc {
namespace {

Bytes hex(std::string_view text) {
  return from_hex(text).value();
}

/// A PPI header with a GPS field of three octets and the 802.11-Common field.
Bytes ppi(std::uint16_t flags, std::uint32_t link_type = 105) {
  const Bytes fields = ByteWriter()
                           .le16(30002)
                           .le16(3)
                           .zeros(3)
                           .le16(2)
                           .le16(20)
                           .le64(123456)
                           .le16(flags)
                           .zeros(10)
                           .take();
  return ByteWriter()
      .u8(0)
      .u8(0)
      .le16(static_cast<std::uint16_t>(8 + fields.size()))
      .le32(link_type)
      .bytes(fields)
      .take();
}

TEST(LinkHeader, OfPpiTellsOfTheFcs) {
  const Bytes ack = build_ack({{2, 0, 0, 0, 0, 1}});
  const Bytes with_fcs = ByteWriter().bytes(ppi(1)).bytes(ack).zeros(4).take();
  const auto frame = parse_air_frame(kLinkTypePpi, with_fcs);
  ASSERT_TRUE(frame.has_value()) << to_string(frame.error());
  EXPECT_TRUE(frame->link.has_fcs);
  EXPECT_FALSE(frame->link.bad_fcs);
  EXPECT_FALSE(frame->link.radiotap.has_value());
  EXPECT_EQ(frame->link.length, 39U);
  EXPECT_TRUE(frame->dot11.is_ack());
  EXPECT_TRUE(frame->dot11.body.empty());
  EXPECT_TRUE(parse_link_header(kLinkTypePpi, ppi(5))->bad_fcs);
  EXPECT_FALSE(parse_link_header(kLinkTypePpi, ppi(0))->has_fcs);
}

TEST(LinkHeader, OfPpiIsRefusedWhereItDoesNotFit) {
  const Bytes whole = ppi(1);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(parse_link_header(kLinkTypePpi, ByteView(whole).first(length)).has_value());
  }
  EXPECT_FALSE(parse_link_header(kLinkTypePpi, ppi(0, 1)).has_value());
  Bytes long_field = whole;
  long_field[10] = std::byte{0xff};
  EXPECT_FALSE(parse_link_header(kLinkTypePpi, long_field).has_value());
}

TEST(LinkHeader, OfPrismAndAvsIsSteppedOver) {
  const Bytes ack = build_ack({});
  const Bytes prism = ByteWriter().le32(0x44).le32(144).zeros(136).bytes(ack).take();
  EXPECT_TRUE(parse_air_frame(kLinkTypePrism, prism)->dot11.is_ack());
  const Bytes avs = ByteWriter().be32(0x80211001).be32(64).zeros(56).bytes(ack).take();
  EXPECT_TRUE(parse_air_frame(kLinkTypeAvs, avs)->dot11.is_ack());
  EXPECT_TRUE(parse_air_frame(kLinkTypePrism, avs)->dot11.is_ack());
  EXPECT_FALSE(parse_air_frame(kLinkTypePrism, ByteView(prism).first(100)).has_value());
}

TEST(LinkHeader, IsNoneOfANetdev) {
  EXPECT_FALSE(parse_link_header(kLinkTypeEthernet, Bytes(64)).has_value());
  EXPECT_FALSE(parse_netdev_frame(kLinkTypeRadiotap, Bytes(64)).has_value());
}

TEST(LinkHeader, DoesNotTakeAnFcsFromAFrameThatWasCut) {
  const Bytes body = hex("30313233");
  const Bytes frame =
      ByteWriter().bytes(build_capture_radiotap(1, 0x10)).bytes(build_data_frame({}, body)).take();
  EXPECT_EQ(parse_air_frame(kLinkTypeRadiotap, frame, false)->dot11.body.size(), 4U);
  EXPECT_TRUE(parse_air_frame(kLinkTypeRadiotap, frame, true)->dot11.body.empty());
}

TEST(Cooked, IsReadWithoutADestination) {
  const Bytes unicast = hex("0000 0001 0006 020000000100 0000 888e 02030000");
  const auto eapol = parse_netdev_frame(kLinkTypeCooked, unicast);
  ASSERT_TRUE(eapol.has_value());
  EXPECT_EQ(eapol->ethertype, kEthertypeEapol);
  EXPECT_EQ(to_string(eapol->sa), "02:00:00:00:01:00");
  EXPECT_EQ(eapol->da, MacAddress{});
  EXPECT_EQ(to_hex(eapol->payload), "02030000");
  const Bytes arp = hex("0806 0000 00000003 0001 01 06 020000000100 0000 0102");
  const auto broadcast = parse_netdev_frame(kLinkTypeCooked2, arp);
  ASSERT_TRUE(broadcast.has_value());
  EXPECT_EQ(broadcast->da, kBroadcast);
  EXPECT_EQ(broadcast->ethertype, kEthertypeArp);
  EXPECT_EQ(broadcast->payload.size(), 2U);
  EXPECT_FALSE(parse_cooked(Bytes(15)).has_value());
  EXPECT_FALSE(parse_cooked2(Bytes(19)).has_value());
}

}  // namespace
}  // namespace postassoc
