#include "harness/commands/judging.h"

#include <algorithm>
#include <fstream>

#include "harness/checks/check.h"
#include "harness/commands/outputs.h"
#include "harness/evidence.h"
#include "harness/report/json.h"
#include "harness/version.h"

namespace postassoc {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Reports = std::vector<report::ScenarioReport>;

std::string text_at(const json& entry, const char* key) {
  const auto found = entry.find(key);
  return found != entry.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// What can be told of a scenario whose folder holds nothing to judge.
report::ScenarioReport lost(const std::string& name, const fs::path& directory,
                            const std::string& why) {
  Plan plan;
  plan.scenario.name = name;
  plan.slug = directory.filename().string();
  report::ScenarioReport scenario = report::make_error_report(plan, {Fault::lab, why, ""});
  scenario.directory = directory;
  return scenario;
}

report::ScenarioReport judge_or_lost(const std::string& name, const fs::path& directory,
                                     const JudgingTerms& terms) {
  auto judged = judge_directory(directory, terms);
  return judged ? std::move(*judged) : lost(name, directory, to_string(judged.error()));
}

json run_plan(const fs::path& run) {
  std::ifstream file(run / evidence_file::kPlan);
  return json::parse(file, nullptr, false);
}

/// Of a run of a suite with a sheet.
std::optional<report::Sheet> sheet_of(const json& plan, const Reports& reports) {
  const json suite = plan.is_object() ? plan.value("suite", json::object()) : json::object();
  if (!suite.is_object() || !suite.contains("document")) {
    return std::nullopt;
  }
  const auto parsed = parse_suite(suite["document"], "plan.json", text_at(suite, "name"), {});
  if (!parsed || parsed->sheet.empty()) {
    return std::nullopt;
  }
  return report::make_sheet(*parsed, reports);
}

/// The "scenarios" of the run's own plan; empty for the folder of one scenario.
json planned_scenarios(const json& plan) {
  const auto found = plan.is_object() ? plan.find("scenarios") : plan.end();
  return plan.is_object() && found != plan.end() && found->is_array() ? *found : json::array();
}

/// Judges what the plan names, in its order, and takes the folders away from `folders`.
Reports judge_planned(const json& planned, const fs::path& run, const JudgingTerms& terms,
                      std::vector<fs::path>& folders) {
  Reports reports;
  for (const json& entry : planned) {
    if (!entry.is_object()) {
      continue;
    }
    const std::string name = text_at(entry, "name");
    if (entry.contains("skip")) {
      reports.push_back(report::make_skip_report({name, text_at(entry, "skip")}, ""));
      continue;
    }
    const fs::path directory = run / text_at(entry, "slug");
    const auto found = std::find(folders.begin(), folders.end(), directory);
    if (found == folders.end()) {
      reports.push_back(lost(name, directory, "planned, but the run ended before it was recorded"));
      continue;
    }
    folders.erase(found);
    reports.push_back(judge_or_lost(name, directory, terms));
  }
  return reports;
}

}  // namespace

Result<report::ScenarioReport> judge_directory(const fs::path& directory,
                                               const JudgingTerms& terms) {
  auto evidence = read_evidence(directory);
  if (!evidence) {
    return evidence.error();
  }
  terms.apply_to(evidence->plan.scenario);
  if (!terms.checks.empty()) {
    evidence->plan.checks = terms.checks;
  }
  report::ScenarioReport scenario = report::make_report(*evidence, checks::judge(*evidence));
  scenario.directory = directory;
  return scenario;
}

Result<> write_findings(const report::ScenarioReport& scenario) {
  const fs::path file = scenario.directory / evidence_file::kFindings;
  std::error_code ignored;
  if (fs::exists(file, ignored)) {
    return Error{Fault::lab, "is there already; nothing of a run is overwritten", file.string()};
  }
  return write_text_file(file, report::findings_json(scenario));
}

Result<report::RunReport> judge_run(const fs::path& run, const JudgingTerms& terms) {
  std::error_code error;
  if (!fs::is_directory(run, error)) {
    return Error{Fault::invalid_input, "there is no such run directory and no such capture file",
                 run.string()};
  }
  const json plan = run_plan(run);
  const json planned = planned_scenarios(plan);
  auto folders = scenario_directories(run);
  if (!folders && planned.empty()) {
    return folders.error();
  }
  std::vector<fs::path> unplanned = folders ? *folders : std::vector<fs::path>{};
  if (unplanned.size() == 1 && unplanned.front() == run) {
    auto scenario = judge_directory(run, terms);
    if (!scenario) {
      return scenario.error();
    }
    Reports one;
    one.push_back(std::move(*scenario));
    report::RunReport report = report::make_run_report(std::move(one), run);
    report.harness_version = kVersion;
    return report;
  }
  Reports reports = judge_planned(planned, run, terms, unplanned);
  for (const fs::path& directory : unplanned) {
    reports.push_back(judge_or_lost(directory.filename().string(), directory, terms));
  }
  report::RunReport report = report::make_run_report(std::move(reports), run);
  report.harness_version = kVersion;
  report.sheet = sheet_of(plan, report.scenarios);
  return report;
}

}  // namespace postassoc
