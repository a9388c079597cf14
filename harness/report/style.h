#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/report/escape.h"
#include "harness/verdict.h"

namespace postassoc::report {

/// When to colour: `automatic` on a terminal, unless NO_COLOR is set or TERM is "dumb".
enum class ColorWhen { automatic, always, never };

/// How a console report is written. The default is what a file gets.
struct ConsoleStyle {
  bool color = false;
  Charset charset = Charset::ascii;
  std::size_t width = 100;  ///< columns; at least 60
  bool verbose = false;     ///< every finding and scenario in full
};

/// The style for a file descriptor of this process: colour as asked, box characters where the
/// locale (LC_ALL, LC_CTYPE, LANG) is UTF-8, the terminal's width or 100.
ConsoleStyle console_style(int descriptor, ColorWhen color);

enum class Ink { plain, bold, dim, red, green, yellow, magenta, cyan, blue };
Ink ink_of(Verdict verdict);

/// Text in a colour, where the style has colour; the caller has made the text printable.
std::string paint(std::string_view text, Ink ink, const ConsoleStyle& style);
/// Filled up with blanks to `width` columns; longer text stays as it is.
std::string padded(std::string_view text, std::size_t width);
std::string padded_left(std::string_view text, std::size_t width);
/// Cut to `width` columns, the last of them "…" or "~", where it is longer.
std::string shortened(std::string_view text, std::size_t width, Charset charset);
/// Lines of at most `width` columns, broken at blanks; a longer word is broken where it must.
std::vector<std::string> wrapped(std::string_view text, std::size_t width);

/// "2.553 ms"; from two seconds on "4.041 s".
std::string duration_text(std::chrono::nanoseconds duration);
/// "2.553 ms ± 0.020 ms, limit 100.000 ms".
std::string measurement_text(const Measurement& measurement, Charset charset);

}  // namespace postassoc::report
