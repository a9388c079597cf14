#include "harness/report/exit_code.h"

namespace postassoc::report {

int exit_code(const RunReport& run) {
  Totals totals = run.totals();
  if (totals.all() == 0) {
    return kExitNothingSelected;
  }
  for (const SheetLine& line : run.sheet ? run.sheet->lines : std::vector<SheetLine>()) {
    const Verdict counted = line.counts_as();
    totals.fail += counted == Verdict::fail ? 1U : 0U;
    totals.error += counted == Verdict::error || counted == Verdict::inconclusive ? 1U : 0U;
  }
  if (totals.fail > 0) {
    return kExitFailed;
  }
  if (totals.error + totals.inconclusive > 0) {
    return kExitLab;
  }
  return totals.skip == totals.all() ? kExitSkipped : kExitPassed;
}

int exit_code(const Error& error) {
  switch (error.fault) {
    case Fault::invalid_input:
      return kExitUsage;
    case Fault::rig_unavailable:
      return kExitRigUnavailable;
    case Fault::lab:
    case Fault::timeout:
      return kExitLab;
    case Fault::interrupted:
      return kExitInterrupted;
  }
  return kExitBug;
}

}  // namespace postassoc::report
