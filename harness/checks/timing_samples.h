#pragma once

#include <string>
#include <vector>

#include "harness/checks/finding.h"
#include "harness/scenario.h"

namespace postassoc::checks {

/// From this number of measurements on, the 95th percentile is judged; below it, each one.
inline constexpr std::size_t kPercentileSamples = 20;

/// One duration that was measured, and the frame or event where it ended.
struct Sample {
  std::chrono::nanoseconds value{};
  std::chrono::nanoseconds uncertainty{};
  std::uint64_t frame = 0;  ///< where it ended on the air; 0: not there
  Timestamp time{};
};

/// Judges measurements named `name` ("m1-m2") against a limit: fail above it, inconclusive where
/// the limit lies within the uncertainty, pass else, with a word when the warning limit is passed.
/// With many samples `hard` (if any) holds for each of them. `samples` is not empty.
Finding judge_samples(FindingBuilder finding, const std::string& name,
                      const std::vector<Sample>& samples, const Limit& limit,
                      std::optional<std::chrono::nanoseconds> hard = std::nullopt);

/// The smallest value that at least `percent` of the samples do not exceed (nearest rank).
const Sample& percentile(std::vector<Sample>& samples, std::size_t percent);

}  // namespace postassoc::checks
