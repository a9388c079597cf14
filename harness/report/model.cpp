#include "harness/report/model.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

namespace postassoc::report {
namespace {

bool is_set(const MacAddress& address) {
  return address != MacAddress{};
}

std::string network_of(const Association& association) {
  std::string text = association.ssid.empty() ? "(SSID not seen)" : association.ssid;
  if (association.suites) {
    text += fmt::format(", {}, {}", akm_to_string(association.suites->akm),
                        cipher_to_string(association.suites->pairwise));
  }
  return text;
}

/// The frames of all handshakes of the evidence, in order.
std::string messages_of(const Air& air) {
  constexpr std::size_t kMost = 12;
  std::string text;
  std::size_t count = 0;
  for (const Association& association : air.associations) {
    for (const AirEapol& frame : association.eapol) {
      if (frame.message != KeyMessage::unknown && ++count <= kMost) {
        text +=
            fmt::format("{}{} {}", text.empty() ? "" : ", ", to_string(frame.message), frame.frame);
      }
    }
  }
  return count > kMost ? fmt::format("{} and {} more", text, count - kMost) : text;
}

void widen(std::pair<std::uint64_t, std::uint64_t>& range, std::uint64_t frame) {
  range.first = range.first == 0 ? frame : std::min(range.first, frame);
  range.second = std::max(range.second, frame);
}

/// First and last frame of an association as far as it is kept; zeros when there is none.
std::pair<std::uint64_t, std::uint64_t> frames_of(const Air& air) {
  std::pair<std::uint64_t, std::uint64_t> range{0, 0};
  for (const Association& association : air.associations) {
    for (const auto& frame :
         {association.request_frame, association.response_frame, association.end_frame}) {
      if (frame) {
        widen(range, *frame);
      }
    }
    for (const AirEapol& frame : association.eapol) {
      widen(range, frame.frame);
    }
  }
  return range;
}

std::string display_filter_of(const Evidence& evidence) {
  const bool ethernet = evidence.air.link == AirLink::ethernet;
  std::string filter =
      fmt::format("{}.addr == {} && eapol", ethernet ? "eth" : "wlan", to_string(evidence.station));
  const auto [first, last] = frames_of(evidence.air);
  if (evidence.capture_only && first != 0) {
    filter += fmt::format(" && frame.number >= {} && frame.number <= {}", first, last);
  }
  return filter;
}

/// Of a capture alone: when its first association was asked for, and how long it was looked at.
void place_in_time(ScenarioReport& report, const Air& air) {
  std::optional<Timestamp> first, last;
  const auto take = [&](Timestamp time) {
    first = first ? std::min(*first, time) : time;
    last = last ? std::max(*last, time) : time;
  };
  for (const Association& association : air.associations) {
    for (const auto& time :
         {association.request_time, association.response_time, association.end_time}) {
      if (time) {
        take(*time);
      }
    }
    for (const AirEapol& frame : association.eapol) {
      take(frame.time);
    }
  }
  if (first) {
    report.started = to_utc_text(*first);
    report.start = *first;
    report.duration = *last - *first;
  }
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
  report.expected = scenario.expected;
  report.ladder = make_ladder(evidence);
  report.grids = checks::exclusion_grids(evidence);
  report.rig = evidence.plan.rig.id;
  report.bssid = is_set(evidence.bssid) ? to_string(evidence.bssid) : "";
  report.station = is_set(evidence.station) ? to_string(evidence.station) : "";
  if (!evidence.air.associations.empty()) {
    report.network = network_of(evidence.air.associations.front());
  }
  report.messages = messages_of(evidence.air);
  if (!report.station.empty()) {
    report.display_filter = display_filter_of(evidence);
  }
  if (evidence.capture_only) {
    place_in_time(report, evidence.air);
  }
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
    if (evidence.capture_only) {
      break;  // nothing is missing that was to be there
    }
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
