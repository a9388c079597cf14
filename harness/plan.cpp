#include "harness/plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/id_pattern.h"
#include "harness/json_reader.h"
#include "harness/judging_terms.h"
#include "harness/medium_means.h"
#include "harness/nearest_word.h"

namespace postassoc {
namespace {

using nlohmann::json;

constexpr int kFormat = 1;
constexpr std::size_t kLongestSlug = 200;
constexpr std::string_view kPlanKeys[] = {"format",   "name",          "slug", "tag_nonce",
                                          "scenario", "scenario_file", "rig",  "rig_file",
                                          "checks",   "seed"};

bool is_slug_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '=' || c == '-';
}

/// A folder's name: never empty, hidden, or a way out of its parent.
std::string slug_of(std::string_view name) {
  std::string slug(name.substr(0, kLongestSlug));
  std::replace_if(
      slug.begin(), slug.end(), [](char c) { return !is_slug_character(c); }, '-');
  if (slug.empty() || slug.front() == '.') {
    slug.insert(slug.begin(), '-');
  }
  return slug;
}

bool is_tag_nonce(std::string_view text) {
  return text.size() == 8 && text.find_first_not_of("0123456789abcdef") == text.npos;
}

std::string missing_capability(const Scenario& scenario, const RigSpec& rig) {
  std::vector<std::string> missing;
  for (const std::string& word : scenario.required_capabilities) {
    if (!can(rig, word) && !(word == "medium" && relays_eapol(scenario, rig))) {
      missing.push_back(word);
    }
  }
  if (missing.empty()) {
    const bool too_few = rig.kind != RigKind::virtual_machine &&
                         static_cast<int>(rig.other_stations.size()) < scenario.station.others;
    return too_few ? fmt::format("needs {} other stations, and the rig \"{}\" has {}",
                                 scenario.station.others, rig.id, rig.other_stations.size())
                   : std::string();
  }
  std::string reason = fmt::format("needs the {} {}, which the rig \"{}\" does not have",
                                   missing.size() == 1 ? "capability" : "capabilities",
                                   fmt::join(missing, ", "), rig.id);
  const auto beyond = beyond_eapol_relay(scenario);
  if (rules_medium(scenario) && beyond && can(rig, "access_point_test_commands")) {
    reason +=
        fmt::format("; its hostapd can relay EAPOL frames, but not what {} asks for", *beyond);
  }
  return reason;
}

Result<std::vector<std::string>> expand_checks(const Scenario& scenario,
                                               const std::vector<std::string>& known_checks) {
  for (std::size_t i = 0; i < scenario.checks.size(); ++i) {
    const std::string& pattern = scenario.checks[i];
    if (std::none_of(known_checks.begin(), known_checks.end(),
                     [&](const std::string& id) { return matches_pattern(pattern, id); })) {
      return Error{Fault::invalid_input,
                   fmt::format("{} names no check; {}", in_quotes(pattern),
                               suggestion(pattern, views_of(known_checks))),
                   fmt::format("{}#/checks/{}", scenario.file, i)};
    }
  }
  return CheckCatalogue(known_checks).matching(scenario.checks);
}

/// The members of a plan but for the two documents.
Result<Plan> read_plan(const json& document, const std::string& file) {
  Plan plan;
  JsonFaults faults(file);
  ObjectReader reader(document, "", kPlanKeys, faults);
  reader.require({"format", "name", "slug", "tag_nonce", "scenario", "rig", "checks"});
  reader.integer("format", kFormat, kFormat);
  plan.scenario.name = reader.text("name").value_or("");
  plan.scenario.file = reader.text("scenario_file").value_or("");
  plan.rig.file = reader.text("rig_file").value_or("");
  plan.slug = reader.text("slug").value_or("");
  if (reader.has("slug") && (plan.slug.empty() || plan.slug.front() == '.' ||
                             !std::all_of(plan.slug.begin(), plan.slug.end(), is_slug_character))) {
    reader.fault("slug", "expected the name of a folder");
  }
  plan.tag_nonce = reader.text("tag_nonce").value_or("");
  if (reader.has("tag_nonce") && !is_tag_nonce(plan.tag_nonce)) {
    reader.fault("tag_nonce", "expected 8 hexadecimal digits");
  }
  plan.checks = reader.texts("checks");
  if (const auto seed = reader.integer("seed", 0, kLargestSeed)) {
    plan.seed = static_cast<std::uint64_t>(*seed);
  }
  if (!faults.empty()) {
    return faults.error();
  }
  return plan;
}

}  // namespace

Result<std::variant<Plan, Skip>> plan(const Scenario& scenario, const RigSpec& rig,
                                      const std::vector<std::string>& known_checks,
                                      const std::string& tag_nonce) {
  auto checks = expand_checks(scenario, known_checks);
  if (!checks) {
    return checks.error();
  }
  if (std::string reason = missing_capability(scenario, rig); !reason.empty()) {
    return std::variant<Plan, Skip>(Skip{scenario.name, std::move(reason)});
  }
  return std::variant<Plan, Skip>(
      Plan{scenario, rig, std::move(*checks), slug_of(scenario.name), tag_nonce});
}

nlohmann::ordered_json to_json(const Plan& plan) {
  nlohmann::ordered_json document;
  document["format"] = kFormat;
  document["name"] = plan.scenario.name;
  document["slug"] = plan.slug;
  document["tag_nonce"] = plan.tag_nonce;
  if (plan.seed) {
    document["seed"] = *plan.seed;
  }
  if (!plan.scenario.file.empty()) {
    document["scenario_file"] = plan.scenario.file;
  }
  document["scenario"] = plan.scenario.document;
  if (!plan.rig.file.empty()) {
    document["rig_file"] = plan.rig.file;
  }
  document["rig"] = plan.rig.document;
  document["checks"] = plan.checks;
  return document;
}

Result<Plan> plan_from_json(const json& document, const std::string& file) {
  auto read = read_plan(document, file);
  if (!read) {
    return read.error();
  }
  Plan& plan = *read;
  auto scenario = parse_scenario(document["scenario"], file, plan.scenario.name, {});
  if (!scenario) {
    return scenario.error();
  }
  auto rig = parse_rig(document["rig"], file);
  if (!rig) {
    return rig.error();
  }
  scenario->file = plan.scenario.file;
  rig->file = plan.rig.file;
  plan.scenario = std::move(*scenario);
  plan.rig = std::move(*rig);
  return read;
}

}  // namespace postassoc
