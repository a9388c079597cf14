#include "harness/report/json.h"

#include "harness/report/exit_code.h"

namespace postassoc::report {
namespace {

using Json = nlohmann::ordered_json;

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

Json or_null(const std::optional<std::chrono::nanoseconds>& value) {
  return value ? Json(value->count()) : Json();
}

/// Text that isn't UTF-8 (an SSID, a log line) becomes U+FFFD instead of an exception.
std::string text_of(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json measurement_json(const Measurement& measurement) {
  return {{"name", measurement.name},
          {"value_ns", measurement.value.count()},
          {"uncertainty_ns", measurement.uncertainty.count()},
          {"limit_ns", or_null(measurement.limit)}};
}

Json finding_json(const Finding& finding) {
  Json measurements = Json::array();
  for (const Measurement& measurement : finding.measurements) {
    measurements.push_back(measurement_json(measurement));
  }
  return {{"check", finding.check},
          {"verdict", to_string(finding.verdict)},
          {"summary", finding.summary},
          {"expected", finding.expected},
          {"actual", finding.actual},
          {"tolerance", finding.tolerance},
          {"when_ns", or_null(finding.when)},
          {"frames", finding.frames},
          {"events", finding.events},
          {"pointer", finding.pointer},
          {"measurements", std::move(measurements)}};
}

Json findings_array(const ScenarioReport& scenario) {
  Json findings = Json::array();
  for (const Finding& finding : scenario.findings) {
    findings.push_back(finding_json(finding));
  }
  return findings;
}

Json ladder_row_json(const LadderRow& row) {
  return {{"association", row.association},
          {"since_ns", row.since.count()},
          {"delta_ns", or_null(row.delta)},
          {"frame", or_null(row.frame)},
          {"event", or_null(row.event)},
          {"lane", to_string(row.lane)},
          {"text", row.text},
          {"replay_counter", or_null(row.replay_counter)},
          {"protected", row.protected_frame},
          {"transmissions", row.transmissions},
          {"acknowledged", or_null(row.acknowledged)},
          {"mic", to_string(row.mic)}};
}

Json cell_json(const checks::GridCell& cell) {
  return {{"payload", to_string(cell.payload)},
          {"shape", to_string(cell.shape)},
          {"protection", to_string(cell.protection)},
          {"injected", cell.injected},
          {"on_air", cell.on_air},
          {"acknowledged", cell.acknowledged},
          {"delivered", cell.delivered},
          {"outcome", to_string(cell.outcome)},
          {"may_be_delivered", cell.may_be_delivered},
          {"why", cell.why},
          {"bound", or_null(cell.bound)},
          {"frame", or_null(cell.frame)}};
}

Json grid_json(const checks::ExclusionGrid& grid) {
  Json cells = Json::array();
  for (const checks::GridCell& cell : grid.cells) {
    cells.push_back(cell_json(cell));
  }
  return {{"step", grid.pointer},
          {"phase", grid.phase},
          {"not_in_phase", grid.not_in_phase},
          {"ethertype", grid.ethertype},
          {"cells", std::move(cells)}};
}

Json scenario_json(const ScenarioReport& scenario) {
  Json grids = Json::array();
  for (const checks::ExclusionGrid& grid : scenario.grids) {
    grids.push_back(grid_json(grid));
  }
  Json ladder = Json::array();
  for (const LadderRow& row : scenario.ladder) {
    ladder.push_back(ladder_row_json(row));
  }
  return {{"name", scenario.name},
          {"slug", scenario.slug},
          {"purpose", scenario.purpose},
          {"outcome", outcome_word(scenario)},
          {"summary", scenario.summary},
          {"skip_reason", or_null(scenario.skip_reason)},
          {"started", scenario.started},
          {"duration_ms", to_ms(scenario.duration)},
          {"rig", scenario.rig},
          {"bssid", scenario.bssid},
          {"station", scenario.station},
          {"clock_uncertainty_ns", scenario.clock_uncertainty.count()},
          {"network", scenario.network},
          {"messages", scenario.messages},
          {"display_filter", scenario.display_filter},
          {"missing", scenario.missing},
          {"findings", findings_array(scenario)},
          {"ladder", std::move(ladder)},
          {"grids", std::move(grids)},
          {"environment", scenario.environment}};
}

Json count_json(std::string_view name, const SurveySummary::Count& count) {
  return {{"what", name}, {"frames", count.frames}, {"first_frame", count.first_frame}};
}

Json capture_json(const SurveySummary& capture) {
  Json classes = Json::array();
  for (std::size_t i = 0; i < capture.classes.size(); ++i) {
    classes.push_back(count_json(to_string(static_cast<FrameClass>(i)), capture.classes.at(i)));
  }
  Json networks = Json::array();
  for (const SurveyBss& bss : capture.bsses) {
    networks.push_back(
        {{"bssid", to_string(bss.bssid)}, {"ssid", bss.ssid}, {"beacons", bss.beacons}});
  }
  return {{"frames", capture.frames},
          {"bytes", capture.bytes},
          {"link_type", capture.link_type},
          {"classes", std::move(classes)},
          {"undecoded", capture.undecoded()},
          {"cut_short", count_json("cut short", capture.cut_short)},
          {"clock_back", count_json("clock went back", capture.clock_back)},
          {"truncated", or_null(capture.truncated)},
          {"still_growing", capture.still_growing},
          {"stations", capture.stations},
          {"associations", capture.associations},
          {"associations_of_other_ssids", capture.associations_of_other_ssids},
          {"stations_given_up", capture.stations_given_up},
          {"associations_cut", capture.associations_cut},
          {"networks", std::move(networks)}};
}

}  // namespace

std::string findings_json(const ScenarioReport& scenario) {
  return text_of({{"format", 1},
                  {"scenario", scenario.name},
                  {"verdict", to_string(scenario.verdict)},
                  {"summary", scenario.summary},
                  {"findings", findings_array(scenario)}});
}

std::string report_json(const RunReport& run) {
  const Totals totals = run.totals();
  Json scenarios = Json::array();
  for (const ScenarioReport& scenario : run.scenarios) {
    scenarios.push_back(scenario_json(scenario));
  }
  Json document = {{"format", 1},
                   {"harness_version", run.harness_version},
                   {"rig", run.rig},
                   {"started", run.started},
                   {"duration_ms", to_ms(run.duration)},
                   {"directory", run.directory.string()},
                   {"verdict", to_string(run.verdict())},
                   {"exit_code", exit_code(run)},
                   {"totals",
                    {{"pass", totals.pass},
                     {"fail", totals.fail},
                     {"inconclusive", totals.inconclusive},
                     {"error", totals.error},
                     {"skip", totals.skip}}},
                   {"scenarios", std::move(scenarios)}};
  if (run.capture) {
    document["capture"] = capture_json(*run.capture);
  }
  if (run.sheet) {
    document["sheet"] = sheet_json(*run.sheet);
  }
  return text_of(document);
}

}  // namespace postassoc::report
