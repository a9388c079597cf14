#include "harness/air.h"

#include <gtest/gtest.h>

#include "harness/air_test_capture.h"
#include "harness/frames/data_key.h"
#include "harness/frames/key_data.h"

namespace postassoc {
namespace {

using std::chrono::milliseconds;

TEST(ReadAir, FollowsAnAssociationFromRequestToDeauthentication) {
  TestCapture capture;
  capture.beacon();
  const auto pdus = capture.associate(capture.parameters());
  const auto last = capture.deauthentication(true, 3);
  const Air air = capture.read();

  ASSERT_EQ(air.associations.size(), 1U);
  const Association& a = air.associations[0];
  EXPECT_EQ(a.request_frame, 2U);
  EXPECT_EQ(a.request_time, milliseconds(2));
  EXPECT_EQ(a.response_frame, 3U);
  EXPECT_EQ(a.status, 0);
  EXPECT_EQ(a.rsne, build_rsne(HandshakeParameters::psk_ccmp_rsne()));
  EXPECT_EQ(a.beacon_rsne, a.rsne);
  EXPECT_EQ(a.end_frame, last);
  EXPECT_EQ(a.end_reason, 3);
  EXPECT_EQ(a.ended_by, Direction::from_access_point);
  ASSERT_EQ(a.eapol.size(), 4U);
  constexpr KeyMessage kMessages[] = {KeyMessage::m1, KeyMessage::m2, KeyMessage::m3,
                                      KeyMessage::m4};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(a.eapol[i].message, kMessages[i]) << a.eapol[i].unknown_reason;
    EXPECT_TRUE(a.eapol[i].acknowledged);
    EXPECT_EQ(a.eapol[i].mic_valid, i == 0 ? std::nullopt : std::optional(true));
  }
  ASSERT_EQ(a.handshakes.size(), 1U);
  EXPECT_TRUE(a.handshakes[0].complete());
  EXPECT_FALSE(a.handshakes[0].rekey);
  EXPECT_EQ(a.handshakes[0].tk, pdus.ptk.tk);
  ASSERT_TRUE(a.eapol[2].key_data_plain);
  EXPECT_EQ(parse_key_data(*a.eapol[2].key_data_plain).gtk()->key, capture.parameters().gtk.key);
}

TEST(ReadAir, WrongPmkMakesEveryMicInvalidAndGivesNoKey) {
  TestCapture capture;
  capture.associate(capture.parameters());
  capture.pmk.assign(32, std::byte{0x22});
  const Air air = capture.read();
  const Association& a = air.associations.at(0);
  EXPECT_EQ(a.eapol.at(1).message, KeyMessage::m2);
  for (std::size_t i = 1; i < 4; ++i) {
    EXPECT_EQ(a.eapol.at(i).mic_valid, false) << i;
  }
  EXPECT_FALSE(a.eapol.at(2).key_data_plain);
  EXPECT_FALSE(a.handshakes.at(0).tk);
}

TEST(ReadAir, WithoutAPmkMicsAreUnknownForAReason) {
  TestCapture capture;
  capture.associate(capture.parameters());
  AirQuestion question = capture.question();
  question.secrets = {};
  const Air air = read_air(capture.save(), question).value();
  EXPECT_EQ(air.associations.at(0).eapol.at(1).mic_valid, std::nullopt);
  EXPECT_EQ(air.associations.at(0).eapol.at(1).mic_unknown_reason, "no PMK is known");
  EXPECT_TRUE(air.associations.at(0).handshakes.at(0).complete());
}

TEST(ReadAir, FoldsMacRetriesOfEapolIntoOneMessage) {
  TestCapture capture;
  const auto p = capture.parameters();
  const auto pdus = build_handshake(p).value();
  capture.assoc_request();
  capture.assoc_response();
  DataHeader header = capture.header(true);
  const Bytes body = build_llc_snap(kEthertypeEapol, pdus.m1);
  capture.frame(build_data_frame(header, body));
  header.retry = true;
  capture.frame(build_data_frame(header, body));
  capture.frame(build_data_frame(header, body));
  capture.ack(capture.bssid);
  capture.eapol(true, pdus.m1);  // hostapd's own repetition: a new MPDU

  const Air air = capture.read();
  const Association& a = air.associations.at(0);
  ASSERT_EQ(a.eapol.size(), 2U);
  EXPECT_EQ(a.eapol[0].transmissions, 3);
  EXPECT_TRUE(a.eapol[0].acknowledged);
  EXPECT_EQ(a.eapol[1].transmissions, 1);
  EXPECT_FALSE(a.eapol[1].acknowledged);
  ASSERT_EQ(a.handshakes.size(), 1U);
  EXPECT_EQ(a.handshakes[0].m1, (std::vector<std::size_t>{0, 1}));
}

TEST(ReadAir, AnAckCountsOnlyInTimeAndForTheLastFrame) {
  TestCapture capture;
  const auto pdus = build_handshake(capture.parameters()).value();
  capture.assoc_request();
  capture.eapol(true, pdus.m1);
  capture.step_time(milliseconds(5));
  capture.ack(capture.bssid);
  capture.eapol(false, pdus.m2);
  capture.ack(capture.bssid);
  const Air air = capture.read();
  EXPECT_FALSE(air.associations.at(0).eapol.at(0).acknowledged);
  EXPECT_FALSE(air.associations.at(0).eapol.at(1).acknowledged);
}

TEST(ReadAir, AnAnswerWithAStrangeReplayCounterIsUnknown) {
  TestCapture capture;
  const auto pdus = build_handshake(capture.parameters(1, 7)).value();
  const auto other = build_handshake(capture.parameters(1, 9)).value();
  capture.assoc_request();
  capture.eapol(true, pdus.m1);
  capture.eapol(false, other.m2);
  capture.eapol(false, pdus.m4);
  const Air air = capture.read();
  const auto& eapol = air.associations.at(0).eapol;
  EXPECT_EQ(eapol.at(1).message, KeyMessage::unknown);
  EXPECT_EQ(eapol.at(1).unknown_reason,
            "looks like M2, but replay counter 9 is that of no captured M1, M3 or G1");
  EXPECT_EQ(eapol.at(2).message, KeyMessage::unknown);
}

TEST(ReadAir, AnM4ThatCarriesAnM1CounterIsUnknown) {
  TestCapture capture;
  const auto pdus = build_handshake(capture.parameters(1, 8)).value();
  const auto shifted = build_handshake(capture.parameters(1, 7)).value();  // its M4 has 8
  capture.assoc_request();
  capture.eapol(true, pdus.m1);
  capture.eapol(false, shifted.m4);
  const Air air = capture.read();
  EXPECT_EQ(air.associations.at(0).eapol.at(1).unknown_reason,
            "looks like M4, but replay counter 8 is that of the M1 in frame 2");
}

TEST(ReadAir, AnM1FromTheStationIsUnknown) {
  TestCapture capture;
  capture.assoc_request();
  capture.eapol(false, build_handshake(capture.parameters()).value().m1);
  const Air air = capture.read();
  EXPECT_EQ(air.associations.at(0).eapol.at(0).unknown_reason,
            "looks like M1, but was sent by the station");
  EXPECT_TRUE(air.associations.at(0).handshakes.empty());
}

TEST(ReadAir, StillProvesM3WhenM1WasNotCaptured) {
  TestCapture capture;
  const auto pdus = build_handshake(capture.parameters()).value();
  capture.assoc_request();
  capture.eapol(false, pdus.m2);
  capture.eapol(true, pdus.m3);
  capture.eapol(false, pdus.m4);
  const Air air = capture.read();
  const Association& a = air.associations.at(0);
  EXPECT_EQ(a.eapol.at(0).message, KeyMessage::unknown);
  EXPECT_EQ(a.eapol.at(1).mic_valid, true);
  EXPECT_EQ(a.eapol.at(2).mic_valid, true);
  EXPECT_EQ(a.handshakes.at(0).tk, pdus.ptk.tk);
  EXPECT_FALSE(a.handshakes.at(0).complete());
}

TEST(ReadAir, ARekeyIsASecondHandshakeOfTheAssociation) {
  TestCapture capture;
  const auto first = capture.associate(capture.parameters(1, 1));
  const auto second = build_handshake(capture.parameters(2, 3)).value();
  std::uint64_t pn = 0;
  // Under the old key, as a rekey goes: each message inside a protected frame.
  capture.encrypted(capture.header(true), first.ptk.tk, ++pn, kEthertypeEapol, second.m1);
  capture.encrypted(capture.header(false), first.ptk.tk, pn, kEthertypeEapol, second.m2);
  capture.encrypted(capture.header(true), first.ptk.tk, ++pn, kEthertypeEapol, second.m3);
  capture.encrypted(capture.header(false), first.ptk.tk, pn, kEthertypeEapol, second.m4);
  capture.encrypted(capture.header(false), second.ptk.tk, 1, kEthertypeIpv4, as_bytes("new key"));
  capture.encrypted(capture.header(true), first.ptk.tk, ++pn, kEthertypeIpv4, as_bytes("late"));

  const Air air = capture.read();
  const Association& a = air.associations.at(0);
  ASSERT_EQ(a.handshakes.size(), 2U);
  EXPECT_TRUE(a.handshakes[1].rekey);
  EXPECT_TRUE(a.handshakes[1].complete());
  EXPECT_EQ(a.handshakes[1].tk, second.ptk.tk);
  ASSERT_EQ(a.eapol.size(), 8U);
  for (std::size_t i = 4; i < 8; ++i) {
    EXPECT_TRUE(a.eapol[i].protected_frame);
  }
  ASSERT_EQ(a.protected_data.size(), 6U);
  EXPECT_EQ(a.protected_data[0].handshake, 0U);
  EXPECT_EQ(a.protected_data[0].ethertype, kEthertypeEapol);
  EXPECT_EQ(a.protected_data[4].handshake, 1U);
  EXPECT_EQ(a.protected_data[4].pn, 1U);
  EXPECT_EQ(a.protected_data[5].handshake, 0U);
  EXPECT_EQ(air.quality.protected_total, 6U);
  EXPECT_EQ(air.quality.protected_decrypted, 6U);
}

TEST(ReadAir, AnM3ResentInAProtectedFrameBelongsToItsHandshake) {
  TestCapture capture;
  const auto p = capture.parameters();
  const auto pdus = capture.associate(p);
  auto again = p;
  again.replay_counter = 5;  // M3 has 6
  const auto resent = build_handshake(again).value();
  capture.encrypted(capture.header(true), pdus.ptk.tk, 1, kEthertypeEapol, resent.m3);
  capture.encrypted(capture.header(false), pdus.ptk.tk, 1, kEthertypeEapol, resent.m4);
  const Air air = capture.read();
  const Association& a = air.associations.at(0);
  ASSERT_EQ(a.handshakes.size(), 1U);
  EXPECT_EQ(a.handshakes[0].m3, (std::vector<std::size_t>{2, 4}));
  EXPECT_EQ(a.handshakes[0].m4, (std::vector<std::size_t>{3, 5}));
  EXPECT_EQ(a.eapol.at(4).mic_valid, true);
  EXPECT_TRUE(a.eapol.at(4).protected_frame);
}

TEST(ReadAir, AGroupHandshakeChangesTheGroupKey) {
  TestCapture capture;
  const auto p = capture.parameters();
  const auto pdus = capture.associate(p);
  DataHeader broadcast = capture.header(true);
  broadcast.da = kBroadcast;
  broadcast.qos_control.reset();
  capture.encrypted(broadcast, p.gtk.key, 1, kEthertypeIpv4, as_bytes("old"), p.gtk.key_id);
  const GtkKde gtk{2, false, Bytes(16, std::byte{0x99})};
  const auto group = build_group_handshake(pdus.ptk, p.akm, 2, 9, gtk).value();
  capture.encrypted(capture.header(true), pdus.ptk.tk, 1, kEthertypeEapol, group.g1);
  capture.encrypted(capture.header(false), pdus.ptk.tk, 1, kEthertypeEapol, group.g2);
  capture.encrypted(broadcast, gtk.key, 1, kEthertypeIpv4, as_bytes("new"), gtk.key_id);
  capture.encrypted(broadcast, Bytes(16, std::byte{1}), 2, kEthertypeIpv4, as_bytes("alien"), 2);

  const Air air = capture.read();
  const Association& a = air.associations.at(0);
  ASSERT_EQ(a.eapol.size(), 6U);
  EXPECT_EQ(a.eapol[4].message, KeyMessage::g1);
  EXPECT_EQ(a.eapol[4].mic_valid, true);
  EXPECT_EQ(a.eapol[5].message, KeyMessage::g2);
  EXPECT_EQ(a.eapol[5].mic_valid, true);
  ASSERT_EQ(a.protected_data.size(), 5U);
  EXPECT_TRUE(a.protected_data[0].group);
  EXPECT_TRUE(a.protected_data[0].plaintext);
  EXPECT_TRUE(a.protected_data[3].plaintext);
  EXPECT_EQ(a.protected_data[3].key_id, 2);
  EXPECT_FALSE(a.protected_data[4].plaintext);
  EXPECT_EQ(a.protected_data[4].pn, 2U);
  EXPECT_EQ(a.protected_data[4].handshake, kNoKey);
}

TEST(ReadAir, TwoAssociationsDoNotMix) {
  TestCapture capture;
  const auto first = capture.associate(capture.parameters(1));
  capture.deauthentication(false, 36);
  const auto second = capture.associate(capture.parameters(2));
  const auto third_request = capture.assoc_request();
  const Air air = capture.read();
  ASSERT_EQ(air.associations.size(), 3U);
  EXPECT_EQ(air.associations[0].ended_by, Direction::from_station);
  EXPECT_EQ(air.associations[0].end_reason, 36);
  EXPECT_EQ(air.associations[0].handshakes.at(0).tk, first.ptk.tk);
  EXPECT_EQ(air.associations[1].handshakes.at(0).tk, second.ptk.tk);
  EXPECT_FALSE(air.associations[1].handshakes.at(0).rekey);
  EXPECT_EQ(air.associations[1].end_frame, third_request);
  EXPECT_EQ(air.associations[1].end_reason, std::nullopt);
  EXPECT_FALSE(air.associations[2].end_frame);
}

TEST(ReadAir, AnUnprotectedDeauthenticationEndsNothingUnderManagementFrameProtection) {
  TestCapture capture;
  auto p = capture.parameters();
  p.rsne.capabilities = 0x0080;
  capture.beacon(p.rsne);
  const auto pdus = capture.associate(p);
  capture.deauthentication(true, 1);
  EXPECT_FALSE(capture.read().associations.at(0).end_frame);

  Bytes header = build_management_frame(kDeauthentication, capture.station, capture.bssid,
                                        capture.bssid, 7, {});
  header[1] |= std::byte{0x40};
  ByteWriter reason;
  reason.le16(8);
  const Bytes body =
      encrypt_mpdu(kCipherCcmp128, pdus.ptk.tk, header, {5, 0}, reason.take()).value();
  Bytes deauthentication = header;
  deauthentication.insert(deauthentication.end(), body.begin(), body.end());
  const auto number = capture.frame(deauthentication);
  const Air air = capture.read();
  EXPECT_EQ(air.associations.at(0).end_frame, number);
  EXPECT_EQ(air.associations.at(0).end_reason, 8);
}

TEST(ReadAir, KeepsPlainDataApartFromEapolAndNull) {
  TestCapture capture;
  capture.associate(capture.parameters());
  const auto number = capture.plain(true, kEthertypeIpv4, as_bytes("..pa:deadbeef:12;.."));
  capture.ack(capture.bssid);
  DataHeader null_header = capture.header(false);
  Bytes null_frame = build_data_frame(null_header, {});
  null_frame[0] = std::byte{0xc8};  // QoS Null
  capture.frame(null_frame);
  const Air air = capture.read();
  const Association& a = air.associations.at(0);
  ASSERT_EQ(a.plain_data.size(), 1U);
  EXPECT_EQ(a.plain_data[0].frame, number);
  EXPECT_EQ(a.plain_data[0].ethertype, kEthertypeIpv4);
  EXPECT_TRUE(a.plain_data[0].acknowledged);
  ASSERT_EQ(air.tagged.size(), 1U);
  EXPECT_EQ(air.tagged[0].tag, "pa:deadbeef:12;");
  EXPECT_TRUE(air.tagged[0].from_access_point);
  EXPECT_TRUE(air.tagged[0].acknowledged);
  EXPECT_FALSE(air.tagged[0].protected_frame);
}

TEST(ReadAir, FindsTagsInsideProtectedFrames) {
  TestCapture capture;
  const auto pdus = capture.associate(capture.parameters());
  capture.encrypted(capture.header(false), pdus.ptk.tk, 1, kEthertypeIpv4,
                    as_bytes("pa:deadbeef:1; pa:cafecafe:2; pa:deadbeef:x;"));
  const Air air = capture.read();
  ASSERT_EQ(air.tagged.size(), 1U);
  EXPECT_EQ(air.tagged[0].tag, "pa:deadbeef:1;");
  EXPECT_TRUE(air.tagged[0].protected_frame);
  EXPECT_FALSE(air.tagged[0].from_access_point);
}

TEST(ReadAir, LooksIntoAnAmsdu) {
  TestCapture capture;
  const auto pdus = capture.associate(capture.parameters());
  const auto resent = build_handshake(capture.parameters(3, 8)).value();
  ByteWriter body;
  body.bytes(build_amsdu_subframe(capture.station, capture.bssid,
                                  build_llc_snap(kEthertypeIpv4, as_bytes("one")), false));
  body.bytes(build_amsdu_subframe(capture.station, capture.bssid,
                                  build_llc_snap(kEthertypeEapol, resent.m1), true));
  const Bytes amsdu = body.take();
  DataHeader header = capture.header(true);
  header.qos_control = 0x0080;
  capture.frame(build_data_frame(header, amsdu));
  header.sequence_number = capture.next(true);
  capture.frame(build_ccmp_frame(header, pdus.ptk.tk, 1, 0, amsdu).value());
  const Air air = capture.read();
  const Association& a = air.associations.at(0);
  ASSERT_EQ(a.plain_data.size(), 1U);
  EXPECT_EQ(as_text(a.plain_data[0].payload), "one");
  ASSERT_EQ(a.eapol.size(), 6U);
  EXPECT_FALSE(a.eapol[4].protected_frame);
  EXPECT_TRUE(a.eapol[5].protected_frame);
  EXPECT_EQ(a.protected_data.at(0).ethertype, kEthertypeIpv4);
}

TEST(ReadAir, PassesOverOtherStations) {
  TestCapture capture;
  TestCapture other;
  other.station.octets[5] = 9;
  other.associate(other.parameters());
  other.plain(false, kEthertypeIpv4, as_bytes("pa:deadbeef:1;"));
  const Air air = read_air(other.save(), capture.question()).value();
  EXPECT_TRUE(air.associations.empty());
  EXPECT_TRUE(air.tagged.empty());
  EXPECT_GT(air.quality.frames, 6U);
  EXPECT_EQ(air.quality.undecodable, 0U);
}

TEST(ReadAir, TheEndOfThePairsTrafficInAForeignAssociationIsItsOwn) {
  TestCapture capture;
  const auto pdus = capture.associate(capture.parameters(1));
  const auto end = capture.deauthentication(false, 3);
  const auto late = capture.encrypted(capture.header(true), pdus.ptk.tk, 1, kEthertypeIpv4, {});
  const Air air = capture.read();
  ASSERT_EQ(air.associations.size(), 1U);
  EXPECT_EQ(air.associations[0].end_frame, end);
  EXPECT_EQ(air.associations[0].protected_data.at(0).frame, late);
}

TEST(ReadAir, ReadsACaptureThatBeginsAfterTheRequest) {
  TestCapture capture;
  const auto pdus = build_handshake(capture.parameters()).value();
  capture.plain(true, kEthertypeIpv4, as_bytes("before"));
  capture.eapol(true, pdus.m1);
  capture.eapol(false, pdus.m2);
  const Air air = capture.read();
  ASSERT_EQ(air.associations.size(), 1U);
  EXPECT_FALSE(air.associations[0].request_frame);
  EXPECT_EQ(air.associations[0].eapol.at(1).mic_valid, true);
}

TEST(ReadAir, MalformedEapolIsKeptWithAReason) {
  TestCapture capture;
  capture.assoc_request();
  capture.eapol(true, as_bytes("\x02"));
  capture.eapol(true, as_bytes(std::string_view("\x02\x03\x00\x05short", 9)));
  const Air air = capture.read();
  const auto& eapol = air.associations.at(0).eapol;
  ASSERT_EQ(eapol.size(), 2U);
  for (const AirEapol& seen : eapol) {
    EXPECT_EQ(seen.message, KeyMessage::unknown);
    EXPECT_FALSE(seen.key);
    EXPECT_FALSE(seen.unknown_reason.empty());
    EXPECT_GE(seen.eapol.raw.size(), 4U);
  }
}

TEST(ReadAir, AnEthernetCaptureIsAnError) {
  TestFolder folder;
  write_file(folder.path() / "x.pcap", pcap_file_header(kLinkTypeEthernet));
  EXPECT_FALSE(read_air(folder.path() / "x.pcap", {}));
  EXPECT_FALSE(read_air(folder.path() / "absent.pcap", {}));
}

TEST(ReadNetdev, FindsTagsAndAddresses) {
  TestFolder folder;
  TestCapture capture;
  ByteWriter frame;
  frame.address(capture.station).address(capture.bssid).be16(kEthertypeIpv4);
  frame.bytes(as_bytes("xxpa:deadbeef:7;"));
  Bytes file = pcap_file_header(kLinkTypeEthernet);
  const Bytes record = pcap_record(TestCapture::kStart + milliseconds(3), frame.take());
  file.insert(file.end(), record.begin(), record.end());
  write_file(folder.path() / "n.pcap", file);
  const auto frames =
      read_netdev(folder.path() / "n.pcap", TestCapture::kStart, "deadbeef").value();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].time, milliseconds(3));
  EXPECT_EQ(frames[0].da, capture.station);
  EXPECT_EQ(frames[0].sa, capture.bssid);
  EXPECT_EQ(frames[0].tag, "pa:deadbeef:7;");
}

}  // namespace
}  // namespace postassoc
