#include "harness/checks/ihv_tally.h"

#include <fmt/format.h>

#include <algorithm>

namespace postassoc::checks {
namespace {

/// Occasions, breaches and warnings that a finding points at.
constexpr std::size_t kPointedAt = 12;

bool holds_text(const nlohmann::json& value, std::string_view text) {
  if (value.is_string()) {
    return value.get_ref<const std::string&>() == text;
  }
  if (value.is_structured()) {
    for (const auto& item : value) {
      if (holds_text(item, text)) {
        return true;
      }
    }
  }
  return false;
}

bool has_member(const nlohmann::json* object, std::string_view key) {
  return object != nullptr && object->is_object() && object->contains(key);
}

/// The scenario's `station`; null without.
const nlohmann::json* station_of(const Evidence& evidence) {
  const auto& document = evidence.plan.scenario.document;
  return has_member(&document, "station") ? &document["station"] : nullptr;
}

}  // namespace

IhvTally::IhvTally(std::string_view check, const Evidence& evidence, std::string expected)
    : evidence_(&evidence), trace_(evidence), finding_(check, evidence) {
  finding_.expect(std::move(expected)).tolerance("none");
}

void IhvTally::occasion(const Event& event) {
  if (++occasions_ <= kPointedAt) {
    finding_.event(event);
  }
}

void IhvTally::breach(const Event& event, std::string told) {
  breaches_.emplace_back(&event, std::move(told));
}

void IhvTally::warn(const Event& event, std::string told) {
  warnings_.emplace_back(&event, std::move(told));
}

void IhvTally::doubt(std::string told) {
  doubts_.push_back(std::move(told));
}

/// Why the trace can't carry a verdict; empty when it can.
std::string IhvTally::unusable() const {
  if (!trace_.from_start()) {
    return "the trace does not begin with the loading of the module";
  }
  const auto& calls = trace_.calls();
  return std::none_of(calls.begin(), calls.end(), [](const IhvCall& c) { return c.returned(); })
             ? "the trace has no call that returned"
             : "";
}

Finding IhvTally::without_trace() const {
  if (has_member(station_of(*evidence_), "module")) {
    return finding_.inconclusive(
        "the station is an IHV module, and the timeline has no call of it: the module host did not "
        "run, or its trace is lost");
  }
  return finding_.not_applicable("the station is no IHV module: its timeline has no such call");
}

std::string IhvTally::with_remarks(std::string told) const {
  for (std::size_t i = 0; i < warnings_.size() && i < 3; ++i) {
    told += "; warning: " + warnings_[i].second;
  }
  if (warnings_.size() > 3) {
    told += fmt::format(" (and {} more)", warnings_.size() - 3);
  }
  for (const std::string& remark : remarks_) {
    told += "; " + remark;
  }
  return told;
}

Finding IhvTally::finish(std::string_view noun, std::string none) const {
  if (trace_.empty()) {
    return without_trace();
  }
  if (std::string why = unusable(); !why.empty()) {
    return finding_.inconclusive(std::move(why));
  }
  FindingBuilder finding = finding_;
  if (!breaches_.empty()) {
    finding.at(breaches_.front().first->time);
    for (std::size_t i = 0; i < breaches_.size() && i < kPointedAt; ++i) {
      finding.event(*breaches_[i].first);
    }
    const std::string more =
        breaches_.size() == 1 ? "" : fmt::format(" (and {} more)", breaches_.size() - 1);
    return finding.actual(breaches_.front().second)
        .fail(with_remarks(breaches_.front().second + more));
  }
  if (!doubts_.empty()) {
    return finding.inconclusive(with_remarks(doubts_.front()));
  }
  if (occasions_ == 0) {
    return finding.not_applicable(with_remarks(std::move(none)));
  }
  for (std::size_t i = 0; i < warnings_.size() && i < kPointedAt; ++i) {
    finding.event(*warnings_[i].first);
  }
  return finding.pass(
      with_remarks(fmt::format("{} judged, {}as the rule says", count_of(occasions_, noun),
                               warnings_.empty() ? "" : "but for a warning ")));
}

bool scenario_calls(const Evidence& evidence, std::string_view call) {
  return holds_text(evidence.plan.scenario.document, call);
}

bool scenario_has(const Evidence& evidence, std::string_view option) {
  const nlohmann::json* station = station_of(evidence);
  return has_member(station, "ihv") && has_member(&(*station)["ihv"], option);
}

Check ihv_check(IhvRule rule, Finding (*judge)(const Evidence&)) {
  Check check{rule.id,    rule.rule,         rule.why,     rule.source,
              rule.needs, rule.inconclusive, rule.provoke, std::move(rule.gates),
              judge};
  check.fail_stands_alone = check.gates.empty();
  return check;
}

}  // namespace postassoc::checks
