#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/clock.h"

namespace postassoc {

/// In order of weight: of several, the last one here wins. `not_applicable` and `info` never gate.
enum class Verdict { not_applicable, info, pass, inconclusive, fail, error };

std::string_view to_string(Verdict verdict);
std::optional<Verdict> verdict_from(std::string_view word);
/// The heavier of the two.
inline Verdict worse(Verdict a, Verdict b) {
  return a < b ? b : a;
}

/// A duration that a finding rests on.
struct Measurement {
  std::string name;  ///< "m1-m2", "m3-m4", ...
  std::chrono::nanoseconds value{};
  std::chrono::nanoseconds uncertainty{};
  std::optional<std::chrono::nanoseconds> limit;  ///< what it was judged against
};

/// What one check says of one run.
struct Finding {
  std::string check;  ///< stable public id
  Verdict verdict = Verdict::inconclusive;
  std::string summary;  ///< one sentence: side, step and evidence, or why not
  std::string expected;
  std::string actual;
  std::string tolerance;              ///< empty where none applies
  std::optional<Timestamp> when;      ///< where to look first
  std::vector<std::uint64_t> frames;  ///< numbers in air.pcap, as Wireshark counts
  std::vector<std::size_t> events;    ///< 1-based lines in timeline.jsonl
  std::string pointer;                ///< JSON pointer into the scenario; may be empty
  std::vector<Measurement> measurements;
};

}  // namespace postassoc
