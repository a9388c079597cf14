#include <gtest/gtest.h>

#include <set>

#include "harness/checks/evidence_builder.h"
#include "harness/checks/kernel_events.h"
#include "harness/checks/mutant_inject.h"

namespace postassoc::checks {
namespace {

constexpr auto kConnect = &EvidenceBuilder::connect;

/// A connect with EAPOL and these frames injected from 350 ms on, data before and after.
EvidenceBuilder with(const std::vector<Injection>& frames) {
  EvidenceBuilder b = kConnect().inject();
  inject(b, EvidenceBuilder::ms(350), frames);
  b.exchange(990, Side::access_point);
  b.exchange(991, Side::access_point, true);
  return b;
}

Injection form(const char* name, bool to_group = false) {
  return {.form = name, .to_group = to_group};
}

std::vector<Injection> operator+(std::vector<Injection> a, const Injection& b) {
  a.push_back(b);
  return a;
}

const Injection kFragments = {.form = "fragments_protected", .control = true};
const Injection kAmsdu = {.form = "amsdu_protected", .control = true};

bool any(const Injected&) {
  return true;
}

struct Case {
  const char* check;
  std::vector<Injection> frames;
};

class ExclInjected : public ::testing::TestWithParam<Case> {};

TEST_P(ExclInjected, passes_when_enough_reach_the_mac_and_none_the_stack) {
  const Finding finding = judge_one(GetParam().check, with(GetParam().frames));
  EXPECT_EQ(finding.verdict, Verdict::pass) << finding.summary;
  EXPECT_FALSE(finding.frames.empty());
}

TEST_P(ExclInjected, fails_on_one_delivered_frame) {
  EvidenceBuilder b = with(GetParam().frames);
  const Injection& first = GetParam().frames.front();
  for (const Injected& one : injections(b.build())) {
    if (one.form == first.form && one.frame == first.frame && one.to_group == first.to_group) {
      deliver(b, one.tag, one.time());
      break;
    }
  }
  const Finding finding = judge_one(GetParam().check, b);
  EXPECT_EQ(finding.verdict, Verdict::fail) << finding.summary;
  EXPECT_NE(finding.summary.find("delivered 1 of"), std::string::npos) << finding.summary;
}

TEST_P(ExclInjected, is_inconclusive_when_a_form_is_too_rare_on_the_air) {
  EvidenceBuilder b = with(GetParam().frames);
  std::set<std::string> injected;
  for (const Injected& one : injections(b.build())) {
    injected.insert(one.tag);
  }
  std::size_t seen = 0;
  std::erase_if(b.evidence.air.tagged, [&](const Air::Tagged& frame) {
    return injected.contains(frame.tag) && ++seen > 2;
  });
  const Finding finding = judge_one(GetParam().check, b);
  EXPECT_EQ(finding.verdict, Verdict::inconclusive);
  EXPECT_NE(finding.summary.find("are needed"), std::string::npos) << finding.summary;
}

TEST_P(ExclInjected, is_inconclusive_without_the_allowed_frame) {
  EvidenceBuilder b = with(GetParam().frames);
  b.erase([](const Event& e) { return e.name == "injected" && text(e, "frame") == "eapol"; });
  std::erase_if(b.events, [](const Event& e) { return flag(e, "control").value_or(false); });
  EXPECT_EQ(judge_one(GetParam().check, b).verdict, Verdict::inconclusive);
}

TEST_P(ExclInjected, does_not_apply_when_nothing_was_injected) {
  const Finding finding = judge_one(GetParam().check, kConnect());
  EXPECT_EQ(finding.verdict, Verdict::not_applicable) << finding.summary;
}

TEST_P(ExclInjected,
       does_not_apply_to_a_capture_alone_and_is_inconclusive_without_a_runs_timeline) {
  EvidenceBuilder b = kConnect();
  b.events.clear();
  b.evidence.missing["timeline.jsonl"] = "there is no such file";
  EXPECT_EQ(judge_one(GetParam().check, b).verdict, Verdict::inconclusive);
  b.evidence.capture_only = true;
  EXPECT_EQ(judge_one(GetParam().check, b).verdict, Verdict::not_applicable);
}

INSTANTIATE_TEST_SUITE_P(
    Rules, ExclInjected,
    ::testing::Values(
        Case{"excl.plain-unicast-dropped", times(3, {})},
        Case{"excl.plain-group-dropped", times(10, {.to_group = true})},
        Case{"excl.only-listed-ethertypes", times(3, {.frame = "preauth"})},
        Case{"excl.plain-fragments-dropped", times(3, form("fragments_plain")) + kFragments},
        Case{"excl.plain-fragments-dropped", times(3, form("fragments_mixed")) + kFragments},
        Case{"excl.bcast-fragment-dropped", times(10, form("fragment_to_group", true))},
        Case{"excl.eapol-cloaked-amsdu", times(3, form("amsdu_cloaked")) + kAmsdu},
        Case{"excl.fragment-key-mixing", times(3, form("fragments_two_keys")) + kFragments},
        Case{"excl.fragment-key-mixing", times(3, form("fragment_alone")) + kFragments}),
    [](const auto& info) {
      std::string name = std::string(info.param.check) + "_" + info.param.frames.front().form;
      std::replace_if(
          name.begin(), name.end(), [](char c) { return c == '.' || c == '-'; }, '_');
      return name;
    });

TEST(ExclForms, are_inconclusive_when_no_proper_one_arrives_either) {
  for (const Case& one : {Case{"excl.plain-fragments-dropped", times(3, form("fragments_plain"))},
                          Case{"excl.eapol-cloaked-amsdu", times(3, form("amsdu_cloaked"))},
                          Case{"excl.fragment-key-mixing", times(3, form("fragment_alone"))}}) {
    const Finding finding = judge_one(one.check, with(one.frames));
    EXPECT_EQ(finding.verdict, Verdict::inconclusive) << finding.summary;
    EXPECT_NE(finding.summary.find("of such a form"), std::string::npos) << finding.summary;
  }
}

TEST(ExclPlainGroup, is_told_and_not_judged_for_windows_unicast_profiles) {
  for (const Profile profile : {Profile::native, Profile::wdi, Profile::compact}) {
    EvidenceBuilder b = kConnect();
    inject(b, EvidenceBuilder::ms(350), times(10, {.to_group = true}));
    ASSERT_TRUE(deliver_first(b, any));
    b.evidence.plan.scenario.profile = profile;
    EXPECT_EQ(judge_one("excl.plain-group-dropped", b).verdict,
              profile == Profile::compact ? Verdict::fail : Verdict::info);
  }
}

/// A wrong passphrase holds the port closed; frames at 350 ms.
EvidenceBuilder before_keys() {
  EvidenceBuilder b = EvidenceBuilder::wrong_passphrase();
  inject(b, EvidenceBuilder::ms(350), times(3, {}) + Injection{.frame = "eapol"});
  return b;
}

TEST(ExclPlainBeforeKey, passes_while_eapol_arrives_and_fails_on_one_data_frame) {
  EvidenceBuilder b = before_keys();
  const Finding good = judge_one("excl.plain-before-key-dropped", b);
  EXPECT_EQ(good.verdict, Verdict::pass) << good.summary;
  ASSERT_TRUE(deliver_first(b, any));
  EXPECT_EQ(judge_one("excl.plain-before-key-dropped", b).verdict, Verdict::fail);
  b.evidence.plan.scenario.profile = Profile::native;
  EXPECT_EQ(judge_one("excl.plain-before-key-dropped", b).verdict, Verdict::info);
}

TEST(ExclPlainBeforeKey, is_inconclusive_without_eapol_or_trace) {
  EvidenceBuilder no_eapol = before_keys();
  no_eapol.erase([](const Event& e) {
    return e.name == "cfg80211_rx_control_port" && e.time > EvidenceBuilder::ms(350);
  });
  EXPECT_EQ(judge_one("excl.plain-before-key-dropped", no_eapol).verdict, Verdict::inconclusive);
  EvidenceBuilder no_trace = before_keys();
  no_trace.erase([](const Event& e) { return e.witness == Witness::kernel; });
  EXPECT_EQ(judge_one("excl.plain-before-key-dropped", no_trace).verdict, Verdict::inconclusive);
}

TEST(ExclPlainBeforeKey, is_not_about_frames_after_the_keys) {
  EXPECT_EQ(judge_one("excl.plain-before-key-dropped", kConnect().inject()).verdict,
            Verdict::not_applicable);
}

// --- EAPOL
// ----------------------------------------------------------------------------------------

constexpr const char* kAfter = "excl.eapol-clear-after-key";

TEST(ExclEapolAfterKey, passes_under_linux_when_it_is_handed_on_and_changes_nothing) {
  const Finding finding = judge_one(kAfter, kConnect().inject());
  EXPECT_EQ(finding.verdict, Verdict::pass) << finding.summary;
}

TEST(ExclEapolAfterKey, fails_under_linux_when_a_key_comes_of_it) {
  EvidenceBuilder b = kConnect().inject();
  b.station_key(345, false, 1);
  EXPECT_EQ(judge_one(kAfter, b).verdict, Verdict::fail);
}

TEST(ExclEapolAfterKey, is_inconclusive_under_linux_when_none_is_handed_on) {
  EvidenceBuilder b = kConnect().inject();
  b.erase([](const Event& e) {
    return e.name == "cfg80211_rx_control_port" && e.time > EvidenceBuilder::ms(300);
  });
  EXPECT_EQ(judge_one(kAfter, b).verdict, Verdict::inconclusive);
}

/// A message 1 in clear at 400 ms that the station answers.
EvidenceBuilder answered_m1() {
  EvidenceBuilder b = kConnect().inject();
  b.add(400, Witness::harness, Side::none, "injected",
        {{"frame", "eapol"}, {"variant", "forged_m1"}, {"tag", ""}, {"to_group", false}});
  b.air_eapol(400.1, KeyMessage::m1, 77);
  b.air_eapol(401, KeyMessage::m2, 77);
  return b;
}

TEST(ExclEapolAfterKey, takes_an_answer_for_a_fail_only_with_pmf) {
  EvidenceBuilder b = answered_m1();
  EXPECT_EQ(judge_one(kAfter, b).verdict, Verdict::info);
  b.evidence.plan.scenario.access_point.pmf = Pmf::required;
  EXPECT_EQ(judge_one(kAfter, b).verdict, Verdict::fail);
  b.evidence.plan.scenario.access_point.pmf = Pmf::optional;
  EXPECT_EQ(judge_one(kAfter, b).verdict, Verdict::inconclusive);
}

TEST(ExclEapolAfterKey, fails_under_windows_when_it_is_handed_on_and_passes_when_dropped) {
  EvidenceBuilder b = kConnect().inject();
  b.evidence.plan.scenario.profile = Profile::native;
  EXPECT_EQ(judge_one(kAfter, b).verdict, Verdict::fail);
  b.erase([](const Event& e) {
    return e.name == "cfg80211_rx_control_port" && e.time > EvidenceBuilder::ms(300);
  });
  b.add(115.3, Witness::kernel, Side::station, "cfg80211_rx_control_port", {{"unencrypted", true}});
  const Finding dropped = judge_one(kAfter, b);
  EXPECT_EQ(dropped.verdict, Verdict::pass) << dropped.summary;
  b.erase("cfg80211_rx_control_port");
  EXPECT_EQ(judge_one(kAfter, b).verdict, Verdict::inconclusive);
}

TEST(ExclEapolAfterKey, does_not_apply_without_a_key_or_a_frame) {
  EXPECT_EQ(judge_one(kAfter, kConnect()).verdict, Verdict::not_applicable);
  EXPECT_EQ(judge_one(kAfter, before_keys()).verdict, Verdict::not_applicable);
  EXPECT_EQ(judge_one(kAfter, EvidenceBuilder::open_network().inject()).verdict,
            Verdict::not_applicable);
}

constexpr const char* kNotForwarded = "excl.eapol-not-forwarded";

TEST(ExclEapolNotForwarded, passes_when_it_ends_at_the_station_and_fails_when_it_goes_on) {
  EvidenceBuilder b = kConnect().inject();
  b.exchange(980, Side::station);
  for (AirEapol& frame : b.association().eapol) {
    frame.eapol.raw = from_hex("0103000470617061").value();
  }
  b.lose(KeyMessage::m2).lose(KeyMessage::m4);
  EXPECT_EQ(judge_one(kNotForwarded, b).verdict, Verdict::pass);
  AirEapol forwarded = b.association().eapol.back();
  forwarded.direction = Direction::from_station;
  forwarded.frame += 1;
  b.association().eapol.push_back(forwarded);
  EXPECT_EQ(judge_one(kNotForwarded, b).verdict, Verdict::fail);
}

TEST(ExclEapolNotForwarded, is_inconclusive_when_the_station_is_not_heard_after_it) {
  EXPECT_EQ(judge_one(kNotForwarded, kConnect().inject()).verdict, Verdict::inconclusive);
  EXPECT_EQ(judge_one(kNotForwarded, kConnect()).verdict, Verdict::not_applicable);
}

// --- what the station sends, and management frames
// ------------------------------------------------

constexpr const char* kNeverPlain = "excl.tx-never-plain";

AirPlain plain_data(std::uint64_t frame, double at_ms) {
  AirPlain data;
  data.frame = frame;
  data.time = EvidenceBuilder::ms(at_ms);
  data.ethertype = 0x0800;
  return data;
}

TEST(ExclTxNeverPlain, fails_on_data_in_clear_after_message_4_and_on_a_key_of_zeros) {
  EvidenceBuilder b = kConnect();
  EXPECT_EQ(judge_one(kNeverPlain, b).verdict, Verdict::pass);
  b.association().plain_data = {plain_data(1, 100)};
  EXPECT_EQ(judge_one(kNeverPlain, b).verdict, Verdict::pass) << "before message 4";
  b.association().plain_data = {plain_data(900, 800)};
  EXPECT_EQ(judge_one(kNeverPlain, b).verdict, Verdict::fail);
  b.association().plain_data.front().direction = Direction::from_access_point;
  EXPECT_EQ(judge_one(kNeverPlain, b).verdict, Verdict::pass);
  b.association().protected_data.front().zero_key = true;
  EXPECT_EQ(judge_one(kNeverPlain, b).verdict, Verdict::fail);
}

TEST(ExclTxNeverPlain, holds_no_forged_frame_against_the_station) {
  EvidenceBuilder b = kConnect();
  b.association().plain_data = {plain_data(900, 800)};
  b.evidence.air.tagged.push_back({900, EvidenceBuilder::ms(800), "pa:0a0b0c0d:77;"});
  EXPECT_EQ(judge_one(kNeverPlain, b).verdict, Verdict::inconclusive);
  EvidenceBuilder sent = b;
  sent.add(799, Witness::harness, Side::none, "data_sent", {{"tag", "pa:0a0b0c0d:77;"}});
  EXPECT_EQ(judge_one(kNeverPlain, sent).verdict, Verdict::fail);
  b.add(799, Witness::harness, Side::none, "injected", {{"tag", "pa:0a0b0c0d:77;"}});
  EXPECT_EQ(judge_one(kNeverPlain, b).verdict, Verdict::pass);
}

TEST(ExclTxNeverPlain, says_when_it_cannot_say_or_does_not_apply) {
  EvidenceBuilder few = kConnect();
  few.association().protected_data.resize(2);
  EXPECT_EQ(judge_one(kNeverPlain, few).verdict, Verdict::inconclusive);
  EvidenceBuilder none = kConnect();
  none.evidence.missing["air.pcap"] = "there is no such file";
  EXPECT_EQ(judge_one(kNeverPlain, none).verdict, Verdict::inconclusive);
  EXPECT_EQ(judge_one(kNeverPlain, EvidenceBuilder::open_network()).verdict,
            Verdict::not_applicable);
  EXPECT_EQ(judge_one(kNeverPlain, EvidenceBuilder::wrong_passphrase()).verdict,
            Verdict::not_applicable);
}

constexpr const char* kManagement = "excl.unprotected-mgmt";

EvidenceBuilder with_management(Pmf pmf) {
  EvidenceBuilder b = with(times(3, {.frame = "deauthentication"}) + Injection{.frame = "action"});
  b.evidence.plan.scenario.access_point.pmf = pmf;
  return b;
}

TEST(ExclUnprotectedMgmt, passes_when_the_link_outlives_them) {
  const Finding finding = judge_one(kManagement, with_management(Pmf::required));
  EXPECT_EQ(finding.verdict, Verdict::pass) << finding.summary;
}

TEST(ExclUnprotectedMgmt, fails_when_the_port_closes_after_one) {
  EvidenceBuilder b = with_management(Pmf::required);
  b.add(352, Witness::kernel, Side::station, "drv_sta_state", {{"old_state", 4}, {"new_state", 3}});
  EXPECT_EQ(judge_one(kManagement, b).verdict, Verdict::fail);
  b.add(351, Witness::harness, Side::none, "step_started", {{"step", "disassociate"}});
  EXPECT_EQ(judge_one(kManagement, b).verdict, Verdict::inconclusive) << "it was told to";
}

TEST(ExclUnprotectedMgmt, fails_when_an_sa_query_in_clear_is_answered) {
  EvidenceBuilder b = with_management(Pmf::required);
  AirManagement answer = b.association().management.back();
  ++answer.frame;
  answer.time += std::chrono::milliseconds(1);
  answer.direction = Direction::from_station;
  answer.category = 8;
  answer.action = 1;
  b.association().management.push_back(answer);
  EXPECT_EQ(judge_one(kManagement, b).verdict, Verdict::fail);
}

TEST(ExclUnprotectedMgmt, says_when_it_cannot_say_or_does_not_apply) {
  EXPECT_EQ(judge_one(kManagement, with_management(Pmf::off)).verdict, Verdict::not_applicable);
  EXPECT_EQ(judge_one(kManagement, with_management(Pmf::optional)).verdict, Verdict::inconclusive);
  EXPECT_EQ(judge_one(kManagement, kConnect()).verdict, Verdict::not_applicable);
  EvidenceBuilder unseen = with_management(Pmf::required);
  unseen.association().management.clear();
  EXPECT_EQ(judge_one(kManagement, unseen).verdict, Verdict::inconclusive);
  EvidenceBuilder silent = with_management(Pmf::required);
  silent.erase(
      [](const Event& e) { return e.name == "data_sent" && e.time > EvidenceBuilder::ms(350); });
  EXPECT_EQ(judge_one(kManagement, silent).verdict, Verdict::inconclusive);
}

}  // namespace
}  // namespace postassoc::checks
