#include <gtest/gtest.h>

#include "harness/checks/evidence_builder.h"
#include "harness/checks/mutants.h"
#include "harness/checks/recorded_evidence.h"

namespace postassoc::checks {
namespace {

constexpr const char* kRules[] = {"order.rekey-messages-protected", "eapol.nonces-fresh",
                                  "timing.gtk-rekey-response"};

/// Recorded evidence with the situation of the check: a rekey that is right.
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

TEST(Rekey, passes_when_it_is_right) {
  for (const char* rule : kRules) {
    EXPECT_EQ(judge_one(rule, situated(rule)).verdict, Verdict::pass) << rule;
  }
}

TEST(Rekey, cannot_be_judged_without_the_air) {
  for (const char* rule : kRules) {
    EvidenceEditor editor = situated(rule);
    editor.evidence.air = Air{};
    editor.evidence.missing["air.pcap"] = "was not recorded";
    EXPECT_EQ(judge_one(rule, editor).verdict, Verdict::inconclusive) << rule;
  }
}

TEST(Rekey, that_was_commanded_and_not_captured_is_inconclusive) {
  for (const auto& [rule, command] :
       {std::pair("order.rekey-messages-protected", "REKEY_PTK {station}"),
        std::pair("timing.gtk-rekey-response", "REKEY_GTK")}) {
    EvidenceBuilder builder = EvidenceBuilder::connect();
    builder.evidence.plan.scenario.steps.push_back({step::AccessPointCommand{command}, "/steps/2"});
    EXPECT_EQ(judge_one(rule, builder).verdict, Verdict::inconclusive) << rule;
  }
}

TEST(Rekey, on_a_network_interface_does_not_show_the_protected_bit) {
  EvidenceEditor editor = situated("order.rekey-messages-protected");
  editor.evidence.air.link = AirLink::ethernet;
  EXPECT_EQ(judge_one("order.rekey-messages-protected", editor).verdict, Verdict::inconclusive);
}

}  // namespace
}  // namespace postassoc::checks
