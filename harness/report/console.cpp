#include "harness/report/console.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "harness/report/grid_text.h"
#include "harness/report/ladder_text.h"

namespace postassoc::report {
namespace {

constexpr std::size_t kVerdictWidth = 14;  // "inconclusive" and two blanks

std::string upper(std::string_view word) {
  std::string out(word);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c == '_' ? ' ' : c >= 'a' && c <= 'z' ? c - 32 : c;
  });
  return out;
}

std::string word_of(Verdict verdict) {
  return verdict == Verdict::not_applicable ? "n/a" : std::string(to_string(verdict));
}

Ink outcome_ink(const ScenarioReport& scenario) {
  return scenario.skip_reason ? Ink::blue : ink_of(scenario.verdict);
}

/// A word as the shell takes it: quoted where it holds more than the usual characters of a path.
std::string shell_word(const std::string& word, const ConsoleStyle& style) {
  std::string safe = printable(word, style.charset);
  const bool plain = std::all_of(safe.begin(), safe.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("/._-+,:@%=").find(static_cast<char>(c)) != std::string_view::npos;
  });
  if (plain) {
    return safe;
  }
  std::string quoted = "'";
  for (const char c : safe) {
    quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return quoted + "'";
}

std::string section(std::string_view title, const ConsoleStyle& style) {
  return "\n" + paint(title, Ink::bold, style) + "\n";
}

/// "label   text", wrapped, indented; nothing for an empty text.
std::string field(std::string_view label, std::string_view text, std::size_t indent,
                  const ConsoleStyle& style) {
  constexpr std::size_t kLabelWidth = 11;
  if (text.empty()) {
    return {};
  }
  std::string out;
  const std::size_t left = indent + kLabelWidth;
  std::string_view head = label;
  for (const std::string& line : wrapped(printable(text, style.charset), style.width - left)) {
    out += std::string(indent, ' ') + paint(padded(head, kLabelWidth - 1), Ink::dim, style) + " " +
           line + "\n";
    head = "";
  }
  return out;
}

template <class Numbers>
std::string number_list(const Numbers& numbers, std::string_view one, std::string_view many) {
  if (numbers.empty()) {
    return {};
  }
  constexpr std::size_t kMost = 12;
  std::string text(numbers.size() == 1 ? one : many);
  for (std::size_t i = 0; i < std::min(numbers.size(), kMost); ++i) {
    text += fmt::format("{}{}", i == 0 ? " " : ", ", numbers[i]);
  }
  return numbers.size() > kMost ? fmt::format("{} and {} more", text, numbers.size() - kMost)
                                : text;
}

/// Where to look: time on the run's clock from its start, frames, timeline lines.
std::string place_of(const Finding& finding, Timestamp start) {
  std::string text;
  const auto add = [&text](const std::string& part) {
    text += part.empty() ? "" : (text.empty() ? "" : "; ") + part;
  };
  if (finding.when) {
    add(fmt::format("{} ms into the record", to_ms_text(*finding.when - start)));
  }
  add(number_list(finding.frames, "frame", "frames"));
  add(number_list(finding.events, "timeline line", "timeline lines"));
  return text;
}

std::string finding_in_full(const Finding& finding, const ScenarioReport& scenario,
                            const ConsoleStyle& style) {
  constexpr std::size_t kIndent = 2 + kVerdictWidth;
  std::string out =
      "  " +
      paint(padded(word_of(finding.verdict), kVerdictWidth), ink_of(finding.verdict), style) +
      paint(printable(finding.check, style.charset), Ink::bold, style) + "\n";
  const bool said_above = scenario.summary == finding.check + ": " + finding.summary;
  const std::string summary = said_above ? "" : printable(finding.summary, style.charset);
  for (const std::string& line : wrapped(summary, style.width - kIndent)) {
    out += line.empty() ? "" : std::string(kIndent, ' ') + line + "\n";
  }
  out += field("expected", finding.expected, kIndent, style);
  out += field("actual", finding.actual, kIndent, style);
  out += field("tolerance", finding.tolerance, kIndent, style);
  for (const Measurement& measurement : finding.measurements) {
    out += field(printable(measurement.name, style.charset),
                 measurement_text(measurement, style.charset), kIndent, style);
  }
  out += field("where", place_of(finding, scenario.start), kIndent, style);
  out += field("scenario", finding.pointer, kIndent, style);
  return out;
}

/// The figure that was judged: the first with a limit, else the first.
const Measurement& judged_measurement(const Finding& finding) {
  const auto limited = std::find_if(finding.measurements.begin(), finding.measurements.end(),
                                    [](const Measurement& m) { return m.limit.has_value(); });
  return limited == finding.measurements.end() ? finding.measurements.front() : *limited;
}

/// What a finding that passed says in the room of a line: its figure, or else its sentence.
std::string gist_of(const Finding& finding, const ConsoleStyle& style) {
  if (finding.measurements.empty()) {
    return printable(finding.summary, style.charset);
  }
  const Measurement& measurement = judged_measurement(finding);
  const std::string text = measurement_text(measurement, style.charset);
  const bool id_says_it = finding.check.ends_with("." + measurement.name);
  return id_says_it ? text : printable(measurement.name, style.charset) + " " + text;
}

std::string finding_in_a_line(const Finding& finding, std::size_t id_width,
                              const ConsoleStyle& style) {
  const std::size_t left = 2 + kVerdictWidth + id_width;
  const std::size_t room = style.width > left + 10 ? style.width - left : 10;
  const std::string id = printable(finding.check, style.charset);
  return "  " +
         paint(padded(word_of(finding.verdict), kVerdictWidth), ink_of(finding.verdict), style) +
         padded(id, id_width) +
         paint(shortened(gist_of(finding, style), room, style.charset), Ink::dim, style) + "\n";
}

std::vector<const Finding*> worst_first(const ScenarioReport& scenario) {
  std::vector<const Finding*> findings;
  for (const Finding& finding : scenario.findings) {
    findings.push_back(&finding);
  }
  std::stable_sort(findings.begin(), findings.end(),
                   [](const Finding* a, const Finding* b) { return b->verdict < a->verdict; });
  return findings;
}

/// "1 fail, 2 inconclusive, 18 pass".
std::string tally(const ScenarioReport& scenario) {
  constexpr std::array kOrder = {Verdict::error, Verdict::fail, Verdict::inconclusive,
                                 Verdict::pass,  Verdict::info, Verdict::not_applicable};
  std::string text;
  for (const Verdict verdict : kOrder) {
    const auto count =
        std::count_if(scenario.findings.begin(), scenario.findings.end(),
                      [verdict](const Finding& finding) { return finding.verdict == verdict; });
    if (count > 0) {
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, word_of(verdict));
    }
  }
  return text;
}

/// Checks that are inconclusive for one and the same reason: the reason once, then their names.
std::string findings_alike(const std::vector<const Finding*>& alike, const ConsoleStyle& style) {
  constexpr std::size_t kIndent = 2 + kVerdictWidth;
  const Finding& first = *alike.front();
  std::string out =
      "  " + paint(padded(word_of(first.verdict), kVerdictWidth), ink_of(first.verdict), style) +
      paint(fmt::format("{} checks, for one reason", alike.size()), Ink::bold, style) + "\n";
  std::string names;
  for (const Finding* finding : alike) {
    names += (names.empty() ? "" : ", ") + finding->check;
  }
  return out + field("reason", first.summary, kIndent, style) +
         field("checks", names, kIndent, style);
}

std::vector<const Finding*> alike(const Finding& finding,
                                  const std::vector<const Finding*>& findings) {
  std::vector<const Finding*> found;
  std::copy_if(findings.begin(), findings.end(), std::back_inserter(found),
               [&](const Finding* other) {
                 return other->verdict == Verdict::inconclusive &&
                        other->verdict == finding.verdict && other->summary == finding.summary;
               });
  return found;
}

std::string render_findings(const ScenarioReport& scenario, const ConsoleStyle& style) {
  if (scenario.findings.empty()) {
    return {};
  }
  std::string out = section("Findings", style);
  out.pop_back();
  out += ": " + tally(scenario) + "\n";
  const auto findings = worst_first(scenario);
  std::size_t id_width = 0;
  for (const Finding* finding : findings) {
    id_width = std::max(id_width, columns(printable(finding->check, style.charset)) + 2);
  }
  // Beside a failure or an error what could not be judged is of less interest.
  const bool heavier = findings.front()->verdict > Verdict::inconclusive;
  const Verdict least_in_full = heavier ? Verdict::fail : Verdict::inconclusive;
  bool full_before = false;
  for (const Finding* finding : findings) {
    const auto group = style.verbose ? std::vector<const Finding*>() : alike(*finding, findings);
    if (group.size() > 1 && group.front() != finding) {
      continue;
    }
    const bool full = style.verbose || finding->verdict >= least_in_full || group.size() > 1;
    out += full_before ? "\n" : "";
    out += group.size() > 1 ? findings_alike(group, style)
           : full           ? finding_in_full(*finding, scenario, style)
                            : finding_in_a_line(*finding, id_width, style);
    full_before = full;
  }
  return out;
}

std::string microseconds_text(std::chrono::nanoseconds duration) {
  return fmt::format("{:.1f} us", static_cast<double>(duration.count()) / 1000.0);
}

std::string render_handshake(const ScenarioReport& scenario, const ConsoleStyle& style) {
  if (scenario.ladder.empty()) {
    return {};
  }
  std::string out = section("Association and 4-way handshake", style);
  std::string about = fmt::format("station {}, access point {}", scenario.station, scenario.bssid);
  if (scenario.clock_uncertainty.count() > 0) {
    about += fmt::format("; kernel rows {} {} against the air",
                         style.charset == Charset::utf8 ? "\xc2\xb1" : "+-",
                         microseconds_text(scenario.clock_uncertainty));
  }
  out += "  " + paint(printable(about, style.charset), Ink::dim, style) + "\n";
  return out + render_ladder(scenario, style);
}

std::string first_to_explain(const ScenarioReport& scenario) {
  const auto findings = worst_first(scenario);
  const bool any = !findings.empty() && findings.front()->verdict >= Verdict::inconclusive;
  return any ? findings.front()->check : std::string();
}

std::string render_next_steps(const ScenarioReport& scenario, const ConsoleStyle& style) {
  std::string out;
  const auto line = [&](std::string_view label, const std::string& text) {
    out += "  " + paint(padded(label, kVerdictWidth), Ink::dim, style) + text + "\n";
  };
  if (!scenario.directory.empty()) {
    out += section("Evidence", style);
    line("folder", printable(scenario.directory.string(), style.charset));
    const auto air = scenario.directory / evidence_file::kAir;
    if (!scenario.display_filter.empty()) {
      line("Wireshark",
           fmt::format("wireshark -Y '{}' {}", printable(scenario.display_filter, style.charset),
                       shell_word(air.string(), style)));
    }
    line("judge again", "postassoc check " + shell_word(scenario.directory.string(), style));
  }
  if (const std::string check = first_to_explain(scenario); !check.empty()) {
    line("the rule", "postassoc explain " + shell_word(check, style));
  }
  return out;
}

std::string render_headline(const ScenarioReport& scenario, const ConsoleStyle& style) {
  std::string out = paint(upper(outcome_word(scenario)), outcome_ink(scenario), style) + "  " +
                    paint(printable(scenario.name, style.charset), Ink::bold, style);
  if (!scenario.rig.empty()) {
    out += "  on rig " + printable(scenario.rig, style.charset);
  }
  if (scenario.duration.count() > 0) {
    out += ", recorded in " + duration_text(scenario.duration);
  }
  return out + "\n";
}

std::string paragraph(const std::string& text, Ink ink, const ConsoleStyle& style) {
  std::string out;
  for (const std::string& line : wrapped(printable(text, style.charset), style.width - 2)) {
    out += line.empty() ? "" : "  " + paint(line, ink, style) + "\n";
  }
  return out;
}

std::string render_totals(const Totals& totals) {
  std::string text = fmt::format("{} scenario{}: ", totals.all(), totals.all() == 1 ? "" : "s");
  auto add = [&text, first = true](std::size_t count, std::string_view word) mutable {
    if (count > 0) {
      text += fmt::format("{}{} {}", first ? "" : ", ", count, word);
      first = false;
    }
  };
  add(totals.error, "error");
  add(totals.fail, "fail");
  add(totals.inconclusive, "inconclusive");
  add(totals.pass, "pass");
  add(totals.skip, "skip");
  return text;
}

}  // namespace

std::string render_scenario(const ScenarioReport& scenario, const ConsoleStyle& style) {
  std::string out = render_headline(scenario, style);
  out += paragraph(scenario.purpose, Ink::dim, style);
  out += scenario.summary.empty() ? "" : "\n" + paragraph(scenario.summary, Ink::plain, style);
  for (const std::string& part : scenario.missing) {
    out += paragraph("missing: " + part, Ink::yellow, style);
  }
  out += render_findings(scenario, style);
  out += render_grids(scenario, style);
  out += render_handshake(scenario, style);
  return out + render_next_steps(scenario, style);
}

std::string render_scenario_line(const ScenarioReport& scenario, std::size_t number, std::size_t of,
                                 const ConsoleStyle& style) {
  const std::size_t digits = fmt::format("{}", of).size();
  std::string out = fmt::format("[{:>{}}/{}]  ", number, digits, of);
  out += paint(padded(outcome_word(scenario), kVerdictWidth), outcome_ink(scenario), style);
  out += printable(scenario.name, style.charset);
  out += scenario.duration.count() > 0 ? "  " + duration_text(scenario.duration) : "";
  if (!passed(scenario) && !scenario.summary.empty()) {
    out += "  " + printable(scenario.summary, style.charset);
  }
  return out + "\n";
}

std::string render_summary(const RunReport& run, const ConsoleStyle& style) {
  std::size_t name_width = 0;
  for (const ScenarioReport& scenario : run.scenarios) {
    name_width = std::max(name_width, columns(printable(scenario.name, style.charset)) + 2);
  }
  std::string out = section("Summary", style);
  for (const ScenarioReport& scenario : run.scenarios) {
    out +=
        "  " + paint(padded(outcome_word(scenario), kVerdictWidth), outcome_ink(scenario), style);
    out += padded(printable(scenario.name, style.charset), name_width);
    const std::size_t left = 2 + kVerdictWidth + name_width;
    const std::size_t room = style.width > left + 20 ? style.width - left : 20;
    const std::string note = passed(scenario) ? tally(scenario) : scenario.summary;
    out += paint(shortened(printable(note, style.charset), room, style.charset), Ink::dim, style);
    out += "\n";
  }
  const Totals totals = run.totals();
  out += "\n" + paint(render_totals(totals), Ink::bold, style);
  if (!run.rig.empty()) {
    out += "  on rig " + printable(run.rig, style.charset);
  }
  if (!run.directory.empty()) {
    out += "  evidence in " + printable(run.directory.string(), style.charset);
  }
  return out + "\n";
}

std::string render_run(const RunReport& run, const ConsoleStyle& style) {
  if (run.scenarios.size() == 1) {
    return render_scenario(run.scenarios.front(), style);
  }
  std::string out;
  for (const ScenarioReport& scenario : run.scenarios) {
    if (style.verbose || (!passed(scenario) && !scenario.skip_reason)) {
      out += (out.empty() ? "" : "\n\n") + render_scenario(scenario, style);
    }
  }
  out += render_summary(run, style);
  return run.sheet ? out + "\n" + render_sheet(*run.sheet, style) : out;
}

}  // namespace postassoc::report
