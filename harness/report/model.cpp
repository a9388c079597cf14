#include "harness/report/model.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

namespace postassoc::report {
namespace {

bool is_set(const MacAddress& address) {
  return address != MacAddress{};
}

std::string folder_of(const std::string& name, const std::string& slug) {
  return slug.empty() ? name : slug;
}

}  // namespace

std::string to_utc_text(std::chrono::nanoseconds realtime) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(realtime).count();
  const std::time_t seconds = static_cast<std::time_t>(ms / 1000);
  std::tm utc{};
  if (ms < 0 || gmtime_r(&seconds, &utc) == nullptr) {
    return {};
  }
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.tm_year + 1900,
                     utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, ms % 1000);
}

ScenarioReport make_report(const Evidence& evidence, const checks::Judgement& judgement) {
  ScenarioReport report;
  const Scenario& scenario = evidence.plan.scenario;
  report.name = scenario.name;
  report.slug = folder_of(scenario.name, evidence.plan.slug);
  report.purpose = scenario.purpose;
  report.verdict = judgement.verdict;
  report.summary = judgement.summary;
  report.findings = judgement.findings;
  report.ladder = make_ladder(evidence);
  report.rig = evidence.plan.rig.id;
  report.bssid = is_set(evidence.bssid) ? to_string(evidence.bssid) : "";
  report.station = is_set(evidence.station) ? to_string(evidence.station) : "";
  if (!evidence.clock_samples.empty()) {
    report.started = to_utc_text(evidence.clock_samples.front().realtime);
    report.clock_uncertainty = evidence.clock_uncertainty();
  }
  const auto events = evidence.timeline.events();
  if (!events.empty()) {
    report.start = events.front().time;
    report.duration = events.back().time - events.front().time;
  }
  for (const auto& [file, reason] : evidence.missing) {
    report.missing.push_back(fmt::format("{}: {}", file, reason));
  }
  report.environment = evidence.environment;
  return report;
}

ScenarioReport make_skip_report(const Skip& skip, const std::string& rig) {
  ScenarioReport report;
  report.name = skip.scenario;
  report.slug = skip.scenario;
  report.verdict = Verdict::not_applicable;
  report.summary = skip.reason;
  report.skip_reason = skip.reason;
  report.rig = rig;
  return report;
}

ScenarioReport make_error_report(const Plan& plan, const Error& error) {
  ScenarioReport report;
  report.name = plan.scenario.name;
  report.slug = folder_of(plan.scenario.name, plan.slug);
  report.purpose = plan.scenario.purpose;
  report.verdict = Verdict::error;
  report.summary = to_string(error);
  report.rig = plan.rig.id;
  return report;
}

Verdict RunReport::verdict() const {
  Verdict verdict = Verdict::not_applicable;
  for (const ScenarioReport& scenario : scenarios) {
    if (!scenario.skip_reason) {
      verdict = worse(verdict, scenario.verdict);
    }
  }
  return verdict;
}

Totals RunReport::totals() const {
  Totals totals;
  for (const ScenarioReport& scenario : scenarios) {
    if (scenario.skip_reason) {
      ++totals.skip;
      continue;
    }
    switch (scenario.verdict) {
      case Verdict::not_applicable:
      case Verdict::info:
      case Verdict::pass:
        ++totals.pass;
        break;
      case Verdict::inconclusive:
        ++totals.inconclusive;
        break;
      case Verdict::fail:
        ++totals.fail;
        break;
      case Verdict::error:
        ++totals.error;
        break;
    }
  }
  return totals;
}

RunReport make_run_report(std::vector<ScenarioReport> scenarios, std::filesystem::path directory) {
  RunReport run;
  run.scenarios = std::move(scenarios);
  run.directory = std::move(directory);
  for (const ScenarioReport& scenario : run.scenarios) {
    run.duration += scenario.duration;
    run.rig = run.rig.empty() ? scenario.rig : run.rig;
    run.started = run.started.empty() ? scenario.started : run.started;
  }
  return run;
}

std::string_view outcome_word(const ScenarioReport& scenario) {
  return scenario.skip_reason ? "skip" : to_string(scenario.verdict);
}

bool passed(const ScenarioReport& scenario) {
  return !scenario.skip_reason && scenario.verdict <= Verdict::pass;
}

}  // namespace postassoc::report
