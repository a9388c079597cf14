#include "harness/report/sheet.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/id_pattern.h"
#include "harness/report/model.h"

namespace postassoc::report {
namespace {

/// What decides a line, in order of weight.
int weight(Verdict verdict) {
  switch (verdict) {
    case Verdict::not_applicable:
    case Verdict::info:
      return 0;
    case Verdict::pass:
      return 1;
    case Verdict::inconclusive:
      return 2;
    case Verdict::error:
      return 3;
    case Verdict::fail:
      return 4;
  }
  return 0;
}

bool is_asked(const SheetItem& item, const std::string& check) {
  return std::any_of(item.checks.begin(), item.checks.end(),
                     [&](const std::string& pattern) { return matches_pattern(pattern, check); });
}

/// Folds what scenarios say into a line.
class LineFold {
 public:
  explicit LineFold(const SheetItem& item) { line_.item = item; }

  void add(const ScenarioReport& scenario) {
    ++line_.scenarios;
    if (scenario.skip_reason) {
      ++line_.skipped;
      keep(first_skip_, fmt::format("{}: {}", scenario.name, *scenario.skip_reason));
      return;
    }
    if (scenario.findings.empty()) {
      ++line_.error;
      decide(scenario, {}, Verdict::error, scenario.summary);
    }
    for (const Finding& finding : scenario.findings) {
      if (is_asked(line_.item, finding.check)) {
        take(scenario, finding);
      } else if (finding.check == "run.completed") {
        take_completion(scenario, finding);
      }
    }
  }

  SheetLine line() {
    if (weight_ > 0) {
      line_.reason = line_.verdict == Verdict::pass ? "" : line_.reason;
      return line_;
    }
    line_.verdict = Verdict::inconclusive;
    if (line_.scenarios == 0) {
      line_.skip_reason = "none of its scenarios was in this run";
    } else if (line_.skipped == line_.scenarios) {
      line_.skip_reason = first_skip_;
    } else {
      line_.reason = first_silence_.empty() ? "no check of it was judged" : first_silence_;
    }
    return line_;
  }

 private:
  static void keep(std::string& first, std::string text) {
    if (first.empty()) {
      first = std::move(text);
    }
  }

  void take(const ScenarioReport& scenario, const Finding& finding) {
    count(finding.verdict);
    if (weight(finding.verdict) == 0) {
      keep(first_silence_,
           fmt::format("{}: {}: {}", scenario.name, finding.check, finding.summary));
    }
    decide(scenario, finding, finding.verdict, finding.summary);
  }

  /// A scenario that did not go as it was meant to did not ask what it was to ask.
  void take_completion(const ScenarioReport& scenario, const Finding& finding) {
    const auto expected = scenario.expected.find(finding.check);
    const Verdict meant = expected == scenario.expected.end() ? Verdict::pass : expected->second;
    if (finding.verdict > Verdict::pass && finding.verdict != meant) {
      count(finding.verdict);
      decide(scenario, finding, finding.verdict, finding.summary);
    }
  }

  void count(Verdict verdict) {
    switch (verdict) {
      case Verdict::not_applicable:
      case Verdict::info:
        return;
      case Verdict::pass:
        ++line_.pass;
        return;
      case Verdict::inconclusive:
        ++line_.inconclusive;
        return;
      case Verdict::fail:
        ++line_.fail;
        return;
      case Verdict::error:
        ++line_.error;
        return;
    }
  }

  void decide(const ScenarioReport& scenario, const Finding& finding, Verdict verdict,
              const std::string& reason) {
    if (weight(verdict) <= weight_) {
      return;
    }
    weight_ = weight(verdict);
    line_.verdict = verdict;
    line_.scenario = scenario.name;
    line_.check = finding.check;
    line_.frames = finding.frames;
    line_.reason = reason;
  }

  SheetLine line_;
  int weight_ = 0;
  std::string first_skip_, first_silence_;
};

}  // namespace

std::string_view SheetLine::word() const {
  return skip_reason ? "skip" : to_string(verdict);
}

Verdict SheetLine::counts_as() const {
  if (skip_reason) {
    return Verdict::not_applicable;
  }
  if (!expected) {
    return verdict;
  }
  if (verdict == *expected) {
    return Verdict::pass;
  }
  return verdict == Verdict::pass ? Verdict::fail : verdict;
}

Sheet make_sheet(const ScenarioSuite& suite, const std::vector<ScenarioReport>& scenarios) {
  Sheet sheet{suite.name, suite.title, {}, suite.not_covered};
  for (const SheetItem& item : suite.sheet) {
    LineFold fold(item);
    for (const ScenarioReport& scenario : scenarios) {
      if (names_scenario(item.scenarios, scenario.name) &&
          !names_scenario(suite.without, scenario.name)) {
        fold.add(scenario);
      }
    }
    sheet.lines.push_back(fold.line());
    if (const auto known = suite.expected.find(item.id); known != suite.expected.end()) {
      sheet.lines.back().expected = known->second;
    }
  }
  return sheet;
}

nlohmann::ordered_json sheet_json(const Sheet& sheet) {
  using Json = nlohmann::ordered_json;
  Json lines = Json::array();
  for (const SheetLine& line : sheet.lines) {
    lines.push_back({{"id", line.item.id},
                     {"item", line.item.item},
                     {"asks", line.item.asks},
                     {"sources", line.item.sources},
                     {"scenarios", line.item.scenarios},
                     {"checks", line.item.checks},
                     {"outcome", line.word()},
                     {"reason", line.skip_reason.value_or(line.reason)},
                     {"scenario", line.scenario},
                     {"check", line.check},
                     {"frames", line.frames},
                     {"scenario_count", line.scenarios},
                     {"skipped", line.skipped},
                     {"findings",
                      {{"pass", line.pass},
                       {"fail", line.fail},
                       {"inconclusive", line.inconclusive},
                       {"error", line.error}}},
                     {"expected", line.expected ? Json(to_string(*line.expected)) : Json()}});
  }
  Json not_covered = Json::array();
  for (const NotCovered& entry : sheet.not_covered) {
    not_covered.push_back({{"item", entry.item}, {"why", entry.why}});
  }
  return {{"suite", sheet.suite},
          {"title", sheet.title},
          {"lines", std::move(lines)},
          {"not_covered", std::move(not_covered)}};
}

}  // namespace postassoc::report
