#pragma once

#include <string>

#include "harness/report/model.h"
#include "harness/report/style.h"

namespace postassoc::report {

/// What a capture file showed: the file, what of it was not decoded, its networks; then its
/// associations, worst first, each with its frames and a display filter for Wireshark. The worst
/// one that did not pass in full (every one with `verbose`).
std::string render_capture(const RunReport& run, const ConsoleStyle& style);

/// Worst verdict first, else in the order of time.
void sort_worst_first(RunReport& run);

}  // namespace postassoc::report
