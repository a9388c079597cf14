#include <gtest/gtest.h>

#include "harness/checks/kernel_events.h"
#include "harness/checks/mutant_tools.h"
#include "harness/checks/recorded_evidence.h"

/// What the mutants leave open about new keys, transitions and the end of keys.
namespace postassoc::checks {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// --- key.ptk-rekey-clean
// --------------------------------------------------------------------------

constexpr std::string_view kRekeyRule = "key.ptk-rekey-clean";

/// The association ends 200 ms after the rekey's message 4, before any step asks for it.
EvidenceBuilder ended_after_rekey(Direction by) {
  EvidenceBuilder b = recorded(kPairwiseRekey);
  Association& association = b.association();
  const AirEapol& last = association.eapol.at(association.handshakes.back().m4.back());
  association.end_time = last.time + milliseconds(140);
  association.end_reason = 1;
  association.ended_by = by;
  return b;
}

TEST(PairwiseRekey, after_which_the_station_leaves_unasked_fails) {
  const Finding finding = judge_one(kRekeyRule, ended_after_rekey(Direction::from_station));
  EXPECT_EQ(finding.verdict, Verdict::fail) << finding.summary;
}

TEST(PairwiseRekey, after_which_the_access_point_ends_it_is_inconclusive) {
  const Finding finding = judge_one(kRekeyRule, ended_after_rekey(Direction::from_access_point));
  EXPECT_EQ(finding.verdict, Verdict::inconclusive) << finding.summary;
}

TEST(PairwiseRekey, under_whose_key_a_packet_number_comes_twice_fails) {
  EvidenceBuilder b = recorded(kPairwiseRekey);
  std::vector<AirProtected*> fresh;
  for (AirProtected& frame : b.association().protected_data) {
    if (frame.direction == Direction::from_station && frame.handshake == 1) {
      fresh.push_back(&frame);
    }
  }
  ASSERT_GT(fresh.size(), 5U);
  fresh.back()->pn = fresh.front()->pn;
  EXPECT_EQ(judge_one(kRekeyRule, b).verdict, Verdict::fail);
}

TEST(PairwiseRekey, with_too_little_data_after_it_is_inconclusive) {
  EvidenceBuilder b = recorded(kPairwiseRekey);
  std::erase_if(b.association().protected_data, [](const auto& f) { return f.handshake == 1; });
  EXPECT_EQ(judge_one(kRekeyRule, b).verdict, Verdict::inconclusive);
}

TEST(PairwiseRekey, that_was_commanded_and_not_captured_is_inconclusive_unless_refused) {
  EvidenceBuilder b = EvidenceBuilder::connect();
  b.evidence.plan.scenario.steps.push_back(
      {step::AccessPointCommand{"REKEY_PTK {station}"}, "/steps/9"});
  EXPECT_EQ(judge_one(kRekeyRule, b).verdict, Verdict::inconclusive);
  b.evidence.plan.scenario.access_point.hostapd_options = {"wpa_deny_ptk0_rekey=2"};
  EXPECT_EQ(judge_one(kRekeyRule, b).verdict, Verdict::not_applicable);
}

// --- key.gtk-rekey-alternates
// ---------------------------------------------------------------------

constexpr std::string_view kGroupRule = "key.gtk-rekey-alternates";

TEST(GroupRekey, of_which_two_datagrams_are_lost_passes) {
  EvidenceBuilder b = recorded(kGroupRekey);
  std::size_t lost = 0;
  for (const AirProtected& frame : b.association().protected_data) {
    const std::uint64_t g1 = b.association().group_keys.back().frame;
    if (frame.group && frame.frame > g1 && lost < 2) {
      lost += not_delivered(b, frame) ? 1U : 0U;
    }
  }
  ASSERT_EQ(lost, 2U);
  EXPECT_EQ(judge_one(kGroupRule, b).verdict, Verdict::pass);
}

TEST(GroupRekey, to_the_same_index_is_the_access_points_doing) {
  EvidenceBuilder b = recorded(kGroupRekey);
  for (AirGroupKey& key : b.association().group_keys) {
    key.key_id = 1;
  }
  EXPECT_EQ(judge_one(kGroupRule, b).verdict, Verdict::inconclusive);
}

TEST(GroupRekey, whose_answer_is_not_on_the_air_is_inconclusive) {
  EvidenceBuilder b = recorded(kGroupRekey);
  b.lose(KeyMessage::g2);
  EXPECT_EQ(judge_one(kGroupRule, b).verdict, Verdict::inconclusive);
}

TEST(GroupRekey, that_was_commanded_and_not_captured_is_inconclusive) {
  EvidenceBuilder b = EvidenceBuilder::connect();
  b.evidence.plan.scenario.steps.push_back({step::AccessPointCommand{"REKEY_GTK"}, "/steps/9"});
  EXPECT_EQ(judge_one(kGroupRule, b).verdict, Verdict::inconclusive);
}

// --- key.ft-and-wnm-no-reinstall
// ------------------------------------------------------------------

constexpr std::string_view kTransitionRule = "key.ft-and-wnm-no-reinstall";

/// The connect as if it had been a fast transition.
EvidenceBuilder transition() {
  EvidenceBuilder b = EvidenceBuilder::connect();
  b.association().fast_transition = true;
  b.association().eapol.clear();
  return b;
}

TEST(FastTransition, that_installs_one_pairwise_key_passes) {
  const Finding finding = judge_one(kTransitionRule, transition());
  EXPECT_EQ(finding.verdict, Verdict::pass) << finding.summary;
}

TEST(FastTransition, that_installs_it_twice_fails) {
  EvidenceBuilder b = transition();
  b.station_key(150, true, 0);
  EXPECT_EQ(judge_one(kTransitionRule, b).verdict, Verdict::fail);
}

TEST(FastTransition, the_key_of_a_rekey_after_it_is_another_key) {
  EvidenceBuilder b = transition();
  b.air_eapol(600, KeyMessage::m3, 9);
  b.station_key(601, true, 0);
  EXPECT_EQ(judge_one(kTransitionRule, b).verdict, Verdict::pass);
}

TEST(FastTransition, after_which_a_packet_number_comes_twice_fails_without_the_kernel) {
  EvidenceBuilder b = transition();
  b.erase([](const Event& e) { return e.witness == Witness::kernel; });
  EXPECT_EQ(judge_one(kTransitionRule, b).verdict, Verdict::inconclusive);
  for (AirProtected& frame : b.association().protected_data) {
    frame.pn = 1;
  }
  EXPECT_EQ(judge_one(kTransitionRule, b).verdict, Verdict::fail);
}

TEST(FastTransition, without_data_after_it_is_inconclusive) {
  EvidenceBuilder b = transition();
  b.association().protected_data.clear();
  EXPECT_EQ(judge_one(kTransitionRule, b).verdict, Verdict::inconclusive);
}

// --- key.installed-equals-derived
// -----------------------------------------------------------------

constexpr std::string_view kEqualsRule = "key.installed-equals-derived";

TEST(InstalledKey, from_a_group_message_that_can_not_be_read_is_inconclusive) {
  EvidenceBuilder b = recorded(kGroupRekey);
  AirEapol& g1 = b.message(KeyMessage::g1);
  g1.key_data_plain.reset();
  std::erase_if(b.association().group_keys, [&](const auto& key) { return key.frame == g1.frame; });
  EXPECT_EQ(judge_one(kEqualsRule, b).verdict, Verdict::inconclusive);
}

TEST(InstalledKey, before_its_message_fails) {
  EvidenceBuilder b = EvidenceBuilder::connect();
  b.station_key(112, false, 1);
  EXPECT_EQ(judge_one(kEqualsRule, b).verdict, Verdict::fail);
}

TEST(InstalledKey, none_with_another_passphrase_does_not_apply) {
  EXPECT_EQ(judge_one(kEqualsRule, EvidenceBuilder::wrong_passphrase()).verdict,
            Verdict::not_applicable);
}

// --- key.removed-on-disconnect
// --------------------------------------------------------------------

constexpr std::string_view kRemovalRule = "key.removed-on-disconnect";

/// The recorded end, with a second and more of trace after it.
EvidenceBuilder longer() {
  EvidenceBuilder b = recorded(kConnect);
  b.event("run_finished").time += seconds(2);
  return b;
}

void keep_group_keys(EvidenceBuilder& b) {
  b.erase([](const Event& e) {
    return e.name == "rdev_del_key" && e.side == Side::station && number(e, "key_index") == 1;
  });
}

TEST(Removal, that_the_trace_is_too_short_for_is_inconclusive) {
  EvidenceBuilder b = recorded(kConnect);
  keep_group_keys(b);
  EXPECT_EQ(judge_one(kRemovalRule, b).verdict, Verdict::inconclusive);
}

TEST(Removal, of_which_the_trace_never_tells_is_inconclusive) {
  EvidenceBuilder b = longer();
  b.erase("rdev_del_key");
  EXPECT_EQ(judge_one(kRemovalRule, b).verdict, Verdict::inconclusive);
}

TEST(Removal, is_not_due_when_the_station_may_not_have_been_told) {
  EvidenceBuilder b = longer();
  keep_group_keys(b);
  b.erase("CTRL-EVENT-DISCONNECTED");
  b.association().ended_by = Direction::from_access_point;
  for (AirManagement& frame : b.association().management) {
    frame.acknowledged = false;
  }
  EXPECT_EQ(judge_one(kRemovalRule, b).verdict, Verdict::inconclusive);
}

TEST(Removal, of_a_pairwise_key_is_the_end_of_the_station_entry) {
  EvidenceBuilder b = longer();
  EXPECT_EQ(judge_one(kRemovalRule, b).verdict, Verdict::pass);
  b.erase([](const Event& e) {
    return e.name == "drv_sta_state" && e.side == Side::station && number(e, "old_state") == 3 &&
           number(e, "new_state") == 2;
  });
  EXPECT_EQ(judge_one(kRemovalRule, b).verdict, Verdict::fail);
}

}  // namespace
}  // namespace postassoc::checks
