#include "harness/frames/key_wrap.h"

#include <gtest/gtest.h>

namespace postassoc {
namespace {

Bytes hex(std::string_view text) {
  return from_hex(text).value();
}

const Bytes kKek = hex("000102030405060708090a0b0c0d0e0f");

// RFC 3394, 4.1
TEST(KeyWrap, MatchesTheRfcsTestVector) {
  const Bytes plaintext = hex("00112233445566778899aabbccddeeff");
  const Bytes wrapped = hex("1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5");
  EXPECT_EQ(wrap_key_data(kKek, plaintext).value(), wrapped);
  EXPECT_EQ(unwrap_key_data(kKek, 2, wrapped).value(), plaintext);
}

// RFC 3394, 4.6
TEST(KeyWrap, MatchesTheRfcsVectorWithA256BitKek) {
  const Bytes kek = hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
  const Bytes plaintext = hex("00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f");
  const Bytes wrapped =
      hex("28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21");
  EXPECT_EQ(wrap_key_data(kek, plaintext).value(), wrapped);
  EXPECT_EQ(unwrap_key_data(kek, 0, wrapped).value(), plaintext);
}

TEST(KeyWrap, PadsKeyDataAsTheStandardSays) {
  const auto short_data = wrap_key_data(kKek, hex("aabb"));
  EXPECT_EQ(to_hex(unwrap_key_data(kKek, 3, *short_data).value()),
            "aabbdd00000000000000000000000000");
  const auto one_missing = wrap_key_data(kKek, Bytes(23, std::byte{1}));
  EXPECT_EQ(unwrap_key_data(kKek, 3, *one_missing)->back(), std::byte{0xdd});
  const auto exact = wrap_key_data(kKek, Bytes(24, std::byte{1}));
  EXPECT_EQ(unwrap_key_data(kKek, 3, *exact).value(), Bytes(24, std::byte{1}));
}

TEST(KeyWrap, RefusesTamperedDataAWrongKekAndAWrongLength) {
  Bytes wrapped = wrap_key_data(kKek, Bytes(32, std::byte{7})).value();
  EXPECT_FALSE(unwrap_key_data(Bytes(16), 2, wrapped).has_value());
  EXPECT_FALSE(unwrap_key_data(kKek, 2, ByteView(wrapped).first(39)).has_value());
  EXPECT_FALSE(unwrap_key_data(kKek, 2, ByteView(wrapped).first(16)).has_value());
  EXPECT_FALSE(unwrap_key_data(kKek, 2, {}).has_value());
  EXPECT_FALSE(unwrap_key_data(Bytes(7), 2, wrapped).has_value());
  wrapped[20] ^= std::byte{1};
  EXPECT_FALSE(unwrap_key_data(kKek, 2, wrapped).has_value());
}

TEST(KeyWrap, SaysThatRc4IsNotSupported) {
  const auto result = unwrap_key_data(kKek, 1, Bytes(24));
  ASSERT_FALSE(result.has_value());
  EXPECT_NE(result.error().what.find("RC4"), std::string::npos);
}

}  // namespace
}  // namespace postassoc
