#include "harness/frames/eapol.h"

#include <gtest/gtest.h>

#include "harness/frames/build.h"
#include "harness/frames/byte_writer.h"
#include "harness/frames/handshake_builder.h"
#include "harness/frames/key_mic.h"
#include "harness/frames/key_wrap.h"

namespace postassoc {
namespace {

HandshakeParameters parameters() {
  HandshakeParameters p;
  p.pmk = Bytes(32, std::byte{0x5a});
  p.aa = {{2, 0, 0, 0, 0, 0}};
  p.spa = {{2, 0, 0, 0, 1, 0}};
  p.anonce.fill(std::byte{0xa1});
  p.snonce.fill(std::byte{0x51});
  return p;
}

EapolKey key_of(const Bytes& pdu) {
  return parse_eapol_key(parse_eapol(pdu).value()).value();
}

KeyMessage message_with(std::uint16_t info, Bytes key_data = {},
                        std::uint8_t descriptor = kDescriptorRsn) {
  EapolKey key;
  key.descriptor_type = descriptor;
  key.key_info = info;
  key.key_data = std::move(key_data);
  return classify(key);
}

TEST(Eapol, LeavesOutPaddingOfTheLink) {
  const Bytes padded = ByteWriter().bytes(from_hex("02010000").value()).zeros(42).take();
  const auto eapol = parse_eapol(padded);
  ASSERT_TRUE(eapol.has_value());
  EXPECT_EQ(eapol->type, kEapolStart);
  EXPECT_EQ(to_hex(eapol->raw), "02010000");
  EXPECT_TRUE(eapol->body().empty());
}

TEST(Eapol, RefusesAPduThatIsCutOff) {
  const auto eapol = parse_eapol(from_hex("0203005f02").value());
  ASSERT_FALSE(eapol.has_value());
  EXPECT_NE(eapol.error().what.find("95"), std::string::npos);
}

TEST(EapolKey, IsReadBackAsItWasBuilt) {
  EapolKey key;
  key.key_info = 0x13ca;
  key.key_length = 16;
  key.replay_counter = 0x1122334455667788;
  key.nonce.fill(std::byte{1});
  key.iv.fill(std::byte{2});
  key.rsc.fill(std::byte{3});
  key.reserved.fill(std::byte{4});
  key.mic = Bytes(16, std::byte{5});
  key.key_data = Bytes(56, std::byte{6});
  EXPECT_EQ(key_of(build_eapol_key(key)), key);
  EXPECT_EQ(key.descriptor_version(), 2);
  EXPECT_TRUE(key.pairwise() && key.install() && key.key_ack() && key.key_mic() && key.secure());
  EXPECT_TRUE(key.encrypted_key_data());
  EXPECT_FALSE(key.error() || key.request() || key.smk());

  key.mic = Bytes(24, std::byte{5});
  EXPECT_EQ(parse_eapol_key(parse_eapol(build_eapol_key(key)).value(), 24).value(), key);
}

TEST(EapolKey, RefusesKeyDataThatDoesNotFitAndForeignDescriptors) {
  Bytes pdu = build_eapol_key(EapolKey{});
  pdu.back() = std::byte{1};  // key data length
  EXPECT_FALSE(parse_eapol_key(parse_eapol(pdu).value()).has_value());
  EapolKey legacy;
  legacy.descriptor_type = 1;
  EXPECT_FALSE(parse_eapol_key(parse_eapol(build_eapol_key(legacy)).value()).has_value());
  EXPECT_FALSE(parse_eapol_key(Eapol{2, kEapolStart, 0, Bytes(4)}).has_value());
}

TEST(Handshake, HasTheKeyInformationOfTheStandard) {
  const auto handshake = build_handshake(parameters()).value();
  EXPECT_EQ(key_of(handshake.m1).key_info, 0x008a);
  EXPECT_EQ(key_of(handshake.m2).key_info, 0x010a);
  EXPECT_EQ(key_of(handshake.m3).key_info, 0x13ca);
  EXPECT_EQ(key_of(handshake.m4).key_info, 0x030a);
}

TEST(Handshake, IsClassifiedMessageByMessage) {
  const auto handshake = build_handshake(parameters()).value();
  EXPECT_EQ(classify(key_of(handshake.m1)), KeyMessage::m1);
  EXPECT_EQ(classify(key_of(handshake.m2)), KeyMessage::m2);
  EXPECT_EQ(classify(key_of(handshake.m3)), KeyMessage::m3);
  EXPECT_EQ(classify(key_of(handshake.m4)), KeyMessage::m4);
  EXPECT_EQ(question_of(KeyMessage::m4), KeyMessage::m3);
  EXPECT_EQ(question_of(KeyMessage::m3), std::nullopt);
  const auto group =
      build_group_handshake(handshake.ptk, kAkmPsk, 2, 3, {2, false, Bytes(16)}).value();
  EXPECT_EQ(classify(key_of(group.g1)), KeyMessage::g1);
  EXPECT_EQ(classify(key_of(group.g2)), KeyMessage::g2);
}

TEST(Classify, KnowsAnM2WithSecureSetByItsRsne) {
  const Bytes rsne = from_hex("30020100").value();
  EXPECT_EQ(message_with(0x030a, rsne), KeyMessage::m2);
  EXPECT_EQ(message_with(0x030a, from_hex("dd05000fac1001").value()), KeyMessage::m4);
}

TEST(Classify, SaysUnknownRatherThanGuess) {
  EXPECT_EQ(message_with(0x010a), KeyMessage::unknown) << "neither RSNE nor Secure";
  EXPECT_EQ(message_with(0x000a), KeyMessage::unknown) << "neither Key Ack nor MIC";
  EXPECT_EQ(message_with(0x018a), KeyMessage::unknown) << "Key Ack and MIC without Install";
  EXPECT_EQ(message_with(0x0b0a), KeyMessage::unknown) << "a request";
  EXPECT_EQ(message_with(0x070a), KeyMessage::unknown) << "an error report";
  EXPECT_EQ(message_with(0x230a), KeyMessage::unknown) << "SMK";
  EXPECT_EQ(message_with(0x0082), KeyMessage::unknown) << "group without MIC";
}

TEST(Classify, KnowsTheMessagesOfWpa) {
  EXPECT_EQ(message_with(0x0109, from_hex("dd060050f2010100").value(), kDescriptorWpa),
            KeyMessage::m2);
  EXPECT_EQ(message_with(0x0109, {}, kDescriptorWpa), KeyMessage::m4);
}

class HandshakeOfVersion : public testing::TestWithParam<std::uint8_t> {};

TEST_P(HandshakeOfVersion, VerifiesUnderItsKckAndUnderNoOther) {
  HandshakeParameters p = parameters();
  p.descriptor_version = GetParam();
  if (p.descriptor_version == 0) {
    p.akm = kAkmSae;
  }
  const auto handshake = build_handshake(p).value();
  for (Bytes pdu : {handshake.m2, handshake.m3, handshake.m4}) {
    EXPECT_TRUE(verify_mic(handshake.ptk.kck, p.akm, pdu).value());
    EXPECT_FALSE(verify_mic(Bytes(16), p.akm, pdu).value());
    pdu[12] ^= std::byte{1};
    EXPECT_FALSE(verify_mic(handshake.ptk.kck, p.akm, pdu).value());
  }
  EXPECT_FALSE(verify_mic(handshake.ptk.kck, p.akm, handshake.m1).value());
}

INSTANTIATE_TEST_SUITE_P(EveryMicAlgorithm, HandshakeOfVersion, testing::Values(0, 1, 2, 3));

TEST(KeyMic, RefusesWhatHasNoAlgorithmOrNoRoomForAMic) {
  EapolKey key;
  key.key_info = 0x0108;
  EXPECT_FALSE(compute_mic(Bytes(16), kAkmPsk, build_eapol_key(key)).has_value());
  key.key_info = 0x010f;
  EXPECT_FALSE(compute_mic(Bytes(16), kAkmSae, build_eapol_key(key)).has_value());
  EXPECT_FALSE(compute_mic(Bytes(16), kAkmPsk, Bytes(96)).has_value());
}

TEST(Handshake, DeliversTheGtkInM3) {
  const HandshakeParameters p = parameters();
  const auto handshake = build_handshake(p).value();
  const EapolKey m3 = key_of(handshake.m3);
  const Bytes plaintext =
      unwrap_key_data(handshake.ptk.kek, m3.descriptor_version(), m3.key_data).value();
  const KeyData key_data = parse_key_data(plaintext);
  EXPECT_EQ(key_data.gtk().value().key, p.gtk.key);
  EXPECT_EQ(key_data.gtk()->key_id, 1);
  EXPECT_EQ(to_hex(key_data.raw_rsne()), to_hex(build_rsne(p.rsne)));
}

}  // namespace
}  // namespace postassoc
