#include "harness/frames/bip.h"

#include <gtest/gtest.h>

#include "harness/frames/build.h"
#include "harness/frames/byte_writer.h"

namespace postassoc {
namespace {

Bytes hex(std::string_view text) {
  return from_hex(text).value();
}

// IEEE 802.11-2020, J.9.1: a broadcast deauthentication. The GMAC MICs are the standard's; the CMAC
// MICs were computed outside this project.
const Bytes kFrame = hex("c0000000 ffffffffffff 020000000000 020000000000 0900 0200");
const Bytes kKey = hex("4ea9543e09cf2b1eca66ffc58bdecbcf");
const Bytes kWideKey = hex("4ea9543e09cf2b1eca66ffc58bdecbcf000102030405060708090a0b0c0d0e0f");

struct Vector {
  Suite cipher;
  Bytes key;
  const char* mme;
};

const Vector kVectors[] = {
    {kCipherBipCmac128, kKey, "4c100400040000000000 48dfbfa7b8278872"},
    {kCipherBipCmac256, kWideKey, "4c180400040000000000 4b6fe836c8a3ad6a8abd7f61a63a11d2"},
    {kCipherBipGmac128, kKey, "4c180400040000000000 3ed862fb0f3338dd3386c897e2ed053d"},
    {kCipherBipGmac256, kWideKey, "4c180400040000000000 23be59dcc7022ee383627ebb1017ddfc"},
};

TEST(Bip, MatchesTheStandardsTestVectors) {
  for (const Vector& v : kVectors) {
    const Bytes expected = ByteWriter().bytes(kFrame).bytes(hex(v.mme)).take();
    EXPECT_EQ(to_hex(protect_with_bip(v.cipher, v.key, kFrame, 4, 4).value()), to_hex(expected));
    const auto result = verify_bip(v.cipher, v.key, parse_dot11(expected).value());
    ASSERT_TRUE(result.has_value());
    EXPECT_TRUE(result->valid);
    EXPECT_EQ(result->ipn, 4U);
    EXPECT_EQ(result->key_id, 4);
  }
}

TEST(Bip, NoticesAnyChangeOfWhatItProtects) {
  for (const Vector& v : kVectors) {
    const Bytes good = protect_with_bip(v.cipher, v.key, kFrame, 4, 4).value();
    for (std::size_t i = 0; i < good.size(); ++i) {
      Bytes changed = good;
      changed[i] ^= std::byte{0x01};
      const auto frame = parse_dot11(changed);
      const auto result = frame ? verify_bip(v.cipher, v.key, *frame) : Error{};
      const bool unprotected = i == 2 || i == 3 || i == 22 || i == 23;
      EXPECT_EQ(result && result->valid, unprotected) << i;
    }
  }
}

TEST(Bip, LeavesABeaconsTimestampOut) {
  const Bytes body = hex("1122334455667788 6400 1104 0003616263");
  const Bytes beacon = build_management_frame(kBeacon, kBroadcast, {{2, 0, 0, 0, 0, 0}},
                                              {{2, 0, 0, 0, 0, 0}}, 1, body);
  Bytes whole = protect_with_bip(kCipherBipCmac128, kKey, beacon, 6, 9).value();
  EXPECT_EQ(to_hex(ByteView(whole).last(18)), "4c1006000900000000001779c207cada766c");
  whole[24] = std::byte{0};
  EXPECT_TRUE(verify_bip(kCipherBipCmac128, kKey, parse_dot11(whole).value())->valid);
}

TEST(Bip, TellsAForgedMicFromAMissingOne) {
  Bytes forged = protect_with_bip(kCipherBipCmac128, kKey, kFrame, 4, 4).value();
  forged.back() ^= std::byte{1};
  EXPECT_FALSE(verify_bip(kCipherBipCmac128, kKey, parse_dot11(forged).value())->valid);
  const auto plain = parse_dot11(kFrame).value();
  EXPECT_FALSE(verify_bip(kCipherBipCmac128, kKey, plain).has_value());
  EXPECT_FALSE(parse_mme(plain.body).has_value());
  EXPECT_EQ(parse_mme(parse_dot11(forged)->body)->ipn, 4U);
}

TEST(Bip, RefusesKeysCiphersAndFramesThatAreNotIts) {
  const Bytes good = protect_with_bip(kCipherBipCmac128, kKey, kFrame, 4, 4).value();
  const auto frame = parse_dot11(good).value();
  EXPECT_FALSE(verify_bip(kCipherBipCmac256, kWideKey, frame).has_value());
  EXPECT_FALSE(verify_bip(kCipherBipCmac128, kWideKey, frame).has_value());
  EXPECT_FALSE(verify_bip(kCipherCcmp128, kKey, frame).has_value());
  const Bytes data = build_data_frame({}, hex("4c1004000400000000000102030405060708"));
  EXPECT_FALSE(verify_bip(kCipherBipCmac128, kKey, parse_dot11(data).value()).has_value());
  EXPECT_EQ(bip_key_length(kCipherBipGmac256), 32U);
  EXPECT_FALSE(bip_key_length(kCipherTkip).has_value());
}

}  // namespace
}  // namespace postassoc
