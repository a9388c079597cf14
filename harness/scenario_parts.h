#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "harness/json_reader.h"
#include "harness/scenario.h"

/// The parts of `parse_scenario`. What is wrong goes to `faults`; the value returned is of use only
/// when there were none.
namespace postassoc::scenario_parts {

AccessPointSpec read_access_point(const nlohmann::json& value, JsonFaults& faults);
/// The members "module" and "ihv".
void read_module_station(ObjectReader& station, JsonFaults& faults, StationSpec& spec);
step::Inject read_inject(ObjectReader& reader);
step::ProveExclusion read_prove_exclusion(ObjectReader& reader);
MediumSpec read_medium(const nlohmann::json& value, JsonFaults& faults);
/// The member "rules".
std::vector<medium::Rule> read_medium_rules(ObjectReader& reader, JsonFaults& faults);
std::vector<Step> read_steps(const nlohmann::json& list, JsonFaults& faults);

}  // namespace postassoc::scenario_parts
