// Every faulty IHV Extensions module on the virtual rig, against the real hostapd: each is caught
// by the rule that it breaks. That it breaks no other is asked of the traces alone: see
// adapters/ihv/module_host/faulty_modules_test.cpp.

#include <iostream>
#include <map>
#include <set>

#include "ci/e2e/end_to_end.h"

namespace postassoc {
namespace {

using Rules = std::set<std::string>;

/// The shipped scenario that provokes what a module's "needs" says.
std::string scenario_for(const std::string& needs) {
  if (needs == "several connections") {
    return "reconnects";
  }
  if (needs == "stop_unknown_peer") {
    return "stop-after-completion";
  }
  if (needs.find("UIRequest") != needs.npos) {
    return "user-request-cancelled";
  }
  return needs.find("reset") != needs.npos ? "reset-while-pending" : "connect";
}

/// "ihv.pa-07" as "PA-07".
std::string rule_of(const std::string& check) {
  return "PA-" + check.substr(check.size() - 2);
}

class FaultyModules : public EndToEnd {
 protected:
  /// The shipped scenario with these modules in its matrix, judged by the rules of the contract.
  /// `ihv`: what the host does, where it is not what the scenario says.
  fs::path scenario_with(const std::string& name, const std::vector<std::string>& modules,
                         const json& ihv = {}) {
    json document = read_json(kSource / "scenarios" / "ihv" / (name + ".json"));
    document["matrix"] = {{"station.module", modules}};
    document["checks"] = {"ihv.*"};
    if (!ihv.is_null()) {
      document["station"]["ihv"] = ihv;
    }
    if (document.contains("rounds")) {
      document["rounds"] = 4;
    }
    return write_scenario(name + "-" + std::to_string(++files_) + ".json", document);
  }

  /// The module of a scenario's folder, in which `findings` lies.
  static std::string module_of(const fs::path& findings) {
    const json plan = read_json(findings.parent_path() / "plan.json");
    return plan["scenario"]["station"]["module"];
  }

  /// Module -> the rules that it was seen to break.
  std::map<std::string, Rules> broken_rules() {
    std::map<std::string, Rules> found;
    for (const auto& entry : fs::recursive_directory_iterator(out_)) {
      if (entry.path().filename() != "findings.json") {
        continue;
      }
      Rules& rules = found[module_of(entry.path())];
      const json judged = read_json(entry.path());
      for (const json& finding : judged["findings"]) {
        const std::string check = finding["check"];
        if (finding["verdict"] == "fail" && check.starts_with("ihv.")) {
          rules.insert(rule_of(check));
        }
      }
    }
    return found;
  }

  int files_ = 0;
};

std::string in_words(const Rules& rules) {
  std::string text;
  for (const std::string& rule : rules) {
    text += (text.empty() ? "" : " ") + rule;
  }
  return text.empty() ? "none" : text;
}

TEST_F(FaultyModules, are_caught_by_the_rule_that_they_break) {
  const json faults = read_json(kSource / "fixtures" / "ihv" / "faulty" / "faults.json");
  ASSERT_TRUE(faults.is_object());
  std::map<std::pair<std::string, json>, std::vector<std::string>> modules;
  modules[{"connect", json()}].push_back("reference");
  Rules judged;
  for (const auto& [module, fault] : faults.items()) {
    if (!fault["rules"].empty() && !fault.contains("verdict")) {  // a warning is no failure
      modules[{scenario_for(fault.value("needs", "")), fault.value("ihv", json())}].push_back(
          module);
      judged.insert(module);
    }
  }
  std::vector<std::string> arguments;
  for (const auto& [how, names] : modules) {
    arguments.push_back(scenario_with(how.first, names, how.second).string());
  }
  const Ended ended = run(arguments);
  ASSERT_EQ(ended.code, 1) << ended.output;
  std::map<std::string, Rules> found = broken_rules();
  EXPECT_EQ(in_words(found["reference"]), "none");
  for (const std::string& module : judged) {
    std::cout << "[ MATRIX   ] " << module << ": " << in_words(found[module]) << std::endl;
    EXPECT_TRUE(found[module].contains(faults[module]["rules"][0])) << module;
  }
}

/// What is no sound module at all: a finding or a clear error, and the next one has its turn.
TEST_F(FaultyModules, that_crash_hang_or_lie_end_only_their_own_scenario) {
  const Ended ended = run({scenario_with("connect", {"crashes", "hangs", "throws", "floods",
                                                     "no_export", "wrong_version", "reference"})
                               .string()});
  EXPECT_NE(ended.code, 0) << ended.output;
  const auto verdict_of = [&](const std::string& module) -> std::string {
    for (const auto& entry : fs::recursive_directory_iterator(out_)) {
      if (entry.path().filename() == "findings.json" && module_of(entry.path()) == module) {
        return finding(entry.path().parent_path(), "run.completed")["verdict"];
      }
    }
    return "nothing";
  };
  for (const char* module : {"crashes", "hangs", "throws", "floods"}) {
    EXPECT_EQ(verdict_of(module), "fail") << module;
  }
  EXPECT_EQ(verdict_of("no_export"), "error");
  EXPECT_EQ(verdict_of("wrong_version"), "error");
  EXPECT_EQ(verdict_of("reference"), "pass");
}

}  // namespace
}  // namespace postassoc
