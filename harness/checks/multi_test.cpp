#include <gtest/gtest.h>

#include "harness/checks/recorded_evidence.h"

/// What the mutants leave open about several associations.
namespace postassoc::checks {
namespace {

constexpr std::string_view kReassoc = "multi.reassoc-same-bss";
constexpr std::string_view kRoam = "multi.roam-state-isolated";
constexpr std::string_view kPmksa = "multi.pmksa-reconnect";
constexpr std::string_view kFragments = "multi.fragment-cache-cleared";

Association& second(EvidenceBuilder& b) {
  return b.evidence.air.associations.at(1);
}

TEST(JoinedAgain, with_a_handshake_of_its_own_passes_however_it_came_about) {
  for (const char* fixture :
       {kReconnect, "reconnect-reassociation", "reconnect-access-point-deauthenticates",
        "reconnect-access-point-deauthenticates-pmf"}) {
    const Finding finding = judge_one(kReassoc, recorded(fixture));
    EXPECT_EQ(finding.verdict, Verdict::pass) << fixture << ": " << finding.summary;
  }
}

TEST(JoinedAgain, with_a_handshake_that_is_not_all_on_the_air_is_inconclusive) {
  EvidenceBuilder b = recorded(kReconnect);
  const std::uint64_t m4 = second(b).eapol.at(second(b).handshakes.front().m4.front()).frame;
  b.erase_eapol([m4](const AirEapol& frame) { return frame.frame == m4; });
  EXPECT_EQ(judge_one(kReassoc, b).verdict, Verdict::inconclusive);
}

TEST(JoinedAgain, without_an_answer_to_any_message_1_fails_when_each_was_acknowledged) {
  EvidenceBuilder b = recorded(kReconnect);
  Association& association = second(b);
  const AirEapol m1 = association.eapol.at(association.handshakes.front().m1.front());
  association.eapol = {m1, m1, m1};
  association.protected_data.clear();
  association.handshakes = {Handshake{}};
  association.handshakes.front().m1 = {0, 1, 2};
  EXPECT_EQ(judge_one(kReassoc, b).verdict, Verdict::fail);
  association.eapol.front().acknowledged = false;
  EXPECT_EQ(judge_one(kReassoc, b).verdict, Verdict::inconclusive);
}

TEST(JoinedAgain, that_was_asked_for_and_is_not_on_the_air_is_inconclusive) {
  EvidenceBuilder b = recorded(kReconnect);
  b.evidence.air.associations.pop_back();
  EXPECT_EQ(judge_one(kReassoc, b).verdict, Verdict::inconclusive);
}

TEST(JoinedAgain, after_a_fast_transition_needs_no_handshake) {
  EvidenceBuilder b = recorded(kReconnect);
  second(b).fast_transition = true;
  EXPECT_EQ(judge_one(kReassoc, b).verdict, Verdict::not_applicable);
}

TEST(JoinedAgain, needs_no_timeline) {
  EvidenceBuilder b = recorded(kReconnect);
  b.events.clear();
  EXPECT_EQ(judge_one(kReassoc, b).verdict, Verdict::pass);
}

// --- roams and cached keys
// ------------------------------------------------------------------------

EvidenceBuilder roamed() {
  EvidenceBuilder b = recorded(kReconnect);
  second(b).bssid = *MacAddress::parse("02:00:00:00:07:00");
  return b;
}

TEST(Roam, after_which_nothing_goes_to_the_old_bss_passes) {
  EvidenceBuilder b = roamed();
  EXPECT_EQ(judge_one(kRoam, b).verdict, Verdict::pass);
  b.evidence.missing["air.pcap"] = "was not recorded";
  EXPECT_EQ(judge_one(kRoam, b).verdict, Verdict::inconclusive);
}

TEST(Roam, after_which_the_old_bss_is_answered_fails) {
  EvidenceBuilder b = roamed();
  auto& eapol = b.association().eapol;
  AirEapol late = eapol.back();
  late.time = *second(b).response_time + std::chrono::milliseconds(3);
  eapol.push_back(late);
  EXPECT_EQ(judge_one(kRoam, b).verdict, Verdict::fail);
}

TEST(Roam, that_takes_the_snonce_along_fails) {
  EvidenceBuilder b = roamed();
  const AirEapol& m2 = b.association().eapol.at(b.association().handshakes.front().m2.front());
  second(b).eapol.at(second(b).handshakes.front().m2.front()).key->nonce = m2.key->nonce;
  EXPECT_EQ(judge_one(kRoam, b).verdict, Verdict::fail);
}

TEST(CachedPmk, that_no_request_names_does_not_apply) {
  EXPECT_EQ(judge_one(kPmksa, recorded(kReconnect)).verdict, Verdict::not_applicable);
}

// --- fragments
// ------------------------------------------------------------------------------------

/// Fragments across associations, `count` of them on the air.
EvidenceBuilder fragments(int count, bool control_delivered) {
  EvidenceBuilder b = EvidenceBuilder::connect();
  for (int i = 0; i <= count; ++i) {
    const std::string tag = "pa:0a0b0c0d:" + std::to_string(500 + i) + ";";
    const bool control = i == count;
    b.add(400 + i, Witness::harness, Side::none, "injected",
          {{"tag", tag},
           {"frame", "udp"},
           {"form", "fragments_across_associations"},
           {"control", control}});
    b.evidence.air.tagged.push_back({static_cast<std::uint64_t>(150 + i),
                                     EvidenceBuilder::ms(400.1 + i), tag, false, true, true,
                                     false});
    if (control && control_delivered) {
      NetdevFrame frame;
      frame.tag = tag;
      b.evidence.station_netdev.push_back(frame);
    }
  }
  return b;
}

TEST(Fragments, of_two_associations_that_are_not_put_together_pass) {
  const Finding finding = judge_one(kFragments, fragments(3, true));
  EXPECT_EQ(finding.verdict, Verdict::pass) << finding.summary;
}

TEST(Fragments, without_a_control_or_too_few_of_them_are_inconclusive) {
  EXPECT_EQ(judge_one(kFragments, fragments(3, false)).verdict, Verdict::inconclusive);
  EXPECT_EQ(judge_one(kFragments, fragments(2, true)).verdict, Verdict::inconclusive);
}

TEST(Fragments, that_are_not_on_the_air_are_inconclusive) {
  EvidenceBuilder b = fragments(3, true);
  b.evidence.air.tagged.clear();
  EXPECT_EQ(judge_one(kFragments, b).verdict, Verdict::inconclusive);
}

TEST(Fragments, of_two_associations_that_are_delivered_fail) {
  EvidenceBuilder b = fragments(3, true);
  NetdevFrame frame;
  frame.tag = "pa:0a0b0c0d:500;";
  b.evidence.station_netdev.push_back(frame);
  EXPECT_EQ(judge_one(kFragments, b).verdict, Verdict::fail);
}

}  // namespace
}  // namespace postassoc::checks
