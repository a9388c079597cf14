#include "harness/frames/key_data.h"

#include <gtest/gtest.h>

#include "harness/frames/build.h"
#include "harness/frames/byte_writer.h"

namespace postassoc {
namespace {

Bytes hex(std::string_view text) {
  return from_hex(text).value();
}

TEST(KeyData, SortsElementsAndKdes) {
  const GtkKde gtk{2, true, hex("000102030405060708090a0b0c0d0e0f")};
  const IgtkKde igtk{4, 0x060504030201, Bytes(16, std::byte{9})};
  const Bytes rsne = hex("30020100");
  const Bytes bytes = ByteWriter()
                          .bytes(rsne)
                          .bytes(hex("dd050050f20201"))  // a vendor element
                          .bytes(build_gtk_kde(gtk))
                          .bytes(build_igtk_kde(igtk))
                          .bytes(hex("dd14000fac0400112233445566778899aabbccddeeff"))
                          .bytes(hex("dd000000"))
                          .take();
  const KeyData key_data = parse_key_data(bytes);
  EXPECT_EQ(key_data.elements.size(), 2U);
  EXPECT_EQ(key_data.kdes.size(), 3U);
  EXPECT_EQ(to_hex(key_data.raw_rsne()), to_hex(rsne));
  ASSERT_TRUE(key_data.gtk().has_value());
  EXPECT_EQ(key_data.gtk()->key_id, 2);
  EXPECT_TRUE(key_data.gtk()->tx);
  EXPECT_EQ(key_data.gtk()->key, gtk.key);
  EXPECT_EQ(key_data.igtk()->key_id, 4);
  EXPECT_EQ(key_data.igtk()->packet_number, 0x060504030201U);
  EXPECT_EQ(key_data.igtk()->key, igtk.key);
  EXPECT_FALSE(key_data.bigtk().has_value());
  EXPECT_EQ(to_hex(key_data.pmkid().value()), "00112233445566778899aabbccddeeff");
  EXPECT_EQ(key_data.padding, 4U);
  EXPECT_FALSE(key_data.truncated);
  EXPECT_FALSE(key_data.bad_padding);
}

TEST(KeyData, KnowsPaddingOfOneOctetAndBadPadding) {
  const Bytes one = hex("30020100 dd");
  EXPECT_EQ(parse_key_data(one).padding, 1U);
  EXPECT_FALSE(parse_key_data(one).truncated);
  const Bytes bad = hex("30020100 dd000001");
  EXPECT_TRUE(parse_key_data(bad).bad_padding);
}

TEST(KeyData, ReportsTruncationAndKeepsWhatStandsBefore) {
  const Bytes cut = hex("30020100 dd16000fac010100aabb");
  const KeyData key_data = parse_key_data(cut);
  EXPECT_TRUE(key_data.truncated);
  EXPECT_EQ(key_data.elements.size(), 1U);
  EXPECT_FALSE(key_data.gtk().has_value());
}

TEST(KeyData, DoesNotDecodeKdesShorterThanTheirFixedPart) {
  const Bytes bytes = hex("dd05000fac0101 dd06000fac090400 dd05000fac0411");
  const KeyData key_data = parse_key_data(bytes);
  EXPECT_EQ(key_data.kdes.size(), 3U);
  EXPECT_FALSE(key_data.gtk().has_value());
  EXPECT_FALSE(key_data.igtk().has_value());
  EXPECT_FALSE(key_data.pmkid().has_value());
}

}  // namespace
}  // namespace postassoc
