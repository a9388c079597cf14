#include <gtest/gtest.h>

#include "harness/air_survey_test_support.h"

namespace postassoc {
namespace {

constexpr MacAddress kOtherStation{{2, 0, 0, 0, 2, 0}};

TEST(SurveyAir, FollowsStationsSideBySide) {
  TestCapture capture;
  const MacAddress stations[] = {capture.station, kOtherStation};
  HandshakePdus pdus[2];
  capture.beacon();
  for (int i = 0; i < 2; ++i) {
    capture.station = stations[i];
    capture.assoc_request();
    capture.assoc_response();
    pdus[i] = build_handshake(capture.parameters(static_cast<std::uint8_t>(i + 1))).value();
  }
  for (const auto message :
       {&HandshakePdus::m1, &HandshakePdus::m2, &HandshakePdus::m3, &HandshakePdus::m4}) {
    for (int i = 0; i < 2; ++i) {
      capture.station = stations[i];
      const bool down = message == &HandshakePdus::m1 || message == &HandshakePdus::m3;
      capture.eapol(down, pdus[i].*message);
      capture.ack(down ? capture.bssid : capture.station);
    }
  }
  for (int i = 0; i < 2; ++i) {
    capture.station = stations[i];
    capture.encrypted(capture.header(false), pdus[i].ptk.tk, 1, kEthertypeIpv4, as_bytes("up"));
  }
  const Surveyed found = survey(capture);
  ASSERT_EQ(found.airs.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    const Association& a = found.association(i);
    EXPECT_EQ(a.station, stations[i]);
    EXPECT_EQ(a.ssid, "net");
    ASSERT_EQ(a.handshakes.size(), 1U);
    EXPECT_TRUE(a.handshakes[0].complete());
    EXPECT_EQ(a.handshakes[0].tk, pdus[i].ptk.tk);
    EXPECT_TRUE(a.eapol.at(3).acknowledged);
    ASSERT_EQ(a.protected_data.size(), 1U);
    EXPECT_EQ(a.protected_data[0].handshake, 0U);
    EXPECT_EQ(found.airs[i].quality.protected_total, 1U);
  }
  EXPECT_EQ(found.summary.associations, 2U);
  EXPECT_EQ(found.summary.stations, 2U);
  ASSERT_EQ(found.summary.bsses.size(), 1U);
  EXPECT_EQ(found.summary.bsses[0].ssid, "net");
  EXPECT_EQ(found.summary.bsses[0].beacons, 1U);
}

TEST(SurveyAir, HandsOverEachAssociationOfAStation) {
  TestCapture capture;
  capture.associate(capture.parameters(1));
  capture.deauthentication(false, 3);
  const auto second = capture.associate(capture.parameters(2));
  const Surveyed found = survey(capture);
  ASSERT_EQ(found.airs.size(), 2U);
  EXPECT_EQ(found.association(0).end_reason, 3);
  EXPECT_EQ(found.association(1).handshakes.at(0).tk, second.ptk.tk);
  EXPECT_FALSE(found.association(1).handshakes.at(0).rekey);
  EXPECT_FALSE(found.association(1).end_frame);
}

TEST(SurveyAir, PutsEachFrameIntoOneClass) {
  TestCapture capture;
  capture.beacon();
  capture.associate(capture.parameters());
  const Bytes data =
      build_data_frame(capture.header(true), build_llc_snap(kEthertypeIpv4, as_bytes("x")));
  const auto bad_fcs = capture.frame(data, 0x40);
  const auto cut = capture.frame(ByteView(data).first(8));
  Bytes s1g = data;
  s1g[0] |= std::byte{1};
  const auto version_1 = capture.frame(s1g);
  s1g[0] |= std::byte{3};
  const auto version_3 = capture.frame(s1g);
  capture.station = kOtherStation;
  const auto bystander = capture.plain(false, kEthertypeIpv4, as_bytes("nobody's"));
  const auto& summary = survey(capture).summary;
  EXPECT_EQ(summary.frames, bystander);
  EXPECT_EQ(survey(capture).sum_of_classes(), summary.frames);
  EXPECT_EQ(summary.of(FrameClass::network).frames, 1U);
  EXPECT_EQ(summary.of(FrameClass::control).frames, 4U);
  EXPECT_EQ(summary.of(FrameClass::followed).frames, 6U);
  EXPECT_EQ(summary.of(FrameClass::bystander).first_frame, bystander);
  EXPECT_EQ(summary.of(FrameClass::bad_fcs).first_frame, bad_fcs);
  EXPECT_EQ(summary.of(FrameClass::cut_header).first_frame, cut);
  EXPECT_EQ(summary.of(FrameClass::protocol_version_1).first_frame, version_1);
  EXPECT_EQ(summary.of(FrameClass::other_version).first_frame, version_3);
  EXPECT_EQ(summary.undecoded(), 4U);
  EXPECT_EQ(summary.stations, 2U);
}

TEST(SurveyAir, CountsTheBeaconsOfTheTimeOfTheAssociation) {
  TestCapture capture;
  const auto beacons = [&capture](int count) {
    for (int i = 0; i < count; ++i) {
      capture.step_time(std::chrono::microseconds(101400));  // a beacon is a millisecond itself
      capture.beacon();
    }
  };
  beacons(3);
  capture.associate(capture.parameters());
  beacons(2);
  capture.deauthentication(false, 3);
  beacons(5);
  const AirQuality quality = survey(capture).airs.at(0).quality;
  EXPECT_EQ(quality.beacons, 3U) << "the latest before it, and two in it";
  EXPECT_EQ(quality.beacons_expected, 3U);
}

TEST(SurveyAir, LeavesOutOtherNetworks) {
  TestCapture capture;
  capture.beacon();
  capture.associate(capture.parameters());
  SurveyQuestion question = survey_question(capture);
  question.ssid = "net";
  EXPECT_EQ(survey(capture.save(), question).airs.size(), 1U);
  question.ssid = "other";
  const Surveyed none = survey(capture.save(), question);
  EXPECT_TRUE(none.airs.empty());
  EXPECT_EQ(none.summary.associations_of_other_ssids, 1U);
  question.ssid.reset();
  question.station = kOtherStation;
  EXPECT_TRUE(survey(capture.save(), question).airs.empty());
}

TEST(SurveyAir, FindsTheRightSecretAmongMany) {
  TestCapture capture;
  capture.pmk = pmk_from_passphrase("the right one", "net").value();
  capture.beacon();
  capture.associate(capture.parameters());
  SurveyQuestion question = survey_question(capture);
  question.secrets.pmks = {Bytes(32, std::byte{1}), Bytes(48, std::byte{2})};
  question.secrets.passphrases = {"a wrong one", "the right one"};
  const Surveyed right = survey(capture.save(), question);
  EXPECT_EQ(right.association().eapol.at(1).mic_valid, true);
  EXPECT_TRUE(right.association().eapol.at(2).key_data_plain);

  question.secrets.passphrases = {"a wrong one"};
  question.secrets.pmks.clear();
  const Surveyed wrong = survey(capture.save(), question);
  EXPECT_EQ(wrong.association().eapol.at(1).mic_valid, std::nullopt);
  EXPECT_EQ(wrong.association().eapol.at(1).mic_unknown_reason,
            "none of the secrets given is that of this association");
  question.secrets.sure = true;
  question.secrets.pmks = {Bytes(48, std::byte{2})};
  EXPECT_EQ(survey(capture.save(), question).association().eapol.at(1).mic_valid, false);
}

TEST(SurveyAir, TakesTheLatestBeaconBeforeTheAssociation) {
  TestCapture capture;
  Rsne changed = HandshakeParameters::psk_ccmp_rsne();
  changed.capabilities = 0x0080;
  capture.beacon();
  capture.beacon(changed);
  capture.associate(capture.parameters());
  capture.beacon();
  const Surveyed found = survey(capture);
  EXPECT_EQ(found.association().beacon_rsne, build_rsne(changed));
  ASSERT_TRUE(found.association().suites);
  EXPECT_EQ(found.association().suites->akm, kAkmPsk);
  EXPECT_EQ(found.association().suites->pairwise, kCipherCcmp128);
  EXPECT_FALSE(found.association().suites->mfp);
}

TEST(SurveyAir, ReadsEapolOffANetworkInterface) {
  TestCapture capture;
  const auto pdus = build_handshake(capture.parameters()).value();
  Bytes file = pcap_file_header(kLinkTypeEthernet);
  int at = 0;
  for (const Bytes* pdu : {&pdus.m1, &pdus.m2, &pdus.m3, &pdus.m4}) {
    const bool down = at++ % 2 == 0;
    ByteWriter frame;
    frame.address(down ? capture.station : capture.bssid);
    frame.address(down ? capture.bssid : capture.station).be16(kEthertypeEapol).bytes(*pdu);
    const Bytes record =
        pcap_record(TestCapture::kStart + std::chrono::milliseconds(at), frame.take());
    file.insert(file.end(), record.begin(), record.end());
  }
  TestFolder folder;
  write_file(folder.path() / "eth.pcap", file);
  const Surveyed found = survey(folder.path() / "eth.pcap", survey_question(capture));
  ASSERT_EQ(found.airs.size(), 1U);
  EXPECT_EQ(found.airs[0].link, AirLink::ethernet);
  const Association& a = found.association();
  EXPECT_EQ(a.bssid, capture.bssid);
  EXPECT_EQ(a.station, capture.station);
  ASSERT_EQ(a.handshakes.size(), 1U);
  EXPECT_TRUE(a.handshakes[0].complete());
  EXPECT_EQ(a.eapol.at(2).mic_valid, true);
  EXPECT_EQ(found.summary.of(FrameClass::followed).frames, 4U);
}

TEST(SurveyAir, KeepsManagementFramesWithTheAssociationThatTheyBelongTo) {
  TestCapture capture;
  ByteWriter body;
  body.le16(0).le16(1).le16(0);
  const auto authentication = capture.frame(build_management_frame(
      kAuthentication, capture.bssid, capture.station, capture.bssid, 1, body.take()));
  capture.ack(capture.station);
  capture.associate(capture.parameters());
  const auto end = capture.deauthentication(true, 7);
  const Surveyed found = survey(capture);
  const auto& management = found.association().management;
  ASSERT_EQ(management.size(), 4U);
  EXPECT_EQ(management[0].frame, authentication);
  EXPECT_EQ(management[0].authentication_transaction, 1);
  EXPECT_TRUE(management[0].acknowledged);
  EXPECT_EQ(management[1].subtype, kAssocRequest);
  EXPECT_EQ(management[2].status, 0);
  EXPECT_EQ(management[3].frame, end);
  EXPECT_EQ(management[3].reason, 7);
}

TEST(SurveyAir, StopsWhenTheSinkHasEnough) {
  TestCapture capture;
  for (int i = 0; i < 5; ++i) {
    capture.associate(capture.parameters(static_cast<std::uint8_t>(i + 1)));
  }
  int given = 0;
  const auto summary = survey_air(capture.save(), survey_question(capture), [&](Air&&) {
                         return ++given < 2;
                       }).value();
  EXPECT_EQ(given, 2);
  EXPECT_LT(summary.frames, 35U);
}

TEST(ReadAir, FollowsARoamBetweenAccessPoints) {
  TestCapture capture;
  const MacAddress first = capture.bssid;
  capture.associate(capture.parameters(1));
  capture.bssid = {{2, 0, 0, 0, 0, 9}};
  const auto p = capture.parameters(2);
  ByteWriter body;
  body.le16(0x0011).le16(5).address(first);
  body.bytes(build_element(0, as_bytes("net"))).bytes(build_rsne(p.rsne));
  const auto request = capture.frame(build_management_frame(
      kReassocRequest, capture.bssid, capture.station, capture.bssid, 9, body.take()));
  AirQuestion question = capture.question();
  question.bssids = {capture.bssid, first};
  const Air air = read_air(capture.save(), question).value();
  ASSERT_EQ(air.associations.size(), 2U);
  EXPECT_EQ(air.associations[0].bssid, first);
  EXPECT_FALSE(air.associations[0].reassociation);
  EXPECT_EQ(air.associations[1].request_frame, request);
  EXPECT_TRUE(air.associations[1].reassociation);
  EXPECT_EQ(air.associations[1].previous_bssid, first);
}

}  // namespace
}  // namespace postassoc
