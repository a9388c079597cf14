#include "harness/run/frame_forge.h"

#include <gtest/gtest.h>

#include <set>

#include "harness/air_tags.h"
#include "harness/frames/data_key.h"
#include "harness/frames/dot11.h"
#include "harness/frames/key_mic.h"
#include "harness/frames/msdu.h"
#include "harness/run/injection_eapol.h"

namespace postassoc {
namespace {

using step::EapolVariant;
using step::FragmentPart;
using step::FrameForm;
using step::FrameKind;

constexpr MacAddress kBssid{{0x02, 0, 0, 0, 0, 0}};
constexpr MacAddress kStation{{0x02, 0, 0, 0, 1, 0}};
const std::string kTag = "pa:0123abcd:7;";

InjectionKeys keys_of(std::uint64_t pn = 40) {
  InjectionKeys keys;
  keys.pairwise = {{kCipherCcmp128, Bytes(16, std::byte{1}), 0, 90},
                   {kCipherCcmp128, Bytes(16, std::byte{2}), 0, pn}};
  keys.group = {{kCipherCcmp128, Bytes(16, std::byte{3}), 1, 5}};
  return keys;
}

InjectionFrame frame_of(FrameKind kind = FrameKind::udp) {
  InjectionFrame frame;
  frame.kind = kind;
  frame.bssid = kBssid;
  frame.station = kStation;
  frame.tag = kTag;
  frame.ethertype = 0x88b4;
  return frame;
}

Forged build(FrameForge& forge, FrameForm form, std::uint64_t index = 0,
             FragmentPart part = FragmentPart::both, const InjectionKeys& keys = keys_of()) {
  auto forged = forge.build(frame_of(), form, part, keys, index);
  EXPECT_TRUE(forged) << to_string(forged.error());
  return forged ? *forged : Forged{};
}

std::uint64_t pn_of(const Bytes& mpdu) {
  return parse_cipher_header(kCipherCcmp128, parse_dot11(mpdu)->body)->pn;
}

/// The bodies in clear.
Bytes opened(const Bytes& mpdu, std::byte key) {
  const auto dot11 = parse_dot11(mpdu);
  if (!dot11->protected_frame) {
    return Bytes(dot11->body.begin(), dot11->body.end());
  }
  const auto plain = decrypt_mpdu(kCipherCcmp128, Bytes(16, key), *dot11);
  return plain ? *plain : Bytes{};
}

TEST(FrameForge, protects_with_the_newest_key_and_packet_numbers_above_those_in_use) {
  FrameForge forge(kCipherCcmp128);
  const Bytes first = build(forge, FrameForm::protected_).mpdus.at(0);
  const Bytes second = build(forge, FrameForm::protected_).mpdus.at(0);
  EXPECT_GT(pn_of(first), 40 + FrameForge::kAhead - 1);
  EXPECT_EQ(pn_of(second), pn_of(first) + 1);
  EXPECT_EQ(parse_dot11(first)->qos_control->tid(), kInjectionTid);
  EXPECT_EQ(find_tags(opened(first, std::byte{2}), "0123abcd"), std::vector{kTag});
  EXPECT_TRUE(opened(first, std::byte{1}).empty());
}

TEST(FrameForge, needs_a_key_for_what_is_protected) {
  FrameForge forge(kCipherCcmp128);
  EXPECT_FALSE(forge.build(frame_of(), FrameForm::protected_, FragmentPart::both, {}, 0));
  EXPECT_FALSE(forge.build(frame_of(), FrameForm::fragments_mixed, FragmentPart::both, {}, 0));
  EXPECT_TRUE(forge.build(frame_of(), FrameForm::wrong_key, FragmentPart::both, {}, 0));
  EXPECT_TRUE(forge.build(frame_of(), FrameForm::fragments_plain, FragmentPart::both, {}, 0));
}

TEST(FrameForge, sends_proper_fragments_that_make_one_packet) {
  FrameForge forge(kCipherCcmp128);
  const Forged forged = build(forge, FrameForm::fragments_protected);
  ASSERT_EQ(forged.mpdus.size(), 2U);
  EXPECT_EQ(pn_of(forged.mpdus[1]), pn_of(forged.mpdus[0]) + 1);
  Bytes whole;
  for (std::size_t i = 0; i < 2; ++i) {
    const auto dot11 = parse_dot11(forged.mpdus[i]);
    EXPECT_EQ(dot11->fragment_number, i);
    EXPECT_EQ(dot11->more_fragments, i == 0);
    EXPECT_EQ(dot11->sequence_number, parse_dot11(forged.mpdus[0])->sequence_number);
    const Bytes body = opened(forged.mpdus[i], std::byte{2});
    EXPECT_EQ(find_tags(body, "0123abcd").size(), 1U) << "each has the tag";
    whole.insert(whole.end(), body.begin(), body.end());
  }
  InjectionFrame alone = frame_of();
  alone.tag_twice = true;
  EXPECT_EQ(whole, build_injection_msdu(alone));
}

TEST(FrameForge, mixes_plain_and_protected_fragments_by_turns) {
  FrameForge forge(kCipherCcmp128);
  for (const std::uint64_t index : {0U, 1U}) {
    const Forged forged = build(forge, FrameForm::fragments_mixed, index);
    EXPECT_EQ(parse_dot11(forged.mpdus.at(0))->protected_frame, index == 1);
    EXPECT_EQ(parse_dot11(forged.mpdus.at(1))->protected_frame, index == 0);
  }
}

TEST(FrameForge, leaves_a_gap_between_packet_numbers_when_told) {
  FrameForge forge(kCipherCcmp128);
  const Forged forged = build(forge, FrameForm::fragments_packet_number_gap);
  EXPECT_GT(pn_of(forged.mpdus.at(1)), pn_of(forged.mpdus.at(0)) + 1);
}

TEST(FrameForge, sends_no_second_fragment_under_the_key_of_the_first) {
  FrameForge forge(kCipherCcmp128);
  build(forge, FrameForm::fragments_two_keys, 0, FragmentPart::first);
  const auto second =
      forge.build(frame_of(), FrameForm::fragments_two_keys, FragmentPart::second, keys_of(), 0);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().what.find("no newer key"), std::string::npos);
}

TEST(FrameForge, sends_the_second_fragment_later_under_the_key_of_then) {
  FrameForge forge(kCipherCcmp128);
  const Forged first = build(forge, FrameForm::fragments_two_keys, 0, FragmentPart::first);
  InjectionKeys rekeyed = keys_of();
  rekeyed.pairwise.push_back({kCipherCcmp128, Bytes(16, std::byte{4}), 0, 2});
  InjectionFrame other = frame_of();
  other.tag = "pa:0123abcd:8;";
  const auto second =
      forge.build(other, FrameForm::fragments_two_keys, FragmentPart::second, rekeyed, 0);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->tag, kTag) << "it belongs to the frame that the first fragment began";
  ASSERT_EQ(first.mpdus.size(), 1U);
  ASSERT_EQ(second->mpdus.size(), 1U);
  EXPECT_EQ(pn_of(second->mpdus[0]), pn_of(first.mpdus[0]) + 1);
  EXPECT_FALSE(opened(second->mpdus[0], std::byte{4}).empty());
  EXPECT_EQ(parse_dot11(second->mpdus[0])->sequence_number,
            parse_dot11(first.mpdus[0])->sequence_number);
  EXPECT_FALSE(forge.build(other, FrameForm::fragments_two_keys, FragmentPart::second, rekeyed, 0));
  EXPECT_GT(pn_of(build(forge, FrameForm::protected_, 0, FragmentPart::both, rekeyed).mpdus[0]),
            pn_of(second->mpdus[0]));
}

TEST(FrameForge, cloaks_an_a_msdu_as_eapol) {
  FrameForge forge(kCipherCcmp128);
  const Bytes mpdu = build(forge, FrameForm::amsdu_cloaked).mpdus.at(0);
  const auto dot11 = parse_dot11(mpdu);
  EXPECT_FALSE(dot11->protected_frame);
  EXPECT_TRUE(dot11->qos_control->amsdu_present());
  const Bytes eapol = build_llc_snap(kEthertypeEapol, {});
  EXPECT_TRUE(std::equal(eapol.begin(), eapol.end(), dot11->body.begin()));
  const auto msdus = parse_msdus(*dot11, dot11->body);
  ASSERT_TRUE(msdus);
  ASSERT_EQ(msdus->size(), 2U);
  EXPECT_EQ(msdus->back().ethertype, kEthertypeIpv4);
  EXPECT_EQ(msdus->back().da, kStation);
}

TEST(FrameForge, marks_what_is_under_a_wrong_key_so_that_it_is_found) {
  FrameForge forge(kCipherCcmp128);
  for (const FrameForm form :
       {FrameForm::wrong_key, FrameForm::fragments_wrong_key, FrameForm::amsdu_wrong_key}) {
    const Forged forged = build(forge, form);
    for (const Bytes& mpdu : forged.mpdus) {
      const auto dot11 = parse_dot11(mpdu);
      EXPECT_TRUE(dot11->protected_frame);
      EXPECT_TRUE(opened(mpdu, std::byte{2}).empty());
      EXPECT_EQ(find_tags(dot11->body, "0123abcd"), std::vector{kTag});
    }
  }
  EXPECT_NE(FrameForge::source_of(7), FrameForge::source_of(8));
  EXPECT_FALSE(FrameForge::source_of(7).is_group());
}

TEST(FrameForge, puts_a_whole_packet_into_a_fragment_alone) {
  FrameForge forge(kCipherCcmp128);
  InjectionFrame frame = frame_of();
  frame.to_group = true;
  const auto to_group =
      forge.build(frame, FrameForm::fragment_to_group, FragmentPart::both, keys_of(), 0);
  ASSERT_TRUE(to_group);
  const auto dot11 = parse_dot11(to_group->mpdus.at(0));
  EXPECT_TRUE(dot11->ra.is_group());
  EXPECT_EQ(dot11->fragment_number, 1);
  EXPECT_FALSE(dot11->protected_frame);
  EXPECT_EQ(Bytes(dot11->body.begin(), dot11->body.end()), build_injection_msdu(frame));
  EXPECT_EQ(parse_dot11(build(forge, FrameForm::fragment_alone, 1).mpdus.at(0))->fragment_number,
            1);
}

// --- EAPOL-Key frames
// -----------------------------------------------------------------------------

AirEapol message(const Bytes& pdu, KeyMessage kind) {
  AirEapol frame;
  frame.eapol = parse_eapol(pdu).value();
  frame.key = parse_eapol_key(frame.eapol).value();
  frame.message = kind;
  frame.mic_valid = true;
  return frame;
}

InjectionKeys keys_with_messages() {
  InjectionKeys keys = keys_of();
  EapolKey m1;
  m1.key_info = EapolKey::kPairwise | EapolKey::kKeyAck | 2;
  m1.replay_counter = 1;
  m1.nonce.fill(std::byte{0x11});
  EapolKey m3 = m1;
  m3.key_info = EapolKey::kPairwise | EapolKey::kInstall | EapolKey::kKeyAck | EapolKey::kKeyMic |
                EapolKey::kSecure | EapolKey::kEncryptedKeyData | 2;
  m3.replay_counter = 2;
  m3.key_data = Bytes(56, std::byte{0x33});
  keys.m1 = message(build_eapol_key(m1), KeyMessage::m1);
  keys.m3 = message(build_eapol_key(m3), KeyMessage::m3);
  keys.m3->key_data_plain = Bytes(24, std::byte{0x30});
  keys.akm = kAkmPsk;
  keys.ptk = Ptk{Bytes(16, std::byte{7}), Bytes(16, std::byte{8}), Bytes(16, std::byte{2})};
  keys.replay_counter = 2;
  return keys;
}

EapolKey built(EapolVariant variant, const InjectionKeys& keys, std::uint64_t index = 0) {
  const auto pdu = build_eapol_variant(variant, keys, index, 1);
  EXPECT_TRUE(pdu) << to_string(pdu.error());
  return parse_eapol_key(parse_eapol(*pdu).value()).value();
}

bool signed_right(EapolVariant variant, const InjectionKeys& keys) {
  const auto pdu = build_eapol_variant(variant, keys, 0, 1);
  return pdu && verify_mic(keys.ptk->kck, keys.akm, *pdu).value();
}

TEST(EapolVariant, replays_octet_by_octet) {
  const InjectionKeys keys = keys_with_messages();
  EXPECT_EQ(build_eapol_variant(EapolVariant::replayed, keys, 0, 1).value(), keys.m1->eapol.raw);
  EXPECT_EQ(build_eapol_variant(EapolVariant::replayed, keys, 1, 1).value(), keys.m3->eapol.raw);
}

TEST(EapolVariant, differs_from_a_sound_frame_in_what_it_says_and_nothing_else) {
  const InjectionKeys keys = keys_with_messages();
  EXPECT_TRUE(signed_right(EapolVariant::other_anonce, keys));
  EXPECT_TRUE(signed_right(EapolVariant::unknown_kde, keys));
  EXPECT_FALSE(signed_right(EapolVariant::bad_mic, keys));
  const EapolKey bad = built(EapolVariant::bad_mic, keys, 4);
  EXPECT_EQ(bad.replay_counter, 7U) << "above all that were used";
  EXPECT_EQ(bad.key_data, keys.m3->key->key_data);
  EXPECT_FALSE(built(EapolVariant::mic_cleared, keys).key_mic());
  EXPECT_FALSE(built(EapolVariant::mic_cleared, keys).encrypted_key_data());
  EXPECT_FALSE(built(EapolVariant::unauthenticated_key_data, keys).key_mic());
  EXPECT_TRUE(built(EapolVariant::unauthenticated_key_data, keys).encrypted_key_data());
  EXPECT_EQ(classify(built(EapolVariant::forged_m1, keys)), KeyMessage::m1);
  EXPECT_NE(built(EapolVariant::forged_m1, keys, 0).nonce,
            built(EapolVariant::forged_m1, keys, 1).nonce);
  EXPECT_EQ(classify(built(EapolVariant::unknown_kde, keys)), KeyMessage::g1);
}

TEST(EapolVariant, bends_frames_as_the_seed_says) {
  const InjectionKeys keys = keys_with_messages();
  std::set<Bytes> different;
  for (std::uint64_t index = 0; index < 27; ++index) {
    const auto once = build_eapol_variant(EapolVariant::malformed, keys, index, 5);
    ASSERT_TRUE(once);
    EXPECT_GE(once->size(), 4U);
    EXPECT_EQ(*once, build_eapol_variant(EapolVariant::malformed, keys, index, 5).value());
    different.insert(*once);
  }
  EXPECT_GT(different.size(), 20U);
  EXPECT_NE(build_eapol_variant(EapolVariant::malformed, keys, 8, 5).value(),
            build_eapol_variant(EapolVariant::malformed, keys, 8, 6).value());
}

TEST(EapolVariant, cannot_be_made_of_messages_that_nobody_saw) {
  for (const EapolVariant variant :
       {EapolVariant::replayed, EapolVariant::bad_mic, EapolVariant::unknown_kde,
        EapolVariant::forged_m1, EapolVariant::malformed}) {
    EXPECT_FALSE(build_eapol_variant(variant, {}, 0, 1));
  }
}

}  // namespace
}  // namespace postassoc
