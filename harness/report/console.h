#pragma once

#include <string>

#include "harness/report/model.h"
#include "harness/report/style.h"

/// The report an engineer reads first. Every text in it has gone through `printable`.
namespace postassoc::report {

/// One scenario in full: verdict, findings (worst first, those that passed a line each), ladder,
/// where the evidence lies and what to do next.
std::string render_scenario(const ScenarioReport& scenario, const ConsoleStyle& style);
/// One line, for while a run of several goes on: "[ 3/12]  pass  wpa2-psk/connect  412.000 ms".
std::string render_scenario_line(const ScenarioReport& scenario, std::size_t number, std::size_t of,
                                 const ConsoleStyle& style);
/// A table of all scenarios, the totals, the verdict.
std::string render_summary(const RunReport& run, const ConsoleStyle& style);
/// A run that is over: one scenario in full; of several those that did not pass (all with
/// `verbose`), then the summary.
std::string render_run(const RunReport& run, const ConsoleStyle& style);

}  // namespace postassoc::report
