#include "harness/checks/mutants.h"

namespace postassoc::checks {

std::vector<Mutant> run_mutants() {
  return {
      {"a step does not get where the scenario expects it", fixture::kConnect,
       [](EvidenceEditor& b) {
         Event* finished = nullptr;
         for (Event& e : b.events) {
           finished = e.name == "step_finished" ? &e : finished;
         }
         if (finished == nullptr) {
           return false;
         }
         finished->name = "step_failed";
         finished->detail["fault"] = "device";
         finished->detail["what"] = "connected did not come within 10 s";
         return true;
       },
       "run.completed"},
  };
}

}  // namespace postassoc::checks
