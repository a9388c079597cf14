#include "harness/air_quality.h"

namespace postassoc {
namespace {

constexpr std::uint16_t kSequenceNumbers = 4096;
constexpr std::uint16_t kLongestGap = 64;

std::uint16_t step(std::uint16_t from, std::uint16_t to) {
  return static_cast<std::uint16_t>((to + kSequenceNumbers - from) % kSequenceNumbers);
}

}  // namespace

void AirQualityMeter::beacon(Timestamp time, std::uint16_t interval_tu) {
  ++quality_.beacons;
  if (!quality_.first_beacon) {
    quality_.first_beacon = time;
  }
  quality_.last_beacon = time;
  const std::int64_t interval_us = std::int64_t{interval_tu} * 1024;
  const std::int64_t span_us =
      std::chrono::duration_cast<std::chrono::microseconds>(time - *quality_.first_beacon).count();
  quality_.beacons_expected = quality_.beacons;
  if (interval_us > 0 && span_us > 0) {
    quality_.beacons_expected =
        static_cast<std::uint64_t>((span_us + interval_us / 2) / interval_us) + 1;
  }
}

void AirQualityMeter::data(Direction direction, const Dot11& frame) {
  if (!frame.is_qos_data() || frame.is_null_data() || !frame.qos_control || frame.ra.is_group() ||
      frame.fragment_number != 0) {
    return;
  }
  const std::uint16_t number = frame.sequence_number;
  const auto [it, first] =
      counters_.try_emplace({direction, frame.qos_control->tid()}, Counter{number, {}});
  if (first) {
    ++quality_.sequence_total;
    return;
  }
  Counter& counter = it->second;
  const std::uint16_t ahead = step(counter.last, number);
  if (ahead == 0) {
    return;
  }
  if (ahead <= kLongestGap) {
    quality_.sequence_gaps += ahead - 1U;
    quality_.sequence_total += ahead;
    counter = {number, {}};
    return;
  }
  if (frame.retry) {
    return;
  }
  if (counter.elsewhere && step(*counter.elsewhere, number) == 1) {
    quality_.sequence_total += 2;
    counter = {number, {}};
  } else {
    counter.elsewhere = number;
  }
}

}  // namespace postassoc
