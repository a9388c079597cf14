#include <gtest/gtest.h>

#include <set>

#include "harness/checks/evidence_builder.h"
#include "harness/checks/kernel_events.h"

namespace postassoc::checks {
namespace {

std::string name_of(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '.' || c == '-'; }, '_');
  return name;
}

class EveryCheck : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Catalogue, EveryCheck, ::testing::ValuesIn(check_ids()), name_of);

/// Have nothing to say of a normal connect.
const std::set<std::string> kNotProvoked = {"gate.injector-works",
                                            "gate.ref-behaves",
                                            "key.no-reinstall-on-m3-retry",
                                            "excl.plain-unicast-dropped",
                                            "excl.plain-group-dropped",
                                            "excl.plain-fragments-dropped",
                                            "excl.bcast-fragment-dropped",
                                            "excl.eapol-cloaked-amsdu",
                                            "excl.fragment-key-mixing",
                                            "excl.plain-before-key-dropped",
                                            "excl.eapol-clear-after-key",
                                            "excl.only-listed-ethertypes",
                                            "excl.unprotected-mgmt",
                                            "excl.grid",
                                            "excl.eapol-not-forwarded",
                                            "port.never-opens-on-bad-credential",
                                            "order.rekey-messages-protected",
                                            "eapol.nonces-fresh",
                                            "eapol.replayed-frame-ignored",
                                            "eapol.bad-mic-ignored",
                                            "eapol.unauthenticated-keydata-ignored",
                                            "eapol.invalid-field-silent-discard",
                                            "timing.gtk-rekey-response",
                                            "timing.ref-retry-schedule",
                                            "key.no-reinstall-after-forged-m1",
                                            "key.no-group-key-reinstall",
                                            "key.rx-replay-protection",
                                            "key.gtk-rsc-honoured",
                                            "key.ptk-rekey-clean",
                                            "key.gtk-rekey-alternates",
                                            "key.ft-and-wnm-no-reinstall",
                                            "key.removed-on-disconnect",
                                            "port.tx-blocked",
                                            "port.rx-blocked",
                                            "port.closes-on-loss",
                                            "port.reauth-keeps-service",
                                            "robust.single-loss-converges",
                                            "robust.m3-retry-answered",
                                            "robust.retry-exhaustion-clean",
                                            "robust.deauth-at-each-step",
                                            "robust.forged-m1-no-wedge",
                                            "robust.malformed-eapol",
                                            "robust.surprise-removal",
                                            "multi.reassoc-same-bss",
                                            "multi.roam-state-isolated",
                                            "multi.pmksa-reconnect",
                                            "multi.fragment-cache-cleared",
                                            "timing.dut-gives-up",
                                            "timing.roam-gap",
                                            "order.no-data-before-authorized"};

/// What each check says of a normal connect, by a station that is no IHV module.
Verdict good_verdict(const std::string& id) {
  return id.starts_with("ihv.") || kNotProvoked.contains(id) ? Verdict::not_applicable
                                                             : Verdict::pass;
}

TEST_P(EveryCheck, passes_a_normal_connect_or_does_not_apply) {
  const Finding finding = judge_one(GetParam(), EvidenceBuilder::connect());
  EXPECT_EQ(finding.verdict, good_verdict(GetParam())) << finding.summary;
  EXPECT_EQ(finding.check, GetParam());
}

TEST_P(EveryCheck, passes_no_empty_evidence) {
  const Check* check = find_check(GetParam());
  Evidence empty;
  empty.plan.scenario.steps.push_back({step::Associate{}, "/steps/0"});
  const Finding finding = check->judge(empty);
  EXPECT_NE(finding.verdict, Verdict::pass) << finding.summary;
  EXPECT_NE(finding.verdict, Verdict::fail) << finding.summary;
}

TEST_P(EveryCheck, explains_itself) {
  const Check* check = find_check(GetParam());
  for (const std::string_view text : {check->rule, check->why, check->source, check->needs,
                                      check->inconclusive, check->provoke}) {
    EXPECT_FALSE(text.empty());
  }
  for (const std::string_view gate : check->gates) {
    EXPECT_NE(find_check(gate), nullptr) << gate;
  }
}

TEST_P(EveryCheck, says_what_was_expected_when_it_applies) {
  const Finding finding = judge_one(GetParam(), EvidenceBuilder::connect());
  if (finding.verdict == Verdict::pass) {
    EXPECT_FALSE(finding.expected.empty());
    EXPECT_FALSE(finding.actual.empty());
    EXPECT_FALSE(finding.summary.empty());
  }
}

// --- taking witnesses away
// ------------------------------------------------------------------------

using Loss = void (*)(EvidenceBuilder&);

void lose_air(EvidenceBuilder& b) {
  b.evidence.air = {};
  b.evidence.missing["air.pcap"] = "there is no such file";
}
void lose_kernel(EvidenceBuilder& b) {
  b.erase([](const Event& e) { return e.witness == Witness::kernel; });
}
void lose_trace_events(EvidenceBuilder& b) {
  b.add(600, Witness::kernel, Side::none, "trace_lost", {{"count", 3}});
}
void lose_station_netdev(EvidenceBuilder& b) {
  b.evidence.station_netdev.clear();
  b.evidence.missing["station.pcap"] = "there is no such file";
}
void lose_clock(EvidenceBuilder& b) {
  b.evidence.clock_samples.clear();
}
void lose_access_point(EvidenceBuilder& b) {
  b.erase([](const Event& e) { return e.witness == Witness::access_point; });
}
void lose_supplicant(EvidenceBuilder& b) {
  b.erase([](const Event& e) { return e.witness == Witness::supplicant; });
}
void lose_harness(EvidenceBuilder& b) {
  b.erase([](const Event& e) { return e.witness == Witness::harness; });
}

const std::vector<Loss> kLosses = {
    lose_air,   lose_kernel,       lose_trace_events, lose_station_netdev,
    lose_clock, lose_access_point, lose_supplicant,   lose_harness};

/// Evidence in which one check or another does not pass.
std::vector<EvidenceBuilder> bent_evidence() {
  std::vector<EvidenceBuilder> all = {
      EvidenceBuilder::connect(), EvidenceBuilder::connect().repeat_m3(),
      EvidenceBuilder::connect().inject(), EvidenceBuilder::wrong_passphrase(),
      EvidenceBuilder::open_network().inject()};
  EvidenceBuilder second_key = EvidenceBuilder::connect().repeat_m3();
  second_key.station_key(501, true, 0);
  all.push_back(second_key);
  EvidenceBuilder lost_m4 = EvidenceBuilder::connect();
  lost_m4.lose(KeyMessage::m4);
  all.push_back(lost_m4);
  EvidenceBuilder lost_m1 = EvidenceBuilder::connect();
  lost_m1.lose(KeyMessage::m1);
  all.push_back(lost_m1);
  EvidenceBuilder late = EvidenceBuilder::connect();
  late.message(KeyMessage::m2).time += std::chrono::milliseconds(300);
  all.push_back(late);
  EvidenceBuilder delivered = EvidenceBuilder::connect().inject();
  delivered.evidence.station_netdev.push_back(
      {9, EvidenceBuilder::ms(301), {}, {}, 0x0800, text(delivered.event("injected"), "tag")});
  all.push_back(delivered);
  return all;
}

constexpr const char* kOfOthers = "gate.mutants-caught";

TEST_P(EveryCheck, never_turns_to_pass_when_a_witness_is_taken_away) {
  if (GetParam() == kOfOthers) {
    GTEST_SKIP() << "speaks of whatever still passes";
  }
  std::size_t number = 0;
  for (const EvidenceBuilder& bent : bent_evidence()) {
    const bool passed = judge_one(GetParam(), bent).verdict == Verdict::pass;
    for (std::size_t i = 0; i < kLosses.size() && !passed; ++i) {
      EvidenceBuilder less = bent;
      kLosses[i](less);
      const Finding finding = judge_one(GetParam(), less);
      EXPECT_NE(finding.verdict, Verdict::pass)
          << "evidence " << number << ", loss " << i << ": " << finding.summary;
    }
    ++number;
  }
}

/// All but run.completed (which speaks of the recording) rest on the air or the kernel: without
/// both nothing passes.
TEST_P(EveryCheck, passes_nothing_without_air_and_kernel) {
  if (GetParam() == "run.completed") {
    GTEST_SKIP() << "rests on the harness's own events";
  }
  if (GetParam() == kOfOthers) {
    GTEST_SKIP() << "speaks of whatever still passes";
  }
  for (EvidenceBuilder bent : bent_evidence()) {
    lose_air(bent);
    lose_kernel(bent);
    EXPECT_NE(judge_one(GetParam(), bent).verdict, Verdict::pass);
  }
}

}  // namespace
}  // namespace postassoc::checks
