#include "harness/report/junit.h"

#include <fmt/format.h>

#include <algorithm>
#include <pugixml.hpp>
#include <sstream>

#include "harness/report/escape.h"
#include "harness/report/style.h"

namespace postassoc::report {
namespace {

using pugi::xml_node;

void set(xml_node node, const char* name, std::string_view value) {
  node.append_attribute(name).set_value(xml_text(value).c_str());
}

void add_property(xml_node properties, const std::string& name, std::string_view value) {
  if (value.empty()) {
    return;
  }
  xml_node property = properties.append_child("property");
  set(property, "name", name);
  set(property, "value", value);
}

std::string seconds(std::chrono::nanoseconds duration) {
  return fmt::format("{:.6f}", std::chrono::duration<double>(duration).count());
}

std::string milliseconds(std::chrono::nanoseconds duration) {
  return fmt::format("{:.6f}", to_ms(duration));
}

/// What was recorded of kernel, hostapd and so on: every plain value, nested ones by path.
void add_environment(xml_node properties, const nlohmann::json& environment) {
  if (!environment.is_object() || environment.empty()) {
    return;
  }
  const nlohmann::json flat = environment.flatten();
  for (const auto& [path, value] : flat.items()) {
    std::string name = "environment" + path;
    std::replace(name.begin(), name.end(), '/', '.');
    if (value.is_primitive() && !value.is_null()) {
      add_property(properties, name, value.is_string() ? value.get<std::string>() : value.dump());
    }
  }
}

void add_measurements(xml_node properties, const Finding& finding) {
  for (const Measurement& measurement : finding.measurements) {
    const std::string name = finding.check + "/" + measurement.name;
    add_property(properties, name + ".value_ms", milliseconds(measurement.value));
    add_property(properties, name + ".uncertainty_ms", milliseconds(measurement.uncertainty));
    if (measurement.limit) {
      add_property(properties, name + ".limit_ms", milliseconds(*measurement.limit));
    }
  }
}

void add_line(std::string& text, std::string_view label, std::string_view value) {
  if (!value.empty()) {
    text += fmt::format("  {}: {}\n", label, value);
  }
}

/// The findings that did not pass, as text.
std::string details_of(const ScenarioReport& scenario) {
  std::string text;
  for (const Finding& finding : scenario.findings) {
    if (finding.verdict < Verdict::inconclusive) {
      continue;
    }
    text += fmt::format("{}: {}\n  {}\n", finding.check, to_string(finding.verdict),
                        printable(finding.summary));
    add_line(text, "expected", printable(finding.expected));
    add_line(text, "actual", printable(finding.actual));
    add_line(text, "tolerance", printable(finding.tolerance));
    add_line(text, "frames", fmt::format("{}", fmt::join(finding.frames, ", ")));
    add_line(text, "timeline lines", fmt::format("{}", fmt::join(finding.events, ", ")));
    add_line(text, "scenario", finding.pointer);
  }
  add_line(text, "evidence", printable(scenario.directory.string()));
  return text;
}

/// The check that decided: the first finding of the scenario's verdict.
std::string deciding_check(const ScenarioReport& scenario) {
  for (const Finding& finding : scenario.findings) {
    if (finding.verdict == scenario.verdict) {
      return finding.check;
    }
  }
  return std::string(to_string(scenario.verdict));
}

void add_problem(xml_node testcase, const char* element, const std::string& type,
                 const ScenarioReport& scenario) {
  xml_node problem = testcase.append_child(element);
  set(problem, "type", type);
  set(problem, "message", printable(scenario.summary));
  problem.text().set(xml_text(details_of(scenario)).c_str());
}

void add_outcome(xml_node testcase, const ScenarioReport& scenario) {
  if (scenario.skip_reason) {
    set(testcase.append_child("skipped"), "message", printable(*scenario.skip_reason));
    return;
  }
  switch (scenario.verdict) {
    case Verdict::not_applicable:
    case Verdict::info:
    case Verdict::pass:
      return;
    case Verdict::fail:
      return add_problem(testcase, "failure", deciding_check(scenario), scenario);
    case Verdict::inconclusive:
    case Verdict::error:
      return add_problem(testcase, "error", std::string(to_string(scenario.verdict)), scenario);
  }
}

void add_testcase(xml_node suite, const ScenarioReport& scenario) {
  // A matrix value in brackets may hold a slash: only what is before it is a folder.
  const std::size_t slash = scenario.name.rfind('/', scenario.name.find('['));
  const bool in_folder = slash != std::string::npos;
  std::string folder = in_folder ? scenario.name.substr(0, slash) : "postassoc";
  std::replace(folder.begin(), folder.end(), '/', '.');
  xml_node testcase = suite.append_child("testcase");
  set(testcase, "classname", printable(folder));
  set(testcase, "name", printable(in_folder ? scenario.name.substr(slash + 1) : scenario.name));
  set(testcase, "time", seconds(scenario.duration));
  xml_node properties = testcase.append_child("properties");
  add_property(properties, "rig", scenario.rig);
  add_property(properties, "started", scenario.started);
  add_property(properties, "evidence", printable(scenario.directory.string()));
  add_environment(properties, scenario.environment);
  for (const Finding& finding : scenario.findings) {
    add_property(properties, finding.check, to_string(finding.verdict));
    add_measurements(properties, finding);
  }
  add_outcome(testcase, scenario);
}

void set_counts(xml_node node, const Totals& totals, std::chrono::nanoseconds duration) {
  set(node, "tests", std::to_string(totals.all()));
  set(node, "failures", std::to_string(totals.fail));
  set(node, "errors", std::to_string(totals.error + totals.inconclusive));
  set(node, "skipped", std::to_string(totals.skip));
  set(node, "time", seconds(duration));
}

/// What a line counts as: as the suite expects it, it is no failure.
void add_line(xml_node suite, const SheetLine& line) {
  xml_node testcase = suite.append_child("testcase");
  set(testcase, "classname", "sheet");
  set(testcase, "name", printable(line.item.id + ": " + line.item.item));
  xml_node properties = testcase.append_child("properties");
  add_property(properties, "outcome", line.word());
  add_property(properties, "sources",
               printable(fmt::format("{}", fmt::join(line.item.sources, "; "))));
  if (line.skip_reason) {
    set(testcase.append_child("skipped"), "message", printable(*line.skip_reason));
    return;
  }
  const Verdict counted = line.counts_as();
  if (counted < Verdict::inconclusive) {
    return;
  }
  xml_node problem = testcase.append_child(counted == Verdict::fail ? "failure" : "error");
  set(problem, "type", counted == Verdict::fail ? line.check : to_string(counted));
  set(problem, "message",
      printable(line.verdict == Verdict::pass ? "passes, which the suite does not expect"
                                              : line.scenario + ": " + line.reason));
}

Totals totals_of(const Sheet& sheet) {
  Totals totals;
  for (const SheetLine& line : sheet.lines) {
    const Verdict counted = line.counts_as();
    ++(line.skip_reason                   ? totals.skip
       : counted == Verdict::fail         ? totals.fail
       : counted == Verdict::error        ? totals.error
       : counted == Verdict::inconclusive ? totals.inconclusive
                                          : totals.pass);
  }
  return totals;
}

Totals sum(Totals a, const Totals& b) {
  a.pass += b.pass;
  a.fail += b.fail;
  a.inconclusive += b.inconclusive;
  a.error += b.error;
  a.skip += b.skip;
  return a;
}

}  // namespace

std::string junit_xml(const RunReport& run) {
  pugi::xml_document document;
  xml_node declaration = document.append_child(pugi::node_declaration);
  set(declaration, "version", "1.0");
  set(declaration, "encoding", "UTF-8");
  xml_node suites = document.append_child("testsuites");
  const Totals of_sheet = run.sheet ? totals_of(*run.sheet) : Totals();
  set_counts(suites, sum(run.totals(), of_sheet), run.duration);
  xml_node suite = suites.append_child("testsuite");
  set(suite, "name", "postassoc");
  set_counts(suite, run.totals(), run.duration);
  if (!run.started.empty()) {
    set(suite, "timestamp", run.started);
  }
  xml_node properties = suite.append_child("properties");
  add_property(properties, "harness_version", run.harness_version);
  add_property(properties, "rig", run.rig);
  add_property(properties, "evidence", printable(run.directory.string()));
  for (const ScenarioReport& scenario : run.scenarios) {
    add_testcase(suite, scenario);
  }
  if (run.sheet) {
    xml_node sheet = suites.append_child("testsuite");
    set(sheet, "name", printable("sheet of the suite " + run.sheet->suite));
    set_counts(sheet, of_sheet, {});
    for (const SheetLine& line : run.sheet->lines) {
      add_line(sheet, line);
    }
  }
  std::ostringstream out;
  document.save(out, "  ");
  return out.str();
}

}  // namespace postassoc::report
