#include "harness/checks/exclusion_grid.h"

#include <gtest/gtest.h>

#include "harness/checks/evidence_builder.h"
#include "harness/checks/kernel_events.h"
#include "harness/checks/mutant_inject.h"

namespace postassoc::checks {
namespace {

constexpr const char* kStep = "/steps/9";

struct Frames {
  const char* payload;
  const char* shape;
  const char* protection;
  std::size_t count = 3;
};

/// A connect with a step that proves exclusion from 350 ms on, in these cells.
EvidenceBuilder proof(const std::vector<Frames>& cells) {
  EvidenceBuilder b = EvidenceBuilder::connect();
  b.evidence.plan.scenario.steps.push_back({step::ProveExclusion{}, kStep});
  std::vector<Injection> frames;
  std::vector<const Frames*> of;
  for (const Frames& cell : cells) {
    const bool group = std::string_view(cell.shape) == "broadcast";
    const bool right = std::string_view(cell.protection) == "right_key";
    const char* form = right                                              ? "protected"
                       : std::string_view(cell.protection) == "wrong_key" ? "wrong_key"
                                                                          : "plain";
    const char* frame = std::string_view(cell.payload) == "ipv4" ? "udp" : cell.payload;
    for (std::size_t i = 0; i < cell.count; ++i) {
      frames.push_back({.frame = frame, .form = form, .to_group = group, .control = right});
      of.push_back(&cell);
    }
  }
  inject(b, EvidenceBuilder::ms(350), frames);
  std::size_t next = 0;
  for (Event& e : b.events) {
    if (e.name == "injected") {
      e.detail["proof"] = kStep;
      e.detail["payload"] = of.at(next)->payload;
      e.detail["shape"] = of.at(next)->shape;
      e.detail["protection"] = of.at(next++)->protection;
    }
  }
  return b;
}

const std::vector<Frames> kSound = {{"ipv4", "unicast", "plain"},
                                    {"ipv4", "unicast", "wrong_key"},
                                    {"ipv4", "unicast", "right_key"},
                                    {"arp", "broadcast", "plain"},
                                    {"arp", "broadcast", "right_key"}};

GridCell cell_of(EvidenceBuilder& b, GridPayload payload, GridShape shape,
                 GridProtection protection) {
  return exclusion_grids(b.build()).at(0).cell(payload, shape, protection);
}

/// Delivers the first frame of that protection.
void let_in(EvidenceBuilder& b, const char* protection) {
  for (const Event& e : b.events) {
    if (text(e, "protection") == protection) {
      deliver(b, text(e, "tag"), e.time);
      return;
    }
  }
}

TEST(ExclusionGrid, counts_what_became_of_each_frame) {
  EvidenceBuilder b = proof(kSound);
  const auto plain = cell_of(b, GridPayload::ipv4, GridShape::unicast, GridProtection::plain);
  EXPECT_EQ(plain.injected, 3U);
  EXPECT_EQ(plain.on_air, 3U);
  EXPECT_EQ(plain.acknowledged, 3U);
  EXPECT_EQ(plain.delivered, 0U);
  EXPECT_EQ(plain.outcome, CellOutcome::held);
  EXPECT_NE(plain.why.find("right key 3 of 3"), std::string::npos) << plain.why;
  const auto control = cell_of(b, GridPayload::ipv4, GridShape::unicast, GridProtection::right_key);
  EXPECT_EQ(control.outcome, CellOutcome::accepted);
  const auto group = cell_of(b, GridPayload::arp, GridShape::broadcast, GridProtection::plain);
  EXPECT_EQ(group.reached(), 3U) << "nobody acknowledges a group frame";
  EXPECT_EQ(cell_of(b, GridPayload::ipv6, GridShape::amsdu, GridProtection::plain).outcome,
            CellOutcome::not_sent);
}

TEST(ExclusionGrid, is_judged_by_cells) {
  EvidenceBuilder b = proof(kSound);
  const Finding held = judge_one("excl.grid", b);
  EXPECT_EQ(held.verdict, Verdict::pass) << held.summary;
  EXPECT_NE(held.summary.find("63.2 %"), std::string::npos) << held.summary;
  let_in(b, "plain");
  const Finding broken = judge_one("excl.grid", b);
  EXPECT_EQ(broken.verdict, Verdict::fail) << broken.summary;
  EXPECT_NE(broken.summary.find("ipv4 unicast plain"), std::string::npos) << broken.summary;
  EXPECT_EQ(broken.pointer, kStep);
}

TEST(ExclusionGrid, fails_on_a_frame_under_a_wrong_key_whose_payload_nobody_can_read) {
  EvidenceBuilder b = proof(kSound);
  for (Event& e : b.events) {
    if (text(e, "protection") == "wrong_key") {
      e.detail["source"] = "02:5e:00:00:00:07";
    }
  }
  EXPECT_EQ(judge_one("excl.grid", b).verdict, Verdict::pass);
  b.evidence.station_netdev.front().sa = *MacAddress::parse("02:5e:00:00:00:07");
  const Finding broken = judge_one("excl.grid", b);
  EXPECT_EQ(broken.verdict, Verdict::fail) << broken.summary;
  EXPECT_NE(broken.summary.find("wrong_key"), std::string::npos) << broken.summary;
}

TEST(ExclusionGrid, proves_nothing_without_a_control_or_with_too_few_frames) {
  EvidenceBuilder lonely = proof({{"ipv4", "unicast", "plain"}});
  EXPECT_EQ(judge_one("excl.grid", lonely).verdict, Verdict::inconclusive);
  EvidenceBuilder few = proof({{"ipv4", "unicast", "plain", 2}, {"ipv4", "unicast", "right_key"}});
  EXPECT_EQ(judge_one("excl.grid", few).verdict, Verdict::inconclusive);
  EvidenceBuilder unheard = proof(kSound);
  for (auto& frame : unheard.evidence.air.tagged) {
    frame.acknowledged = false;
  }
  EXPECT_EQ(judge_one("excl.grid", unheard).verdict, Verdict::inconclusive);
}

TEST(ExclusionGrid, proves_nothing_in_another_phase_than_the_step_names) {
  EvidenceBuilder b = proof(kSound);
  auto& step = std::get<step::ProveExclusion>(b.evidence.plan.scenario.steps.back().action);
  for (const auto phase : {step::ProofPhase::associated, step::ProofPhase::handshake,
                           step::ProofPhase::rekey, step::ProofPhase::disconnected}) {
    step.phase = phase;
    EXPECT_EQ(judge_one("excl.grid", b).verdict, Verdict::inconclusive);
  }
  step.phase = step::ProofPhase::keys_installed;
  b.erase([](const Event& e) { return e.witness == Witness::kernel; });
  EXPECT_EQ(judge_one("excl.grid", b).verdict, Verdict::inconclusive);
}

TEST(ExclusionGrid, cannot_be_judged_without_its_witnesses) {
  for (const std::string_view file : {evidence_file::kAir, evidence_file::kStationNetdev}) {
    EvidenceBuilder b = proof(kSound);
    b.evidence.missing[std::string(file)] = "was not recorded";
    EXPECT_EQ(judge_one("excl.grid", b).verdict, Verdict::inconclusive) << file;
  }
  EvidenceBuilder nothing = EvidenceBuilder::connect();
  EXPECT_EQ(judge_one("excl.grid", nothing).verdict, Verdict::not_applicable);
}

TEST(ExclusionGrid, takes_the_profiles_word_for_what_may_be_delivered) {
  EvidenceBuilder b = proof({{"arp", "broadcast", "plain"}, {"arp", "broadcast", "right_key"}});
  let_in(b, "plain");
  EXPECT_EQ(judge_one("excl.grid", b).verdict, Verdict::fail);
  b.evidence.plan.scenario.profile = Profile::native;
  EXPECT_EQ(cell_of(b, GridPayload::arp, GridShape::broadcast, GridProtection::plain).outcome,
            CellOutcome::allowed);
  EXPECT_NE(judge_one("excl.grid", b).verdict, Verdict::fail);
  b.evidence.plan.scenario.profile = Profile::compact;
  EXPECT_EQ(judge_one("excl.grid", b).verdict, Verdict::fail);
}

/// By hand: 1 - 0.05^(1/n) for none; the others from tables of Clopper and Pearson's interval.
TEST(UpperBound, is_the_exact_one_of_a_binomial) {
  EXPECT_NEAR(upper_bound_95(0, 200), 0.01487, 0.00001);
  EXPECT_NEAR(upper_bound_95(0, 3), 0.63160, 0.00001);
  EXPECT_NEAR(upper_bound_95(1, 20), 0.21611, 0.00001);
  EXPECT_NEAR(upper_bound_95(5, 10), 0.77756, 0.00001);
  EXPECT_EQ(upper_bound_95(7, 7), 1);
  EXPECT_EQ(upper_bound_95(0, 0), 1);
}

}  // namespace
}  // namespace postassoc::checks
