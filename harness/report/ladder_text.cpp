#include "harness/report/ladder_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace postassoc::report {
namespace {

constexpr std::size_t kTimeWidth = 10;
constexpr std::size_t kMargin = 2;

/// The characters a ladder is drawn with.
struct Pen {
  std::string_view post, rung, right, left, dot;
};

Pen pen_of(Charset charset) {
  if (charset == Charset::utf8) {
    return {"\xe2\x94\x82", "\xe2\x94\x80", "\xe2\x96\xb6", "\xe2\x97\x80", "\xe2\x97\x8f"};
  }
  return {"|", "-", ">", "<", "*"};
}

std::string repeated(std::string_view unit, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    out += unit;
  }
  return out;
}

/// Columns between the two posts: as wide as the longest text needs, as narrow as the style asks.
std::size_t air_width(const ScenarioReport& scenario, const ConsoleStyle& style) {
  std::size_t longest = 24;
  for (const LadderRow& row : scenario.ladder) {
    longest = std::max(longest, columns(printable(row.text, style.charset)));
  }
  const std::size_t taken = kMargin + 2 * kTimeWidth + 34;
  const std::size_t most = style.width > taken + 32 ? style.width - taken : 32;
  return std::min(longest + 10, most);
}

/// "|--- text ------->|" of one row.
std::string rung(const LadderRow& row, std::size_t width, const ConsoleStyle& style) {
  const Pen pen = pen_of(style.charset);
  const std::string text = shortened(printable(row.text, style.charset), width - 6, style.charset);
  const std::size_t rest = width - columns(text) - 6;
  switch (row.lane) {
    case Lane::to_access_point:
      return fmt::format("{}{} {} {}{}{}", pen.post, repeated(pen.rung, 3), text,
                         repeated(pen.rung, rest), pen.right, pen.post);
    case Lane::to_station:
      return fmt::format("{}{}{} {} {}{}", pen.post, pen.left, repeated(pen.rung, 2), text,
                         repeated(pen.rung, rest + 1), pen.post);
    case Lane::at_station:
      return fmt::format("{} {}{}", pen.dot, padded(text, width - 1), pen.post);
    case Lane::at_access_point:
      return fmt::format("{}{} {}", pen.post, padded_left(text, width - 1), pen.dot);
  }
  return {};
}

/// Whether the row is about something an engineer should look at first.
bool odd(const LadderRow& row) {
  return row.mic == MicState::invalid || row.acknowledged == false || row.transmissions > 1;
}

std::string remarks(const LadderRow& row) {
  std::string text;
  const auto add = [&text](const std::string& word) { text += (text.empty() ? "" : "  ") + word; };
  if (row.replay_counter) {
    add(fmt::format("rc {}", *row.replay_counter));
  }
  switch (row.mic) {
    case MicState::none:
      break;
    case MicState::valid:
      add("MIC ok");
      break;
    case MicState::invalid:
      add("MIC WRONG");
      break;
    case MicState::unknown:
      add("MIC ?");
      break;
  }
  if (row.protected_frame) {
    add("protected");
  }
  if (row.transmissions > 1) {
    add(fmt::format("sent {} times", row.transmissions));
  }
  if (row.acknowledged == false) {
    add("no ACK");
  }
  return text;
}

std::string where(const LadderRow& row) {
  if (row.frame) {
    return fmt::format("#{}", *row.frame);
  }
  return row.event ? fmt::format("line {}", *row.event) : "";
}

std::string time_text(std::chrono::nanoseconds time, bool with_sign) {
  return with_sign ? fmt::format("{:+.3f}", to_ms(time)) : fmt::format("{:.3f}", to_ms(time));
}

std::string row_text(const LadderRow& row, std::size_t width, const ConsoleStyle& style) {
  const std::string times = padded_left(time_text(row.since, false), kTimeWidth) +
                            padded_left(row.delta ? time_text(*row.delta, true) : "", kTimeWidth);
  std::string line = std::string(kMargin, ' ') + paint(times, Ink::dim, style) + "  ";
  const bool kernel = row.lane == Lane::at_station || row.lane == Lane::at_access_point;
  line += paint(rung(row, width, style), kernel ? Ink::cyan : Ink::plain, style);
  const std::string note = remarks(row);
  const std::string place = "  " + where(row);
  if (note.empty()) {
    return line + place + "\n";
  }
  const Ink ink = row.mic == MicState::invalid ? Ink::red : odd(row) ? Ink::yellow : Ink::dim;
  return line + padded(place, 9) + "  " + paint(note, ink, style) + "\n";
}

std::string heading(std::size_t width, const ConsoleStyle& style) {
  const std::string_view delta = style.charset == Charset::utf8 ? "\xce\x94 ms" : "delta ms";
  const std::size_t gap = width + 2 - 7 - 12;
  const std::string line = std::string(kMargin, ' ') + padded_left("ms", kTimeWidth) +
                           padded_left(delta, kTimeWidth) + "  station" +
                           repeated(" ", gap / 2 - 1) + "air" + repeated(" ", gap - gap / 2 - 2) +
                           "access point  frame";
  return paint(line, Ink::bold, style) + "\n";
}

}  // namespace

std::string render_ladder(const ScenarioReport& scenario, const ConsoleStyle& style) {
  std::string out;
  const std::size_t width = air_width(scenario, style);
  std::size_t association = 0;
  for (const LadderRow& row : scenario.ladder) {
    if (row.association != association) {
      out += association == 0 ? "" : "\n";
      association = row.association;
      const bool several = scenario.ladder.back().association > 1;
      out += several ? fmt::format("  association {}\n", association) : "";
      out += heading(width, style);
    }
    out += row_text(row, width, style);
  }
  return out;
}

}  // namespace postassoc::report
