#include "harness/frames/radiotap.h"

#include <gtest/gtest.h>

#include "harness/frames/build.h"

namespace postassoc {
namespace {

Result<Radiotap> parse(std::string_view text) {
  return parse_radiotap(from_hex(text).value());
}

TEST(Radiotap, ReadsWhatACaptureSays) {
  const auto radiotap = parse_radiotap(build_capture_radiotap(0x0102030405060708, 0x30, 5180, -61));
  ASSERT_TRUE(radiotap.has_value());
  EXPECT_EQ(radiotap->length, 23U);
  EXPECT_EQ(radiotap->tsft_us, 0x0102030405060708U);
  EXPECT_TRUE(radiotap->has_fcs);
  EXPECT_TRUE(radiotap->data_pad);
  EXPECT_FALSE(radiotap->bad_fcs);
  EXPECT_EQ(radiotap->channel_mhz, 5180);
  EXPECT_EQ(radiotap->signal_dbm, -61);
  EXPECT_FALSE(radiotap->tx_flags.has_value());
}

TEST(Radiotap, ReadsTheTxFlagsOfInjection) {
  const auto radiotap = parse_radiotap(build_injection_radiotap(kTxFlagNoAck));
  EXPECT_EQ(radiotap.value().length, 10U);
  EXPECT_EQ(radiotap->tx_flags, kTxFlagNoAck);
}

TEST(Radiotap, AlignsFieldsToTheHeader) {
  // flags at 8, then channel at the next even octet
  const auto radiotap = parse("00000e00 0a000000 40ff 8509a000");
  ASSERT_TRUE(radiotap.has_value());
  EXPECT_TRUE(radiotap->bad_fcs);
  EXPECT_EQ(radiotap->channel_mhz, 2437);
}

TEST(Radiotap, StepsOverFurtherNamespacesAndKeepsTheFirstSignal) {
  // two antennas: signal in both bitmaps, the second with the antenna number
  const auto good = parse("00000f00 200000a0 20080000 d6 e2 01");
  ASSERT_TRUE(good.has_value()) << to_string(good.error());
  EXPECT_EQ(good->signal_dbm, -42);
}

TEST(Radiotap, StepsOverAVendorNamespace) {
  // signal, then a vendor namespace of three octets, then radiotap again
  const auto radiotap =
      parse("00001e00 200000c0 010000a0 00400000 d6 00 aabbcc 01 0300 112233 00 0100");
  ASSERT_TRUE(radiotap.has_value()) << to_string(radiotap.error());
  EXPECT_EQ(radiotap->signal_dbm, -42);
}

TEST(Radiotap, KeepsItsLengthWhenAFieldIsNotKnown) {
  const auto radiotap = parse("00000c00 20000010 d6 000000");
  ASSERT_TRUE(radiotap.has_value());
  EXPECT_EQ(radiotap->signal_dbm, -42);
  EXPECT_EQ(radiotap->length, 12U);
}

TEST(Radiotap, RefusesWhatDoesNotFit) {
  EXPECT_FALSE(parse("").has_value());
  EXPECT_FALSE(parse("0000080000000000").value().tsft_us.has_value());
  EXPECT_FALSE(parse("0100080000000000").has_value()) << "version";
  EXPECT_FALSE(parse("0000090000000000").has_value()) << "longer than the capture";
  EXPECT_FALSE(parse("0000070000000000").has_value()) << "shorter than the least";
  EXPECT_FALSE(parse("0000080001000000").has_value()) << "TSFT announced, not there";
  EXPECT_FALSE(parse("0000080000000080").has_value()) << "a bitmap announced, not there";
}

}  // namespace
}  // namespace postassoc
