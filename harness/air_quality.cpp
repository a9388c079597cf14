#include "harness/air_quality.h"

namespace postassoc {
namespace {

constexpr std::uint16_t kSequenceNumbers = 4096;
constexpr std::uint16_t kLongestGap = 64;

std::uint16_t step(std::uint16_t from, std::uint16_t to) {
  return static_cast<std::uint16_t>((to + kSequenceNumbers - from) % kSequenceNumbers);
}

}  // namespace

std::uint64_t beacons_expected(std::uint64_t seen, std::chrono::nanoseconds span,
                               std::uint16_t interval_tu) {
  const std::int64_t interval_us = std::int64_t{interval_tu} * 1024;
  const std::int64_t span_us = std::chrono::duration_cast<std::chrono::microseconds>(span).count();
  if (seen == 0 || interval_us == 0 || span_us <= 0) {
    return seen;
  }
  return static_cast<std::uint64_t>((span_us + interval_us / 2) / interval_us) + 1;
}

void AirQualityMeter::data(Direction direction, const Dot11& frame) {
  if (!frame.is_qos_data() || frame.is_null_data() || !frame.qos_control || frame.ra.is_group() ||
      frame.fragment_number != 0) {
    return;
  }
  const std::uint16_t number = frame.sequence_number;
  Counter& counter = counters_[static_cast<std::size_t>(direction)][frame.qos_control->tid() % 16U];
  if (!counter.begun) {
    counter = {true, number, {}};
    ++quality_.sequence_total;
    return;
  }
  const std::uint16_t ahead = step(counter.last, number);
  if (ahead == 0) {
    return;
  }
  if (ahead <= kLongestGap) {
    quality_.sequence_gaps += ahead - 1U;
    quality_.sequence_total += ahead;
    counter = {true, number, {}};
    return;
  }
  if (frame.retry) {
    return;
  }
  if (counter.elsewhere && step(*counter.elsewhere, number) == 1) {
    quality_.sequence_total += 2;
    counter = {true, number, {}};
  } else {
    counter.elsewhere = number;
  }
}

}  // namespace postassoc
