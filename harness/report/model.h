#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "harness/air_survey.h"
#include "harness/checks/check.h"
#include "harness/checks/exclusion_grid.h"
#include "harness/evidence.h"
#include "harness/plan.h"
#include "harness/report/ladder.h"
#include "harness/report/sheet.h"
#include "harness/verdict.h"

/// One value model of what a run showed; console, JSON and JUnit are renderings of it.
namespace postassoc::report {

/// What one scenario showed.
struct ScenarioReport {
  std::string name;
  std::string slug;
  std::string purpose;
  std::filesystem::path directory;  ///< of the evidence, as the user would type it; may be empty
  Verdict verdict = Verdict::inconclusive;
  std::string summary;                      ///< the finding that decided, in a sentence
  std::optional<std::string> skip_reason;   ///< set: it was never run, and nothing else is known
  std::vector<Finding> findings;            ///< in the catalogue's order
  std::map<std::string, Verdict> expected;  ///< check id -> verdict the scenario expects of it
  std::vector<LadderRow> ladder;
  std::vector<checks::ExclusionGrid> grids;  ///< of the steps that prove exclusion
  std::string rig;
  std::string bssid, station;           ///< addresses; empty when unknown
  std::string network;                  ///< "lab, PSK, CCMP-128"; empty when unknown
  std::string messages;                 ///< "M1 12, M2 13, M3 15, M4 16": frames of the handshakes
  std::string display_filter;           ///< Wireshark's, for the frames that matter here
  std::string started;                  ///< UTC, "2026-01-31T12:00:00.000Z"; empty when unknown
  Timestamp start{};                    ///< of the record, on the timeline's clock
  std::chrono::nanoseconds duration{};  ///< of the record, first event to last
  std::chrono::nanoseconds clock_uncertainty{};  ///< between air and kernel rows of the ladder
  std::vector<std::string> missing;              ///< "file: why it is missing"
  nlohmann::json environment = nlohmann::json::object();
};

/// Pure: the same evidence gives the same report, but for `directory`, which the caller fills in.
ScenarioReport make_report(const Evidence& evidence, const checks::Judgement& judgement);
ScenarioReport make_skip_report(const Skip& skip, const std::string& rig);
/// The lab failed before there was evidence to judge.
ScenarioReport make_error_report(const Plan& plan, const Error& error);

/// How many scenarios ended how.
struct Totals {
  std::size_t pass = 0, fail = 0, inconclusive = 0, error = 0, skip = 0;
  std::size_t all() const { return pass + fail + inconclusive + error + skip; }
};

/// What a whole run showed.
struct RunReport {
  std::vector<ScenarioReport> scenarios;
  std::string rig;
  std::string started;                  ///< UTC, as above
  std::chrono::nanoseconds duration{};  ///< wall time of the run, or the sum of the records
  std::filesystem::path directory;
  std::string harness_version;
  /// Set when a capture file was judged: each "scenario" is then an association of it, worst first.
  std::optional<SurveySummary> capture;
  std::optional<Sheet> sheet;  ///< set when a suite with a sheet was run

  /// The heaviest of all that were not skipped; `not_applicable` when there are none.
  Verdict verdict() const;
  Totals totals() const;
};

/// From reports of single scenarios; rig and start are those of the first that was run.
RunReport make_run_report(std::vector<ScenarioReport> scenarios, std::filesystem::path directory);

/// "pass", "fail", ..., or "skip".
std::string_view outcome_word(const ScenarioReport& scenario);
/// Ran, and nothing was found that gates.
bool passed(const ScenarioReport& scenario);
/// Nanoseconds since the epoch as "2026-01-31T12:00:00.000Z".
std::string to_utc_text(std::chrono::nanoseconds realtime);

}  // namespace postassoc::report
