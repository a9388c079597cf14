#include "harness/checks/mutants_caught.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "harness/checks/finding.h"
#include "harness/checks/registry.h"

namespace postassoc::checks {
namespace {

constexpr std::string_view kId = "gate.mutants-caught";

/// As the judge does it, for a gate that is judged alone: the plan's checks that pass.
Finding judge_mutants_caught(const Evidence& evidence) {
  const auto& plan = evidence.plan.checks;
  std::vector<const Check*> passed;
  for (const Check& check : all_checks()) {
    if (!check.id.starts_with("gate.") &&
        std::find(plan.begin(), plan.end(), check.id) != plan.end() &&
        check.judge(evidence).verdict == Verdict::pass) {
      passed.push_back(&check);
    }
  }
  return mutants_finding(evidence, try_mutants(evidence, passed));
}

}  // namespace

bool MutantsCaught::lets_through(std::string_view check) const {
  return std::any_of(uncaught.begin(), uncaught.end(),
                     [&](const Mutant* mutant) { return mutant->fails == check; });
}

MutantsCaught try_mutants(const Evidence& evidence, const std::vector<const Check*>& passed) {
  MutantsCaught caught;
  std::set<std::string_view> tried;
  std::optional<EvidenceEditor> bent;  // a copy; good until a fault is put in
  for (const Mutant& mutant : all_mutants()) {
    const auto check = std::find_if(passed.begin(), passed.end(),
                                    [&](const Check* c) { return c->id == mutant.fails; });
    if (check == passed.end()) {
      continue;
    }
    if (!bent) {
      bent.emplace(evidence);
    }
    if (!mutant.bend(*bent)) {
      continue;
    }
    const Evidence faulty = std::exchange(bent, std::nullopt)->build();
    ++caught.faults;
    tried.insert(mutant.fails);
    if ((*check)->judge(faulty).verdict == Verdict::pass) {
      caught.uncaught.push_back(&mutant);
    }
  }
  caught.checks = tried.size();
  return caught;
}

Finding mutants_finding(const Evidence& evidence, const MutantsCaught& caught) {
  FindingBuilder finding(kId, evidence);
  finding.expect("no check that passes still does so with a fault in this evidence")
      .tolerance("none");
  if (caught.faults == 0) {
    return finding.not_applicable(
        "no check passes into which, on this evidence, a fault could be put");
  }
  if (!caught.uncaught.empty()) {
    std::string told;
    for (const Mutant* mutant : caught.uncaught) {
      told += fmt::format("{}{} passes though {}", told.empty() ? "" : "; ", mutant->fails,
                          mutant->name);
    }
    return finding.inconclusive(told);
  }
  return finding.pass(fmt::format("{} put into this evidence, for {} that passed: each was seen",
                                  count_of(caught.faults, "fault"),
                                  count_of(caught.checks, "check")));
}

Check gate_mutants_caught() {
  return {kId,
          "Every check that passes fails to do so when one of its faults is put into the very "
          "evidence it passed on.",
          "A check that can't fail is worse than none: it makes a broken device look proved.",
          "this harness; mutation testing",
          "whatever the checks rest on",
          "a check still passes with its fault put in: then its pass does not count",
          "any scenario",
          {},
          judge_mutants_caught};
}

}  // namespace postassoc::checks
