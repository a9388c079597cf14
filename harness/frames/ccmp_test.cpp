#include <gtest/gtest.h>

#include "harness/frames/build.h"
#include "harness/frames/byte_writer.h"
#include "harness/frames/data_key.h"

namespace postassoc {
namespace {

Bytes hex(std::string_view text) {
  return from_hex(text).value();
}

// IEEE 802.11-2020, J.6.4
const Bytes kTk = hex("c97c1f67ce371185514a8a19f2bdd52f");
const Bytes kHeader = hex("0848c32c0fd2e128a57c5030f1844408abaea5b8fcba8033");
const Bytes kPlaintext = hex("f8ba1a55d02f85ae967bb62fb6cda8eb7e78a050");
const Bytes kBody =
    hex("0ce700207697 03b5"
        "f3d0a2fe9a3dbf2342a643e43246e80c3c04d019"
        "7845ce0b16f97623");

TEST(Ccmp, MatchesTheStandardsTestVector) {
  EXPECT_EQ(
      to_hex(encrypt_mpdu(kCipherCcmp128, kTk, kHeader, {0xb5039776e70c, 0}, kPlaintext).value()),
      to_hex(kBody));
  const Bytes frame = ByteWriter().bytes(kHeader).bytes(kBody).take();
  EXPECT_EQ(decrypt_mpdu(kCipherCcmp128, kTk, parse_dot11(frame).value()).value(), kPlaintext);
}

// The ciphertext was made outside this project, with the AAD and nonce spelled out by 12.5.3.3:
// AAD 8843 A1 A2 A3 0500 A4 0600, nonce 06 A2 PN.
TEST(Ccmp, MatchesAFourAddressQosFrameWithHtControl) {
  const Bytes header =
      hex("88cb3000 020000000001 020000000002 020000000003 4512 020000000004 9600 03000000");
  const Bytes body = hex("02010020000000003179d587dcb8c65dd5c6fb9e5c095f6614be4253a482");
  EXPECT_EQ(
      to_hex(encrypt_mpdu(kCipherCcmp128, kTk, header, {0x0102, 0}, as_bytes("four addresses"))
                 .value()),
      to_hex(body));
  const Bytes frame = ByteWriter().bytes(header).bytes(body).take();
  EXPECT_EQ(as_text(decrypt_mpdu(kCipherCcmp128, kTk, parse_dot11(frame).value()).value()),
            "four addresses");
}

TEST(Ccmp, ReadsPacketNumberAndKeyId) {
  const auto header = parse_cipher_header(kCipherCcmp128, hex("0ce700a0769703b5"));
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(header->pn, 0xb5039776e70cU);
  EXPECT_EQ(header->key_id, 2);
  EXPECT_FALSE(parse_cipher_header(kCipherCcmp128, hex("0ce700007697 03b5")).has_value())
      << "Ext IV is clear";
  EXPECT_FALSE(parse_cipher_header(kCipherCcmp128, hex("0ce700a0769703")).has_value());
}

TEST(Ccmp, RefusesAnyChangeOfWhatItProtects) {
  const Bytes good = ByteWriter().bytes(kHeader).bytes(kBody).take();
  for (std::size_t i = 0; i < good.size(); ++i) {
    Bytes changed = good;
    changed[i] ^= std::byte{0x01};
    const auto frame = parse_dot11(changed);
    const bool duration = i == 2 || i == 3;
    const bool sequence_number = i == 23;  // the fragment number is in octet 22
    const bool reserved = i == 26 || i == 27;
    const bool plaintext_unchanged = frame && decrypt_mpdu(kCipherCcmp128, kTk, *frame).has_value();
    EXPECT_EQ(plaintext_unchanged, duration || sequence_number || reserved) << "octet " << i;
  }
}

TEST(Ccmp, DecryptsARetransmissionWithOtherMutableBits) {
  Bytes frame = ByteWriter().bytes(kHeader).bytes(kBody).take();
  frame[1] ^= std::byte{0x38};  // Retry, Power Management, More Data
  EXPECT_EQ(decrypt_mpdu(kCipherCcmp128, kTk, parse_dot11(frame).value()).value(), kPlaintext);
}

TEST(Ccmp, Uses256BitKeysWithALongerMic) {
  const Bytes tk(32, std::byte{0x11});
  const auto body = encrypt_mpdu(kCipherCcmp256, tk, kHeader, {7, 1}, kPlaintext);
  ASSERT_TRUE(body.has_value());
  EXPECT_EQ(body->size(), 8 + kPlaintext.size() + 16);
  const Bytes frame = ByteWriter().bytes(kHeader).bytes(*body).take();
  EXPECT_EQ(decrypt_mpdu(kCipherCcmp256, tk, parse_dot11(frame).value()).value(), kPlaintext);
}

TEST(Ccmp, ProtectsManagementFrames) {
  Bytes header = build_management_frame(kDeauthentication, {{2, 0, 0, 0, 1, 0}},
                                        {{2, 0, 0, 0, 0, 0}}, {{2, 0, 0, 0, 0, 0}}, 9, {});
  header[1] |= std::byte{0x40};
  const Bytes body = encrypt_mpdu(kCipherCcmp128, kTk, header, {1, 0}, hex("0700")).value();
  const Bytes frame = ByteWriter().bytes(header).bytes(body).take();
  EXPECT_EQ(to_hex(decrypt_mpdu(kCipherCcmp128, kTk, parse_dot11(frame).value()).value()), "0700");
}

TEST(Ccmp, TakesAnEmptyBody) {
  const Bytes body = encrypt_mpdu(kCipherCcmp128, kTk, kHeader, {1, 0}, {}).value();
  EXPECT_EQ(body.size(), 16U);
  Bytes frame = ByteWriter().bytes(kHeader).bytes(body).take();
  EXPECT_TRUE(decrypt_mpdu(kCipherCcmp128, kTk, parse_dot11(frame).value()).value().empty());
  frame.back() ^= std::byte{1};
  EXPECT_FALSE(decrypt_mpdu(kCipherCcmp128, kTk, parse_dot11(frame).value()).has_value());
}

TEST(Ccmp, RefusesAnUnprotectedFrameAndAForeignKey) {
  Bytes clear = ByteWriter().bytes(kHeader).bytes(kBody).take();
  EXPECT_FALSE(decrypt_mpdu(kCipherCcmp128, Bytes(24), parse_dot11(clear).value()).has_value());
  EXPECT_FALSE(decrypt_mpdu(kCipherCcmp128, {}, parse_dot11(clear).value()).has_value());
  clear[1] &= std::byte{0xbf};
  EXPECT_FALSE(decrypt_mpdu(kCipherCcmp128, kTk, parse_dot11(clear).value()).has_value());
  EXPECT_FALSE(
      encrypt_mpdu(kCipherCcmp128, kTk, ByteView(kHeader).first(20), {1, 0}, {}).has_value());
}

}  // namespace
}  // namespace postassoc
