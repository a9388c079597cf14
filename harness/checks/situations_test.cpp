#include <gtest/gtest.h>

#include "harness/checks/kernel_events.h"
#include "harness/checks/mutant_tools.h"
#include "harness/checks/recorded_evidence.h"

/// Checks whose situation no recording has: made of one that has not, and with a witness taken
/// away.
namespace postassoc::checks {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* kIgnoredRules[] = {"eapol.replayed-frame-ignored", "eapol.bad-mic-ignored",
                                         "eapol.unauthenticated-keydata-ignored"};
constexpr const char* kInjectedRules[] = {"eapol.replayed-frame-ignored", "eapol.bad-mic-ignored",
                                          "eapol.unauthenticated-keydata-ignored",
                                          "eapol.invalid-field-silent-discard"};
constexpr const char* kRules[] = {"eapol.replayed-frame-ignored",
                                  "eapol.bad-mic-ignored",
                                  "eapol.unauthenticated-keydata-ignored",
                                  "eapol.invalid-field-silent-discard",
                                  "timing.dut-gives-up",
                                  "timing.roam-gap"};

EvidenceEditor situated(std::string_view check) {
  for (const Mutant& mutant : all_mutants()) {
    if (mutant.fails == check && mutant.situate != nullptr) {
      EvidenceEditor editor = recorded(mutant.fixture);
      EXPECT_TRUE(mutant.situate(editor)) << check;
      return editor;
    }
  }
  throw std::logic_error("no such situation");
}

Verdict verdict_of(std::string_view check, const EvidenceEditor& editor) {
  return judge_one(check, editor).verdict;
}

TEST(Situations, are_sound) {
  for (const char* rule : kRules) {
    EXPECT_EQ(verdict_of(rule, situated(rule)), Verdict::pass) << rule;
  }
}

TEST(Situations, do_not_apply_to_a_normal_connect) {
  for (const char* rule : kRules) {
    EXPECT_EQ(verdict_of(rule, recorded(kConnect)), Verdict::not_applicable) << rule;
  }
}

TEST(Situations, cannot_be_judged_without_the_air) {
  for (const char* rule : kRules) {
    EvidenceEditor editor = situated(rule);
    editor.evidence.air = Air{};
    editor.evidence.missing["air.pcap"] = "was not recorded";
    EXPECT_EQ(verdict_of(rule, editor), Verdict::inconclusive) << rule;
  }
}

TEST(InjectedEapol, proves_nothing_when_it_is_not_on_the_air_or_too_rare) {
  for (const char* rule : kInjectedRules) {
    EvidenceEditor editor = situated(rule);
    const Timestamp first = editor.event("injected").time;
    editor.erase_eapol([first](const AirEapol& frame) { return frame.time > first; });
    EXPECT_EQ(verdict_of(rule, editor), Verdict::inconclusive) << rule;
    editor = situated(rule);
    const Timestamp second = editor.event("injected", Side::none, 1).time;
    editor.erase_eapol([second](const AirEapol& frame) { return frame.time > second; });
    editor.erase([second](const Event& e) { return e.name == "injected" && e.time >= second; });
    EXPECT_EQ(verdict_of(rule, editor), Verdict::inconclusive) << rule;
  }
}

TEST(InjectedEapol, proves_nothing_when_the_station_does_not_acknowledge_it) {
  for (const char* rule : kInjectedRules) {
    EvidenceEditor editor = situated(rule);
    const Timestamp first = editor.event("injected").time;
    for (AirEapol& frame : editor.association().eapol) {
      frame.acknowledged = frame.acknowledged && frame.time < first;
    }
    EXPECT_EQ(verdict_of(rule, editor), Verdict::inconclusive) << rule;
  }
}

TEST(InjectedEapol, needs_a_station_that_is_watched_for_12_s) {
  for (const char* rule : kInjectedRules) {
    EvidenceEditor editor = situated(rule);
    const Timestamp soon = editor.event("injected", Side::none, 2).time + milliseconds(5);
    delay_from(editor, soon, -seconds(3));
    EXPECT_EQ(verdict_of(rule, editor), Verdict::inconclusive) << rule;
  }
}

TEST(InjectedEapol, may_have_installed_a_key_where_no_kernel_trace_tells) {
  for (const char* rule : kIgnoredRules) {
    EvidenceEditor editor = situated(rule);
    editor.erase([](const Event& e) { return e.witness == Witness::kernel; });
    EXPECT_EQ(verdict_of(rule, editor), Verdict::inconclusive) << rule;
  }
}

TEST(InjectedEapol, must_not_install_a_key) {
  for (const char* rule : kIgnoredRules) {
    EvidenceEditor editor = situated(rule);
    install_key(editor, editor.event("injected", Side::none, 1).time + milliseconds(4));
    const Finding finding = judge_one(rule, editor);
    EXPECT_EQ(finding.verdict, Verdict::fail) << rule;
    EXPECT_NE(finding.summary.find("installed a key"), std::string::npos) << finding.summary;
    EXPECT_FALSE(finding.events.empty());
  }
}

TEST(InjectedEapol, is_not_blamed_for_a_key_of_a_real_group_message) {
  EvidenceEditor editor = situated("eapol.bad-mic-ignored");
  const AirEapol& injected = editor.association().eapol.back();
  AirEapol g1 = editor.message(KeyMessage::m3);
  g1.frame = injected.frame + 5;
  g1.time = injected.time + milliseconds(60);
  g1.message = KeyMessage::g1;
  g1.protected_frame = true;
  g1.key->replay_counter += 1;
  install_key(editor, g1.time + milliseconds(2));
  editor.insert_eapol(editor.message(KeyMessage::m3), g1);
  EXPECT_EQ(verdict_of("eapol.bad-mic-ignored", editor), Verdict::pass);
}

TEST(Replay, of_a_counter_that_is_not_used_yet_is_no_replay) {
  EvidenceEditor editor = situated("eapol.replayed-frame-ignored");
  const Timestamp first = editor.event("injected").time;
  for (AirEapol& frame : editor.association().eapol) {
    if (frame.time > first) {
      frame.key->replay_counter += 50;
    }
  }
  EXPECT_EQ(verdict_of("eapol.replayed-frame-ignored", editor), Verdict::inconclusive);
}

/// Without an injector: the access point's own message 3 does not verify, though the keys are
/// known.
TEST(BadMic, of_the_access_points_own_message_must_not_be_answered) {
  EvidenceBuilder b = EvidenceBuilder::connect();
  b.message(KeyMessage::m3).mic_valid = false;
  EXPECT_EQ(verdict_of("eapol.bad-mic-ignored", b), Verdict::fail);
  b.message(KeyMessage::m2).mic_valid.reset();
  EXPECT_EQ(verdict_of("eapol.bad-mic-ignored", b), Verdict::not_applicable);
}

/// It may belong to a handshake whose beginning was not captured.
TEST(BadMic, is_nobodys_fault_when_other_nonces_may_have_come_between) {
  EvidenceBuilder b = EvidenceBuilder::connect();
  AirEapol& m3 = b.message(KeyMessage::m3);
  m3.mic_valid = false;
  m3.key->replay_counter += 1;
  EXPECT_EQ(verdict_of("eapol.bad-mic-ignored", b), Verdict::not_applicable);
  m3.key->replay_counter -= 1;
  m3.key->nonce[3] ^= std::byte{1};
  EXPECT_EQ(verdict_of("eapol.bad-mic-ignored", b), Verdict::not_applicable);
}

/// An access point that does not raise its counter: the station leaves that be.
TEST(Replay, of_the_access_points_own_accord_is_only_remarked_upon) {
  EvidenceBuilder b = EvidenceBuilder::connect();
  AirEapol again = b.message(KeyMessage::m3);
  again.frame += 10;
  again.time += milliseconds(100);
  b.association().eapol.push_back(again);
  b.index_handshake();
  EXPECT_EQ(verdict_of("eapol.replayed-frame-ignored", b), Verdict::info);
  AirEapol answer = b.message(KeyMessage::m4);
  answer.frame += 20;
  answer.time += milliseconds(101);
  b.association().eapol.push_back(answer);
  b.index_handshake();
  EXPECT_EQ(verdict_of("eapol.replayed-frame-ignored", b), Verdict::fail);
}

/// Nobody knows why the station of a capture leaves.
TEST(InjectedEapol, is_not_blamed_for_a_station_that_leaves_in_a_capture_alone) {
  EvidenceEditor editor = situated("eapol.replayed-frame-ignored");
  editor.events.clear();
  editor.evidence.capture_only = true;
  Association& association = editor.association();
  association.end_time = association.eapol.back().time + milliseconds(20);
  association.ended_by = Direction::from_station;
  EXPECT_EQ(verdict_of("eapol.replayed-frame-ignored", editor), Verdict::info);
}

/// A step that nobody knows here may make the station leave.
TEST(InjectedEapol, is_not_blamed_for_a_station_that_was_told_to_do_something) {
  EvidenceEditor editor = situated("eapol.bad-mic-ignored");
  Association& association = editor.association();
  const Timestamp last = association.eapol.back().time;
  association.end_time = last + milliseconds(20);
  association.ended_by = Direction::from_station;
  EXPECT_EQ(verdict_of("eapol.bad-mic-ignored", editor), Verdict::fail);
  editor.add(last + milliseconds(5), Witness::harness, Side::none, "step_started",
             {{"step", "roam"}});
  EXPECT_EQ(verdict_of("eapol.bad-mic-ignored", editor), Verdict::inconclusive);
}

TEST(UnknownItems, must_be_passed_over) {
  EvidenceBuilder b = EvidenceBuilder::connect();
  b.message(KeyMessage::m1).key->reserved[3] = std::byte{9};
  EXPECT_EQ(verdict_of("eapol.invalid-field-silent-discard", b), Verdict::pass);
  AirEapol again = b.message(KeyMessage::m1);
  b.lose(KeyMessage::m2).lose(KeyMessage::m3).lose(KeyMessage::m4);
  EXPECT_EQ(verdict_of("eapol.invalid-field-silent-discard", b), Verdict::info);
  again.frame += 1;
  again.time += seconds(1);
  again.key->replay_counter += 1;
  b.insert_eapol(b.message(KeyMessage::m1), again);
  EXPECT_EQ(verdict_of("eapol.invalid-field-silent-discard", b), Verdict::info);
  b.evidence.plan.scenario.access_point.hostapd_options = {"eapol_key_reserved_random=1"};
  EXPECT_EQ(verdict_of("eapol.invalid-field-silent-discard", b), Verdict::fail);
}

TEST(UnknownItems, that_were_asked_for_have_to_be_seen) {
  EvidenceBuilder b = EvidenceBuilder::connect();
  b.evidence.plan.scenario.access_point.hostapd_options = {"eapol_m1_elements=dd0411223344"};
  EXPECT_EQ(verdict_of("eapol.invalid-field-silent-discard", b), Verdict::inconclusive);
}

TEST(GivesUp, early_or_late_within_the_limit_is_worth_a_word) {
  EvidenceEditor editor = situated("timing.dut-gives-up");
  delay_from(editor, *editor.association().end_time, seconds(5));
  EXPECT_EQ(verdict_of("timing.dut-gives-up", editor), Verdict::info);
  editor.evidence.plan.scenario.limits["timing.dut-gives-up"].max = seconds(14);
  EXPECT_EQ(verdict_of("timing.dut-gives-up", editor), Verdict::fail);
}

TEST(GivesUp, cannot_be_said_of_a_station_that_was_told_to_leave_first) {
  EvidenceEditor editor = situated("timing.dut-gives-up");
  const Timestamp before = *editor.association().end_time - seconds(4);
  editor.add(before, Witness::harness, Side::none, "step_started", {{"step", "disassociate"}});
  EXPECT_EQ(verdict_of("timing.dut-gives-up", editor), Verdict::inconclusive);
  editor.evidence.plan.scenario.limits["timing.dut-gives-up"].max = seconds(5);
  EXPECT_EQ(verdict_of("timing.dut-gives-up", editor), Verdict::fail);
  editor.erase([](const Event& e) { return e.witness == Witness::kernel; });
  EXPECT_EQ(verdict_of("timing.dut-gives-up", editor), Verdict::inconclusive);
}

/// The station of a capture may have gone without a word.
TEST(GivesUp, is_not_asked_of_a_station_of_a_capture_that_is_not_seen_to_leave) {
  EvidenceEditor editor = situated("timing.dut-gives-up");
  editor.events.clear();
  editor.evidence.capture_only = true;
  EXPECT_EQ(verdict_of("timing.dut-gives-up", editor), Verdict::pass);
  editor.association().end_time.reset();
  editor.evidence.air.quality.last_beacon = editor.association().eapol.back().time + seconds(60);
  EXPECT_EQ(verdict_of("timing.dut-gives-up", editor), Verdict::info);
}

TEST(GivesUp, may_be_told_by_the_next_association) {
  EvidenceEditor editor = situated("timing.dut-gives-up");
  Association next = editor.association();
  next.request_time = next.end_time;
  next.response_time.reset();
  next.end_time.reset();
  next.eapol.clear();
  editor.association().end_time.reset();
  editor.evidence.air.associations.push_back(next);
  EXPECT_EQ(verdict_of("timing.dut-gives-up", editor), Verdict::pass);
}

TEST(Roam, has_a_limit_of_its_own_with_fast_transition) {
  EvidenceEditor editor = situated("timing.roam-gap");
  auto& next = editor.evidence.air.associations.back();
  for (AirProtected& data : next.protected_data) {
    data.time += milliseconds(180);
  }
  EXPECT_EQ(verdict_of("timing.roam-gap", editor), Verdict::inconclusive) << "nobody waited";
  editor.add(next.protected_data.front().time - milliseconds(20), Witness::harness, Side::none,
             "data_sent", {{"from", "station"}});
  EXPECT_EQ(verdict_of("timing.roam-gap", editor), Verdict::fail);
  next.fast_transition = false;
  EXPECT_EQ(verdict_of("timing.roam-gap", editor), Verdict::pass);
}

TEST(Roam, without_data_over_the_new_access_point_is_inconclusive) {
  EvidenceEditor editor = situated("timing.roam-gap");
  editor.evidence.air.associations.back().protected_data.clear();
  EXPECT_EQ(verdict_of("timing.roam-gap", editor), Verdict::inconclusive);
  editor = situated("timing.roam-gap");
  editor.evidence.air.associations.front().protected_data.resize(3);
  EXPECT_EQ(verdict_of("timing.roam-gap", editor), Verdict::inconclusive);
}

}  // namespace
}  // namespace postassoc::checks
