#include "harness/frames/rsn.h"

#include <gtest/gtest.h>

#include "harness/frames/build.h"

namespace postassoc {
namespace {

Bytes hex(std::string_view text) {
  return from_hex(text).value();
}

const Bytes kFull =
    hex("0100 000fac04 0200 000fac04 000fac08 0200 000fac02 000fac06 c000"
        "0100 00112233445566778899aabbccddeeff 000fac06");

TEST(Rsne, ReadsEveryField) {
  const auto rsne = parse_rsne(kFull);
  ASSERT_TRUE(rsne.has_value());
  EXPECT_EQ(rsne->version, 1);
  EXPECT_EQ(rsne->group_cipher, kCipherCcmp128);
  EXPECT_EQ(rsne->pairwise_ciphers, (std::vector<Suite>{kCipherCcmp128, kCipherGcmp128}));
  EXPECT_EQ(rsne->akms, (std::vector<Suite>{kAkmPsk, kAkmPskSha256}));
  EXPECT_TRUE(rsne->mfp_capable());
  EXPECT_TRUE(rsne->mfp_required());
  ASSERT_EQ(rsne->pmkids.size(), 1U);
  EXPECT_EQ(to_hex(rsne->pmkids[0]), "00112233445566778899aabbccddeeff");
  EXPECT_EQ(rsne->group_management_cipher, kCipherBipCmac128);
  const Bytes built = build_rsne(*rsne);
  EXPECT_EQ(to_hex(ByteView(built).subspan(2)), to_hex(kFull));
}

TEST(Rsne, MayEndAfterAnyFieldButNotInsideOne) {
  const std::vector<std::size_t> field_ends{2, 6, 16, 26, 28, 46, 50};
  for (std::size_t length = 0; length <= kFull.size(); ++length) {
    const bool whole = std::find(field_ends.begin(), field_ends.end(), length) != field_ends.end();
    EXPECT_EQ(parse_rsne(ByteView(kFull).first(length)).has_value(), whole) << length;
  }
}

TEST(Rsne, RefusesACountThatDoesNotFit) {
  EXPECT_FALSE(parse_rsne(hex("0100 000fac04 ffff 000fac04")).has_value());
  EXPECT_TRUE(parse_rsne(hex("0100 000fac04 0000 0000 0000")).value().akms.empty());
}

TEST(Rsnxe, ReadsItsBits) {
  const auto rsnxe = parse_rsnxe(hex("20"));
  EXPECT_TRUE(rsnxe->sae_h2e());
  EXPECT_FALSE(rsnxe->has(4));
  EXPECT_FALSE(rsnxe->has(200));
  EXPECT_TRUE(parse_rsnxe(hex("0180"))->has(15));
  EXPECT_FALSE(parse_rsnxe(hex("01")).has_value());
  EXPECT_FALSE(parse_rsnxe({}).has_value());
}

TEST(Suite, HasTheStandardsName) {
  EXPECT_EQ(akm_to_string(kAkmPskSha256), "PSK-SHA256");
  EXPECT_EQ(cipher_to_string(kCipherCcmp128), "CCMP-128");
  EXPECT_EQ(cipher_to_string(0x0050f202), "00-50-f2:2");
}

}  // namespace
}  // namespace postassoc
