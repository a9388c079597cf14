#include "harness/clock.h"

#include <fmt/format.h>
#include <time.h>

namespace postassoc {
namespace {

std::chrono::nanoseconds read_clock(clockid_t id) {
  timespec t{};
  clock_gettime(id, &t);
  return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
}

}  // namespace

Timestamp monotonic_now() {
  return read_clock(CLOCK_MONOTONIC);
}

ClockSample sample_clocks() {
  constexpr int kTries = 5;
  ClockSample best;
  for (int i = 0; i < kTries; ++i) {
    const auto before = read_clock(CLOCK_MONOTONIC);
    const auto realtime = read_clock(CLOCK_REALTIME);
    const auto after = read_clock(CLOCK_MONOTONIC);
    const auto half = (after - before) / 2;
    if (i == 0 || half < best.uncertainty) {
      best = {before + half, realtime, half};
    }
  }
  return best;
}

std::string to_ms_text(std::chrono::nanoseconds duration) {
  return fmt::format("{:.3f}", to_ms(duration));
}

}  // namespace postassoc
