#include "harness/checks/timing_samples.h"

#include <fmt/format.h>

#include <algorithm>

namespace postassoc::checks {
namespace {

enum class Against { below, within_uncertainty, above };

Against compare(const Sample& sample, std::chrono::nanoseconds limit) {
  if (sample.value - sample.uncertainty > limit) {
    return Against::above;
  }
  return sample.value + sample.uncertainty <= limit ? Against::below : Against::within_uncertainty;
}

std::string ms(std::chrono::nanoseconds value) {
  return to_ms_text(value) + " ms";
}

/// The sample that is judged first, then the others in the order in which they were taken.
void describe(FindingBuilder& finding, const std::string& name, const std::vector<Sample>& samples,
              const Sample& judged, const Limit& limit) {
  finding.measure({name, judged.value, judged.uncertainty, limit.max});
  bool told = false;
  for (const Sample& sample : samples) {
    if (!told && sample.time == judged.time && sample.value == judged.value) {
      told = true;
    } else {
      finding.measure({name, sample.value, sample.uncertainty, limit.max});
    }
    if (sample.frame != 0) {
      finding.frame(sample.frame, sample.time);
    }
  }
}

}  // namespace

const Sample& percentile(std::vector<Sample>& samples, std::size_t percent) {
  std::sort(samples.begin(), samples.end(),
            [](const Sample& a, const Sample& b) { return a.value < b.value; });
  const std::size_t rank = (samples.size() * percent + 99) / 100;
  return samples[std::clamp<std::size_t>(rank, 1, samples.size()) - 1];
}

Finding judge_samples(FindingBuilder finding, const std::string& name,
                      const std::vector<Sample>& samples, const Limit& limit,
                      std::optional<std::chrono::nanoseconds> hard) {
  const bool many = samples.size() >= kPercentileSamples;
  std::vector<Sample> sorted = samples;
  const Sample worst = percentile(sorted, 100);
  const Sample judged = many ? percentile(sorted, 95) : worst;
  const std::string what =
      many ? fmt::format("95th percentile of {} {} intervals", samples.size(), name)
           : fmt::format("{} (n = {})", name, samples.size());
  describe(finding, name, samples, judged, limit);
  finding.actual(ms(judged.value)).tolerance(ms(judged.uncertainty) + " (measurement)");
  finding.expect(limit.max ? "at most " + ms(*limit.max) : "no limit").at(judged.time);
  if (many && hard && compare(worst, *hard) == Against::above) {
    return finding.at(worst.time)
        .fail(fmt::format("one {} interval took {}, above {}", name, ms(worst.value), ms(*hard)));
  }
  const Against against = limit.max ? compare(judged, *limit.max) : Against::below;
  const std::string measured = fmt::format("{}: {}", what, ms(judged.value));
  switch (against) {
    case Against::above:
      return finding.fail(fmt::format("{}, above the limit of {}", measured, ms(*limit.max)));
    case Against::within_uncertainty:
      return finding.inconclusive(
          fmt::format("{} ± {}: the limit of {} lies within the uncertainty", measured,
                      ms(judged.uncertainty), ms(*limit.max)));
    case Against::below:
      break;
  }
  const bool slow = limit.warn && compare(judged, *limit.warn) != Against::below;
  return finding.pass(measured +
                      (slow ? fmt::format(" (warning: not below {})", ms(*limit.warn)) : ""));
}

}  // namespace postassoc::checks
