#pragma once

#include "harness/report/model.h"
#include "harness/result.h"

namespace postassoc::report {

/// The codes with which postassoc ends; stable and public.
inline constexpr int kExitPassed = 0;
inline constexpr int kExitFailed = 1;  ///< the device failed a check
inline constexpr int kExitInterrupted = 2;
inline constexpr int kExitBug = 3;    ///< in the harness
inline constexpr int kExitUsage = 4;  ///< command line, or an invalid file
inline constexpr int kExitNothingSelected = 5;
inline constexpr int kExitRigUnavailable = 69;
inline constexpr int kExitLab = 70;      ///< no verdict on the device
inline constexpr int kExitSkipped = 77;  ///< everything was skipped

/// A device failure outweighs a lab failure: CI must see it even on a bad night. The lines of a
/// suite's sheet count like scenarios.
int exit_code(const RunReport& run);
int exit_code(const Error& error);

}  // namespace postassoc::report
