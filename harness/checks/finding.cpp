#include "harness/checks/finding.h"

#include <fmt/format.h>

#include <algorithm>

namespace postassoc::checks {
namespace {

template <class Values, class Value>
void add_once(Values& values, Value value) {
  if (std::find(values.begin(), values.end(), value) == values.end()) {
    values.push_back(value);
  }
}

}  // namespace

FindingBuilder::FindingBuilder(std::string_view check, const Evidence& evidence)
    : evidence_(&evidence) {
  finding_.check = check;
}

FindingBuilder& FindingBuilder::expect(std::string text) {
  finding_.expected = std::move(text);
  return *this;
}

FindingBuilder& FindingBuilder::actual(std::string text) {
  finding_.actual = std::move(text);
  return *this;
}

FindingBuilder& FindingBuilder::tolerance(std::string text) {
  finding_.tolerance = std::move(text);
  return *this;
}

FindingBuilder& FindingBuilder::pointer(std::string text) {
  finding_.pointer = std::move(text);
  return *this;
}

FindingBuilder& FindingBuilder::at(Timestamp time) {
  finding_.when = time;
  return *this;
}

FindingBuilder& FindingBuilder::frame(std::uint64_t number, Timestamp time) {
  add_once(finding_.frames, number);
  finding_.when = finding_.when.value_or(time);
  return *this;
}

FindingBuilder& FindingBuilder::event(const Event& event) {
  add_once(finding_.events, evidence_->timeline.line(event));
  finding_.when = finding_.when.value_or(event.time);
  return *this;
}

FindingBuilder& FindingBuilder::measure(Measurement measurement) {
  finding_.measurements.push_back(std::move(measurement));
  return *this;
}

Finding FindingBuilder::verdict(Verdict verdict, std::string summary) const {
  Finding finding = finding_;
  finding.verdict = verdict;
  finding.summary = std::move(summary);
  if (finding.actual.empty()) {
    finding.actual = finding.summary;
  }
  return finding;
}

void keep_worst(std::optional<Finding>& worst, Finding found) {
  if (!worst || found.verdict > worst->verdict) {
    worst = std::move(found);
  }
}

std::string count_of(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace postassoc::checks
