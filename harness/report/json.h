#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "harness/report/model.h"

/// The machine's reports. Both carry "format": 1, which changes when a reader would break; keys are
/// only ever added. Times in `*_ns` are integers in nanoseconds, `when_ns` on the timeline's clock.
namespace postassoc::report {

/// findings.json: a function of the evidence alone (no paths, no time of day, no environment), so
/// that judging again gives the same bytes. Ends with a line feed.
///   {"format":1,"scenario":..,"verdict":..,"summary":..,"findings":[{"check":..,"verdict":..,
///    "summary":..,"expected":..,"actual":..,"tolerance":..,"when_ns":..|null,"frames":[..],
///    "events":[..],"pointer":..,"measurements":[{"name":..,"value_ns":..,"uncertainty_ns":..,
///    "limit_ns":..|null}]}]}
std::string findings_json(const ScenarioReport& scenario);

/// report.json: the whole run.
///   {"format":1,"harness_version":..,"rig":..,"started":..,"duration_ms":..,"directory":..,
///    "verdict":..,"exit_code":..,"totals":{..},"scenarios":[{"name":..,"slug":..,"purpose":..,
///    "outcome":..,"summary":..,"skip_reason":..|null,"started":..,"duration_ms":..,"rig":..,
///    "bssid":..,"station":..,"clock_uncertainty_ns":..,"missing":[..],"findings":[..],
///    "ladder":[{"association":..,"since_ns":..,"delta_ns":..|null,"frame":..|null,"event":..|null,
///    "lane":..,"text":..,"replay_counter":..|null,"protected":..,"transmissions":..,
///    "acknowledged":..|null,"mic":..}],"grids":[{"step":..,"phase":..,
///    "not_in_phase":..,"ethertype":..,"cells":[{"payload":..,"shape":..,"protection":..,
///    "injected":..,"on_air":..,"acknowledged":..,"delivered":..,"outcome":..,
///    "may_be_delivered":..,"why":..,"bound":..|null,"frame":..|null}]}],
///    "environment":{..}}]}
/// and "sheet" of a suite that has one: see sheet.h. Ends with a line feed.
std::string report_json(const RunReport& run);

}  // namespace postassoc::report
