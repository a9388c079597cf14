#include "harness/frames/data_key.h"

#include <gtest/gtest.h>

#include "harness/frames/build.h"
#include "harness/frames/byte_writer.h"

namespace postassoc {
namespace {

Bytes hex(std::string_view text) {
  return from_hex(text).value();
}

struct Vector {
  Suite cipher;
  const char* tk;
  const char* header;
  std::uint64_t pn;
  const char* plaintext;
  const char* body;  // cipher header, ciphertext, MIC
};

// IEEE 802.11-2020: J.6.4 (CCMP-128, CCMP-256), J.11 (GCMP-128, GCMP-256).
const Vector kVectors[] = {
    {kCipherCcmp256, "c97c1f67ce371185514a8a19f2bdd52f000102030405060708090a0b0c0d0e0f",
     "0848c32c0fd2e128a57c5030f1844408abaea5b8fcba8033", 0xb5039776e70c,
     "f8ba1a55d02f85ae967bb62fb6cda8eb7e78a050",
     "0ce70020769703b5 6d155d8832668256d6a92b78e11d8e54495dd174 80aa56c9492e882b97642f80d50fe97b"},
    {kCipherGcmp128, "c97c1f67ce371185514a8a19f2bdd52f",
     "88480b000fd2e128a57c5030f18444085030f184440880330300", 0x00895f5f2b08,
     "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021222324252627",
     "082b00205f5f8900"
     "60e9700cc4d40ac6d288b201c38f5bf08b807442640a1596e5dbdad41d1f3623f45d7a12db7afb23"
     "def619c2a374b6df66ffa53b6c69d79e"},
    {kCipherGcmp256, "c97c1f67ce371185514a8a19f2bdd52f000102030405060708090a0b0c0d0e0f",
     "88480b000fd2e128a57c5030f18444085030f184440880330300", 0x00895f5f2b08,
     "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021222324252627",
     "082b00205f5f8900"
     "658343c8b14447d9211defd46ad89c710c6fc33333236e3997b9176a5a8be779b21266555e70ad79"
     "114316859095473d5b1bd596b3dea3bf"},
};

TEST(DataKey, MatchesTheStandardsTestVectors) {
  for (const Vector& v : kVectors) {
    const auto key = DataKey::create(v.cipher, hex(v.tk));
    ASSERT_TRUE(key.has_value());
    EXPECT_EQ(to_hex(key->encrypt(hex(v.header), {v.pn, 0}, hex(v.plaintext)).value()),
              to_hex(hex(v.body)));
    const Bytes frame = ByteWriter().bytes(hex(v.header)).bytes(hex(v.body)).take();
    Bytes plaintext;
    EXPECT_EQ(key->decrypt(parse_dot11(frame).value(), plaintext), Decryption::ok);
    EXPECT_EQ(plaintext, hex(v.plaintext));
  }
}

TEST(DataKey, ProtectsADeauthenticationAsTheStandardDoes) {
  // The plaintext frame of J.9.2; what it becomes was computed outside this project.
  const Bytes header = hex("c0400000 020000000100 020000000000 020000000000 6000");
  const Bytes tk = hex("66ed21042f9f26d7115706e40414cf2e");
  const Bytes body = encrypt_mpdu(kCipherCcmp128, tk, header, {1, 0}, hex("0200")).value();
  EXPECT_EQ(to_hex(body), "01000020000000001d07cafd0409bb8bafef");
  const Bytes frame = ByteWriter().bytes(header).bytes(body).take();
  EXPECT_EQ(decrypt_mpdu(kCipherCcmp128, tk, parse_dot11(frame).value()).value(), hex("0200"));
}

constexpr Suite kAll[] = {kCipherCcmp128, kCipherCcmp256, kCipherGcmp128, kCipherGcmp256};

DataHeader qos_header() {
  DataHeader header;
  header.to_ds = true;
  header.bssid = {{2, 0, 0, 0, 0, 0}};
  header.sa = {{2, 0, 0, 0, 1, 0}};
  header.qos_control = 5;
  header.sequence_number = 77;
  return header;
}

Bytes key_for(Suite cipher) {
  const bool wide = cipher == kCipherCcmp256 || cipher == kCipherGcmp256;
  return Bytes(wide ? 32 : 16, std::byte{0x3c});
}

TEST(DataKey, NoticesAnyChangeOfWhatItProtects) {
  for (const Suite cipher : kAll) {
    const DataKey key = DataKey::create(cipher, key_for(cipher)).value();
    const Bytes good = build_protected_frame(cipher, qos_header(), key.key(), 9, 0,
                                             as_bytes("some text of an MSDU"))
                           .value();
    Bytes plaintext;
    for (std::size_t i = 0; i < good.size(); ++i) {
      Bytes changed = good;
      changed[i] ^= std::byte{0x01};
      const auto frame = parse_dot11(changed);
      const bool unprotected = i == 2 || i == 3 || i == 23 ||  // duration, sequence number
                               i == 25 || i == 28 || i == 29;  // QoS' second octet, reserved
      const bool ok = frame && key.decrypt(*frame, plaintext) == Decryption::ok;
      EXPECT_EQ(ok, unprotected) << cipher_to_string(cipher) << " octet " << i;
    }
    EXPECT_EQ(key.decrypt(parse_dot11(good).value(), plaintext), Decryption::ok);
    EXPECT_EQ(as_text(plaintext), "some text of an MSDU");
  }
}

TEST(DataKey, TakesBodiesOfEverySizeOneAfterTheOther) {
  for (const Suite cipher : kAll) {
    const DataKey key = DataKey::create(cipher, key_for(cipher)).value();
    Bytes plaintext;
    for (const std::size_t size : {0, 1, 15, 16, 17, 64, 0, 1500, 2304}) {
      const Bytes body(size, std::byte{0x6b});
      const Bytes frame =
          build_protected_frame(cipher, qos_header(), key.key(), size, 1, body).value();
      ASSERT_EQ(key.decrypt(parse_dot11(frame).value(), plaintext), Decryption::ok)
          << cipher_to_string(cipher) << " " << size;
      EXPECT_EQ(plaintext, body);
      Bytes other = frame;
      other.back() ^= std::byte{1};
      EXPECT_EQ(key.decrypt(parse_dot11(other).value(), plaintext), Decryption::mic_mismatch);
    }
  }
}

TEST(DataKey, SaysWhatKeepsItFromDecrypting) {
  const DataKey key = DataKey::create(kCipherGcmp128, Bytes(16)).value();
  Bytes plaintext;
  const Bytes clear = build_data_frame(qos_header(), as_bytes("clear"));
  EXPECT_EQ(key.decrypt(parse_dot11(clear).value(), plaintext), Decryption::not_protected);
  DataHeader header = qos_header();
  header.protected_frame = true;
  const Bytes cut = build_data_frame(header, hex("0100002000000000 0102030405"));
  EXPECT_EQ(key.decrypt(parse_dot11(cut).value(), plaintext), Decryption::too_short);
  const Bytes wep = build_data_frame(header, Bytes(40));
  EXPECT_EQ(key.decrypt(parse_dot11(wep).value(), plaintext), Decryption::too_short);
  const DataKey tkip = DataKey::create(kCipherTkip, Bytes(32)).value();
  EXPECT_EQ(tkip.decrypt(parse_dot11(wep).value(), plaintext), Decryption::unsupported);
  EXPECT_FALSE(decrypt_mpdu(kCipherTkip, Bytes(32), parse_dot11(wep).value()).has_value());
}

TEST(DataKey, RefusesAKeyOfAnotherSizeAndWhatIsNoDataCipher) {
  EXPECT_FALSE(DataKey::create(kCipherGcmp256, Bytes(16)).has_value());
  EXPECT_FALSE(DataKey::create(kCipherCcmp128, {}).has_value());
  EXPECT_FALSE(DataKey::create(kCipherBipCmac128, Bytes(16)).has_value());
  EXPECT_FALSE(DataKey::create(0, Bytes(16)).has_value());
}

TEST(CipherHeader, IsReadAsEachCipherLaysItOut) {
  const auto ccmp = parse_cipher_header(kCipherGcmp256, hex("0102 00 60 03040506"));
  ASSERT_TRUE(ccmp.has_value());
  EXPECT_EQ(ccmp->pn, 0x060504030201U);
  EXPECT_EQ(ccmp->key_id, 1);
  const auto tkip = parse_cipher_header(kCipherTkip, hex("02 22 01 a0 03040506"));
  ASSERT_TRUE(tkip.has_value());
  EXPECT_EQ(tkip->pn, 0x060504030201U);
  EXPECT_EQ(tkip->key_id, 2);
  EXPECT_EQ(to_hex(build_cipher_header(kCipherTkip, *tkip)), "022201a003040506");
  const auto wep = parse_cipher_header(kCipherWep104, hex("010203c0"));
  ASSERT_TRUE(wep.has_value());
  EXPECT_EQ(wep->pn, 0x010203U);
  EXPECT_EQ(wep->key_id, 3);
  EXPECT_EQ(wep->length, 4U);
}

TEST(CipherHeader, IsNoneWhenExtIvIsNotTheCiphers) {
  EXPECT_FALSE(parse_cipher_header(kCipherCcmp128, hex("0102004003040506")).has_value());
  EXPECT_FALSE(parse_cipher_header(kCipherTkip, hex("0102004003040506")).has_value());
  EXPECT_FALSE(parse_cipher_header(kCipherWep40, hex("01020060")).has_value());
  EXPECT_FALSE(parse_cipher_header(kCipherCcmp128, hex("01020020030405")).has_value());
  EXPECT_FALSE(parse_cipher_header(kCipherUseGroup, hex("0102002003040506")).has_value());
}

}  // namespace
}  // namespace postassoc
