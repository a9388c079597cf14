#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "harness/checks/check.h"
#include "harness/checks/finding.h"
#include "harness/checks/mutants_caught.h"

namespace postassoc::checks {
namespace {

using Gates = std::map<std::string_view, Finding>;

/// Judged last, of what the others said.
constexpr std::string_view kMutantsCaught = "gate.mutants-caught";

bool is_gate(std::string_view id) {
  return id.starts_with("gate.");
}

/// Which checks the plan asks for, in the catalogue's order; `run.completed` is always one.
std::vector<const Check*> wanted_checks(const Evidence& evidence) {
  const auto& plan = evidence.plan.checks;
  std::vector<const Check*> wanted;
  for (const Check& check : all_checks()) {
    const bool named = std::find(plan.begin(), plan.end(), check.id) != plan.end();
    const bool of_run = check.id == "run.completed";
    if (!is_gate(check.id) && (of_run ? !evidence.capture_only : named)) {
      wanted.push_back(&check);
    }
  }
  return wanted;
}

Gates judge_gates(const Evidence& evidence, const std::vector<const Check*>& wanted) {
  std::set<std::string_view> needed(evidence.plan.checks.begin(), evidence.plan.checks.end());
  for (const Check* check : wanted) {
    needed.insert(check->gates.begin(), check->gates.end());
  }
  Gates gates;
  for (const Check& check : all_checks()) {
    if (is_gate(check.id) && needed.contains(check.id) && check.id != kMutantsCaught) {
      gates.emplace(check.id, check.judge(evidence));
    }
  }
  return gates;
}

/// What a gate that did not pass leaves of a finding.
Finding behind_gates(const Check& check, Finding finding, const Gates& gates) {
  const bool shaken = finding.verdict == Verdict::pass ||
                      (finding.verdict == Verdict::fail && !check.fail_stands_alone);
  if (!shaken) {
    return finding;
  }
  for (const std::string_view id : check.gates) {
    const auto gate = gates.find(id);
    if (gate == gates.end() || gate->second.verdict <= Verdict::pass) {
      continue;
    }
    finding.summary =
        fmt::format("{} did not pass ({}), so this {} does not count: {}", id, gate->second.summary,
                    to_string(finding.verdict), finding.summary);
    finding.verdict = Verdict::inconclusive;
    break;
  }
  return finding;
}

struct Judged {
  const Check* check;
  Finding finding;
};

/// Puts faults into the evidence for each check that passes. A pass that a fault leaves standing
/// becomes inconclusive.
Finding prove_passes(const Evidence& evidence, std::vector<Judged>& judged) {
  std::vector<const Check*> passed;
  for (const Judged& one : judged) {
    if (one.finding.verdict == Verdict::pass) {
      passed.push_back(one.check);
    }
  }
  const MutantsCaught caught = try_mutants(evidence, passed);
  Finding gate = mutants_finding(evidence, caught);
  for (Judged& one : judged) {
    if (one.finding.verdict == Verdict::pass && caught.lets_through(one.check->id)) {
      one.finding.verdict = Verdict::inconclusive;
      one.finding.summary = fmt::format("{} did not pass ({}), so this pass does not count: {}",
                                        kMutantsCaught, gate.summary, one.finding.summary);
    }
  }
  return gate;
}

/// What a finding counts as when the scenario expects `expected` of its check.
Verdict counts_as(Verdict found, Verdict expected) {
  if (found == expected) {
    return Verdict::pass;
  }
  if (expected == Verdict::pass) {
    return found;
  }
  switch (found) {
    case Verdict::pass:
      return Verdict::fail;
    case Verdict::not_applicable:
    case Verdict::info:
    case Verdict::inconclusive:
      return Verdict::inconclusive;
    case Verdict::fail:
      return Verdict::fail;
    case Verdict::error:
      return Verdict::error;
  }
  return Verdict::inconclusive;
}

struct Folder {
  Verdict verdict = Verdict::not_applicable;
  std::string decisive;
  std::size_t passed = 0;

  void add(const Finding& finding, Verdict counted) {
    passed += counted == Verdict::pass ? 1U : 0U;
    if (counted > verdict) {
      verdict = counted;
      decisive = fmt::format("{}: {}", finding.check, finding.summary);
    }
  }
};

Verdict expected_of(const Evidence& evidence, const std::string& check) {
  const auto found = evidence.plan.scenario.expected.find(check);
  return found == evidence.plan.scenario.expected.end() ? Verdict::pass : found->second;
}

/// Says in the finding how it stands to what the scenario expects, and folds it in.
void settle(const Evidence& evidence, Finding& finding, Folder& folder) {
  const Verdict expected = expected_of(evidence, finding.check);
  const Verdict counted = counts_as(finding.verdict, expected);
  if (expected != Verdict::pass) {
    finding.summary += finding.verdict == expected
                           ? fmt::format(" ({}, as the scenario expects)", to_string(expected))
                           : fmt::format(" (the scenario expects {})", to_string(expected));
  }
  folder.add(finding, counted);
}

/// What the plan's checks say, behind their gates.
std::vector<Judged> judge_checks(const Evidence& evidence, Gates& gates) {
  const std::vector<const Check*> wanted = wanted_checks(evidence);
  gates = judge_gates(evidence, wanted);
  std::vector<Judged> judged;
  for (const Check* check : wanted) {
    judged.push_back({check, behind_gates(*check, check->judge(evidence), gates)});
  }
  return judged;
}

}  // namespace

std::vector<Finding> judge_unproved(const Evidence& evidence) {
  Gates gates;
  std::vector<Judged> judged = judge_checks(evidence, gates);
  std::vector<Finding> findings;
  for (auto& [id, finding] : gates) {
    findings.push_back(std::move(finding));
  }
  for (Judged& one : judged) {
    findings.push_back(std::move(one.finding));
  }
  return findings;
}

Judgement judge(const Evidence& evidence) {
  Gates gates;
  std::vector<Judged> judged = judge_checks(evidence, gates);
  gates.emplace(kMutantsCaught, prove_passes(evidence, judged));
  Judgement judgement;
  for (const Check& check : all_checks()) {
    if (const auto gate = gates.find(check.id); gate != gates.end()) {
      judgement.findings.push_back(gate->second);
    }
  }
  Folder folder;
  for (Judged& one : judged) {
    if (one.check->air_suffices || !evidence.capture_only) {
      settle(evidence, one.finding, folder);
    }
    judgement.findings.push_back(std::move(one.finding));
  }
  judgement.verdict = folder.verdict;
  if (folder.verdict < Verdict::pass) {
    judgement.verdict = Verdict::inconclusive;
    judgement.summary = evidence.capture_only ? "no check could say anything"
                                              : "no check of this scenario could say anything";
  } else if (folder.verdict == Verdict::pass) {
    judgement.summary = count_of(folder.passed, "check") + " passed";
  } else {
    judgement.summary = folder.decisive;
  }
  return judgement;
}

}  // namespace postassoc::checks
