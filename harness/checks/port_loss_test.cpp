#include <gtest/gtest.h>

#include "harness/checks/kernel_events.h"
#include "harness/checks/mutant_tools.h"
#include "harness/checks/recorded_evidence.h"

/// What the mutants leave open about closed ports, lost connections and
/// re-authentication.
namespace postassoc::checks {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

void without_kernel(EvidenceBuilder& b) {
  b.erase([](const Event& e) { return e.witness == Witness::kernel; });
}

// --- port.tx-blocked
// ------------------------------------------------------------------------------

constexpr std::string_view kTx = "port.tx-blocked";

/// The station is given `count` datagrams before it has keys.
EvidenceBuilder given_early(int count) {
  EvidenceBuilder b = EvidenceBuilder::connect();
  for (int i = 0; i < count; ++i) {
    b.add(113 + 0.1 * i, Witness::harness, Side::none, "data_sent",
          {{"tag", "pa:0a0b0c0d:" + std::to_string(900 + i) + ";"}, {"from", "station"}});
  }
  return b;
}

TEST(ClosedPort, that_lets_nothing_out_passes_after_three_attempts) {
  EXPECT_EQ(judge_one(kTx, given_early(3)).verdict, Verdict::pass);
  EXPECT_EQ(judge_one(kTx, given_early(2)).verdict, Verdict::inconclusive);
}

TEST(ClosedPort, is_not_known_without_the_kernel_but_data_in_clear_is_seen) {
  EvidenceBuilder b = given_early(3);
  without_kernel(b);
  EXPECT_NE(judge_one(kTx, b).verdict, Verdict::pass);
  AirPlain frame;
  frame.frame = 10;
  frame.time = EvidenceBuilder::ms(113);
  b.association().plain_data.push_back(frame);
  EXPECT_EQ(judge_one(kTx, b).verdict, Verdict::fail);
}

TEST(ClosedPort, that_was_to_be_tried_with_traffic_and_was_not_is_inconclusive) {
  EvidenceBuilder b = EvidenceBuilder::connect();
  auto& steps = b.evidence.plan.scenario.steps;
  steps.insert(steps.begin(), {step::Traffic{}, "/steps/9"});
  EXPECT_EQ(judge_one(kTx, b).verdict, Verdict::inconclusive);
}

// --- port.rx-blocked
// ------------------------------------------------------------------------------

constexpr std::string_view kRx = "port.rx-blocked";

TEST(ClosedPort, that_lets_nothing_in_passes) {
  const Finding finding = judge_one(kRx, recorded(kPlainBeforeKeys));
  EXPECT_EQ(finding.verdict, Verdict::pass) << finding.summary;
}

TEST(ClosedPort, without_an_eapol_frame_that_arrives_is_inconclusive) {
  EvidenceBuilder b = recorded(kPlainBeforeKeys);
  b.erase([](const Event& e) { return e.name == "injected" && text(e, "frame") == "eapol"; });
  EXPECT_EQ(judge_one(kRx, b).verdict, Verdict::inconclusive);
}

TEST(ClosedPort, without_the_stations_interface_is_inconclusive) {
  EvidenceBuilder b = recorded(kPlainBeforeKeys);
  b.evidence.station_netdev.clear();
  b.evidence.missing["station.pcap"] = "was not recorded";
  EXPECT_EQ(judge_one(kRx, b).verdict, Verdict::inconclusive);
}

// --- port.closes-on-loss
// --------------------------------------------------------------------------

constexpr std::string_view kCloses = "port.closes-on-loss";

TEST(LostConnection, closes_the_port_whoever_ended_it) {
  for (const char* fixture : {kConnect, kSentAway, kReconnect, "reconnect-reassociation"}) {
    const Finding finding = judge_one(kCloses, recorded(fixture));
    EXPECT_EQ(finding.verdict, Verdict::pass) << fixture << ": " << finding.summary;
  }
}

TEST(LostConnection, that_the_station_may_not_know_of_is_inconclusive) {
  EvidenceBuilder b = recorded(kConnect);
  end_later(b, seconds(4));
  leave_later(b, seconds(3));
  EXPECT_EQ(judge_one(kCloses, b).verdict, Verdict::fail);
  b.erase("CTRL-EVENT-DISCONNECTED");
  b.association().ended_by = Direction::from_access_point;
  for (AirManagement& frame : b.association().management) {
    frame.acknowledged = false;
  }
  EXPECT_EQ(judge_one(kCloses, b).verdict, Verdict::inconclusive);
}

TEST(LostConnection, needs_air_and_kernel) {
  EvidenceBuilder b = recorded(kConnect);
  without_kernel(b);
  EXPECT_EQ(judge_one(kCloses, b).verdict, Verdict::inconclusive);
  EvidenceBuilder deaf = recorded(kConnect);
  deaf.evidence.air = {};
  deaf.evidence.missing["air.pcap"] = "was not recorded";
  EXPECT_EQ(judge_one(kCloses, deaf).verdict, Verdict::inconclusive);
}

// --- port.sources-agree
// ---------------------------------------------------------------------------

constexpr std::string_view kAgree = "port.sources-agree";

TEST(Sources, that_say_nothing_are_inconclusive) {
  EvidenceBuilder b = recorded(kConnect);
  end_later(b, seconds(2));
  b.erase("CTRL-EVENT-DISCONNECTED");
  EXPECT_EQ(judge_one(kAgree, b).verdict, Verdict::inconclusive);
  b.erase([](const Event& e) { return e.witness == Witness::supplicant; });
  EXPECT_EQ(judge_one(kAgree, b).verdict, Verdict::inconclusive);
}

TEST(Sources, of_the_two_ends_that_differ_are_inconclusive) {
  EvidenceBuilder b = recorded(kConnect);
  end_later(b, seconds(2));
  EXPECT_EQ(judge_one(kAgree, b).verdict, Verdict::pass);
  b.erase("AP-STA-DISCONNECTED");
  EXPECT_EQ(judge_one(kAgree, b).verdict, Verdict::inconclusive);
}

// --- port.reauth-keeps-service
// --------------------------------------------------------------------

constexpr std::string_view kReauth = "port.reauth-keeps-service";

EvidenceBuilder reauthenticated() {
  EvidenceBuilder b = recorded(kPairwiseRekey);
  for (const Mutant& mutant : all_mutants()) {
    if (mutant.fails == kReauth) {
      EXPECT_TRUE(mutant.situate(b));
    }
  }
  return b;
}

TEST(Reauthentication, with_no_handshake_after_it_is_inconclusive) {
  EvidenceBuilder b = reauthenticated();
  const std::uint64_t m4 =
      b.association().eapol.at(b.association().handshakes.back().m4.back()).frame;
  b.erase_eapol([m4](const AirEapol& frame) { return frame.frame >= m4; });
  EXPECT_EQ(judge_one(kReauth, b).verdict, Verdict::inconclusive);
}

TEST(Reauthentication, that_leaves_the_port_closed_for_a_second_fails) {
  EvidenceBuilder b = reauthenticated();
  EXPECT_EQ(judge_one(kReauth, b).verdict, Verdict::pass);
  const AirEapol& m4 = b.association().eapol.at(b.association().handshakes.back().m4.back());
  const Timestamp closed = m4.time;
  close_port(b, closed);
  EXPECT_EQ(judge_one(kReauth, b).verdict, Verdict::inconclusive);
  delay_from(b, closed + milliseconds(1), seconds(2));
  EXPECT_EQ(judge_one(kReauth, b).verdict, Verdict::fail);
  without_kernel(b);
  EXPECT_EQ(judge_one(kReauth, b).verdict, Verdict::inconclusive);
}

TEST(Reauthentication, that_was_commanded_and_not_captured_is_inconclusive) {
  EvidenceBuilder b = EvidenceBuilder::connect();
  b.evidence.plan.scenario.access_point.hostapd_options = {"eap_reauth_period=2"};
  EXPECT_EQ(judge_one(kReauth, b).verdict, Verdict::inconclusive);
}

}  // namespace
}  // namespace postassoc::checks
