#include <gtest/gtest.h>

#include "harness/checks/evidence_builder.h"

namespace postassoc::checks {
namespace {

using std::chrono::milliseconds;
constexpr auto kConnect = &EvidenceBuilder::connect;

Verdict clock_of(const EvidenceBuilder& b) {
  return judge_one("gate.clock-aligned", b).verdict;
}
Verdict capture_of(const EvidenceBuilder& b) {
  return judge_one("gate.capture-complete", b).verdict;
}
Verdict injector_of(const EvidenceBuilder& b) {
  return judge_one("gate.injector-works", b).verdict;
}
Verdict crypto_of(const EvidenceBuilder& b) {
  return judge_one("gate.crypto-visible", b).verdict;
}

TEST(GateClockAligned, does_not_pass_when_the_clocks_moved) {
  EvidenceBuilder b = kConnect();
  b.evidence.clock_samples.back().realtime += milliseconds(6);
  EXPECT_EQ(clock_of(b), Verdict::inconclusive);
  b.evidence.plan.checks = {"timing.m1-m2"};
  EXPECT_EQ(clock_of(b), Verdict::pass);
}

TEST(GateClockAligned, does_not_pass_when_a_frame_is_on_the_air_before_it_was_sent) {
  EvidenceBuilder b = kConnect();
  for (AirEapol& frame : b.association().eapol) {
    frame.time -= milliseconds(1);
  }
  EXPECT_EQ(clock_of(b), Verdict::inconclusive);
}

TEST(GateClockAligned, needs_two_samples_and_a_marker) {
  EvidenceBuilder b = kConnect();
  b.evidence.clock_samples.pop_back();
  EXPECT_EQ(clock_of(b), Verdict::inconclusive);
  b = kConnect();
  b.erase("rdev_tx_control_port");
  EXPECT_EQ(clock_of(b), Verdict::inconclusive);
}

TEST(GateClockAligned, reports_the_median_of_the_marker) {
  EXPECT_NE(judge_one("gate.clock-aligned", kConnect()).summary.find("0.030 ms after"),
            std::string::npos);
}

TEST(GateCaptureComplete, does_not_pass_on_drops_or_missing_marks) {
  for (const char* counter : {"dropped_by_kernel", "dropped_by_interface"}) {
    EvidenceBuilder b = kConnect();
    b.event("capture_drained").detail[counter] = 1;
    EXPECT_EQ(capture_of(b), Verdict::inconclusive);
  }
  for (const char* mark : {"capture_ready", "capture_drained"}) {
    EvidenceBuilder b = kConnect();
    b.erase(mark);
    EXPECT_EQ(capture_of(b), Verdict::inconclusive);
  }
}

TEST(GateCaptureComplete, does_not_pass_on_a_bad_capture) {
  const auto with = [](auto bend) {
    EvidenceBuilder b = kConnect();
    bend(b.evidence.air.quality);
    return capture_of(b);
  };
  EXPECT_EQ(with([](AirQuality& q) { q.truncated = true; }), Verdict::inconclusive);
  EXPECT_EQ(with([](AirQuality& q) { q.undecodable = 50; }), Verdict::inconclusive);
  EXPECT_EQ(with([](AirQuality& q) { q.beacons = 8; }), Verdict::inconclusive);
  EXPECT_EQ(with([](AirQuality& q) { q.beacons = 0; }), Verdict::inconclusive);
  EXPECT_EQ(with([](AirQuality& q) { q.sequence_gaps = 10; }), Verdict::inconclusive);
  EXPECT_EQ(with([](AirQuality& q) { q.cut_association = true; }), Verdict::inconclusive);
  EXPECT_EQ(with([](AirQuality& q) { q.eapol_not_kept = 1; }), Verdict::inconclusive);
  EXPECT_EQ(with([](AirQuality& q) { q.plain_not_kept = 1; }), Verdict::inconclusive);
  EXPECT_EQ(with([](AirQuality& q) { q.management_not_kept = 1; }), Verdict::inconclusive);
  EXPECT_EQ(with([](AirQuality& q) { q.beacons = 9; }), Verdict::pass);
}

TEST(GateCaptureComplete, misses_no_beacon_of_an_access_point_that_is_switched_off) {
  EvidenceBuilder b = kConnect();
  AirQuality& quality = b.evidence.air.quality;
  quality.beacons_expected = 12;
  quality.beacons = 8;
  EXPECT_EQ(capture_of(b), Verdict::inconclusive);
  b.add(300, Witness::access_point, Side::access_point, "AP-DISABLED");
  EXPECT_EQ(capture_of(b), Verdict::inconclusive);
  b.add(720, Witness::access_point, Side::access_point, "AP-ENABLED");
  EXPECT_EQ(capture_of(b), Verdict::pass);
}

TEST(GateClockAligned, asks_for_no_frame_of_another_station) {
  EvidenceBuilder b = kConnect();
  b.add(300, Witness::kernel, Side::none, "rdev_tx_control_port");
  EXPECT_EQ(clock_of(b), Verdict::pass);
  b.add(300, Witness::kernel, Side::access_point, "rdev_tx_control_port");
  EXPECT_EQ(clock_of(b), Verdict::inconclusive);
}

TEST(GateCaptureComplete, notices_an_eapol_frame_that_the_kernel_sent_and_the_air_lacks) {
  EvidenceBuilder b = kConnect();
  b.lose(KeyMessage::m2);
  EXPECT_EQ(capture_of(b), Verdict::inconclusive);
  b.erase([](const Event& e) { return e.witness == Witness::kernel; });
  EXPECT_EQ(capture_of(b), Verdict::inconclusive);
}

TEST(GateInjectorWorks, passes_when_frames_are_on_the_air_and_acknowledged) {
  EXPECT_EQ(injector_of(kConnect().inject()), Verdict::pass);
  EXPECT_EQ(injector_of(EvidenceBuilder::open_network().inject()), Verdict::pass);
}

TEST(GateInjectorWorks, does_not_pass_when_frames_are_missing_changed_or_not_acknowledged) {
  const auto with = [](auto bend) {
    EvidenceBuilder b = kConnect().inject();
    for (auto& seen : b.evidence.air.tagged) {
      if (!seen.protected_frame) {
        bend(seen);
      }
    }
    return injector_of(b);
  };
  EXPECT_EQ(with([](Air::Tagged& t) { t.tag.clear(); }), Verdict::inconclusive);
  EXPECT_EQ(with([](Air::Tagged& t) { t.from_access_point = false; }), Verdict::inconclusive);
  EXPECT_EQ(with([](Air::Tagged& t) { t.acknowledged = false; }), Verdict::inconclusive);
  EvidenceBuilder no_eapol = kConnect().inject();
  no_eapol.association().eapol.pop_back();
  EXPECT_EQ(injector_of(no_eapol), Verdict::inconclusive);
}

TEST(GateCryptoVisible, does_not_pass_when_one_direction_does_not_decrypt) {
  EvidenceBuilder b = kConnect();
  for (AirProtected& data : b.association().protected_data) {
    if (data.direction == Direction::from_access_point) {
      data.handshake = kNoKey;
      data.plaintext.reset();
    }
  }
  EXPECT_EQ(crypto_of(b), Verdict::inconclusive);
}

TEST(GateCryptoVisible, does_not_pass_when_the_header_was_taken_off) {
  EvidenceBuilder b = kConnect();
  b.evidence.air.quality.iv_missing = 2;
  EXPECT_EQ(crypto_of(b), Verdict::inconclusive);
}

TEST(GateCryptoVisible, does_not_apply_without_a_completed_handshake) {
  EXPECT_EQ(crypto_of(EvidenceBuilder::open_network()), Verdict::not_applicable);
  EXPECT_EQ(crypto_of(EvidenceBuilder::wrong_passphrase()), Verdict::not_applicable);
}

}  // namespace
}  // namespace postassoc::checks
