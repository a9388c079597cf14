#include <fmt/format.h>

#include <algorithm>

#include "harness/check_aliases.h"
#include "harness/id_pattern.h"
#include "harness/judging_terms.h"
#include "harness/nearest_word.h"
#include "harness/rig_spec.h"
#include "harness/scenario_parts.h"
#include "harness/scenario_words.h"

namespace postassoc {
namespace {

using nlohmann::json;

constexpr int kMostOtherStations = 2;
constexpr int kMostRounds = 1000;

std::vector<std::string> read_tags(ObjectReader& reader) {
  std::vector<std::string> tags = reader.texts("tags");
  for (std::size_t i = 0; i < tags.size(); ++i) {
    if (tags[i].find_first_of(" ,") != std::string::npos) {
      reader.fault("tags",
                   fmt::format("a tag has no space and no comma, found {}", describe(tags[i])));
    }
  }
  return tags;
}

std::vector<std::string> read_requirements(ObjectReader& reader, JsonFaults& faults) {
  const auto known = views_of(known_capabilities());
  std::vector<std::string> words = reader.texts("requires");
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!words[i].empty() && std::find(known.begin(), known.end(), words[i]) == known.end()) {
      faults.add(child_pointer(reader.pointer_to("requires"), std::to_string(i)),
                 unknown_word(words[i], known));
    }
  }
  return words;
}

std::vector<std::string> read_checks(ObjectReader& reader, const CheckCatalogue& catalogue,
                                     JsonFaults& faults) {
  std::vector<std::string> patterns = reader.texts("checks");
  if (const json* list = reader.array("checks"); list != nullptr && list->empty()) {
    reader.fault("checks", "expected at least one check");
  }
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    if (!patterns[i].empty() && !catalogue.knows(patterns[i])) {
      faults.add(child_pointer(reader.pointer_to("checks"), std::to_string(i)),
                 catalogue.refusal(patterns[i]));
    }
  }
  return patterns;
}

void read_expected(ObjectReader& reader, const CheckCatalogue& catalogue, JsonFaults& faults,
                   Scenario& scenario) {
  const std::vector<std::string_view> ids = read_check_ids(reader, "expected", catalogue, faults);
  for (const std::string_view id : ids) {
    const json only = {{id, reader.object("expected")->at(std::string(id))}};
    ObjectReader member(only, reader.pointer_to("expected"), {&id, 1}, faults);
    const bool is_judged =
        id.starts_with("gate.") || std::any_of(scenario.checks.begin(), scenario.checks.end(),
                                               [&](const std::string& pattern) {
                                                 return matches_pattern(pattern, check_called(id));
                                               });
    if (!is_judged) {
      member.fault(id, "a verdict is expected of a check that \"checks\" does not name");
    }
    if (const auto verdict = member.choice<Verdict>(id, scenario_words::kExpected)) {
      scenario.expected.emplace(check_called(id), *verdict);
    }
  }
}

std::optional<MacAddress> read_address(ObjectReader& reader) {
  const auto text = reader.text("address");
  const auto address = text ? MacAddress::parse(*text) : std::nullopt;
  const bool local = address && !address->is_group() && (address->octets[0] & 2U) != 0;
  if (text && !local) {
    reader.fault("address",
                 fmt::format("expected a locally administered address of one station, like "
                             "02:50:41:00:00:01, found {}",
                             in_quotes(*text)));
  }
  return local ? address : std::nullopt;
}

void read_network(ObjectReader& reader, JsonFaults& faults, Scenario& scenario) {
  if (const json* access_point = reader.object("access_point")) {
    scenario.access_point = scenario_parts::read_access_point(*access_point, faults);
  }
  if (const json* station = reader.object("station")) {
    ObjectReader member(*station, "/station", scenario_words::kStation, faults);
    scenario.station.credential =
        member.choice<Credential>("credential", scenario_words::kCredential)
            .value_or(scenario.station.credential);
    const Security security = scenario.access_point.security;
    if (scenario.station.credential == Credential::wrong &&
        (security == Security::open || security == Security::owe)) {
      member.fault("credential", "an open network has no passphrase, so there is no wrong one");
    }
    scenario.station.address = read_address(member);
    scenario.station.others =
        static_cast<int>(member.integer("others", 0, kMostOtherStations).value_or(0));
    scenario.station.security =
        member.choice<Security>("security", scenario_words::kStationSecurity);
    if (scenario.station.security && security != Security::wpa2_wpa3_transition) {
      member.fault("security", "only a transition network leaves the station a choice");
    }
    scenario_parts::read_module_station(member, faults, scenario.station);
  }
}

/// `rounds` times what the file says once.
void repeat_steps(ObjectReader& reader, std::vector<Step>& steps) {
  const auto rounds = reader.integer("rounds", 1, kMostRounds).value_or(1);
  const std::vector<Step> round = steps;
  for (std::int64_t i = 1; i < rounds; ++i) {
    steps.insert(steps.end(), round.begin(), round.end());
  }
}

/// The first step of this kind.
template <class Action>
const Step* first_step(const Scenario& scenario) {
  const auto found =
      std::find_if(scenario.steps.begin(), scenario.steps.end(),
                   [](const Step& step) { return std::holds_alternative<Action>(step.action); });
  return found == scenario.steps.end() ? nullptr : &*found;
}

/// What a step needs of the network.
void check_steps(const Scenario& scenario, JsonFaults& faults) {
  if (const Step* roam = first_step<step::Roam>(scenario);
      roam != nullptr && !scenario.access_point.second_bss) {
    faults.add(roam->pointer, "\"roam\" needs a network with \"second_bss\": true");
  }
  if (const Step* others = first_step<step::OtherStations>(scenario);
      others != nullptr && scenario.station.others == 0) {
    faults.add(others->pointer, "\"other_stations\" needs \"others\" in \"station\"");
  }
  if (const Step* module = first_step<step::Module>(scenario);
      module != nullptr && scenario.station.module.empty()) {
    faults.add(module->pointer, "\"module\" needs a \"module\" in \"station\"");
  }
}

/// Steps need what they use, whether the file says so or not.
void add_implied_requirements(Scenario& scenario) {
  const auto need = [&scenario](bool used, std::string_view capability) {
    auto& words = scenario.required_capabilities;
    if (used && std::find(words.begin(), words.end(), capability) == words.end()) {
      words.emplace_back(capability);
    }
  };
  need(first_step<step::Inject>(scenario) != nullptr ||
           first_step<step::ProveExclusion>(scenario) != nullptr,
       "inject");
  need(rules_medium(scenario), "medium");
  need(scenario.station.others > 0, "other_stations");
}

}  // namespace

Result<Scenario> parse_scenario(const json& document, const std::string& file,
                                const std::string& name,
                                const std::vector<std::string>& known_checks) {
  Scenario scenario;
  scenario.name = name;
  scenario.file = file;
  scenario.document = document;
  JsonFaults faults(file);
  const CheckCatalogue catalogue(known_checks);
  ObjectReader reader(document, "", scenario_words::kScenario, faults);
  reader.require({"purpose", "steps", "checks"});
  reader.text("$schema");
  scenario.purpose = reader.text("purpose").value_or("");
  scenario.tags = read_tags(reader);
  scenario.required_capabilities = read_requirements(reader, faults);
  read_network(reader, faults, scenario);
  if (const json* medium = reader.object("medium")) {
    scenario.medium = scenario_parts::read_medium(*medium, faults);
  }
  if (const json* steps = reader.array("steps")) {
    scenario.steps = scenario_parts::read_steps(*steps, faults);
  }
  repeat_steps(reader, scenario.steps);
  check_steps(scenario, faults);
  add_implied_requirements(scenario);
  scenario.checks = read_checks(reader, catalogue, faults);
  read_expected(reader, catalogue, faults, scenario);
  const JudgingTerms terms = read_judging_terms(reader, catalogue, faults);
  terms.apply_to(scenario);
  if (reader.has("matrix")) {
    reader.fault("matrix", "a matrix stands for several scenarios; this is to be a single one");
  }
  if (!faults.empty()) {
    return faults.error();
  }
  return scenario;
}

}  // namespace postassoc
