#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <array>
#include <fstream>
#include <iostream>
#include <set>
#include <tuple>
#include <utility>

#include "adapters/ihv/module_host/access_point_test_support.h"
#include "harness/checks/check.h"
#include "harness/checks/finding.h"
#include "harness/evidence.h"

/// Every faulty module lives a life in the real host, and the checks of the contract's rules judge
/// the trace: each finds its own fault. The radio is a script, so what needs the air or the kernel
/// is left open.
namespace postassoc::module_host {
namespace {

using std::chrono::milliseconds;

Json read_faults() {
  std::ifstream file(POSTASSOC_SOURCE_DIR "/fixtures/ihv/faulty/faults.json");
  return Json::parse(file, nullptr, false);
}

std::string sha256_of_hex(const std::string& hex) {
  const Bytes data = from_hex(hex).value_or(Bytes());
  std::array<std::byte, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  EVP_Digest(data.data(), data.size(), reinterpret_cast<unsigned char*>(digest.data()), &length,
             EVP_sha256(), nullptr);
  return to_hex(ByteView(digest).first(length));
}

/// What a module's life needs to know of its fault.
struct Life {
  Json ihv = Json::object();
  bool psk = true;  ///< in the profile; else the user is asked

  explicit Life(const Json& fault) : ihv(fault.value("ihv", Json::object())) {
    psk = ihv.value("data", Json::object()).value("passphrase_in_profile", true);
  }
};

/// A connection that is taken to its end: stopped for a stranger, stopped, reset.
void connect_once(Lab& lab, std::byte nonce) {
  lab.parameters.anonce.fill(nonce);
  lab.associate();
  if (lab.handshake()) {
    lab.host.wait_for_record("ihv_return", "Dot11ExtPostAssociateCompletion", milliseconds(300));
  }
  lab.host.listen(milliseconds(100));
  lab.host.command("StopPostAssociate", {{"peer", "02:00:00:00:00:09"}, {"status", 7}});
  lab.host.command("StopPostAssociate", {{"peer", kPeer}, {"status", 7}});
  lab.host.command("AdapterReset");
  lab.host.command("IsUIRequestPending");
  lab.host.listen(milliseconds(60));
}

/// Three connections and a fourth that is reset in mid-handshake; then removal and unload.
void live(Lab& lab, const std::string& module, const Life& life) {
  if (!life.psk && life.ihv.value("ui", "answer") == "answer") {
    lab.parameters.pmk = *pmk_from_passphrase("correct horse", "lab");
  }
  lab.load(module, life.ihv);
  bool ready = !lab.prepare(life.psk).is_null();
  for (const int nonce : {1, 2, 3}) {
    if (ready) {
      connect_once(lab, static_cast<std::byte>(nonce));
      ready = !lab.prepare_again(life.psk).is_null();
    }
  }
  if (ready) {
    lab.associate();
    lab.begin_handshake();
    lab.host.command("AdapterReset");
    lab.host.listen(milliseconds(60));
  }
  lab.finish();
  lab.host.send({{"do", "quit"}});
  lab.host.wait_for_end();
}

/// The records as the timeline has them, with the station's own words around them.
class Told {
 public:
  explicit Told(const std::vector<Json>& lines) {
    for (const Json& line : lines) {
      if (const auto record = line.find("record"); record != line.end()) {
        take(*record);
      }
    }
  }

  Evidence evidence(const std::string& module, const Life& life) && {
    Evidence evidence;
    evidence.plan.scenario.document = {{"station", {{"module", module}, {"ihv", life.ihv}}},
                                       {"steps", {{{"call", "stop_unknown_peer"}}}}};
    evidence.plan.scenario.limits["ihv.pa-15"].max = milliseconds(200);
    evidence.bssid = *MacAddress::parse(kPeer);
    add("run_finished", Witness::harness, last_, Json::object());
    evidence.timeline = Timeline(std::move(events_));
    return evidence;
  }

 private:
  void take(Json record) {
    last_ = Timestamp(record.value("time_ns", std::int64_t{0}));
    const std::string event = record.value("event", "");
    if (event == "ihv_begin" && record.value("function", "") == "Dot11ExtIhvPerformPostAssociate" &&
        record.value("session", 0) > std::exchange(last_session_, record.value("session", 0))) {
      add("ihv_association", Witness::ihv, last_, {{"status", 0}, {"peer", kPeer}});
    }
    const std::string data =
        record.value("secret", Json::object()).value("data_sha256", std::string());
    if (!data.empty() && record.contains("arguments")) {
      record["arguments"]["data_sha256"] = sha256_of_hex(data);
    }
    for (const char* member : {"event", "time_ns", "secret"}) {
      record.erase(member);
    }
    add(event, Witness::ihv, last_, std::move(record));
  }

  void add(std::string name, Witness witness, Timestamp time, Json detail) {
    events_.push_back({time, {}, witness, Side::station, std::move(name), std::move(detail)});
  }

  std::vector<Event> events_;
  Timestamp last_{};
  int last_session_ = 0;
};

Evidence lived(const std::string& module, const Json& fault) {
  const Life life(fault);
  Lab lab;
  live(lab, module, life);
  return Told(lab.host.lines).evidence(module, life);
}

std::map<std::string, Finding> judged(const Evidence& evidence) {
  std::map<std::string, Finding> findings;
  for (const checks::Check& check : checks::all_checks()) {
    if (check.id.starts_with("ihv.")) {
      findings.emplace(check.id, check.judge(evidence));
    }
  }
  return findings;
}

/// Here only warned of: the script sends no packet while PerformPostAssociate is under way.
const std::set<std::string> kNeedsRadio = {"blocks_in_perform"};

std::string check_of(std::string rule) {
  std::ranges::transform(rule, rule.begin(), [](unsigned char c) { return std::tolower(c); });
  return "ihv." + rule;
}

char letter(const Finding& finding, bool own) {
  const bool warned = finding.summary.find("warning") != std::string::npos;
  switch (finding.verdict) {
    case Verdict::pass:
      return warned ? (own ? 'W' : 'w') : '.';
    case Verdict::fail:
      return own ? 'F' : 'f';
    case Verdict::not_applicable:
    case Verdict::info:
    case Verdict::inconclusive:
    case Verdict::error:
      return ' ';
  }
  return ' ';
}

/// The row of one life: F fails, W warns, by its own rule; f w by another; . passes.
std::string row_of(const std::map<std::string, Finding>& findings,
                   const std::set<std::string>& own) {
  std::string row;
  for (const auto& [id, one] : findings) {
    row += letter(one, own.contains(id));
  }
  return row;
}

/// The rules that fail, with what they say.
std::map<std::string, std::string> failed(const std::map<std::string, Finding>& findings) {
  std::map<std::string, std::string> rules;
  for (const auto& [id, finding] : findings) {
    if (finding.verdict == Verdict::fail) {
      rules.emplace(id, finding.summary);
    }
  }
  return rules;
}

/// A fault is found by its own rules, and no other rule fails.
void expect_diagonal(const std::string& name, const std::map<std::string, Finding>& findings,
                     const std::set<std::string>& own) {
  const auto fails = failed(findings);
  for (const std::string& rule : own) {
    EXPECT_TRUE(fails.contains(rule)) << name << " " << rule << ": " << findings.at(rule).summary;
  }
  for (const auto& [rule, summary] : fails) {
    EXPECT_TRUE(own.contains(rule)) << name << " " << rule << ": " << summary;
  }
  std::cout << row_of(findings, own) << "  " << name << "\n";
}

TEST(RuleMatrix, has_every_fault_of_a_module_found_by_its_rule) {
  const Json faults = read_faults();
  std::cout << "rows: faulty modules; columns: PA-01 to PA-58; F fails, W warns, its own rule; f w "
               "another; . passes\n";
  for (const auto& [module, fault] : faults.items()) {
    std::set<std::string> own;
    for (const auto& rule : fault.at("rules")) {
      own.insert(check_of(rule.get<std::string>()));
    }
    if (own.empty()) {
      continue;
    }
    const auto findings = judged(lived(module, fault));
    if (fault.value("verdict", "fail") == "warning" || kNeedsRadio.contains(module)) {
      const Finding& finding = findings.at(*own.begin());
      EXPECT_EQ(finding.verdict, Verdict::pass) << module << ": " << finding.summary;
      EXPECT_NE(finding.summary.find("warning"), std::string::npos) << module << finding.summary;
      own.clear();
    }
    expect_diagonal(module, findings, own);
  }
}

TEST(RuleMatrix, has_every_fault_of_the_host_found_by_its_rule) {
  const Json key_error{
      {"key_errors", {{{"function", "Dot11ExtSetDefaultKey"}, {"nth", 1}, {"error", 31}}}}};
  const Json asks_user{{"data", {{"passphrase_in_profile", false}}}};
  const Json none = Json::object();
  const std::vector<std::tuple<std::string, std::set<std::string>, Json>> faults{
      {"init_before_version", {"ihv.pa-01"}, none},
      {"null_api", {"ihv.pa-02"}, none},
      {"foreign_adapter_handle", {"ihv.pa-04"}, none},
      // the second start is a session of its own, which replaces the first
      {"second_perform",
       {"ihv.pa-04", "ihv.pa-08", "ihv.pa-15", "ihv.pa-23", "ihv.pa-24", "ihv.pa-27"},
       none},
      {"authorized_at_start", {"ihv.pa-09"}, none},
      {"closed_after_success", {"ihv.pa-20"}, none},
      {"open_after_failure", {"ihv.pa-21"}, key_error},
      {"no_stop", {"ihv.pa-24"}, none},
      {"wrong_stop_peer", {"ihv.pa-24"}, none},
      {"late_list_clear", {"ihv.pa-28"}, none},
      {"no_deinit_adapter", {"ihv.pa-32"}, none},
      {"double_send_completion", {"ihv.pa-38"}, none},
      {"lost_send_completion", {"ihv.pa-38"}, none},
      {"refuses_send_unauthorized", {"ihv.pa-40"}, none},
      {"keeps_keys", {"ihv.pa-50"}, none},
      {"unregistered_indicated", {"ihv.pa-41"}, none},
      // message 1 is held back until a second packet comes, and the script waits for message 2
      {"reorder_receive", {"ihv.pa-15", "ihv.pa-42"}, none},
      {"overlap_receive", {"ihv.pa-42"}, none},
      {"swallows_key_errors", {"ihv.pa-51"}, key_error},
      {"unknown_ui_response", {"ihv.pa-53"}, asks_user},
  };
  for (const auto& [name, rules, more] : faults) {
    Json ihv = more;
    ihv["host_fault"] = name;
    expect_diagonal(name, judged(lived("reference", {{"ihv", ihv}})), rules);
  }
}

TEST(RuleMatrix, has_no_fault_of_the_reference) {
  for (const auto& [id, finding] : judged(lived("reference", Json::object()))) {
    EXPECT_NE(finding.verdict, Verdict::fail) << id << ": " << finding.summary;
    EXPECT_EQ(finding.summary.find("warning"), std::string::npos) << id << ": " << finding.summary;
  }
}

}  // namespace
}  // namespace postassoc::module_host
