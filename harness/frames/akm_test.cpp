#include "harness/frames/akm.h"

#include <gtest/gtest.h>

#include "harness/frames/eapol.h"
#include "harness/frames/ft_keys.h"
#include "harness/frames/handshake_builder.h"
#include "harness/frames/key_mic.h"
#include "harness/frames/keys.h"

// The expected keys were computed outside this project (Python's hmac and hashlib) from the
// formulas of IEEE 802.11-2020, 12.7.1: PMK octets 00 01 02..., ANonce a0 a1..., SNonce 20 21...

namespace postassoc {
namespace {

const MacAddress kAa{{0x02, 0, 0, 0, 0, 0}};
const MacAddress kSpa{{0x02, 0, 0, 0, 1, 0}};

Bytes counting(std::size_t size, unsigned first = 0) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<std::byte>(first + i);
  }
  return bytes;
}

Nonce nonce(unsigned first) {
  Nonce nonce{};
  const Bytes bytes = counting(nonce.size(), first);
  std::copy(bytes.begin(), bytes.end(), nonce.begin());
  return nonce;
}

std::string all_of(const Result<Ptk>& ptk) {
  return ptk ? to_hex(ptk->kck) + " " + to_hex(ptk->kek) + " " + to_hex(ptk->tk)
             : to_string(ptk.error());
}

std::string ptk_of(std::size_t pmk_size, Suite akm, Suite cipher) {
  return all_of(derive_ptk(counting(pmk_size), akm, cipher, kAa, kSpa, nonce(0xa0), nonce(0x20)));
}

TEST(Akm, ExpandsThePmkByTheHashOfTheAkm) {
  EXPECT_EQ(ptk_of(32, kAkmSae, kCipherCcmp128),
            "769fd2b5040c0dc9db8c958c8111bf56 e809f6f067a4d63d561a22b51766ade2 "
            "fdf17afa6cf1e09419c29f73d364a622");
  EXPECT_EQ(ptk_of(48, kAkm8021xSuiteB192, kCipherGcmp256),
            "850cc69543fb957cd3a628b141e7686cc66504c7f62d15bb "
            "babe2483a966303feb0bf361f9ced91f7db8a4ddeb0bce29aee7693f8c1fa149 "
            "2eb53a03ac094d15807e87b33f251d188ac58804581b11071709332dc3b75845");
  EXPECT_EQ(ptk_of(64, kAkmOwe, kCipherCcmp128),
            "b7275527cd4eae11e4974a6adc15b762ab18751a78191af09be3304d332f9260 "
            "eeb8601a24f2f8616603c1b6147145d6d5d4035f083bd41779673376d072cd10 "
            "fc736bbf70a02c53ac6774b7239a3e80");
}

TEST(Akm, SharesTheHierarchyAmongAkmsOfOneHash) {
  const std::string sha256 = ptk_of(32, kAkmSae, kCipherCcmp128);
  for (const Suite akm :
       {kAkm8021xSha256, kAkmPskSha256, kAkmOwe, kAkm8021xSuiteB, kAkmSaeExtKey}) {
    EXPECT_EQ(ptk_of(32, akm, kCipherCcmp128), sha256) << akm_to_string(akm);
  }
  EXPECT_EQ(ptk_of(32, kAkmPsk, kCipherCcmp128), ptk_of(32, kAkm8021x, kCipherCcmp128));
  EXPECT_NE(ptk_of(32, kAkmPsk, kCipherCcmp128), sha256);
}

TEST(Akm, TellsTheSizesOfItsKeys) {
  EXPECT_EQ(mic_length(kAkmPsk), 16U);
  EXPECT_EQ(mic_length(kAkm8021xSuiteB), 16U);
  EXPECT_EQ(mic_length(kAkm8021xSuiteB192), 24U);
  EXPECT_EQ(mic_length(kAkmOwe, 48), 24U);
  EXPECT_EQ(akm_keys(kAkm8021xSuiteB192)->kck, 24U);
  EXPECT_EQ(akm_keys(kAkm8021xSuiteB192)->kek, 32U);
  EXPECT_FALSE(akm_keys(kAkmOwe, 33).has_value());
  EXPECT_FALSE(akm_keys(kAkmFilsSha256).has_value());
  EXPECT_TRUE(is_ft_akm(kAkmFtSae));
  EXPECT_FALSE(is_ft_akm(kAkmSae));
}

TEST(Pmkid, IsTheHmacOfTheAkmsHash) {
  const auto pmkid = [](Suite akm, std::size_t key_size) {
    return to_hex(derive_pmkid(akm, counting(key_size), kAa, kSpa).value());
  };
  EXPECT_EQ(pmkid(kAkm8021x, 32), "b617f9795933cb57e1dfa5a4e35980be");
  EXPECT_EQ(pmkid(kAkmPskSha256, 32), "101f50b954acbc60c51f8ae8f4b549ef");
  EXPECT_EQ(pmkid(kAkm8021xSuiteB192, 24), "ed7994901632babd40d38796f0100b8e");
}

TEST(Pmkid, OfAnExchangeDoesNotFollowFromAKey) {
  for (const Suite akm : {kAkmSae, kAkmOwe, kAkmFtPsk, kAkmFilsSha256}) {
    EXPECT_FALSE(derive_pmkid(akm, Bytes(32), kAa, kSpa).has_value()) << akm_to_string(akm);
  }
}

class FtKeys : public testing::Test {
 protected:
  FtKeys() {
    context.ssid = "network";
    context.mdid = 0xb1a1;
    const ByteView id = as_bytes("nas.example");
    context.r0kh_id.assign(id.begin(), id.end());
    context.r1kh_id = {{0x02, 0, 0, 0, 3, 0}};
  }
  FtContext context;
};

TEST_F(FtKeys, FollowFromTheMobilityDomain) {
  const FtPmk r0 = derive_pmk_r0(counting(32), kAkmFtPsk, context, kSpa).value();
  EXPECT_EQ(to_hex(r0.key), "9460bb2718dadf3f988b20c12a6abc0eb2d82264e13f64ef1a5af97072b73f55");
  EXPECT_EQ(to_hex(r0.name), "80397a897500d7326c5db779b6270e75");
  const FtPmk r1 = derive_pmk_r1(r0, kAkmFtPsk, context.r1kh_id, kSpa).value();
  EXPECT_EQ(to_hex(r1.key), "b1884e9c9788ff75f1118d5bc74c770527bd07eee521d09de867f1ef2d40fc74");
  EXPECT_EQ(to_hex(r1.name), "83099ac14f27bf861e0b4ffcdf1d0074");
  const std::string ptk =
      "adfc9096f0b3b8b3f90bbb06a9a1bf39 cbe603a810f4640d93291132a4569a42 "
      "61eb408b39f12d07401cd693ba447fad";
  EXPECT_EQ(
      all_of(derive_ft_ptk(r1, kAkmFtPsk, kCipherCcmp128, kAa, kSpa, nonce(0xa0), nonce(0x20))),
      ptk);
  EXPECT_EQ(all_of(derive_ft_ptk(counting(32), kAkmFtSae, context, kCipherCcmp128, kAa, kSpa,
                                 nonce(0xa0), nonce(0x20))),
            ptk);
}

TEST_F(FtKeys, FollowFromSha384WhereTheAkmSaysSo) {
  EXPECT_EQ(all_of(derive_ft_ptk(counting(48), kAkmFt8021xSha384, context, kCipherGcmp256, kAa,
                                 kSpa, nonce(0xa0), nonce(0x20))),
            "ab0265971c8b7c76c6f51f22da0e0235aefa3bc47e4e1de9 "
            "633c33600a53986a5f22e576a1b53e6c423f4b53b41e2ea92e0fec04d9991a62 "
            "b9b89ba64e4ce4ca7f97478c78299e44b08794f1f7f7708c0ea4df57dbc46bc3");
}

TEST_F(FtKeys, AreRefusedOutOfBounds) {
  EXPECT_FALSE(derive_pmk_r0(counting(32), kAkmPsk, context, kSpa).has_value());
  EXPECT_FALSE(derive_pmk_r0({}, kAkmFtPsk, context, kSpa).has_value());
  context.r0kh_id = Bytes(49);
  EXPECT_FALSE(derive_pmk_r0(counting(32), kAkmFtPsk, context, kSpa).has_value());
  context.r0kh_id = Bytes(48);
  EXPECT_TRUE(derive_pmk_r0(counting(32), kAkmFtPsk, context, kSpa).has_value());
  context.ssid.clear();
  EXPECT_FALSE(derive_pmk_r0(counting(32), kAkmFtPsk, context, kSpa).has_value());
}

/// A handshake of each AKM, with the descriptor version that goes with it.
struct Kind {
  Suite akm;
  std::uint8_t version;
  std::size_t pmk_size;
};

TEST(EapolMic, ProtectsEveryMessageOfEveryAkm) {
  for (const Kind kind : {Kind{kAkmPsk, 2, 32}, Kind{kAkmPsk, 1, 32}, Kind{kAkmPskSha256, 3, 32},
                          Kind{kAkm8021xSha256, 3, 32}, Kind{kAkmSae, 0, 32}, Kind{kAkmOwe, 0, 32},
                          Kind{kAkmOwe, 0, 48}, Kind{kAkmOwe, 0, 64}, Kind{kAkm8021xSuiteB, 0, 32},
                          Kind{kAkm8021xSuiteB192, 0, 48}}) {
    HandshakeParameters p;
    p.pmk = counting(kind.pmk_size);
    p.akm = kind.akm;
    p.descriptor_version = kind.version;
    const auto pdus = build_handshake(p);
    ASSERT_TRUE(pdus.has_value()) << akm_to_string(kind.akm) << to_string(pdus.error());
    const std::size_t mic = mic_length(kind.akm, kind.pmk_size);
    for (const Bytes& pdu : {pdus->m2, pdus->m3, pdus->m4}) {
      EXPECT_EQ(parse_eapol_key(parse_eapol(pdu).value(), mic)->mic.size(), mic);
      EXPECT_TRUE(verify_mic(pdus->ptk.kck, kind.akm, pdu).value()) << akm_to_string(kind.akm);
      Bytes changed = pdu;
      changed[20] ^= std::byte{1};
      EXPECT_FALSE(verify_mic(pdus->ptk.kck, kind.akm, changed).value());
    }
  }
}

TEST(EapolMic, IsRefusedWhereTheVersionHasNoneOfThatSize) {
  EXPECT_FALSE(compute_mic(Bytes(24), kAkm8021xSuiteB192, Bytes(100)).has_value());
  EXPECT_TRUE(compute_mic(Bytes(24), kAkm8021xSuiteB192, Bytes(105)).has_value());
  Bytes version2(105);
  version2[6] = std::byte{2};
  EXPECT_FALSE(compute_mic(Bytes(24), kAkm8021xSuiteB192, version2).has_value());
  EXPECT_FALSE(compute_mic(Bytes(16), kAkmFilsSha256, Bytes(105)).has_value());
}

TEST(ExpandKey, RefusesMoreThanItsCounterCanMake) {
  EXPECT_EQ(expand_key(KeyHash::sha1, Bytes(20), "x", {}, 5120)->size(), 5120U);
  EXPECT_FALSE(expand_key(KeyHash::sha1, Bytes(20), "x", {}, 5121).has_value());
  EXPECT_FALSE(expand_key(KeyHash::sha256, Bytes(20), "x", {}, 8192).has_value());
  EXPECT_FALSE(expand_key(KeyHash::sha256, {}, "x", {}, 16).has_value());
}

}  // namespace
}  // namespace postassoc
