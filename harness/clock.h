#pragma once

#include <chrono>
#include <string>

#include "harness/result.h"

namespace postassoc {

/// A moment on the timeline: nanoseconds of CLOCK_MONOTONIC on the machine that recorded the run.
/// Capture stamps (CLOCK_REALTIME) are brought onto it by the clock samples of the run.
using Timestamp = std::chrono::nanoseconds;

/// CLOCK_MONOTONIC now.
Timestamp monotonic_now();

/// One reading of both clocks at the same moment.
struct ClockSample {
  Timestamp monotonic{};
  std::chrono::nanoseconds realtime{};     ///< since the epoch
  std::chrono::nanoseconds uncertainty{};  ///< half the time that the reading took

  std::chrono::nanoseconds offset() const { return realtime - monotonic; }
};

/// Reads CLOCK_MONOTONIC, CLOCK_REALTIME, CLOCK_MONOTONIC; the best of a few tries.
ClockSample sample_clocks();

/// Milliseconds as people read them: "2.553".
std::string to_ms_text(std::chrono::nanoseconds duration);

inline double to_ms(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

}  // namespace postassoc
