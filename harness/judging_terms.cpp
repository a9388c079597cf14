#include "harness/judging_terms.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/check_aliases.h"
#include "harness/id_pattern.h"
#include "harness/nearest_word.h"
#include "harness/scenario_words.h"

namespace postassoc {
namespace {

using nlohmann::json;

constexpr double kLargestLimitMs = 600'000;

std::optional<std::chrono::nanoseconds> read_ms(ObjectReader& reader, std::string_view key) {
  const auto ms = reader.number_above_zero(key, kLargestLimitMs);
  if (!ms) {
    return std::nullopt;
  }
  return std::chrono::nanoseconds(std::llround(*ms * 1e6));
}

void read_limits(ObjectReader& reader, const CheckCatalogue& catalogue, JsonFaults& faults,
                 std::map<std::string, Limit>& limits) {
  for (const std::string_view id : read_check_ids(reader, "limits", catalogue, faults)) {
    const std::string pointer = child_pointer(reader.pointer_to("limits"), id);
    ObjectReader member(*reader.object("limits")->find(id), pointer, scenario_words::kLimit,
                        faults);
    const Limit limit{read_ms(member, "max_ms"), read_ms(member, "warn_ms")};
    if (!id.starts_with("timing.")) {
      faults.add(pointer, "only timing checks have limits");
    }
    if (limit.max && limit.warn && *limit.warn > *limit.max) {
      member.fault("warn_ms", fmt::format("{} ms is above max_ms, {} ms: it would never be seen",
                                          to_ms(*limit.warn), to_ms(*limit.max)));
    }
    if (!member.has("max_ms") && !member.has("warn_ms")) {
      faults.add(pointer, "expected max_ms, warn_ms or both");
    }
    limits.emplace(check_called(id), limit);
  }
}

}  // namespace

CheckCatalogue::CheckCatalogue(const std::vector<std::string>& ids) : ids_(views_of(ids)) {}

bool CheckCatalogue::knows(std::string_view pattern) const {
  return ids_.empty() || std::any_of(ids_.begin(), ids_.end(), [&](std::string_view id) {
           return matches_pattern(pattern, id);
         });
}

std::vector<std::string> CheckCatalogue::matching(const std::vector<std::string>& patterns) const {
  std::vector<std::string> ids;
  for (const std::string_view id : ids_) {
    if (std::any_of(patterns.begin(), patterns.end(),
                    [id](const std::string& pattern) { return matches_pattern(pattern, id); })) {
      ids.emplace_back(id);
    }
  }
  return ids;
}

std::string CheckCatalogue::refusal(std::string_view id) const {
  return fmt::format("no check {} {}; {}",
                     id.find('*') == id.npos ? "has the id" : "has an id that fits the pattern",
                     in_quotes(id), suggestion(id, ids_));
}

std::vector<std::string_view> read_check_ids(ObjectReader& reader, std::string_view key,
                                             const CheckCatalogue& catalogue, JsonFaults& faults) {
  std::vector<std::string_view> ids;
  const json* object = reader.object(key);
  if (object == nullptr) {
    return ids;
  }
  for (const auto& [id, ignored] : object->items()) {
    if (id.find('*') != id.npos || !catalogue.knows(id)) {
      faults.add(child_pointer(reader.pointer_to(key), id), catalogue.refusal(id));
    } else if (const auto called = checks_called(id); called.size() > 1) {
      faults.add(child_pointer(reader.pointer_to(key), id),
                 fmt::format("stands for several checks: name one of {}", fmt::join(called, ", ")));
    } else {
      ids.emplace_back(id);
    }
  }
  return ids;
}

JudgingTerms read_judging_terms(ObjectReader& reader, const CheckCatalogue& catalogue,
                                JsonFaults& faults) {
  JudgingTerms terms;
  read_limits(reader, catalogue, faults, terms.limits);
  terms.profile = reader.choice<Profile>("profile", scenario_words::kProfile);
  return terms;
}

Result<JudgingTerms> parse_judging_terms(const json& document, const std::string& file,
                                         const std::vector<std::string>& known_checks) {
  constexpr std::array kKeys = {std::string_view("limits"), std::string_view("profile")};
  JsonFaults faults(file);
  ObjectReader reader(document, "", kKeys, faults);
  JudgingTerms terms = read_judging_terms(reader, CheckCatalogue(known_checks), faults);
  if (!faults.empty()) {
    return faults.error();
  }
  return terms;
}

void JudgingTerms::apply_to(Scenario& scenario) const {
  for (const auto& [check, limit] : limits) {
    scenario.limits[check] = limit;
  }
  scenario.profile = profile.value_or(scenario.profile);
}

}  // namespace postassoc
