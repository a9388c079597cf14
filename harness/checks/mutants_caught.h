#pragma once

#include <string_view>
#include <vector>

#include "harness/checks/mutants.h"

namespace postassoc::checks {

/// What became of the faults that were put into evidence.
struct MutantsCaught {
  std::size_t faults = 0;               ///< put in; the others had nothing to bend
  std::size_t checks = 0;               ///< that at least one of them was for
  std::vector<const Mutant*> uncaught;  ///< with these their check still passes

  bool lets_through(std::string_view check) const;
};

/// Puts each fault of the `passed` checks into the evidence, one at a time, and judges its check
/// again. The checks are judged as they are, without gates.
MutantsCaught try_mutants(const Evidence& evidence, const std::vector<const Check*>& passed);

/// The finding of gate.mutants-caught.
Finding mutants_finding(const Evidence& evidence, const MutantsCaught& caught);

}  // namespace postassoc::checks
