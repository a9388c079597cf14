#include "adapters/wpa_ctrl/control_event.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "harness/frames/mac_address.h"

namespace postassoc {
namespace {

constexpr std::size_t kLongestText = 2048;
constexpr std::size_t kMostFields = 32;
constexpr std::size_t kLongestKey = 32;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_key_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || c == '-';
}

/// Takes "<3>" off the front of the text.
int take_level(std::string_view& text) {
  int level = 0;
  if (text.size() >= 3 && text[0] == '<' && is_digit(text[1]) && text[2] == '>') {
    level = text[1] - '0';
    text.remove_prefix(3);
  }
  return level;
}

bool is_event_word(std::string_view word) {
  const auto allowed = [](char c) { return (c >= 'A' && c <= 'Z') || is_digit(c) || c == '-'; };
  return word.size() <= 64 && word.find('-') != std::string_view::npos && word.front() != '-' &&
         std::all_of(word.begin(), word.end(), allowed);
}

/// The next word: up to a space, but a double quote holds on to its spaces (ssid="a b").
std::string_view take_word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  bool quoted = false;
  std::size_t end = 0;
  for (; end < text.size() && (quoted || text[end] != ' '); ++end) {
    if (text[end] == '"' && (end == 0 || text[end - 1] != '\\')) {
      quoted = !quoted;
    }
  }
  const auto word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

std::string_view without_brackets(std::string_view word) {
  while (!word.empty() && (word.front() == '[' || word.front() == '(')) {
    word.remove_prefix(1);
  }
  while (!word.empty() && (word.back() == ']' || word.back() == ')')) {
    word.remove_suffix(1);
  }
  return word;
}

nlohmann::json value_of(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    return std::string(text.substr(1, text.size() - 2));
  }
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (!text.empty() && error == std::errc() && end == text.data() + text.size()) {
    return number;
  }
  return std::string(text);
}

void note_address(nlohmann::json& detail, std::string_view text) {
  if (const auto address = MacAddress::parse(text); address && !detail.contains("mac")) {
    detail["mac"] = to_string(*address);
  }
}

void note_word(nlohmann::json& detail, std::string_view word) {
  const auto equals = word.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    note_address(detail, word);
    return;
  }
  const auto key = word.substr(0, equals);
  const auto value = word.substr(equals + 1);
  if (key == "mac" || key == "text") {  // ours
    note_address(detail, value);
  } else if (key.size() <= kLongestKey && std::all_of(key.begin(), key.end(), is_key_character) &&
             detail.size() < kMostFields) {
    detail[std::string(key)] = value_of(value);
    note_address(detail, value);
  }
}

}  // namespace

std::string printable(std::string_view text, std::size_t limit) {
  std::string out;
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (out.size() + 4 > limit) {
      break;
    }
    if (octet >= 0x20 && octet < 0x7f) {
      out += c;
    } else {
      out += fmt::format("\\x{:02x}", octet);
    }
  }
  return out;
}

ControlEvent parse_control_event(std::string_view datagram) {
  while (!datagram.empty() && datagram.back() == '\n') {
    datagram.remove_suffix(1);
  }
  ControlEvent event;
  event.detail = nlohmann::json::object();
  event.level = take_level(datagram);
  const std::string text = printable(datagram, kLongestText);
  std::string_view rest = text;
  const std::string_view first = take_word(rest);
  event.name = !first.empty() && is_event_word(first) ? std::string(first) : "message";
  if (event.name == "message") {
    rest = text;
  }
  while (!rest.empty()) {
    note_word(event.detail, without_brackets(take_word(rest)));
  }
  event.detail["text"] = text;
  return event;
}

}  // namespace postassoc
