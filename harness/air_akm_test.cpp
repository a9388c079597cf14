#include <gtest/gtest.h>

#include "harness/air_survey_test_support.h"
#include "harness/frames/bip.h"
#include "harness/frames/data_key.h"
#include "harness/frames/ft_elements.h"
#include "harness/frames/ft_keys.h"
#include "harness/frames/key_mic.h"
#include "harness/frames/key_wrap.h"

namespace postassoc {
namespace {

struct Network {
  std::string name;
  Suite akm;
  Suite pairwise;
  std::size_t pmk_size;
  std::uint8_t descriptor_version;
};

class EveryAkm : public testing::TestWithParam<Network> {};

HandshakeParameters parameters_of(const TestCapture& capture, const Network& network) {
  HandshakeParameters p = capture.parameters();
  p.akm = network.akm;
  p.pairwise_cipher = network.pairwise;
  p.descriptor_version = network.descriptor_version;
  p.rsne.akms = {network.akm};
  p.rsne.pairwise_ciphers = {network.pairwise};
  p.rsne.group_cipher = network.pairwise;
  p.rsne.capabilities = 0x00c0;
  p.gtk.key.assign(*tk_length(network.pairwise), std::byte{0x47});
  p.igtk = IgtkKde{4, 0x10, Bytes(16, std::byte{0x49})};
  return p;
}

TEST_P(EveryAkm, GivesItsKeysAway) {
  TestCapture capture;
  capture.pmk.assign(GetParam().pmk_size, std::byte{0x33});
  const auto p = parameters_of(capture, GetParam());
  capture.beacon(p.rsne);
  const auto pdus = capture.associate(p);
  DataHeader header = capture.header(false);
  header.protected_frame = true;
  Bytes frame = build_data_header(header);
  const Bytes body = encrypt_mpdu(p.pairwise_cipher, pdus.ptk.tk, frame, {1, 0, 8},
                                  build_llc_snap(kEthertypeIpv4, as_bytes("data")))
                         .value();
  frame.insert(frame.end(), body.begin(), body.end());
  capture.frame(frame);
  const Surveyed found = survey(capture);
  const Association& a = found.association();
  ASSERT_EQ(a.eapol.size(), 4U);
  for (const AirEapol& eapol : a.eapol) {
    EXPECT_NE(eapol.message, KeyMessage::unknown) << eapol.unknown_reason;
    EXPECT_TRUE(eapol.message == KeyMessage::m1 || eapol.mic_valid == true)
        << eapol.mic_unknown_reason;
  }
  ASSERT_TRUE(a.suites);
  EXPECT_EQ(a.suites->akm, p.akm);
  EXPECT_TRUE(a.suites->mfp);
  EXPECT_EQ(a.suites->group_management, kCipherBipCmac128);
  EXPECT_EQ(a.protected_data.at(0).handshake, 0U);
  ASSERT_EQ(a.group_keys.size(), 2U);
  EXPECT_EQ(a.group_keys[0].key, p.gtk.key);
  EXPECT_EQ(a.group_keys[1].kind, AirGroupKey::Kind::igtk);
  EXPECT_EQ(a.group_keys[1].rsc, 0x10U);
}

INSTANTIATE_TEST_SUITE_P(
    Akms, EveryAkm,
    testing::Values(Network{"Psk", kAkmPsk, kCipherCcmp128, 32, 2},
                    Network{"PskSha256", kAkmPskSha256, kCipherGcmp128, 32, 3},
                    Network{"Ieee8021x", kAkm8021x, kCipherCcmp128, 32, 2},
                    Network{"Ieee8021xSha256", kAkm8021xSha256, kCipherCcmp256, 32, 3},
                    Network{"Sae", kAkmSae, kCipherCcmp128, 32, 0},
                    Network{"SaeExtKey", kAkmSaeExtKey, kCipherGcmp256, 48, 0},
                    Network{"Owe", kAkmOwe, kCipherCcmp128, 32, 0},
                    Network{"OweGroup20", kAkmOwe, kCipherGcmp256, 48, 0},
                    Network{"SuiteB192", kAkm8021xSuiteB192, kCipherGcmp256, 48, 0}),
    [](const auto& network) { return network.param.name; });

FtContext mobility_domain(const TestCapture& capture) {
  return {"net", 0xa1b2, Bytes(6, std::byte{0x52}), capture.bssid};
}

TEST(FastTransition, InitialAssociationHasTheFtHierarchy) {
  TestCapture capture;
  auto p = parameters_of(capture, {"", kAkmFtPsk, kCipherCcmp128, 32, 3});
  p.ft = mobility_domain(capture);
  capture.beacon(p.rsne);
  const auto pdus = capture.associate(p);
  const Surveyed found = survey(capture);
  EXPECT_EQ(found.association().eapol.at(1).mic_valid, true)
      << found.association().eapol.at(1).mic_unknown_reason;
  EXPECT_EQ(found.association().handshakes.at(0).tk, pdus.ptk.tk);
  EXPECT_FALSE(found.association().fast_transition);
}

/// A reassociation frame's elements, the FTE signed.
Bytes ft_elements(const TestCapture& capture, const Rsne& rsne, const FtContext& ft, Fte fte,
                  const Ptk& ptk, FtMessage message) {
  const Bytes zeros(16);
  fte.mic = zeros;
  fte.element_count = 3;
  const auto elements = [&](const Fte& signed_fte) {
    return ByteWriter()
        .bytes(build_rsne(rsne))
        .bytes(build_mde({ft.mdid, 0}))
        .bytes(build_fte(signed_fte))
        .take();
  };
  const Bytes bare = elements(fte);
  const Bytes mic = compute_ft_mic(ptk.kck, kAkmFtPsk, message, capture.station, capture.bssid,
                                   parse_elements(bare).list)
                        .value();
  fte.mic = mic;
  return elements(fte);
}

TEST(FastTransition, ReassociationBringsTheKeys) {
  TestCapture capture;
  auto p = parameters_of(capture, {"", kAkmFtPsk, kCipherCcmp128, 32, 3});
  p.ft = mobility_domain(capture);
  const Ptk ptk = derive_ptk(p).value();
  const auto r0 = derive_pmk_r0(p.pmk, p.akm, *p.ft, p.spa).value();
  const auto r1 = derive_pmk_r1(r0, p.akm, p.ft->r1kh_id, p.spa).value();
  Rsne rsne = p.rsne;
  rsne.pmkids = {r1.name};
  Fte fte;
  fte.anonce = p.anonce;
  fte.snonce = p.snonce;
  fte.r0kh_id = p.ft->r0kh_id;
  fte.r1kh_id = p.ft->r1kh_id;
  capture.beacon(p.rsne);
  ByteWriter request;
  request.le16(0x11).le16(5).address({{2, 0, 0, 0, 0, 7}}).bytes(build_element(0, as_bytes("net")));
  request.bytes(ft_elements(capture, rsne, *p.ft, fte, ptk, FtMessage::reassoc_request));
  capture.frame(build_management_frame(kReassocRequest, capture.bssid, capture.station,
                                       capture.bssid, 1, request.take()));
  const Bytes wrapped = wrap_key_data(ptk.kek, p.gtk.key).value();
  fte.gtk = FtWrappedKey{1, 0x77, 16, wrapped};
  ByteWriter response;
  response.le16(0x11).le16(0).le16(0xc001);
  response.bytes(ft_elements(capture, rsne, *p.ft, fte, ptk, FtMessage::reassoc_response));
  capture.frame(build_management_frame(kReassocResponse, capture.station, capture.bssid,
                                       capture.bssid, 1, response.take()));
  capture.encrypted(capture.header(false), ptk.tk, 1, kEthertypeIpv4, as_bytes("roamed"));
  DataHeader broadcast = capture.header(true);
  broadcast.da = kBroadcast;
  capture.encrypted(broadcast, p.gtk.key, 0x78, kEthertypeArp, Bytes(28), 1);

  const Surveyed found = survey(capture);
  const Association& a = found.association();
  EXPECT_TRUE(a.fast_transition);
  ASSERT_EQ(a.handshakes.size(), 1U);
  EXPECT_EQ(a.handshakes[0].tk, ptk.tk);
  ASSERT_EQ(a.group_keys.size(), 1U);
  EXPECT_EQ(a.group_keys[0].key, p.gtk.key);
  EXPECT_EQ(a.group_keys[0].rsc, 0x77U);
  ASSERT_EQ(a.protected_data.size(), 2U);
  EXPECT_EQ(a.protected_data[0].handshake, 0U);
  EXPECT_EQ(a.protected_data[1].handshake, 0U);
  EXPECT_TRUE(a.protected_data[1].group);
}

TEST(ManagementProtection, SaysWhatIsAuthentic) {
  TestCapture capture;
  const auto p = parameters_of(capture, {"", kAkmPskSha256, kCipherCcmp128, 32, 3});
  capture.beacon(p.rsne);
  const auto pdus = capture.associate(p);
  Bytes query =
      build_management_frame(kAction, capture.station, capture.bssid, capture.bssid, 7, {});
  query[1] |= std::byte{0x40};
  const Bytes body = encrypt_mpdu(kCipherCcmp128, pdus.ptk.tk, query, {5, 0, 8},
                                  ByteWriter().u8(8).u8(0).le16(0x1234).take())
                         .value();
  query.insert(query.end(), body.begin(), body.end());
  capture.frame(query);
  query.back() ^= std::byte{1};
  capture.frame(query);
  const Bytes plain = build_management_frame(kDeauthentication, kBroadcast, capture.bssid,
                                             capture.bssid, 8, ByteWriter().le16(3).take());
  const auto forged = capture.frame(plain);
  Bytes wrong =
      protect_with_bip(kCipherBipCmac128, Bytes(16, std::byte{1}), plain, 4, 0x11).value();
  capture.frame(wrong);
  const auto right =
      capture.frame(protect_with_bip(kCipherBipCmac128, p.igtk->key, plain, 4, 0x12).value());
  const Surveyed found = survey(capture);
  const auto& management = found.association().management;
  ASSERT_EQ(management.size(), 7U);
  EXPECT_EQ(management[2].authentic, true);
  EXPECT_EQ(management[2].category, 8);
  EXPECT_EQ(management[2].action, 0);
  EXPECT_EQ(management[3].authentic, false);
  EXPECT_FALSE(management[3].category);
  EXPECT_EQ(management[4].frame, forged);
  EXPECT_EQ(management[4].authentic, std::nullopt);
  EXPECT_EQ(management[5].authentic, false);
  EXPECT_EQ(management[6].authentic, true);
  EXPECT_EQ(management[6].ipn, 0x12U);
  EXPECT_EQ(management[6].bip_key_id, 4);
  EXPECT_EQ(found.association().end_frame, right);
  EXPECT_EQ(found.association().end_reason, 3);
}

TEST(GroupHandshakes, ArePaired) {
  TestCapture capture;
  const auto p = capture.parameters();
  const auto pdus = capture.associate(p);
  for (std::uint64_t i = 0; i < 2; ++i) {
    const GtkKde gtk{static_cast<std::uint8_t>(2 - i), false, Bytes(16, std::byte(0x60 + i))};
    const auto group = build_group_handshake(pdus.ptk, p.akm, 2, 10 + i, gtk).value();
    capture.encrypted(capture.header(true), pdus.ptk.tk, 2 * i + 1, kEthertypeEapol, group.g1);
    capture.encrypted(capture.header(true), pdus.ptk.tk, 2 * i + 2, kEthertypeEapol, group.g1);
    capture.encrypted(capture.header(false), pdus.ptk.tk, i + 1, kEthertypeEapol, group.g2);
  }
  const Surveyed found = survey(capture);
  const auto& handshakes = found.association().group_handshakes;
  ASSERT_EQ(handshakes.size(), 2U);
  EXPECT_EQ(handshakes[0].g1, (std::vector<std::size_t>{4, 5}));
  EXPECT_EQ(handshakes[0].g2, (std::vector<std::size_t>{6}));
  EXPECT_EQ(handshakes[1].g2, (std::vector<std::size_t>{9}));
  EXPECT_EQ(found.association().group_keys.size(), 5U);
}

TEST(Fragments, EapolInPiecesIsOneMessage) {
  TestCapture capture;
  capture.assoc_request();
  capture.assoc_response();
  const Bytes body =
      build_llc_snap(kEthertypeEapol, build_handshake(capture.parameters()).value().m1);
  DataHeader header = capture.header(true);
  header.more_fragments = true;
  capture.frame(build_data_frame(header, ByteView(body).first(64)));
  header.more_fragments = false;
  header.fragment_number = 1;
  const auto last = capture.frame(build_data_frame(header, ByteView(body).subspan(64)));
  const Surveyed found = survey(capture);
  ASSERT_EQ(found.association().eapol.size(), 1U);
  EXPECT_EQ(found.association().eapol[0].message, KeyMessage::m1);
  EXPECT_EQ(found.association().eapol[0].frame, last);
}

}  // namespace
}  // namespace postassoc
