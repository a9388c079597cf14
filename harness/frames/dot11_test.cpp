#include "harness/frames/dot11.h"

#include <gtest/gtest.h>

#include "harness/frames/air_frame.h"
#include "harness/frames/build.h"
#include "harness/frames/byte_writer.h"
#include "harness/frames/link_type.h"

namespace postassoc {
namespace {

const MacAddress kAp{{2, 0, 0, 0, 0, 0}};
const MacAddress kStation{{2, 0, 0, 0, 1, 0}};
const MacAddress kHost{{2, 0, 0, 0, 2, 0}};
const MacAddress kRepeater{{2, 0, 0, 0, 3, 0}};

Bytes hex(std::string_view text) {
  return from_hex(text).value();
}

TEST(Dot11, ReadsADataFrameFromTheAccessPoint) {
  // QoS data, from DS, retry, protected; TID 6, EOSP, A-MSDU
  const Bytes frame =
      hex("884a 3000 020000000100 020000000000 020000000200 4512 9600"
          "deadbeef");
  const auto dot11 = parse_dot11(frame);
  ASSERT_TRUE(dot11.has_value());
  EXPECT_TRUE(dot11->is_qos_data());
  EXPECT_FALSE(dot11->is_null_data());
  EXPECT_TRUE(dot11->from_ds);
  EXPECT_FALSE(dot11->to_ds);
  EXPECT_TRUE(dot11->retry);
  EXPECT_TRUE(dot11->protected_frame);
  EXPECT_EQ(dot11->duration, 0x30);
  EXPECT_EQ(dot11->da(), kStation);
  EXPECT_EQ(dot11->bssid(), kAp);
  EXPECT_EQ(dot11->sa(), kHost);
  EXPECT_EQ(dot11->sequence_number, 0x124);
  EXPECT_EQ(dot11->fragment_number, 5);
  EXPECT_EQ(dot11->qos_control->tid(), 6);
  EXPECT_TRUE(dot11->qos_control->eosp());
  EXPECT_TRUE(dot11->qos_control->amsdu_present());
  EXPECT_EQ(dot11->header_length, 26U);
  EXPECT_EQ(to_hex(dot11->body), "deadbeef");
}

TEST(Dot11, FollowsTheAddressRulesOfEveryDirection) {
  DataHeader header;
  header.bssid = kAp;
  header.sa = kStation;
  header.da = kHost;
  header.ra = kAp;
  header.ta = kRepeater;
  for (const bool to_ds : {false, true}) {
    for (const bool from_ds : {false, true}) {
      header.to_ds = to_ds;
      header.from_ds = from_ds;
      const Bytes bytes = build_data_header(header);
      const auto dot11 = parse_dot11(bytes);
      EXPECT_EQ(dot11->da(), kHost);
      EXPECT_EQ(dot11->sa(), kStation);
      if (to_ds && from_ds) {
        EXPECT_TRUE(dot11->has_four_addresses());
        EXPECT_EQ(dot11->header_length, 30U);
        EXPECT_EQ(dot11->ta, kRepeater);
        EXPECT_FALSE(dot11->bssid().has_value());
      } else {
        EXPECT_EQ(dot11->header_length, 24U);
        EXPECT_EQ(dot11->bssid(), kAp);
      }
    }
  }
}

TEST(Dot11, ReadsHtControlOfQosDataOnly) {
  DataHeader header;
  header.qos_control = 5;
  header.ht_control = 0x03020100;
  const Bytes qos = build_data_frame(header, hex("aa"));
  const auto dot11 = parse_dot11(qos);
  EXPECT_EQ(dot11->ht_control, 0x03020100U);
  EXPECT_EQ(dot11->header_length, 30U);
  EXPECT_EQ(to_hex(dot11->body), "aa");

  Bytes strictly_ordered = build_data_frame(DataHeader{}, hex("aa"));
  strictly_ordered[1] |= std::byte{0x80};
  EXPECT_EQ(parse_dot11(strictly_ordered)->header_length, 24U);
}

TEST(Dot11, LeavesOutPaddingAndFcs) {
  DataHeader header;
  header.qos_control = 0;
  const Bytes frame =
      ByteWriter().bytes(build_data_header(header)).zeros(2).bytes(hex("aabbccdd01020304")).take();
  const auto dot11 = parse_dot11(frame, true, true);
  ASSERT_TRUE(dot11.has_value());
  EXPECT_EQ(dot11->header_length, 28U);
  EXPECT_EQ(dot11->header.size(), 26U);
  EXPECT_EQ(to_hex(dot11->body), "aabbccdd");
}

TEST(Dot11, ReadsPaddingAndFcsFromTheRadiotapHeader) {
  DataHeader header;
  header.qos_control = 0;
  const Bytes frame = ByteWriter()
                          .bytes(build_capture_radiotap(1, 0x30))
                          .bytes(build_data_header(header))
                          .zeros(2)
                          .bytes(hex("aabbccdd01020304"))
                          .take();
  EXPECT_EQ(to_hex(parse_air_frame(kLinkTypeRadiotap, frame).value().dot11.body), "aabbccdd");
  EXPECT_FALSE(parse_air_frame(kLinkTypeEthernet, frame).has_value());
}

TEST(Dot11, ReadsControlFrames) {
  const Bytes bytes = build_ack(kStation);
  ASSERT_EQ(bytes.size(), 10U);
  const auto ack = parse_dot11(bytes);
  ASSERT_TRUE(ack.has_value());
  EXPECT_TRUE(ack->is_ack());
  EXPECT_EQ(ack->ra, kStation);
  EXPECT_FALSE(ack->ta.has_value());
  EXPECT_FALSE(ack->da().has_value());
  const Bytes rts = hex("b400 0000 020000000000 020000000100");
  EXPECT_EQ(parse_dot11(rts)->ta, kStation);
  const Bytes cut_rts = hex("b400 0000 020000000000 0200");
  EXPECT_FALSE(parse_dot11(cut_rts).has_value());
}

TEST(Dot11, TellsNullFromData) {
  const Bytes qos_null = hex("c801 0000 020000000000 020000000100 020000000000 0000 0000");
  const auto dot11 = parse_dot11(qos_null);
  EXPECT_TRUE(dot11->is_null_data());
  EXPECT_TRUE(dot11->is_qos_data());
  EXPECT_TRUE(dot11->body.empty());
}

TEST(Dot11, RefusesAnotherProtocolVersionAndACutHeader) {
  const Bytes version_1 = hex("0901 0000 020000000000 020000000100 020000000000 0000");
  EXPECT_FALSE(parse_dot11(version_1).has_value());
  const Bytes fcs_only = hex("0102");
  EXPECT_FALSE(parse_dot11(fcs_only, true).has_value());
  EXPECT_FALSE(parse_dot11({}).has_value());
}

}  // namespace
}  // namespace postassoc
