#include "harness/checks/mutants.h"

#include <iterator>

namespace postassoc::checks {
namespace {

std::vector<Mutant> collect() {
  std::vector<Mutant> all;
  for (const auto family :
       {run_mutants, order_mutants, eapol_mutants, timing_mutants, key_mutants, excl_mutants,
        port_mutants, rekey_mutants, provoked_mutants, key_use_mutants, key_life_mutants,
        port_loss_mutants, robust_mutants, multi_mutants, wait_mutants}) {
    std::vector<Mutant> mutants = family();
    std::move(mutants.begin(), mutants.end(), std::back_inserter(all));
  }
  return all;
}

}  // namespace

std::span<const Mutant> all_mutants() {
  static const std::vector<Mutant> mutants = collect();
  return mutants;
}

}  // namespace postassoc::checks
