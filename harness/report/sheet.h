#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "harness/report/style.h"
#include "harness/suite.h"
#include "harness/verdict.h"

/// The sheet of a suite: each of its questions with its verdict, or why it has none.
namespace postassoc::report {

struct ScenarioReport;

/// One line: what the findings of its scenarios say of its question. The worst finding decides,
/// whatever a scenario expects of the device: a known weakness is a weakness. A finding of the
/// device outweighs trouble of the lab; `run.completed` counts where it did not go as planned.
struct SheetLine {
  SheetItem item;
  Verdict verdict = Verdict::inconclusive;
  std::optional<std::string> skip_reason;  ///< set: nothing was run that could say it
  std::string reason;                      ///< why it isn't a pass; empty when it is
  std::string scenario, check;             ///< of the finding that decided; may be empty
  std::vector<std::uint64_t> frames;       ///< in that scenario's air.pcap
  std::size_t scenarios = 0;               ///< those of its patterns that were in the run
  std::size_t skipped = 0;                 ///< of those
  std::size_t pass = 0, fail = 0, inconclusive = 0, error = 0;  ///< findings
  std::optional<Verdict> expected;  ///< what the suite knows of this device

  /// "pass", "fail", "inconclusive", "error" or "skip".
  std::string_view word() const;
  /// What it counts as: as expected is a pass, a pass that was not expected a fail.
  Verdict counts_as() const;
};

struct Sheet {
  std::string suite, title;
  std::vector<SheetLine> lines;
  std::vector<NotCovered> not_covered;
};

/// Pure: the same findings give the same sheet.
Sheet make_sheet(const ScenarioSuite& suite, const std::vector<ScenarioReport>& scenarios);

/// The whole sheet; with `verbose` each line's question, scenarios and checks as well.
std::string render_sheet(const Sheet& sheet, const ConsoleStyle& style);

/// {"suite":..,"title":..,"lines":[{"id":..,"item":..,"asks":..,"sources":[..],"scenarios":[..],
/// "checks":[..],"outcome":..,"reason":..,"scenario":..,"check":..,"frames":[..],
/// "scenario_count":..,"skipped":..,"findings":{"pass":..,..},"expected":..|null}],
/// "not_covered":[{"item":..,"why":..}]}
nlohmann::ordered_json sheet_json(const Sheet& sheet);

}  // namespace postassoc::report
