#include "harness/frames/keys.h"

#include <gtest/gtest.h>

#include "harness/frames/kdf.h"
#include "harness/frames/key_mic.h"
#include "harness/frames/mac_function.h"

namespace postassoc {
namespace {

Bytes hex(std::string_view text) {
  return from_hex(text).value();
}

std::string hex_or_error(const Result<Bytes>& result) {
  return result ? to_hex(*result) : to_string(result.error());
}

// IEEE 802.11-2020, J.4.2
TEST(Pmk, MatchesTheStandardsTestVectors) {
  EXPECT_EQ(hex_or_error(pmk_from_passphrase("password", "IEEE")),
            "f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e");
  EXPECT_EQ(hex_or_error(pmk_from_passphrase("ThisIsAPassword", "ThisIsASSID")),
            "0dc0d6eb90555ed6419756b9a15ec3e3209b63df707dd508d14581f8982721af");
  EXPECT_EQ(hex_or_error(pmk_from_passphrase(std::string(32, 'a'), std::string(32, 'Z'))),
            "becb93866bb8c3832cb777c2f559807c8c59afcb6eae734885001300a981cc62");
}

TEST(Pmk, RefusesAPassphraseOrSsidOutOfBounds) {
  EXPECT_EQ(pmk_from_passphrase("seven77", "x").error().fault, Fault::invalid_input);
  EXPECT_TRUE(pmk_from_passphrase(std::string(63, 'a'), "x").has_value());
  EXPECT_FALSE(pmk_from_passphrase(std::string(64, 'a'), "x").has_value());
  EXPECT_FALSE(pmk_from_passphrase("caf\xc3\xa9 au lait", "x").has_value());
  EXPECT_FALSE(pmk_from_passphrase("password", "").has_value());
  EXPECT_FALSE(pmk_from_passphrase("password", std::string(33, 's')).has_value());
}

// IEEE 802.11-2020, J.3.2
TEST(Prf, MatchesTheStandardsTestVectors) {
  EXPECT_EQ(hex_or_error(expand_key(KeyHash::sha1, Bytes(20, std::byte{0x0b}), "prefix",
                                    as_bytes("Hi There"), 64)),
            "bcd4c650b30b9684951829e0d75f9d54b862175ed9f00606e17d8da35402ffee"
            "75df78c3d31e0f889f012120c0862beb67753e7439ae242edb8373698356cf5a");
  EXPECT_EQ(hex_or_error(expand_key(KeyHash::sha1, as_bytes("Jefe"), "prefix",
                                    as_bytes("what do ya want for nothing?"), 64)),
            "51f4de5b33f249adf81aeb713a3c20f4fe631446fabdfa58244759ae58ef9009"
            "a99abf4eac2ca5fa87e692c440eb40023e7babb206d61de7b92f41529092b8fc");
}

// RFC 4493, section 4
TEST(AesCmac, MatchesTheRfcsTestVectors) {
  const Bytes key = hex("2b7e151628aed2a6abf7158809cf4f3c");
  EXPECT_EQ(hex_or_error(aes_cmac(key, {})), "bb1d6929e95937287fa37d129b756746");
  EXPECT_EQ(hex_or_error(aes_cmac(key, hex("6bc1bee22e409f96e93d7e117393172a"))),
            "070a16b46b4d4144f79bdd9dd04a287c");
}

// RFC 2202: HMAC-MD5 and HMAC-SHA1, case 1
TEST(Hmac, MatchesTheRfcsTestVectors) {
  EXPECT_EQ(hex_or_error(hmac("MD5", Bytes(16, std::byte{0x0b}), as_bytes("Hi There"))),
            "9294727a3638bb1c13f48ef8158bfc9d");
  EXPECT_EQ(hex_or_error(hmac("SHA1", Bytes(20, std::byte{0x0b}), as_bytes("Hi There"))),
            "b617318655057264e28bc0b6fb378c8ef146be00");
  EXPECT_FALSE(hmac("SHA1", {}, as_bytes("Hi There")).has_value());
}

class PtkDerivation : public testing::Test {
 protected:
  Bytes pmk = Bytes(32, std::byte{0x5a});
  MacAddress aa{{0x02, 0, 0, 0, 0, 0}};
  MacAddress spa{{0x02, 0, 0, 0, 1, 0}};
  Nonce anonce{std::byte{0x77}};
  Nonce snonce{std::byte{0x99}};
};

TEST_F(PtkDerivation, GivesPartsOfTheCiphersLength) {
  const auto ccmp = derive_ptk(pmk, kAkmPsk, kCipherCcmp128, aa, spa, anonce, snonce);
  ASSERT_TRUE(ccmp.has_value());
  EXPECT_EQ(ccmp->kck.size(), 16U);
  EXPECT_EQ(ccmp->kek.size(), 16U);
  EXPECT_EQ(ccmp->tk.size(), 16U);
  EXPECT_EQ(derive_ptk(pmk, kAkmPsk, kCipherCcmp256, aa, spa, anonce, snonce)->tk.size(), 32U);
}

TEST_F(PtkDerivation, DoesNotDependOnWhoseAddressOrNonceComesFirst) {
  const auto one = derive_ptk(pmk, kAkmPskSha256, kCipherCcmp128, aa, spa, anonce, snonce);
  const auto other = derive_ptk(pmk, kAkmPskSha256, kCipherCcmp128, spa, aa, snonce, anonce);
  ASSERT_TRUE(one.has_value());
  EXPECT_EQ(one->tk, other->tk);
}

TEST_F(PtkDerivation, DiffersByNonceAndByAkm) {
  const auto psk = derive_ptk(pmk, kAkmPsk, kCipherCcmp128, aa, spa, anonce, snonce);
  const auto same_nonce = derive_ptk(pmk, kAkmPsk, kCipherCcmp128, aa, spa, anonce, anonce);
  const auto sha256 = derive_ptk(pmk, kAkmPskSha256, kCipherCcmp128, aa, spa, anonce, snonce);
  EXPECT_NE(psk->tk, same_nonce->tk);
  EXPECT_NE(psk->tk, sha256->tk);
}

TEST_F(PtkDerivation, RefusesWhatItCannotDerive) {
  const auto ft = derive_ptk(pmk, kAkmFtPsk, kCipherCcmp128, aa, spa, anonce, snonce);
  ASSERT_FALSE(ft.has_value());
  EXPECT_NE(ft.error().what.find("FT-PSK"), std::string::npos);
  EXPECT_FALSE(derive_ptk(pmk, kAkmPsk, kCipherBipCmac128, aa, spa, anonce, snonce).has_value());
  EXPECT_FALSE(derive_ptk({}, kAkmPsk, kCipherCcmp128, aa, spa, anonce, snonce).has_value());
}

}  // namespace
}  // namespace postassoc
