#include "harness/report/style.h"

#include <fmt/format.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace postassoc::report {
namespace {

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

/// POSIX: LC_ALL over LC_CTYPE over LANG; an empty one counts as not set.
bool locale_is_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string value(environment(name));
    if (!value.empty()) {
      return ::strcasestr(value.c_str(), "utf-8") != nullptr ||
             ::strcasestr(value.c_str(), "utf8") != nullptr;
    }
  }
  return false;
}

std::size_t terminal_width(int descriptor) {
  constexpr std::size_t kNarrowest = 60;
  constexpr std::size_t kWidest = 160;
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) {
    return 100;
  }
  return std::clamp<std::size_t>(size.ws_col, kNarrowest, kWidest);
}

bool wants_color(int descriptor, ColorWhen color) {
  switch (color) {
    case ColorWhen::always:
      return true;
    case ColorWhen::never:
      return false;
    case ColorWhen::automatic:
      break;
  }
  return ::isatty(descriptor) == 1 && environment("NO_COLOR").empty() &&
         environment("TERM") != "dumb";
}

/// Octets of the first `count` code points.
std::size_t octets_of(std::string_view text, std::size_t count) {
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    const bool begins = (static_cast<unsigned char>(text[at]) & 0xc0U) != 0x80U;
    if (begins && count-- == 0) {
      break;
    }
  }
  return at;
}

std::string_view sgr(Ink ink) {
  switch (ink) {
    case Ink::plain:
      return "";
    case Ink::bold:
      return "1";
    case Ink::dim:
      return "2";
    case Ink::red:
      return "1;31";
    case Ink::green:
      return "32";
    case Ink::yellow:
      return "33";
    case Ink::magenta:
      return "1;35";
    case Ink::cyan:
      return "36";
    case Ink::blue:
      return "34";
  }
  return "";
}

}  // namespace

ConsoleStyle console_style(int descriptor, ColorWhen color) {
  ConsoleStyle style;
  style.color = wants_color(descriptor, color);
  style.charset = locale_is_utf8() ? Charset::utf8 : Charset::ascii;
  style.width = terminal_width(descriptor);
  return style;
}

Ink ink_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::not_applicable:
    case Verdict::info:
      return Ink::dim;
    case Verdict::pass:
      return Ink::green;
    case Verdict::inconclusive:
      return Ink::yellow;
    case Verdict::fail:
      return Ink::red;
    case Verdict::error:
      return Ink::magenta;
  }
  return Ink::plain;
}

std::string paint(std::string_view text, Ink ink, const ConsoleStyle& style) {
  if (!style.color || ink == Ink::plain || text.empty()) {
    return std::string(text);
  }
  return fmt::format("\x1b[{}m{}\x1b[0m", sgr(ink), text);
}

std::string padded(std::string_view text, std::size_t width) {
  const std::size_t taken = columns(text);
  return std::string(text) + std::string(taken < width ? width - taken : 0, ' ');
}

std::string padded_left(std::string_view text, std::size_t width) {
  const std::size_t taken = columns(text);
  return std::string(taken < width ? width - taken : 0, ' ') + std::string(text);
}

std::string shortened(std::string_view text, std::size_t width, Charset charset) {
  if (columns(text) <= width || width == 0) {
    return std::string(text);
  }
  std::string cut(text.substr(0, octets_of(text, width - 1)));
  return cut + (charset == Charset::utf8 ? "\xe2\x80\xa6" : "~");
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  std::string line;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && columns(line) + 1 + columns(word) > width) {
      lines.push_back(std::move(line));
      line.clear();
    }
    while (columns(word) > width) {
      const std::size_t octets = octets_of(word, width);
      lines.emplace_back(word.substr(0, octets));
      word.remove_prefix(octets);
    }
    line += (line.empty() || word.empty() ? "" : " ") + std::string(word);
  }
  if (!line.empty() || lines.empty()) {
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string duration_text(std::chrono::nanoseconds duration) {
  if (duration >= std::chrono::seconds(2)) {
    return fmt::format("{:.3f} s", std::chrono::duration<double>(duration).count());
  }
  return fmt::format("{:.3f} ms", to_ms(duration));
}

std::string measurement_text(const Measurement& measurement, Charset charset) {
  const std::string_view plus_minus = charset == Charset::utf8 ? "\xc2\xb1" : "+-";
  std::string text = duration_text(measurement.value);
  if (measurement.uncertainty.count() != 0) {
    text += fmt::format(" {} {}", plus_minus, duration_text(measurement.uncertainty));
  }
  if (measurement.limit) {
    text += ", limit " + duration_text(*measurement.limit);
  }
  return text;
}

}  // namespace postassoc::report
