#include <gtest/gtest.h>

#include "harness/checks/evidence_builder.h"
#include "harness/checks/kernel_events.h"

namespace postassoc::checks {
namespace {

constexpr auto kConnect = &EvidenceBuilder::connect;
constexpr const char* kPlain = "excl.plain-unicast-dropped";

void deliver(EvidenceBuilder& b, const std::string& tag) {
  NetdevFrame frame;
  frame.tag = tag;
  b.evidence.station_netdev.push_back(frame);
}

TEST(ExclProtectedFramesPass, fails_when_frames_on_the_air_are_not_delivered) {
  EvidenceBuilder b = kConnect();
  b.evidence.station_netdev.clear();
  const Finding down = judge_one("excl.protected-frames-pass", b);
  EXPECT_EQ(down.verdict, Verdict::fail);
  EXPECT_FALSE(down.events.empty());
  b = kConnect();
  b.evidence.access_point_netdev.resize(3);
  EXPECT_EQ(judge_one("excl.protected-frames-pass", b).verdict, Verdict::fail);
}

TEST(ExclProtectedFramesPass, is_inconclusive_when_nothing_was_sent_or_seen) {
  EvidenceBuilder b = kConnect();
  b.erase("data_sent");
  EXPECT_EQ(judge_one("excl.protected-frames-pass", b).verdict, Verdict::inconclusive);
  b = kConnect();
  b.evidence.air.tagged.clear();
  EXPECT_EQ(judge_one("excl.protected-frames-pass", b).verdict, Verdict::inconclusive);
  b = kConnect();
  b.evidence.missing["access_point.pcap"] = "there is no such file";
  EXPECT_EQ(judge_one("excl.protected-frames-pass", b).verdict, Verdict::inconclusive);
}

TEST(ExclPlainUnicastDropped, passes_with_stimulus_and_both_controls) {
  const Finding finding = judge_one(kPlain, kConnect().inject());
  EXPECT_EQ(finding.verdict, Verdict::pass) << finding.summary;
  EXPECT_EQ(finding.frames.size(), 5U);
}

TEST(ExclPlainUnicastDropped, fails_on_one_delivered_frame) {
  EvidenceBuilder b = kConnect().inject();
  deliver(b, text(b.event("injected", Side::none, 2), "tag"));
  const Finding finding = judge_one(kPlain, b);
  EXPECT_EQ(finding.verdict, Verdict::fail);
  EXPECT_NE(finding.summary.find("1 of 5"), std::string::npos);
}

TEST(ExclPlainUnicastDropped, fails_on_an_open_network_and_never_passes_there) {
  EvidenceBuilder b = EvidenceBuilder::open_network().inject();
  EXPECT_EQ(judge_one(kPlain, b).verdict, Verdict::fail);
  b.evidence.station_netdev.clear();
  EXPECT_EQ(judge_one(kPlain, b).verdict, Verdict::inconclusive);
}

TEST(ExclPlainUnicastDropped, is_inconclusive_when_the_stimulus_is_not_on_the_air) {
  EvidenceBuilder b = kConnect().inject();
  std::erase_if(b.evidence.air.tagged, [](const auto& t) { return !t.protected_frame; });
  EXPECT_EQ(judge_one(kPlain, b).verdict, Verdict::inconclusive);
}

TEST(ExclPlainUnicastDropped, is_inconclusive_when_the_station_did_not_acknowledge) {
  EvidenceBuilder b = kConnect().inject();
  for (auto& seen : b.evidence.air.tagged) {
    seen.acknowledged = seen.protected_frame;
  }
  EXPECT_EQ(judge_one(kPlain, b).verdict, Verdict::inconclusive);
}

TEST(ExclPlainUnicastDropped, is_inconclusive_without_either_positive_control) {
  EvidenceBuilder no_eapol = kConnect().inject();
  no_eapol.erase([](const Event& e) {
    return e.name == "cfg80211_rx_control_port" && e.time > EvidenceBuilder::ms(300);
  });
  EXPECT_EQ(judge_one(kPlain, no_eapol).verdict, Verdict::inconclusive);
  EvidenceBuilder no_data = kConnect().inject();
  no_data.evidence.station_netdev.clear();
  EXPECT_EQ(judge_one(kPlain, no_data).verdict, Verdict::inconclusive);
}

TEST(ExclPlainUnicastDropped, is_inconclusive_when_the_port_was_not_open) {
  EvidenceBuilder b = kConnect().inject();
  b.add(295, Witness::kernel, Side::station, "drv_sta_state", {{"old_state", 4}, {"new_state", 3}});
  EXPECT_EQ(judge_one(kPlain, b).verdict, Verdict::inconclusive);
}

TEST(ExclEapolClear, fails_when_an_acknowledged_m1_never_reaches_the_stack) {
  EvidenceBuilder b = kConnect();
  b.lose(KeyMessage::m2).lose(KeyMessage::m3).lose(KeyMessage::m4);
  b.erase([](const Event& e) {
    return e.name == "cfg80211_rx_control_port" && e.side == Side::station;
  });
  EXPECT_EQ(judge_one("excl.eapol-clear-before-key", b).verdict, Verdict::fail);
}

TEST(ExclEapolClear, passes_when_the_stack_had_it_though_it_was_not_answered) {
  EvidenceBuilder b = kConnect();
  b.lose(KeyMessage::m2).lose(KeyMessage::m3).lose(KeyMessage::m4);
  EXPECT_EQ(judge_one("excl.eapol-clear-before-key", b).verdict, Verdict::pass);
}

TEST(ExclEapolClear, is_inconclusive_when_m1_was_not_acknowledged) {
  EvidenceBuilder b = kConnect();
  b.lose(KeyMessage::m2);
  b.message(KeyMessage::m1).acknowledged = false;
  EXPECT_EQ(judge_one("excl.eapol-clear-before-key", b).verdict, Verdict::inconclusive);
}

}  // namespace
}  // namespace postassoc::checks
