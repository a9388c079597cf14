#include "harness/frames/msdu.h"

#include <gtest/gtest.h>

#include "harness/frames/build.h"
#include "harness/frames/byte_writer.h"

namespace postassoc {
namespace {

const MacAddress kA{{2, 0, 0, 0, 0, 0xa}};
const MacAddress kB{{2, 0, 0, 0, 0, 0xb}};
const MacAddress kBssid{{2, 0, 0, 0, 0, 0}};

Bytes hex(std::string_view text) {
  return from_hex(text).value();
}

DataHeader header(std::optional<std::uint16_t> qos = std::nullopt) {
  DataHeader data;
  data.from_ds = true;
  data.bssid = kBssid;
  data.da = kA;
  data.sa = kB;
  data.qos_control = qos;
  return data;
}

Result<std::vector<Msdu>> parse(const Bytes& frame) {
  const auto dot11 = parse_dot11(frame);
  return dot11 ? parse_msdus(*dot11, dot11->body) : dot11.error();
}

TEST(Msdu, ReadsLlcSnap) {
  const Bytes frame = build_data_frame(header(), build_llc_snap(kEthertypeEapol, hex("0203")));
  const auto msdus = parse(frame);
  ASSERT_EQ(msdus.value().size(), 1U);
  EXPECT_EQ(msdus->front().da, kA);
  EXPECT_EQ(msdus->front().sa, kB);
  EXPECT_EQ(msdus->front().ethertype, kEthertypeEapol);
  EXPECT_EQ(to_hex(msdus->front().payload), "0203");
}

TEST(Msdu, ReadsABridgeTunnelAndNothingElseAsSnap) {
  const Bytes tunnel = build_data_frame(header(), hex("aaaa030000f8 8137 01"));
  EXPECT_EQ(parse(tunnel)->front().ethertype, 0x8137);
  const Bytes other_oui = build_data_frame(header(), hex("aaaa03001122 0800 01"));
  EXPECT_EQ(parse(other_oui)->front().ethertype, 0);
  EXPECT_EQ(parse(other_oui)->front().payload.size(), 9U);
  const Bytes cut = build_data_frame(header(), hex("aaaa03000000 08"));
  EXPECT_EQ(parse(cut)->front().ethertype, 0);
}

TEST(Msdu, ReadsTheSubframesOfAnAmsdu) {
  const Bytes eapol = build_llc_snap(kEthertypeEapol, hex("020300"));
  const Bytes arp = build_llc_snap(kEthertypeArp, hex("01"));
  const Bytes frame =
      build_data_frame(header(0x0080), ByteWriter()
                                           .bytes(build_amsdu_subframe(kB, kA, eapol, false))
                                           .bytes(build_amsdu_subframe(kA, kB, arp, true))
                                           .take());
  const auto msdus = parse(frame);
  ASSERT_EQ(msdus.value().size(), 2U);
  EXPECT_EQ(msdus->at(0).da, kB);
  EXPECT_EQ(msdus->at(0).ethertype, kEthertypeEapol);
  EXPECT_EQ(to_hex(msdus->at(0).payload), "020300");
  EXPECT_EQ(msdus->at(1).sa, kB);
  EXPECT_EQ(msdus->at(1).ethertype, kEthertypeArp);
}

TEST(Msdu, RefusesASubframeThatDoesNotFit) {
  const Bytes frame =
      build_data_frame(header(0x0080), hex("020000000001 020000000002 0009 aaaa030000000806"));
  const auto msdus = parse(frame);
  ASSERT_FALSE(msdus.has_value());
  EXPECT_NE(msdus.error().what.find("subframe 1"), std::string::npos);
}

TEST(Msdu, DoesNotLookForLlcInALaterFragment) {
  DataHeader fragment = header();
  fragment.fragment_number = 1;
  const Bytes frame = build_data_frame(fragment, build_llc_snap(kEthertypeEapol, hex("0203")));
  EXPECT_EQ(parse(frame)->front().ethertype, 0);
}

TEST(Msdu, IsAbsentFromNullAndOtherFrames) {
  Bytes null = build_data_frame(header(), {});
  null[0] |= std::byte{0x40};
  EXPECT_TRUE(parse(null).value().empty());
  EXPECT_FALSE(parse(build_ack(kA)).has_value());
}

TEST(Msdu, ReadsEthernet) {
  const auto dix = parse_ethernet(hex("02000000000a 02000000000b 888e 0203"));
  EXPECT_EQ(dix->da, kA);
  EXPECT_EQ(dix->ethertype, kEthertypeEapol);
  const Bytes tagged = hex("02000000000a 02000000000b 8100 0005 888e 0203");
  EXPECT_EQ(parse_ethernet(tagged)->ethertype, kEthertypeEapol);
  const Bytes with_length = hex("02000000000a 02000000000b 0009 aaaa03000000 0806 01 0000");
  EXPECT_EQ(parse_ethernet(with_length)->ethertype, kEthertypeArp);
  EXPECT_EQ(parse_ethernet(with_length)->payload.size(), 1U);
  EXPECT_FALSE(parse_ethernet(hex("02000000000a 02000000000b 88")).has_value());
}

}  // namespace
}  // namespace postassoc
