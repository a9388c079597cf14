#include <gtest/gtest.h>

#include <random>

#include "harness/air_survey_test_support.h"

namespace postassoc {
namespace {

MacAddress made_up(std::uint32_t number) {
  return {{6, 1, static_cast<std::uint8_t>(number >> 16), static_cast<std::uint8_t>(number >> 8),
           static_cast<std::uint8_t>(number), 3}};
}

/// Sends `count` protected frames of the station, with packet numbers from `pn`.
std::uint64_t send(TestCapture& capture, const HandshakePdus& pdus, std::uint64_t pn, int count) {
  std::uint64_t last = 0;
  for (int i = 0; i < count; ++i) {
    last = capture.encrypted(capture.header(false), pdus.ptk.tk, pn++, kEthertypeIpv4,
                             as_bytes("some data"));
  }
  return last;
}

class LongAssociation : public testing::TestWithParam<Decrypt> {};

TEST_P(LongAssociation, IsFoldedAndItsPacketNumbersAreAllJudged) {
  TestCapture capture;
  const auto pdus = capture.associate(capture.parameters());
  const auto first_data = capture.header(false).sequence_number;
  send(capture, pdus, 1, 3000);
  const auto before = send(capture, pdus, 3001, 1);
  const auto again = send(capture, pdus, 3001, 1);  // the same number, another frame
  send(capture, pdus, 3002, 6000);
  const Surveyed found = survey(capture, GetParam());
  const Association& a = found.association();
  EXPECT_LE(a.protected_data.size(), 2048U);
  EXPECT_EQ(a.folded.frames + a.protected_data.size(), 9002U);
  EXPECT_EQ(found.airs[0].quality.protected_folded, a.folded.frames);
  ASSERT_EQ(a.folded.from_station.size(), 1U);
  EXPECT_TRUE(a.folded.from_station[0].reused());
  EXPECT_EQ(a.folded.from_station[0].before.frame, before);
  EXPECT_EQ(a.folded.from_station[0].after.frame, again);
  PacketNumbers numbers = a.folded.numbers;
  for (const AirProtected& frame : a.protected_data) {
    if (frame.frame > a.folded.through) {
      EXPECT_FALSE(numbers.take(frame));
    }
  }
  EXPECT_EQ(numbers.taken(true), 9002U);
  EXPECT_EQ(a.protected_data.front().pn, 1U);
  EXPECT_EQ(a.protected_data.back().pn, 9001U);
  EXPECT_GT(first_data, 0);
}
INSTANTIATE_TEST_SUITE_P(BothWays, LongAssociation,
                         testing::Values(Decrypt::all, Decrypt::in_doubt));

TEST(InDoubt, DecryptsFewAndSeesWhatMatters) {
  TestCapture capture;
  const auto first = capture.associate(capture.parameters(1, 1));
  send(capture, first, 1, 500);
  const auto second = build_handshake(capture.parameters(2, 3)).value();
  capture.encrypted(capture.header(true), first.ptk.tk, 1, kEthertypeEapol, second.m1);
  capture.encrypted(capture.header(false), first.ptk.tk, 501, kEthertypeEapol, second.m2);
  capture.encrypted(capture.header(true), first.ptk.tk, 2, kEthertypeEapol, second.m3);
  capture.encrypted(capture.header(false), first.ptk.tk, 502, kEthertypeEapol, second.m4);
  send(capture, second, 1, 500);
  const auto fallen = send(capture, second, 1, 1);  // reinstalled
  send(capture, second, 2, 20);
  const Surveyed found = survey(capture, Decrypt::in_doubt);
  const Association& a = found.association();
  ASSERT_EQ(a.handshakes.size(), 2U);
  EXPECT_TRUE(a.handshakes[1].complete());
  EXPECT_TRUE(a.handshakes[1].rekey);
  EXPECT_LT(found.airs[0].quality.protected_decrypted, 100U);
  EXPECT_GT(found.airs[0].quality.protected_assumed, 900U);
  std::size_t under[2] = {0, 0};
  PacketNumbers numbers;
  std::vector<PacketNumberFault> faults;
  for (const AirProtected& frame : a.protected_data) {
    ASSERT_LT(frame.handshake, 2U) << frame.frame;
    ++under[frame.handshake];
    if (frame.frame == fallen) {
      EXPECT_FALSE(frame.assumed);
    }
    if (auto fault = numbers.take(frame)) {
      faults.push_back(*fault);
    }
  }
  EXPECT_EQ(under[0], 504U);
  EXPECT_EQ(under[1], 521U);
  ASSERT_FALSE(faults.empty());
  EXPECT_EQ(faults[0].after.frame, fallen);
}

TEST(InDoubt, AnUnknownKeyIsNotTakenForTheLastOne) {
  TestCapture capture;
  const auto pdus = capture.associate(capture.parameters(1));
  send(capture, pdus, 1, 200);
  const auto unseen = build_handshake(capture.parameters(5)).value();
  send(capture, unseen, 1, 100);
  const Surveyed found = survey(capture, Decrypt::in_doubt);
  for (const AirProtected& frame : found.association().protected_data) {
    const bool known = frame.frame <= found.association().eapol.back().frame + 1 + 200;
    EXPECT_EQ(frame.handshake, known ? 0U : kNoKey) << frame.frame;
  }
}

TEST(Protected, AFrameUnderAKeyOfZerosIsMarked) {
  TestCapture capture;
  const auto pdus = capture.associate(capture.parameters());
  send(capture, pdus, 1, 3);
  capture.encrypted(capture.header(false), Bytes(16), 1, kEthertypeIpv4, as_bytes("krack"));
  for (const Decrypt decrypt : {Decrypt::all, Decrypt::in_doubt}) {
    const Surveyed found = survey(capture, decrypt);
    const AirProtected& last = found.association().protected_data.back();
    EXPECT_TRUE(last.zero_key);
    EXPECT_EQ(last.handshake, kNoKey);
    EXPECT_EQ(last.ethertype, kEthertypeIpv4);
    EXPECT_FALSE(found.association().protected_data.front().zero_key);
  }
}

TEST(Protected, PlaintextIsKeptAsFarAsAsked) {
  TestCapture capture;
  const auto pdus = capture.associate(capture.parameters());
  capture.encrypted(capture.header(false), pdus.ptk.tk, 1, kEthertypeIpv4, Bytes(500));
  SurveyQuestion question = survey_question(capture);
  EXPECT_EQ(survey(capture.save(), question).association().protected_data.at(0).plaintext->size(),
            kKeptPlaintext);
  question.kept_plaintext = 4096;
  EXPECT_EQ(survey(capture.save(), question).association().protected_data.at(0).plaintext->size(),
            508U);
}

TEST(Bounds, AFloodOfRequestsDoesNotPushOutAStation) {
  TestCapture capture;
  const MacAddress real = capture.station;
  const auto pdus = capture.associate(capture.parameters());
  for (std::uint32_t i = 0; i < 5000; ++i) {
    capture.station = made_up(i);
    capture.assoc_request();
  }
  capture.station = real;
  capture.encrypted(capture.header(false), pdus.ptk.tk, 1, kEthertypeIpv4, as_bytes("still here"));
  const Surveyed found = survey(capture);
  EXPECT_EQ(found.summary.stations_given_up, 5000U - 1024U);
  EXPECT_EQ(found.airs.size(), 1025U);
  EXPECT_EQ(found.association(0).station, real);
  EXPECT_EQ(found.association(0).protected_data.size(), 1U);
  EXPECT_EQ(found.sum_of_classes(), found.summary.frames);
}

TEST(Bounds, AFloodOfHandshakesIsHandedOverEarlyAndCounted) {
  TestCapture capture;
  const auto pdus = build_handshake(capture.parameters()).value();
  constexpr std::uint32_t kStations = 12000;
  for (std::uint32_t i = 0; i < kStations; ++i) {
    capture.station = made_up(i);
    capture.eapol(true, pdus.m1);
  }
  SurveyQuestion question = survey_question(capture);
  std::uint64_t given = 0, cut = 0;
  const auto summary = survey_air(capture.save(), question, [&](Air&& air) {
                         ++given;
                         cut += air.quality.cut_association ? 1 : 0;
                         return true;
                       }).value();
  EXPECT_EQ(given, kStations);
  EXPECT_GT(cut, 0U);
  EXPECT_EQ(summary.associations_cut, cut);
}

TEST(Bounds, AFloodOfEapolIsBoundedAndCounted) {
  TestCapture capture;
  capture.assoc_request();
  for (int i = 0; i < 5000; ++i) {
    capture.eapol(
        true, build_handshake(capture.parameters(1, static_cast<std::uint64_t>(i) + 1)).value().m1);
  }
  const Surveyed found = survey(capture);
  EXPECT_EQ(found.association().eapol.size() + found.airs[0].quality.eapol_not_kept, 5000U);
  EXPECT_LE(found.association().eapol.size(), 4096U);
}

TEST(Bounds, AFloodOfPlainDataIsBoundedAndCounted) {
  TestCapture capture;
  capture.assoc_request();
  for (int i = 0; i < 10000; ++i) {
    capture.plain(true, kEthertypeIpv4, Bytes(600));
  }
  const Surveyed found = survey(capture);
  EXPECT_EQ(found.association().plain_data.size() + found.airs[0].quality.plain_not_kept, 10000U);
  EXPECT_EQ(found.association().plain_data.size(), 8192U);
  EXPECT_EQ(found.association().plain_data[0].payload.size(), kKeptPayload);
}

/// A capture with a bit of everything.
TestCapture& rich(TestCapture& capture) {
  capture.beacon();
  const auto pdus = capture.associate(capture.parameters());
  send(capture, pdus, 1, 4);
  capture.plain(true, kEthertypeIpv4, as_bytes("plain"));
  DataHeader header = capture.header(true);
  header.qos_control = 0x0080;
  capture.frame(build_data_frame(
      header, build_amsdu_subframe(capture.station, capture.bssid,
                                   build_llc_snap(kEthertypeEapol, pdus.m1), true)));
  header.qos_control = 0;
  header.more_fragments = true;
  capture.frame(build_data_frame(header, build_llc_snap(kEthertypeEapol, as_bytes("\x02\x03"))));
  capture.deauthentication(true, 2);
  return capture;
}

TEST(Hostile, EveryTruncationIsReadAsFarAsItGoes) {
  TestCapture capture;
  const Bytes whole = rich(capture).bytes();
  TestFolder folder;
  const auto file = folder.path() / "cut.pcap";
  for (std::size_t size = 24; size < whole.size(); size += 5) {
    write_file(file, ByteView(whole).first(size));
    const Surveyed found = survey(file, survey_question(capture));
    EXPECT_EQ(found.sum_of_classes(), found.summary.frames) << size;
  }
}

TEST(Hostile, DamagedOctetsNeverLoseAFrame) {
  TestCapture capture;
  const Bytes whole = rich(capture).bytes();
  const auto frames = survey(capture).summary.frames;
  std::mt19937 random(7);
  TestFolder folder;
  const auto file = folder.path() / "damaged.pcap";
  for (int round = 0; round < 400; ++round) {
    Bytes damaged = whole;
    std::size_t at = 24;
    while (at + 16 < damaged.size()) {  // only inside the frames, so that the file stays readable
      const std::size_t length = std::to_integer<std::size_t>(damaged[at + 8]) |
                                 std::to_integer<std::size_t>(damaged[at + 9]) << 8;
      for (int i = 0; i < 2; ++i) {
        damaged[at + 16 + random() % length] = static_cast<std::byte>(random());
      }
      at += 16 + length;
    }
    write_file(file, damaged);
    const Surveyed found =
        survey(file, survey_question(capture, round % 2 == 0 ? Decrypt::all : Decrypt::in_doubt));
    EXPECT_EQ(found.summary.frames, frames);
    EXPECT_EQ(found.sum_of_classes(), frames);
  }
}

}  // namespace
}  // namespace postassoc
