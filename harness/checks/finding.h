#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "harness/evidence.h"
#include "harness/verdict.h"

namespace postassoc::checks {

/// Puts a Finding together while a check looks at the evidence: places to look are added as they
/// are met, the verdict comes last. Frame numbers and timeline lines are kept without repeats, in
/// the order in which they were added; `when` is the first place that was added, or `at`.
class FindingBuilder {
 public:
  FindingBuilder(std::string_view check, const Evidence& evidence);

  FindingBuilder& expect(std::string text);
  FindingBuilder& actual(std::string text);
  FindingBuilder& tolerance(std::string text);
  FindingBuilder& pointer(std::string text);
  /// Where to look first, over whatever was added.
  FindingBuilder& at(Timestamp time);
  FindingBuilder& frame(std::uint64_t number, Timestamp time);
  /// Anything off the air that has a number and a time.
  template <class OnAir>
  FindingBuilder& frame(const OnAir& seen) {
    return frame(seen.frame, seen.time);
  }
  /// An event of the evidence's own timeline.
  FindingBuilder& event(const Event& event);
  FindingBuilder& measure(Measurement measurement);

  Finding verdict(Verdict verdict, std::string summary) const;
  Finding pass(std::string summary) const { return verdict(Verdict::pass, std::move(summary)); }
  Finding fail(std::string summary) const { return verdict(Verdict::fail, std::move(summary)); }
  Finding error(std::string summary) const { return verdict(Verdict::error, std::move(summary)); }
  Finding inconclusive(std::string summary) const {
    return verdict(Verdict::inconclusive, std::move(summary));
  }
  Finding not_applicable(std::string summary) const {
    return verdict(Verdict::not_applicable, std::move(summary));
  }

 private:
  const Evidence* evidence_;
  Finding finding_;
};

/// `worst` becomes what was found, unless it holds a verdict that is as bad.
void keep_worst(std::optional<Finding>& worst, Finding found);

/// "1 frame", "3 frames".
std::string count_of(std::size_t count, std::string_view noun);

}  // namespace postassoc::checks
