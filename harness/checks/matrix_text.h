#pragma once

#include <fmt/format.h>

#include <string>

#include "harness/checks/mutants.h"
#include "harness/checks/recorded_evidence.h"

/// Test support: every check against every mutant, or loss, as text; and evidence made of a mutant.
/// Header only, used by tests only.
namespace postassoc::checks {

/// What a mutant is bent from.
inline EvidenceBuilder sound(const Mutant& mutant) {
  EvidenceBuilder evidence = recorded(mutant.fixture);
  if (mutant.situate != nullptr && !mutant.situate(evidence)) {
    throw std::logic_error("the situation can't be made: " + std::string(mutant.name));
  }
  return evidence;
}

inline EvidenceBuilder bent(const Mutant& mutant) {
  EvidenceBuilder evidence = sound(mutant);
  if (!mutant.bend(evidence)) {
    throw std::logic_error("nothing to bend: " + std::string(mutant.name));
  }
  return evidence;
}

inline char letter(Verdict verdict) {
  switch (verdict) {
    case Verdict::not_applicable:
      return '-';
    case Verdict::info:
      return 'i';
    case Verdict::pass:
      return '.';
    case Verdict::inconclusive:
      return '?';
    case Verdict::fail:
      return 'F';
    case Verdict::error:
      return 'E';
  }
  return ' ';
}

/// The checks' names with the numbers of their columns, and the line of numbers.
inline std::string matrix_head() {
  std::string names = "columns:\n";
  std::string numbers;
  const auto checks = all_checks();
  for (std::size_t i = 0; i < checks.size(); ++i) {
    names += fmt::format("  {:>3} {}\n", i + 1, checks[i].id);
    numbers += fmt::format("{:>3}", (i + 1) % 100);
  }
  return names + numbers + "\n";
}

}  // namespace postassoc::checks
