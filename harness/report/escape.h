#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace postassoc::report {

/// What a terminal can show.
enum class Charset { utf8, ascii };

/// Text from the air, a log, a file or a command line, made safe to print on one line of a
/// terminal: control characters (C0, DEL, C1, so every terminal escape), line and paragraph
/// separators, bidirectional controls and bytes that aren't UTF-8 become "\n", "\xNN" or
/// "\u{NNNN}"; with Charset::ascii everything beyond ASCII too. Every renderer for people goes
/// through this.
std::string printable(std::string_view text, Charset charset = Charset::utf8);

/// Text that any XML 1.0 document may hold: characters XML forbids are left out, bytes that aren't
/// UTF-8 become U+FFFD. Markup characters are the XML writer's business.
std::string xml_text(std::string_view text);

/// Number of code points of valid UTF-8 text: the columns it takes on a terminal.
std::size_t columns(std::string_view text);

}  // namespace postassoc::report
