#include <gtest/gtest.h>

#include "harness/checks/evidence_builder.h"
#include "harness/checks/kernel_events.h"

/// Hand-made evidence for the rules about keys that are in use, where no mutant tells.
namespace postassoc::checks {
namespace {

void command(EvidenceBuilder& b, const char* sent) {
  b.evidence.plan.scenario.steps.push_back({step::AccessPointCommand{sent}, "/steps/9"});
}

// --- key.no-reinstall-after-forged-m1
// -------------------------------------------------------------

constexpr std::string_view kForgedM1 = "key.no-reinstall-after-forged-m1";

/// After the handshake message 1 comes again, then message 3, then data.
EvidenceBuilder forged_m1() {
  EvidenceBuilder b = EvidenceBuilder::connect();
  b.air_eapol(490, KeyMessage::m1, 3);
  b.repeat_m3();
  return b;
}

TEST(ForgedM1, that_changes_nothing_passes) {
  const Finding finding = judge_one(kForgedM1, forged_m1());
  EXPECT_EQ(finding.verdict, Verdict::pass) << finding.summary;
}

TEST(ForgedM1, after_which_a_packet_number_comes_twice_fails_without_the_kernel) {
  EvidenceBuilder b = forged_m1();
  b.association().protected_data.back().pn = 1;
  b.erase([](const Event& e) { return e.witness == Witness::kernel; });
  EXPECT_EQ(judge_one(kForgedM1, b).verdict, Verdict::fail);
}

TEST(ForgedM1, after_which_another_pairwise_key_is_installed_fails) {
  EvidenceBuilder b = forged_m1();
  b.station_key(502, true, 0);
  EXPECT_EQ(judge_one(kForgedM1, b).verdict, Verdict::fail);
}

TEST(ForgedM1, the_key_of_a_rekey_that_follows_is_no_reinstallation) {
  EvidenceBuilder b = forged_m1();
  b.air_eapol(700, KeyMessage::m3, 9).key->nonce.fill(std::byte{0x31});
  b.station_key(701, true, 0);
  EXPECT_EQ(judge_one(kForgedM1, b).verdict, Verdict::pass);
}

TEST(ForgedM1, an_identical_key_that_the_kernel_leaves_alone_is_no_reinstallation) {
  EvidenceBuilder b = forged_m1();
  b.station_key(502, true, 0, -114);
  EXPECT_EQ(judge_one(kForgedM1, b).verdict, Verdict::pass);
}

TEST(ForgedM1, with_too_little_data_after_it_is_inconclusive) {
  EvidenceBuilder b = forged_m1();
  b.association().protected_data.resize(b.association().protected_data.size() - 3);
  EXPECT_EQ(judge_one(kForgedM1, b).verdict, Verdict::inconclusive);
}

TEST(ForgedM1, before_a_key_was_seen_to_be_installed_is_inconclusive) {
  EvidenceBuilder b = forged_m1();
  b.erase([](const Event& e) { return e.name == "rdev_add_key" && e.side == Side::station; });
  EXPECT_EQ(judge_one(kForgedM1, b).verdict, Verdict::inconclusive);
}

TEST(ForgedM1, that_was_commanded_and_not_captured_is_inconclusive) {
  EvidenceBuilder b = EvidenceBuilder::connect();
  command(b, "RESEND_M1 {station}");
  command(b, "RESEND_M3 {station}");
  EXPECT_EQ(judge_one(kForgedM1, b).verdict, Verdict::inconclusive);
}

// --- key.no-group-key-reinstall
// -------------------------------------------------------------------

constexpr std::string_view kGroup = "key.no-group-key-reinstall";

TEST(GroupKeyAgain, that_is_answered_and_not_installed_passes) {
  const Finding finding = judge_one(kGroup, EvidenceBuilder::connect().repeat_m3());
  EXPECT_EQ(finding.verdict, Verdict::pass) << finding.summary;
}

TEST(GroupKeyAgain, that_is_installed_fails) {
  EvidenceBuilder b = EvidenceBuilder::connect().repeat_m3();
  b.station_key(502, false, 1);
  EXPECT_EQ(judge_one(kGroup, b).verdict, Verdict::fail);
}

TEST(GroupKeyAgain, an_installation_under_another_index_is_another_key) {
  EvidenceBuilder b = EvidenceBuilder::connect().repeat_m3();
  b.station_key(502, false, 2);
  EXPECT_EQ(judge_one(kGroup, b).verdict, Verdict::pass);
}

TEST(GroupKeyAgain, whose_first_installation_comes_late_is_inconclusive) {
  EvidenceBuilder b = EvidenceBuilder::connect().repeat_m3();
  for (Event& e : b.events) {
    if (e.name == "rdev_add_key" && e.side == Side::station && flag(e, "pairwise") == false) {
      e.time = EvidenceBuilder::ms(502);
    }
  }
  EXPECT_EQ(judge_one(kGroup, b).verdict, Verdict::inconclusive);
}

TEST(GroupKeyAgain, without_a_kernel_trace_is_inconclusive) {
  EvidenceBuilder b = EvidenceBuilder::connect().repeat_m3();
  b.erase([](const Event& e) { return e.witness == Witness::kernel; });
  EXPECT_EQ(judge_one(kGroup, b).verdict, Verdict::inconclusive);
}

TEST(GroupKeyAgain, that_the_station_may_not_have_received_is_inconclusive) {
  EvidenceBuilder b = EvidenceBuilder::connect().repeat_m3();
  auto& eapol = b.association().eapol;
  eapol.pop_back();
  eapol.back().acknowledged = false;
  b.index_handshake();
  EXPECT_EQ(judge_one(kGroup, b).verdict, Verdict::inconclusive);
}

TEST(GroupKeyAgain, that_can_not_be_read_is_inconclusive) {
  EvidenceBuilder b = EvidenceBuilder::connect().repeat_m3();
  b.association().group_keys.clear();
  EXPECT_EQ(judge_one(kGroup, b).verdict, Verdict::inconclusive);
  b.evidence.plan.scenario.steps.clear();
  EXPECT_EQ(judge_one(kGroup, b).verdict, Verdict::inconclusive);
}

/// Group datagrams with the packet numbers of the first ones.
void replay_group(EvidenceBuilder& b, double at_ms, bool delivered) {
  b.exchange(at_ms, Side::access_point, true);
  b.association().protected_data.back().pn = 1;
  if (!delivered) {
    b.evidence.station_netdev.pop_back();
  }
}

TEST(GroupKeyAgain, after_which_replays_are_delivered_fails_only_when_they_were_dropped_before) {
  EvidenceBuilder b = EvidenceBuilder::connect().repeat_m3();
  replay_group(b, 600, true);
  EXPECT_EQ(judge_one(kGroup, b).verdict, Verdict::inconclusive);

  EvidenceBuilder dropped_before = EvidenceBuilder::connect();
  replay_group(dropped_before, 400, false);
  dropped_before.repeat_m3();
  replay_group(dropped_before, 600, true);
  EXPECT_EQ(judge_one(kGroup, dropped_before).verdict, Verdict::fail);
}

// --- key.rx-replay-protection
// ---------------------------------------------------------------------

constexpr std::string_view kReplay = "key.rx-replay-protection";

EvidenceBuilder unicast_replays(std::size_t count) {
  EvidenceBuilder b = EvidenceBuilder::connect();
  for (std::size_t i = 0; i < count; ++i) {
    b.exchange(400 + 5.0 * static_cast<double>(i), Side::access_point);
    b.association().protected_data.back().pn = i + 1;
    b.evidence.station_netdev.pop_back();
  }
  return b;
}

TEST(Replay, that_is_dropped_three_times_passes) {
  const Finding finding = judge_one(kReplay, unicast_replays(3));
  EXPECT_EQ(finding.verdict, Verdict::pass) << finding.summary;
}

TEST(Replay, that_is_dropped_twice_is_inconclusive) {
  EXPECT_EQ(judge_one(kReplay, unicast_replays(2)).verdict, Verdict::inconclusive);
}

TEST(Replay, that_the_station_did_not_acknowledge_is_inconclusive) {
  EvidenceBuilder b = unicast_replays(3);
  b.evidence.air.tagged.back().acknowledged = false;
  EXPECT_EQ(judge_one(kReplay, b).verdict, Verdict::inconclusive);
}

TEST(Replay, that_is_a_retry_of_the_mac_is_none) {
  EvidenceBuilder b = unicast_replays(1);
  b.association().protected_data.back().retry = true;
  b.exchange(450, Side::access_point);
  b.association().protected_data.back().pn = 50;
  EXPECT_NE(judge_one(kReplay, b).verdict, Verdict::fail);
}

TEST(Replay, on_another_tid_is_none) {
  EvidenceBuilder b = EvidenceBuilder::connect();
  b.exchange(400, Side::access_point);
  b.association().protected_data.back().pn = 2;
  b.association().protected_data.back().tid = 6;
  EXPECT_EQ(judge_one(kReplay, b).verdict, Verdict::not_applicable);
}

TEST(Replay, can_not_be_judged_without_the_stations_interface) {
  EvidenceBuilder b = unicast_replays(3);
  b.evidence.station_netdev.clear();
  b.evidence.missing["station.pcap"] = "was not recorded";
  EXPECT_EQ(judge_one(kReplay, b).verdict, Verdict::inconclusive);
}

TEST(Replay, that_was_commanded_and_not_captured_is_inconclusive) {
  for (const char* sent : {"RESET_PN {station}", "RESET_PN ff:ff:ff:ff:ff:ff"}) {
    EvidenceBuilder b = EvidenceBuilder::connect();
    command(b, sent);
    EXPECT_EQ(judge_one(kReplay, b).verdict, Verdict::inconclusive) << sent;
  }
}

// --- key.gtk-rsc-honoured
// -------------------------------------------------------------------------

constexpr std::string_view kRsc = "key.gtk-rsc-honoured";

EvidenceBuilder high_rsc(bool delivered) {
  EvidenceBuilder b = EvidenceBuilder::connect();
  b.association().group_keys.front().rsc = 1000;
  for (const AirProtected& frame : b.association().protected_data) {
    for (std::size_t i = 0; frame.group && !delivered && i < b.evidence.air.tagged.size(); ++i) {
      if (b.evidence.air.tagged[i].frame == frame.frame) {
        std::erase_if(b.evidence.station_netdev,
                      [&](const NetdevFrame& n) { return n.tag == b.evidence.air.tagged[i].tag; });
      }
    }
  }
  return b;
}

TEST(GtkRsc, below_which_nothing_is_delivered_passes) {
  const Finding finding = judge_one(kRsc, high_rsc(false));
  EXPECT_EQ(finding.verdict, Verdict::pass) << finding.summary;
}

TEST(GtkRsc, below_which_a_frame_is_delivered_fails) {
  EXPECT_EQ(judge_one(kRsc, high_rsc(true)).verdict, Verdict::fail);
}

TEST(GtkRsc, with_no_control_in_the_same_window_is_inconclusive) {
  EvidenceBuilder b = high_rsc(false);
  b.evidence.station_netdev.clear();
  EXPECT_EQ(judge_one(kRsc, b).verdict, Verdict::inconclusive);
}

TEST(GtkRsc, that_was_asked_for_and_is_not_on_the_air_is_inconclusive) {
  EvidenceBuilder b = EvidenceBuilder::connect();
  b.evidence.plan.scenario.access_point.hostapd_options = {"gtk_rsc_override=341200000000"};
  EXPECT_EQ(judge_one(kRsc, b).verdict, Verdict::inconclusive);
}

TEST(GtkRsc, can_not_be_judged_without_air_or_interface) {
  EvidenceBuilder b = high_rsc(false);
  b.evidence.missing["station.pcap"] = "was not recorded";
  EXPECT_EQ(judge_one(kRsc, b).verdict, Verdict::inconclusive);
  b.evidence.air = {};
  b.evidence.missing["air.pcap"] = "was not recorded";
  EXPECT_EQ(judge_one(kRsc, b).verdict, Verdict::inconclusive);
}

}  // namespace
}  // namespace postassoc::checks
