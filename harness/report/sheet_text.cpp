#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "harness/report/sheet.h"

namespace postassoc::report {
namespace {

constexpr std::size_t kIndent = 2 + 14;  ///< margin, and the longest verdict with two blanks

std::string paragraph(const std::string& text, std::size_t indent, Ink ink,
                      const ConsoleStyle& style) {
  std::string out;
  for (const std::string& line : wrapped(printable(text, style.charset), style.width - indent)) {
    out += line.empty() ? "" : std::string(indent, ' ') + paint(line, ink, style) + "\n";
  }
  return out;
}

std::string joined(const std::vector<std::string>& words, const char* separator) {
  return fmt::format("{}", fmt::join(words, separator));
}

Ink ink_of_line(const SheetLine& line) {
  return line.skip_reason ? Ink::yellow : ink_of(line.verdict);
}

std::string plural(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

/// "7 findings in 3 scenarios: 1 fail, 6 pass; 1 scenario skipped".
std::string tally(const SheetLine& line) {
  std::string text = fmt::format(
      "{} in {}", plural(line.pass + line.fail + line.inconclusive + line.error, "finding"),
      plural(line.scenarios - line.skipped, "scenario"));
  bool first = true;
  for (const auto& [count, word] :
       {std::pair(line.fail, "fail"), std::pair(line.error, "error"),
        std::pair(line.inconclusive, "inconclusive"), std::pair(line.pass, "pass")}) {
    if (count > 0) {
      text += fmt::format("{}{} {}", first ? ": " : ", ", count, word);
      first = false;
    }
  }
  return line.skipped == 0 ? text
                           : fmt::format("{}; {} skipped", text, plural(line.skipped, "scenario"));
}

std::string evidence_of(const SheetLine& line) {
  std::string text;
  const auto add = [&text](std::string_view part) {
    if (!part.empty()) {
      text += (text.empty() ? "" : ": ") + std::string(part);
    }
  };
  add(line.scenario);
  add(line.check);
  add(line.reason);
  if (!line.frames.empty()) {
    constexpr std::size_t kMost = 6;
    const std::size_t shown = std::min(kMost, line.frames.size());
    text += fmt::format(" (frame{} {}{})", line.frames.size() == 1 ? "" : "s",
                        fmt::join(line.frames.begin(),
                                  line.frames.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
                        shown < line.frames.size() ? ", ..." : "");
  }
  return text;
}

std::string known_text(const SheetLine& line) {
  if (!line.expected) {
    return {};
  }
  return line.verdict == *line.expected && !line.skip_reason
             ? "known of this device: the suite expects it"
             : fmt::format("the suite expects {} of this device", to_string(*line.expected));
}

std::string render_line(const SheetLine& line, const ConsoleStyle& style) {
  std::string title = paragraph(line.item.item, kIndent, Ink::bold, style);
  title.replace(0, kIndent,
                "  " + paint(padded(line.word(), kIndent - 2), ink_of_line(line), style));
  std::string out = title + paragraph(joined(line.item.sources, "; "), kIndent, Ink::dim, style);
  if (style.verbose) {
    out += paragraph(line.item.asks, kIndent, Ink::plain, style);
    out += paragraph("scenarios: " + joined(line.item.scenarios, ", "), kIndent, Ink::dim, style);
    out += paragraph("checks: " + joined(line.item.checks, ", "), kIndent, Ink::dim, style);
  }
  if (line.skip_reason) {
    out += paragraph(*line.skip_reason, kIndent, Ink::plain, style);
  } else {
    out += line.verdict == Verdict::pass ? ""
                                         : paragraph(evidence_of(line), kIndent, Ink::plain, style);
    out += paragraph(tally(line), kIndent, Ink::dim, style);
  }
  return out + paragraph(known_text(line), kIndent, Ink::yellow, style);
}

/// "14 lines: 2 fail, 11 pass, 1 skip".
std::string totals_of(const Sheet& sheet) {
  std::string text = plural(sheet.lines.size(), "line");
  bool first = true;
  for (const std::string_view word : {"fail", "error", "inconclusive", "pass", "skip"}) {
    const auto count = std::count_if(sheet.lines.begin(), sheet.lines.end(),
                                     [word](const SheetLine& line) { return line.word() == word; });
    if (count > 0) {
      text += fmt::format("{}{} {}", first ? ": " : ", ", count, word);
      first = false;
    }
  }
  return text;
}

}  // namespace

std::string render_sheet(const Sheet& sheet, const ConsoleStyle& style) {
  std::string out = paragraph("Sheet of the suite " + sheet.suite, 0, Ink::bold, style);
  out += paragraph(sheet.title, 2, Ink::dim, style) + "\n";
  for (const SheetLine& line : sheet.lines) {
    out += render_line(line, style);
  }
  if (!sheet.not_covered.empty()) {
    out += "\n" + paragraph("Not covered", 0, Ink::bold, style);
    for (const NotCovered& entry : sheet.not_covered) {
      out += paragraph(entry.item + ": " + entry.why, 2, Ink::plain, style);
    }
  }
  return out + "\n" + paragraph(totals_of(sheet), 0, Ink::bold, style);
}

}  // namespace postassoc::report
