#include "harness/report/escape.h"

#include <fmt/format.h>

namespace postassoc::report {
namespace {

struct CodePoint {
  char32_t value = 0;
  std::size_t length = 1;
  bool valid = false;  ///< false: one octet that begins no well-formed sequence
};

unsigned octet(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

/// The first code point of `text`, which isn't empty. Overlong forms, surrogates and anything past
/// U+10FFFF are not valid (RFC 3629).
CodePoint first_code_point(std::string_view text) {
  const unsigned lead = octet(text, 0);
  if (lead < 0x80U) {
    return {lead, 1, true};
  }
  const std::size_t length = lead >= 0xf0U ? 4 : lead >= 0xe0U ? 3 : 2;
  if (lead < 0xc2U || lead > 0xf4U || text.size() < length) {
    return {lead, 1, false};
  }
  char32_t value = lead & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((octet(text, i) & 0xc0U) != 0x80U) {
      return {lead, 1, false};
    }
    value = value << 6U | (octet(text, i) & 0x3fU);
  }
  constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  if (value < kSmallest[length] || value > 0x10ffff || surrogate) {
    return {lead, 1, false};
  }
  return {value, length, true};
}

bool changes_the_line(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x061c || c == 0xfeff ||
         (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
         (c >= 0x2060 && c <= 0x206f) || (c >= 0xfff9 && c <= 0xfffb);
}

std::string escaped(char32_t c) {
  if (c == '\n') {
    return "\\n";
  }
  if (c == '\t') {
    return "\\t";
  }
  const auto number = static_cast<unsigned>(c);
  return c < 0x80 ? fmt::format("\\x{:02x}", number) : fmt::format("\\u{{{:x}}}", number);
}

bool xml_allows(char32_t c) {
  return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c != 0xfffe && c != 0xffff);
}

}  // namespace

std::string printable(std::string_view text, Charset charset) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const CodePoint c = first_code_point(text);
    if (!c.valid) {
      out += fmt::format("\\x{:02x}", octet(text, 0));
    } else if (changes_the_line(c.value) || (charset == Charset::ascii && c.value >= 0x80)) {
      out += escaped(c.value);
    } else {
      out += text.substr(0, c.length);
    }
    text.remove_prefix(c.length);
  }
  return out;
}

std::string xml_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const CodePoint c = first_code_point(text);
    if (!c.valid) {
      out += "\xef\xbf\xbd";
    } else if (xml_allows(c.value)) {
      out += text.substr(0, c.length);
    }
    text.remove_prefix(c.length);
  }
  return out;
}

std::size_t columns(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) {
    count += (static_cast<unsigned char>(c) & 0xc0U) != 0x80U ? 1 : 0;
  }
  return count;
}

}  // namespace postassoc::report
