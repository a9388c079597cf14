#include <gtest/gtest.h>

#include "harness/checks/kernel_events.h"
#include "harness/checks/mutant_tools.h"
#include "harness/checks/recorded_evidence.h"

/// What the mutants leave open about losses, ends and injected frames.
namespace postassoc::checks {
namespace {

using std::chrono::seconds;

constexpr std::string_view kRetry = "robust.m3-retry-answered";
constexpr std::string_view kExhaustion = "robust.retry-exhaustion-clean";
constexpr std::string_view kSteps = "robust.deauth-at-each-step";
constexpr std::string_view kRemoval = "robust.surprise-removal";

/// Recorded evidence with the situation of a check's mutant.
EvidenceBuilder situated(std::string_view check) {
  for (const Mutant& mutant : all_mutants()) {
    if (mutant.fails == check && mutant.situate != nullptr) {
      EvidenceBuilder builder = recorded(mutant.fixture);
      EXPECT_TRUE(mutant.situate(builder)) << check;
      return builder;
    }
  }
  throw std::logic_error("no such situation");
}

void without_kernel(EvidenceBuilder& b) {
  b.erase([](const Event& e) { return e.witness == Witness::kernel; });
}

// --- losses
// ---------------------------------------------------------------------------------------

TEST(RepeatedMessage3, that_is_not_answered_is_inconclusive_unless_the_access_point_gave_up) {
  EvidenceBuilder b = EvidenceBuilder::connect().repeat_m3();
  EXPECT_EQ(judge_one(kRetry, b).verdict, Verdict::pass);
  b.association().eapol.pop_back();
  b.index_handshake();
  EXPECT_EQ(judge_one(kRetry, b).verdict, Verdict::inconclusive);
  b.association().end_frame = 190;
  b.association().end_time = EvidenceBuilder::ms(900);
  b.association().end_reason = 15;
  b.association().ended_by = Direction::from_access_point;
  EXPECT_EQ(judge_one(kRetry, b).verdict, Verdict::fail);
  b.association().eapol.back().acknowledged = false;
  EXPECT_EQ(judge_one(kRetry, b).verdict, Verdict::inconclusive);
}

TEST(RepeatedMessage3, after_a_message_1_with_another_anonce_need_not_be_answered) {
  const Finding finding = judge_one(kRetry, recorded("replay-message-1-other-anonce-then-3"));
  EXPECT_NE(finding.verdict, Verdict::fail) << finding.summary;
}

TEST(RepeatedMessage3, that_was_commanded_and_not_captured_is_inconclusive) {
  EvidenceBuilder b = EvidenceBuilder::connect();
  b.evidence.plan.scenario.steps.push_back(
      {step::AccessPointCommand{"RESEND_M3 {station}"}, "/steps/9"});
  EXPECT_EQ(judge_one(kRetry, b).verdict, Verdict::inconclusive);
}

// --- ends
// -----------------------------------------------------------------------------------------

TEST(GivenUp, is_not_known_without_the_kernel) {
  EvidenceBuilder b = recorded(kWrongPassphrase);
  EXPECT_EQ(judge_one(kExhaustion, b).verdict, Verdict::pass);
  without_kernel(b);
  EXPECT_EQ(judge_one(kExhaustion, b).verdict, Verdict::inconclusive);
}

TEST(GivenUp, by_a_station_that_then_does_not_ask_again_fails) {
  EvidenceBuilder b = recorded(kWrongPassphrase);
  b.evidence.air.associations.resize(1);
  const Timestamp end = *b.association().end_time;
  b.EvidenceEditor::add(end + seconds(1), Witness::harness, Side::none, "step_started",
                        {{"step", "associate"}, {"pointer", "/steps/9"}});
  end_later(b, seconds(30));
  EXPECT_EQ(judge_one(kExhaustion, b).verdict, Verdict::fail);
}

TEST(SentAway, with_keys_that_come_later_in_another_association_passes) {
  const Finding finding = judge_one(kSteps, recorded(kSentAway));
  EXPECT_EQ(finding.verdict, Verdict::pass) << finding.summary;
}

TEST(SentAway, that_was_commanded_and_not_captured_is_inconclusive) {
  EvidenceBuilder b = EvidenceBuilder::connect();
  b.evidence.plan.scenario.steps.push_back(
      {step::AccessPointCommand{"DEAUTHENTICATE {station}"}, "/steps/9"});
  EXPECT_EQ(judge_one(kSteps, b).verdict, Verdict::inconclusive);
}

TEST(InterfaceGone, and_never_asked_back_is_inconclusive) {
  EvidenceBuilder b = situated(kRemoval);
  EXPECT_EQ(judge_one(kRemoval, b).verdict, Verdict::pass);
  const Timestamp gone = b.event("interface_gone").time;
  b.erase([gone](const Event& e) { return e.name == "step_started" && e.time > gone; });
  EXPECT_EQ(judge_one(kRemoval, b).verdict, Verdict::inconclusive);
}

TEST(InterfaceGone, by_a_step_that_set_it_down_is_judged_alike) {
  EvidenceBuilder b = situated(kRemoval);
  Event& gone = b.event("interface_gone");
  gone.witness = Witness::harness;
  gone.name = "station_interface";
  gone.detail["up"] = false;
  EXPECT_EQ(judge_one(kRemoval, b).verdict, Verdict::pass);
  gone.detail["up"] = true;
  EXPECT_EQ(judge_one(kRemoval, b).verdict, Verdict::not_applicable);
}

// --- injected frames
// ------------------------------------------------------------------------------

TEST(InjectedEapol, without_data_after_it_is_inconclusive) {
  for (const std::string_view check : {"robust.forged-m1-no-wedge", "robust.malformed-eapol"}) {
    EvidenceBuilder b = situated(check);
    EXPECT_EQ(judge_one(check, b).verdict, Verdict::pass) << check;
    b.erase("data_sent");
    EXPECT_EQ(judge_one(check, b).verdict, Verdict::inconclusive) << check;
  }
}

TEST(InjectedEapol, after_which_acknowledged_data_is_not_delivered_fails) {
  for (const std::string_view check : {"robust.forged-m1-no-wedge", "robust.malformed-eapol"}) {
    EvidenceBuilder b = situated(check);
    for (const AirProtected& frame : b.association().protected_data) {
      if (frame.direction == Direction::from_access_point) {
        not_delivered(b, frame);
      }
    }
    EXPECT_EQ(judge_one(check, b).verdict, Verdict::fail) << check;
    b.evidence.station_netdev.clear();
    b.evidence.missing["station.pcap"] = "was not recorded";
    EXPECT_EQ(judge_one(check, b).verdict, Verdict::inconclusive) << check;
  }
}

TEST(InjectedEapol, after_which_the_supplicant_crashes_fails) {
  EvidenceBuilder b = situated("robust.malformed-eapol");
  const Timestamp time = b.event("injected").time;
  b.EvidenceEditor::add(time + seconds(1), Witness::host, Side::station, "process_exited",
                        {{"name", "wpa_supplicant"}, {"expected", false}});
  EXPECT_EQ(judge_one("robust.malformed-eapol", b).verdict, Verdict::fail);
}

TEST(InjectedEapol, that_goes_on_after_the_station_left_fails) {
  constexpr std::string_view kCheck = "robust.malformed-eapol";
  EvidenceBuilder b = situated(kCheck);
  const Event first = b.event("injected");
  Event again = first;
  again.time += std::chrono::milliseconds(10);
  b.events.push_back(again);
  b.association().end_frame = 1;
  b.association().end_time = first.time + std::chrono::milliseconds(5);
  b.association().ended_by = Direction::from_station;
  const Finding finding = judge_one(kCheck, b);
  EXPECT_EQ(finding.verdict, Verdict::fail) << finding.summary;
}

TEST(InjectedEapol, that_is_not_on_the_air_is_inconclusive) {
  for (const std::string_view check : {"robust.forged-m1-no-wedge", "robust.malformed-eapol"}) {
    EvidenceBuilder b = situated(check);
    b.erase_eapol([](const AirEapol& f) { return f.unknown_reason == "not an EAPOL-Key frame"; });
    EXPECT_EQ(judge_one(check, b).verdict, Verdict::inconclusive) << check;
  }
}

}  // namespace
}  // namespace postassoc::checks
