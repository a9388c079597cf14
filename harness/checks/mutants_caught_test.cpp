#include "harness/checks/mutants_caught.h"

#include <chrono>
#include <filesystem>
#include <iostream>

#include "harness/checks/finding.h"
#include "harness/checks/matrix_text.h"

namespace postassoc::checks {
namespace {

Finding gate_of(const Evidence& evidence) {
  for (Finding& finding : judge(evidence).findings) {
    if (finding.check == "gate.mutants-caught") {
      return finding;
    }
  }
  throw std::logic_error("the gate is not reported");
}

TEST(MutantsCaughtGate, passes_on_every_situation_that_was_made) {
  for (const Mutant& mutant : all_mutants()) {
    if (mutant.situate != nullptr) {
      const Finding finding = gate_of(sound(mutant).build());
      EXPECT_EQ(finding.verdict, Verdict::pass) << mutant.name << ": " << finding.summary;
    }
  }
}

TEST(MutantsCaughtGate, passes_on_every_recording) {
  std::size_t recordings = 0;
  for (const auto& entry : std::filesystem::directory_iterator(fixture_directory(""))) {
    if (entry.is_directory()) {
      const std::string name = entry.path().filename().string();
      const Finding finding = gate_of(recorded(name).build());
      const bool broken_off = name == kHostapdTerminated;
      EXPECT_EQ(finding.verdict, broken_off ? Verdict::not_applicable : Verdict::pass)
          << name << ": " << finding.summary;
      ++recordings;
    }
  }
  EXPECT_GT(recordings, 40U);
}

/// Two sniffers, or a message that came again: a fault has to be in every copy.
EvidenceBuilder with_copies(KeyMessage kind, bool other_counter) {
  EvidenceBuilder b = recorded(kConnect);
  AirEapol& original = b.message(kind);
  AirEapol lost = original;
  lost.time -= std::chrono::microseconds(20);
  lost.acknowledged = !other_counter;
  if (other_counter) {
    ++original.key->replay_counter;
    ++b.message(kind == KeyMessage::m1 ? KeyMessage::m2 : KeyMessage::m4).key->replay_counter;
  }
  b.insert_eapol(original, std::move(lost));
  return b;
}

TEST(MutantsCaughtGate, passes_when_a_message_is_there_twice) {
  for (const KeyMessage kind : {KeyMessage::m1, KeyMessage::m2, KeyMessage::m3, KeyMessage::m4}) {
    const Finding finding = gate_of(with_copies(kind, false).build());
    EXPECT_EQ(finding.verdict, Verdict::pass) << to_string(kind) << ": " << finding.summary;
  }
  const Finding again = gate_of(with_copies(KeyMessage::m3, true).build());
  EXPECT_EQ(again.verdict, Verdict::pass) << again.summary;
}

/// In a long capture the packet numbers of the first frames are judged while it is read.
TEST(MutantsCaughtGate, passes_when_packet_numbers_were_judged_while_reading) {
  EvidenceBuilder b = recorded(kConnect);
  Association& association = b.evidence.air.associations.front();
  std::size_t taken = 0;
  for (const AirProtected& frame : association.protected_data) {
    if (taken < 2 && frame.direction == Direction::from_station && frame.handshake != kNoKey) {
      association.folded.numbers.take(frame);
      association.folded.through = frame.frame;
      ++taken;
    }
  }
  ASSERT_EQ(taken, 2U);
  const Finding finding = gate_of(b.build());
  EXPECT_EQ(finding.verdict, Verdict::pass) << finding.summary;
}

TEST(MutantsCaughtGate, is_reported_when_no_check_of_the_plan_can_pass) {
  EvidenceBuilder b = recorded(kHostapdTerminated);
  b.evidence.plan.checks = {"key.ptk-installed-once"};
  EXPECT_EQ(gate_of(b.build()).verdict, Verdict::not_applicable);
}

/// A check that looks at nothing.
TEST(MutantsCaughtGate, names_a_check_that_passes_with_its_fault_put_in) {
  Check blind = *find_check("eapol.mic-valid");
  blind.judge = [](const Evidence& evidence) {
    return FindingBuilder("eapol.mic-valid", evidence).pass("all is well");
  };
  const Evidence evidence = recorded(kConnect).build();
  const MutantsCaught caught = try_mutants(evidence, {&blind, find_check("eapol.key-info-bits")});
  EXPECT_TRUE(caught.lets_through("eapol.mic-valid"));
  EXPECT_FALSE(caught.lets_through("eapol.key-info-bits"));
  EXPECT_EQ(caught.checks, 2U);
  const Finding finding = mutants_finding(evidence, caught);
  EXPECT_EQ(finding.verdict, Verdict::inconclusive);
  EXPECT_NE(finding.summary.find("eapol.mic-valid passes though the MIC"), std::string::npos)
      << finding.summary;
}

TEST(MutantsCaughtGate, costs_milliseconds) {
  for (const char* name : {kConnect, kUnencrypted}) {
    const Evidence evidence = recorded(name).build();
    std::vector<const Check*> passed;
    for (const Check& check : all_checks()) {
      if (!check.id.starts_with("gate.") && check.judge(evidence).verdict == Verdict::pass) {
        passed.push_back(&check);
      }
    }
    const auto begin = std::chrono::steady_clock::now();
    const MutantsCaught caught = try_mutants(evidence, passed);
    const auto took = std::chrono::steady_clock::now() - begin;
    std::cout << name << ": " << caught.faults << " faults in "
              << std::chrono::duration<double, std::milli>(took).count() << " ms, "
              << evidence.timeline.events().size() << " events\n";
    EXPECT_LT(took, std::chrono::seconds(2));
  }
}

}  // namespace
}  // namespace postassoc::checks
