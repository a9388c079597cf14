#include <fstream>
#include <random>

#include "harness/check_aliases.h"
#include "harness/checks/ihv_faults.h"
#include "harness/checks/ihv_lists.h"

namespace postassoc::checks {
namespace {

using Situation = IhvBuilder (*)();
const std::vector<Situation> kSituations = {
    connected,   pending_stopped, pending_reset, failed_again, refused_again,
    roamed,      status_lost,     asked_user,    onex,         burst,
    key_retried, three_ports,     key_id_set};

TEST(IhvTrace, pairs_begins_with_returns_and_knows_what_encloses_what) {
  IhvBuilder b = connected();
  const int outer = b.begun(ihv::kReceivePacket).detail["call"];
  b.end(115.15, b.begin(115.14, ihv::kSendPacket, {{"send", 7}}, {}, outer));
  const Evidence evidence = b.build();
  const IhvTrace trace(evidence);
  const IhvCall* send = trace.calls_of(ihv::kSendPacket).front();
  EXPECT_TRUE(send->by_module);
  EXPECT_TRUE(send->succeeded());
  ASSERT_NE(trace.enclosing(*send, ihv::kReceivePacket), nullptr);
  EXPECT_EQ(trace.parent(*send)->number, outer);
  EXPECT_EQ(trace.enclosing(*send, ihv::kInitAdapter), nullptr);
  EXPECT_TRUE(trace.complete());
  EXPECT_TRUE(trace.from_start());
}

TEST(IhvTrace, follows_a_session_from_its_start_to_its_end) {
  const Evidence evidence = pending_reset().build();
  const IhvTrace trace(evidence);
  ASSERT_EQ(trace.sessions().size(), 2U);
  const IhvSession& first = trace.sessions()[0];
  EXPECT_EQ(first.id, "1");
  EXPECT_EQ(first.peer, kAp);
  EXPECT_EQ(first.success(), trace.calls_of(ihv::kPostAssociateCompletion).front());
  EXPECT_EQ(first.end_at(), first.stop->begin_at);
  EXPECT_FALSE(first.pending_at(first.end_at()));
  const IhvSession& second = trace.sessions()[1];
  EXPECT_TRUE(second.pending_at(second.reset->begin_at));
  EXPECT_FALSE(second.pending_at(second.reset->end_at));
  EXPECT_EQ(second.success(), nullptr);
  EXPECT_EQ(trace.session_at(second.perform->end_at), &second);
  EXPECT_EQ(trace.session_at(second.stop->end_at), nullptr);
}

TEST(IhvTrace, knows_phase_and_lists_at_any_moment) {
  const Evidence evidence = connected().build();
  const IhvTrace trace(evidence);
  const auto at = [&](std::string_view function) {
    return trace.calls_of(function).front()->begin_at;
  };
  EXPECT_EQ(phase_at(trace, 0), IhvPhase::none);
  EXPECT_EQ(phase_at(trace, at(ihv::kPerformPreAssociate)), IhvPhase::ready);
  EXPECT_EQ(phase_at(trace, at(ihv::kSetAuthAlgorithm)), IhvPhase::pre_pending);
  EXPECT_EQ(phase_at(trace, at(ihv::kPerformPostAssociate)), IhvPhase::pre_done);
  EXPECT_EQ(phase_at(trace, at(ihv::kDeinitAdapter)), IhvPhase::ready);
  EXPECT_EQ(phase_at(trace, at(ihv::kDeinitService)), IhvPhase::removed);
  const IhvLists lists = lists_at(trace, at(ihv::kReceivePacket));
  EXPECT_TRUE(lists.registered("888e"));
  EXPECT_FALSE(lists.registered("0800"));
  EXPECT_EQ(lists.max_backlog, 4);
  EXPECT_FALSE(lists_at(trace, at(ihv::kAdapterReset)).registered("888e"));
}

TEST(IhvTrace, leaves_out_what_is_not_as_expected) {
  IhvBuilder b;
  b.mark(1, "ihv_begin");
  b.mark(2, "ihv_begin", {{"function", 7}, {"call", 1}});
  b.mark(3, "ihv_return", {{"call", 99}});
  b.mark(4, "ihv_return", {{"call", "x"}});
  b.mark(5, "ihv_begin", {{"function", "f"}, {"call", -5}, {"within", -5}, {"arguments", 3}});
  b.mark(6, "ihv_return", {{"call", -5}});
  b.mark(7, "ihv_begin", {{"function", "g"}, {"call", 4}, {"within", 4}});
  b.mark(8, "ihv_return", {{"call", 4}, {"error", "no"}});
  b.mark(9, "ihv_return", {{"call", 4}, {"error", 5}});
  const Evidence evidence = b.build();
  const IhvTrace trace(evidence);
  ASSERT_EQ(trace.calls().size(), 2U);
  EXPECT_FALSE(trace.calls()[0].returned());
  EXPECT_EQ(trace.calls()[0].argument("length"), std::nullopt);
  EXPECT_EQ(trace.parent(trace.calls()[1]), nullptr);
  EXPECT_TRUE(trace.calls()[1].succeeded());
}

/// Passes of the contract's rules before and after; a fail is one too many.
void expect_no_gain(const std::set<std::string>& passed, const IhvBuilder& less,
                    const std::string& where) {
  std::string told;
  EXPECT_EQ(ihv_rules(less, Verdict::fail, &told), std::set<std::string>{}) << where << told;
  for (const std::string& rule : ihv_rules(less, Verdict::pass)) {
    EXPECT_TRUE(passed.contains(rule)) << rule << " passes without " << where;
  }
}

TEST(IhvRules, blame_nobody_and_gain_nothing_when_a_kind_of_event_is_lost) {
  for (const Situation situation : kSituations) {
    const IhvBuilder whole = situation();
    const auto passed = ihv_rules(whole, Verdict::pass);
    std::set<std::string> names;
    for (const Event& event : whole.events) {
      names.insert(event.name);
    }
    for (const std::string& name : names) {
      IhvBuilder less = whole;
      less.erase_marks(name);
      expect_no_gain(passed, less, name);
    }
  }
}

TEST(IhvRules, blame_nobody_when_the_trace_is_cut) {
  for (const Situation situation : {pending_reset, asked_user, burst, roamed, key_retried}) {
    const IhvBuilder whole = situation();
    for (double cut = 50; cut < 1152; cut += cut < 130 || cut > 1099 ? 1.3 : 100) {
      IhvBuilder less = whole;
      less.EvidenceEditor::erase([&](const Event& e) { return e.time > IhvBuilder::ms(cut); });
      std::string told;
      EXPECT_EQ(ihv_rules(less, Verdict::fail, &told), std::set<std::string>{}) << cut << told;
    }
  }
}

TEST(IhvRules, blame_nobody_when_the_trace_begins_late) {
  for (double cut = 50; cut < 1152; cut += cut < 130 || cut > 1099 ? 1.3 : 100) {
    IhvBuilder less = connected();
    less.EvidenceEditor::erase(
        [&](const Event& e) { return e.witness == Witness::ihv && e.time < IhvBuilder::ms(cut); });
    std::string told;
    EXPECT_EQ(ihv_rules(less, Verdict::fail, &told), std::set<std::string>{}) << cut << told;
  }
}

/// Replaces a value somewhere in the events by one of another type.
void spoil(IhvBuilder& b, std::mt19937& random) {
  const std::vector<nlohmann::json> kValues = {
      nullptr, -1, "x", nlohmann::json::array(), nlohmann::json::object(), 1e300, true, 0x7fffffff};
  std::vector<nlohmann::json*> places;
  for (Event& event : b.events) {
    if (event.witness == Witness::ihv) {
      for (auto& [key, value] : event.detail.items()) {
        places.push_back(&value);
        if (value.is_object()) {
          for (auto& [inner, deep] : value.items()) {
            places.push_back(&deep);
          }
        }
      }
    }
  }
  *places[random() % places.size()] = kValues[random() % kValues.size()];
}

TEST(IhvRules, survive_any_value_anywhere) {
  std::mt19937 random(7);  // NOLINT: the same rubbish each time
  for (int round = 0; round < 400; ++round) {
    IhvBuilder b = kSituations[random() % kSituations.size()]();
    for (int i = 0; i < 5; ++i) {
      spoil(b, random);
    }
    EXPECT_NO_THROW(ihv_rules(b, Verdict::pass));
  }
}

TEST(IhvRules, do_not_apply_without_a_module_and_say_nothing_without_its_trace) {
  const EvidenceBuilder other = EvidenceBuilder::connect();
  IhvBuilder lost = connected();
  lost.EvidenceEditor::erase([](const Event& e) { return e.witness == Witness::ihv; });
  for (const Check& check : all_checks()) {
    if (check.id.starts_with("ihv.")) {
      EXPECT_EQ(check.judge(other.build()).verdict, Verdict::not_applicable) << check.id;
      EXPECT_EQ(check.judge(lost.build()).verdict, Verdict::inconclusive) << check.id;
    }
  }
}

TEST(IhvRules, are_58_and_each_is_numbered) {
  std::set<std::string_view> ids;
  for (const Check& check : all_checks()) {
    if (check.id.starts_with("ihv.")) {
      ids.insert(check.id);
    }
  }
  EXPECT_EQ(ids.size(), 58U);
  EXPECT_TRUE(ids.contains("ihv.pa-01") && ids.contains("ihv.pa-58"));
}

TEST(IhvRules, have_other_names_that_are_nobodys_ids) {
  const auto ids = check_ids();
  std::size_t names = 0;
  for (const Check& check : all_checks()) {
    for (const std::string_view name : other_names(check.id)) {
      ++names;
      EXPECT_EQ(std::count(ids.begin(), ids.end(), name), 0) << name;
      EXPECT_TRUE(find_check(name) == &check || checks_called(name).size() > 1) << name;
    }
  }
  EXPECT_EQ(names, 17U);
}

/// Every faulty module says which rules it breaks, and every rule that a module can break alone has
/// one.
TEST(IhvRules, have_a_faulty_module_each_that_a_module_can_break) {
  std::ifstream file(std::string(POSTASSOC_SOURCE_DIR) + "/fixtures/ihv/faulty/faults.json");
  const auto faults = nlohmann::json::parse(file);
  std::set<std::string> broken;
  for (const auto& [module, fault] : faults.items()) {
    for (const auto& rule : fault.at("rules")) {
      broken.insert("ihv." + ihv_lower(rule.get<std::string>()));
      EXPECT_NE(find_check("ihv." + ihv_lower(rule.get<std::string>())), nullptr) << module;
    }
  }
  // PA-58: the host writes the trace; a module's bytes reach it only as digests.
  for (const Check& check : all_checks()) {
    if (check.source.find("(module;") != check.source.npos && check.id != "ihv.pa-58") {
      EXPECT_TRUE(broken.contains(std::string(check.id))) << check.id;
    }
  }
}

struct Warning {
  const char* rule;
  Situation situation;
  void (*bend)(IhvBuilder&);
};

TEST(IhvRules, tell_what_is_only_against_advice_as_a_warning) {
  const std::vector<Warning> warnings = {
      {"ihv.pa-07", connected,
       [](IhvBuilder& b) {
         const int outer = b.begun(ihv::kInitAdapter).detail["call"];
         b.end(54.02, b.begin(54.01, ihv::kSetEtherTypeHandling,
                              {{"max_backlog", 4},
                               {"exemptions", nlohmann::json::array()},
                               {"registrations", {"8e88"}}},
                              {}, outer));
       }},
      {"ihv.pa-12", pending_stopped,
       [](IhvBuilder& b) { b.returned(ihv::kPerformPostAssociate).time = IhvBuilder::ms(800); }},
      {"ihv.pa-14", connected,
       [](IhvBuilder& b) { b.returned(ihv::kPerformPostAssociate).time = IhvBuilder::ms(128.5); }},
      {"ihv.pa-22", connected, [](IhvBuilder& b) { b.completion(500, 1, 0, 0); }},
      {"ihv.pa-24", connected, [](IhvBuilder& b) { b.packet(1100.3, 3); }},
      {"ihv.pa-29", pending_reset,
       [](IhvBuilder& b) {
         b.begun(ihv::kPostAssociateCompletion).time = IhvBuilder::ms(1100.62);
         b.returned(ihv::kPostAssociateCompletion).time = IhvBuilder::ms(1100.63);
       }},
      {"ihv.pa-36", connected,
       [](IhvBuilder& b) { b.arguments(ihv::kSendPacket)["destination"] = kOtherAp; }},
      {"ihv.pa-47", connected,
       [](IhvBuilder& b) { b.arguments(ihv::kSetDefaultKey)["header"] = "00000000"; }},
      {"ihv.pa-48", connected,
       [](IhvBuilder& b) { b.arguments(ihv::kSetKeyMappingKey)["direction"] = 1; }},
      {"ihv.pa-49", key_id_set,
       [](IhvBuilder& b) {
         b.arguments(ihv::kSetDefaultKeyId) = {{"index", 2}, {"holds_key", false}};
       }},
      {"ihv.pa-55", onex, [](IhvBuilder& b) { b.call(310, ihv::kStopOneX); }},
  };
  for (const Warning& warning : warnings) {
    IhvBuilder b = warning.situation();
    EXPECT_EQ(judge_one(warning.rule, b).summary.find("warning"), std::string::npos)
        << warning.rule;
    warning.bend(b);
    const Finding finding = judge_one(warning.rule, b);
    EXPECT_EQ(finding.verdict, Verdict::pass) << warning.rule << ": " << finding.summary;
    EXPECT_NE(finding.summary.find("warning"), std::string::npos) << finding.summary;
  }
}

/// A module that crashes or hangs ends the trace; its rules are not judged by what is missing.
TEST(IhvRules, do_not_blame_a_crash_on_everybody) {
  for (const char* end : {"ihv_module_crash", "ihv_module_hang"}) {
    IhvBuilder b = connected();
    b.EvidenceEditor::erase(
        [](const Event& e) { return e.witness == Witness::ihv && e.time > IhvBuilder::ms(300); });
    b.mark(300, end, {{"signal", 11}});
    b.mark(301, "ihv_host_ended");
    std::string told;
    EXPECT_EQ(ihv_rules(b, Verdict::fail, &told), std::set<std::string>{}) << told;
  }
}

}  // namespace
}  // namespace postassoc::checks
