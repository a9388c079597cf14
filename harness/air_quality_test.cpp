#include "harness/air_quality.h"

#include <gtest/gtest.h>

#include <random>

#include "harness/air_test_capture.h"

namespace postassoc {
namespace {

using std::chrono::milliseconds;

TEST(AirQuality, CountsBeaconsAgainstTheirInterval) {
  TestCapture capture;
  for (int i = 0; i < 10; ++i) {
    if (i != 4 && i != 5) {
      capture.beacon();
    } else {
      capture.step_time(milliseconds(1));
    }
    capture.step_time(std::chrono::microseconds(102400 - 1000));
  }
  const AirQuality quality = capture.read().quality;
  EXPECT_EQ(quality.beacons, 8U);
  EXPECT_EQ(quality.beacons_expected, 10U);
  EXPECT_EQ(quality.first_beacon, milliseconds(1));
}

TEST(AirQuality, CountsDamagedFramesAndLeavesThemOut) {
  TestCapture capture;
  const auto pdus = build_handshake(capture.parameters()).value();
  capture.assoc_request();
  const Bytes m1 = build_data_frame(capture.header(true), build_llc_snap(kEthertypeEapol, pdus.m1));
  capture.frame(m1, 0x40);
  capture.frame(ByteView(m1).first(8));
  const Air air = capture.read();
  EXPECT_EQ(air.quality.frames, 3U);
  EXPECT_EQ(air.quality.bad_fcs, 1U);
  EXPECT_EQ(air.quality.undecodable, 1U);
  EXPECT_TRUE(air.associations.at(0).eapol.empty());
}

TEST(AirQuality, LeavesTheFcsOut) {
  TestCapture capture;
  capture.assoc_request();
  Bytes frame =
      build_data_frame(capture.header(true), build_llc_snap(kEthertypeIpv4, as_bytes("payload")));
  frame.resize(frame.size() + 4);
  capture.frame(frame, 0x10);
  const Air air = capture.read();
  EXPECT_EQ(as_text(air.associations.at(0).plain_data.at(0).payload), "payload");
}

TEST(AirQuality, SaysThatTheFileIsTruncated) {
  TestCapture capture;
  capture.associate(capture.parameters());
  capture.bytes().resize(capture.bytes().size() - 3);
  const Air air = capture.read();
  EXPECT_TRUE(air.quality.truncated);
  EXPECT_EQ(air.quality.frames, 9U);
  EXPECT_EQ(air.associations.at(0).eapol.size(), 4U);
}

TEST(AirQuality, CountsClockBacksteps) {
  TestCapture capture;
  capture.beacon();
  capture.beacon();
  capture.step_time(milliseconds(-10));
  capture.beacon();
  const Air air = capture.read();
  EXPECT_EQ(air.quality.clock_backsteps, 1U);
}

TEST(AirQuality, CountsAProtectedFrameWithoutItsHeader) {
  TestCapture capture;
  capture.assoc_request();
  DataHeader header = capture.header(true);
  header.protected_frame = true;
  capture.frame(build_data_frame(header, build_llc_snap(kEthertypeIpv4, as_bytes("stripped"))));
  const Air air = capture.read();
  EXPECT_EQ(air.quality.iv_missing, 1U);
  EXPECT_EQ(air.quality.protected_total, 1U);
  EXPECT_TRUE(air.associations.at(0).protected_data.empty());
}

/// Frames with these sequence numbers from the access point, after a request.
AirQuality quality_of(const std::vector<std::uint16_t>& numbers, bool qos = true) {
  TestCapture capture;
  capture.assoc_request();
  for (const std::uint16_t number : numbers) {
    DataHeader header = capture.header(true);
    header.sequence_number = number;
    if (!qos) {
      header.qos_control.reset();
    }
    capture.frame(build_data_frame(header, build_llc_snap(kEthertypeIpv4, {})));
  }
  return capture.read().quality;
}

TEST(AirQuality, CountsMissingSequenceNumbers) {
  const AirQuality quality = quality_of({4094, 4095, 2, 3, 3, 5});
  EXPECT_EQ(quality.sequence_gaps, 3U);
  EXPECT_EQ(quality.sequence_total, 8U);
}

TEST(AirQuality, AForgedSequenceNumberIsNoGap) {
  EXPECT_EQ(quality_of({10, 11, 900, 12, 13, 5, 14}).sequence_gaps, 0U);
}

TEST(AirQuality, BelievesANewCountAtItsSecondFrame) {
  EXPECT_EQ(quality_of({10, 2000, 2001, 2003}).sequence_gaps, 1U);
}

TEST(AirQuality, NonQosDataSharesItsCounterAndIsNotCounted) {
  EXPECT_EQ(quality_of({1, 9, 30}, false).sequence_total, 0U);
}

TEST(AirQuality, SurvivesAnyDamage) {
  TestCapture capture;
  const auto p = capture.parameters();
  capture.beacon();
  const auto pdus = capture.associate(p);
  const auto rekey = build_handshake(capture.parameters(2, 3)).value();
  capture.encrypted(capture.header(true), pdus.ptk.tk, 1, kEthertypeEapol, rekey.m1);
  capture.encrypted(capture.header(false), pdus.ptk.tk, 1, kEthertypeIpv4, as_bytes("pa:x"));
  capture.deauthentication(true, 2);
  const Bytes sound = capture.bytes();
  constexpr std::size_t kFileHeader = 24;
  std::mt19937 random(20240229);
  for (int round = 0; round < 1500; ++round) {
    Bytes damaged = sound;
    const int flips = 1 + static_cast<int>(random() % 40);
    for (int i = 0; i < flips; ++i) {
      const std::size_t at = kFileHeader + random() % (damaged.size() - kFileHeader);
      damaged[at] = round % 2 ? damaged[at] ^ std::byte(1U << random() % 8) : std::byte(random());
    }
    capture.bytes() = damaged;
    const auto air = read_air(capture.save(), capture.question());
    if (air) {
      EXPECT_LE(air->quality.protected_decrypted, air->quality.protected_total);
    }
  }
}

TEST(AirQuality, SurvivesRandomBodiesInGoodFrames) {
  TestCapture capture;
  capture.associate(capture.parameters());
  std::mt19937 random(7);
  for (int i = 0; i < 3000; ++i) {
    Bytes body(random() % 200);
    for (std::byte& b : body) {
      b = std::byte(random());
    }
    DataHeader header = capture.header(random() % 2 == 0);
    header.protected_frame = random() % 3 == 0;
    header.qos_control = random() % 2 ? std::uint16_t{0x80} : std::uint16_t{0};
    if (random() % 3 == 0) {
      capture.eapol(random() % 2 == 0, body);
    } else if (random() % 5 == 0) {
      const auto subtype = static_cast<std::uint8_t>(random() % 16);
      const bool from_access_point = random() % 2 == 0;
      capture.frame(build_management_frame(
          subtype, from_access_point ? capture.station : capture.bssid,
          from_access_point ? capture.bssid : capture.station, capture.bssid, 1, body));
    } else {
      capture.frame(build_data_frame(header, body));
    }
  }
  const Air air = capture.read();
  EXPECT_EQ(air.quality.frames, 3010U);
  EXPECT_FALSE(air.associations.empty());
}

}  // namespace
}  // namespace postassoc
