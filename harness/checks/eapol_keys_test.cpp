#include <gtest/gtest.h>

#include "harness/checks/evidence_builder.h"
#include "harness/checks/key_descriptor.h"

namespace postassoc::checks {
namespace {

constexpr const char* kDescriptor = "eapol.descriptor-and-keylen";
constexpr const char* kGroup = "eapol.group-kdes";

SelectedSuites suites(Suite akm, Suite pairwise, bool mfp = false) {
  SelectedSuites suites;
  suites.akm = akm;
  suites.pairwise = pairwise;
  suites.group = kCipherCcmp128;
  suites.mfp = mfp;
  suites.group_management = mfp ? kCipherBipCmac128 : 0;
  return suites;
}

TEST(DescriptorVersion, follows_from_akm_and_cipher) {
  EXPECT_EQ(descriptor_version(kAkmPsk, kCipherTkip), 1);
  EXPECT_EQ(descriptor_version(kAkmPsk, kCipherCcmp128), 2);
  EXPECT_EQ(descriptor_version(kAkm8021x, kCipherGcmp256), 2);
  for (const Suite akm : {kAkmPskSha256, kAkm8021xSha256, kAkmFtPsk, kAkmFt8021x}) {
    EXPECT_EQ(descriptor_version(akm, kCipherCcmp128), 3);
  }
  for (const Suite akm : {kAkmSae, kAkmFtSae, kAkmOwe, kAkm8021xSuiteB192}) {
    EXPECT_EQ(descriptor_version(akm, kCipherGcmp256), 0);
  }
}

TEST(Descriptor, fails_when_the_station_sends_another_version_or_length) {
  EvidenceBuilder b = EvidenceBuilder::connect();
  b.association().suites = suites(kAkmSae, kCipherCcmp128);
  EXPECT_EQ(judge_one(kDescriptor, b).verdict, Verdict::fail);
  b = EvidenceBuilder::connect();
  b.message(KeyMessage::m4).key->key_length = 32;
  EXPECT_EQ(judge_one(kDescriptor, b).verdict, Verdict::fail);
  b.message(KeyMessage::m4).key->key_length = 16;
  EXPECT_EQ(judge_one(kDescriptor, b).verdict, Verdict::pass);
}

TEST(Descriptor, fails_when_the_station_accepts_another_length_in_message_3) {
  EvidenceBuilder b = EvidenceBuilder::connect();
  b.message(KeyMessage::m3).key->key_length = 5;
  EXPECT_EQ(judge_one(kDescriptor, b).verdict, Verdict::fail);
  b.lose(KeyMessage::m4);
  EXPECT_EQ(judge_one(kDescriptor, b).verdict, Verdict::info);
}

TEST(Descriptor, does_not_blame_the_station_for_the_access_points_version) {
  EvidenceBuilder b = EvidenceBuilder::connect();
  b.message(KeyMessage::m1).key->key_info ^= 1U;
  EXPECT_EQ(judge_one(kDescriptor, b).verdict, Verdict::info);
}

TEST(Descriptor, is_inconclusive_when_the_suites_are_not_known) {
  EvidenceBuilder b = EvidenceBuilder::connect();
  b.association().rsne.clear();
  EXPECT_EQ(judge_one(kDescriptor, b).verdict, Verdict::inconclusive);
}

TEST(KeyInfo, takes_the_version_from_the_suites_and_passes_over_requests) {
  EvidenceBuilder b = EvidenceBuilder::connect();
  for (AirEapol& frame : b.association().eapol) {
    frame.key->key_info &= 0xfff8U;
  }
  b.association().suites = suites(kAkmSae, kCipherCcmp128);
  AirEapol request = b.message(KeyMessage::m4);
  request.frame += 1;
  request.message = KeyMessage::unknown;
  request.key->key_info = 0x0b00;
  b.association().eapol.push_back(request);
  EXPECT_EQ(judge_one("eapol.key-info-bits", b).verdict, Verdict::pass);
  b.association().suites = suites(kAkmPsk, kCipherCcmp128);
  EXPECT_EQ(judge_one("eapol.key-info-bits", b).verdict, Verdict::fail);
}

TEST(GroupKdes, fails_on_a_key_in_clear_that_is_accepted) {
  EvidenceBuilder b = EvidenceBuilder::connect();
  AirEapol& m3 = b.message(KeyMessage::m3);
  m3.key->key_info &= static_cast<std::uint16_t>(~unsigned{EapolKey::kEncryptedKeyData});
  m3.key->key_data = *m3.key_data_plain;
  EXPECT_EQ(judge_one(kGroup, b).verdict, Verdict::fail);
}

/// That no answer is on the air is not enough: the access point has to have missed it too.
TEST(GroupKdes, pass_when_the_station_refuses_a_faulty_one) {
  EvidenceBuilder b = EvidenceBuilder::connect();
  AirEapol& m3 = b.message(KeyMessage::m3);
  (*m3.key_data_plain)[test_rsne().size() + 6] = std::byte{0};
  AirEapol again = m3;
  b.lose(KeyMessage::m4);
  EXPECT_EQ(judge_one(kGroup, b).verdict, Verdict::inconclusive);
  again.frame += 10;
  again.key->replay_counter += 1;
  again.key_data_plain = test_m3_key_data();
  b.association().eapol.push_back(again);
  b.index_handshake();
  EXPECT_EQ(judge_one(kGroup, b).verdict, Verdict::pass);
  b.message(KeyMessage::m3).acknowledged = false;
  EXPECT_EQ(judge_one(kGroup, b).verdict, Verdict::inconclusive);
}

TEST(GroupKdes, fails_on_a_wrong_length_or_index) {
  EvidenceBuilder b = EvidenceBuilder::connect();
  b.association().suites = suites(kAkmPsk, kCipherCcmp128);
  b.association().suites->group = kCipherTkip;
  EXPECT_EQ(judge_one(kGroup, b).verdict, Verdict::fail);
  b = EvidenceBuilder::connect();
  (*b.message(KeyMessage::m3).key_data_plain)[test_rsne().size() + 6] = std::byte{0};
  EXPECT_EQ(judge_one(kGroup, b).verdict, Verdict::fail);
}

TEST(GroupKdes, fails_when_pmf_goes_without_an_igtk) {
  EvidenceBuilder b = EvidenceBuilder::connect();
  b.association().suites = suites(kAkmPsk, kCipherCcmp128, true);
  EXPECT_EQ(judge_one(kGroup, b).verdict, Verdict::pass) << "the access point does not offer it";
  Bytes& data = *b.message(KeyMessage::m3).key_data_plain;
  data[test_rsne().size() - 2] |= std::byte{0x80};  // RSN capabilities: MFPC
  EXPECT_EQ(judge_one(kGroup, b).verdict, Verdict::fail);
  const Bytes igtk = from_hex("dd1c000fac090400000000000000" + std::string(32, '1')).value();
  data.insert(data.end(), igtk.begin(), igtk.end());
  EXPECT_EQ(judge_one(kGroup, b).verdict, Verdict::pass);
  data[data.size() - igtk.size() + 6] = std::byte{1};  // its key id
  EXPECT_EQ(judge_one(kGroup, b).verdict, Verdict::fail);
}

TEST(GroupKdes, are_inconclusive_when_they_cannot_be_read) {
  EvidenceBuilder b = EvidenceBuilder::connect();
  b.message(KeyMessage::m3).key_data_plain.reset();
  EXPECT_EQ(judge_one(kGroup, b).verdict, Verdict::inconclusive);
  EXPECT_EQ(judge_one(kGroup, EvidenceBuilder::wrong_passphrase()).verdict,
            Verdict::not_applicable);
}

}  // namespace
}  // namespace postassoc::checks
