#include "adapters/kernel_trace/trace_parser.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "harness/frames/mac_address.h"

namespace postassoc {
namespace {

/// What is left to read of a line.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  std::string_view rest() const { return rest_; }

  bool skip(std::string_view token) {
    if (!rest_.starts_with(token)) {
      return false;
    }
    rest_.remove_prefix(token.size());
    return true;
  }

  void skip_spaces() { rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size())); }

  std::string_view until(char stop) {
    const auto text = rest_.substr(0, rest_.find(stop));
    rest_.remove_prefix(text.size());
    return text;
  }

  template <class T>
  std::optional<T> number() {
    T value{};
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc{}) {
      return std::nullopt;
    }
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }

 private:
  std::string_view rest_;
};

std::string printable(std::string_view text) {
  std::string out(text);
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return out;
}

std::string_view trim_left(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  return text;
}

/// Text after the first "label" that begins the fields or follows a space; nothing if there is
/// none.
std::optional<std::string_view> after(std::string_view fields, std::string_view label) {
  for (auto at = fields.find(label); at != fields.npos; at = fields.find(label, at + 1)) {
    if (at == 0 || fields[at - 1] == ' ') {
      return fields.substr(at + label.size());
    }
  }
  return std::nullopt;
}

struct Label {
  std::string_view text;
  std::string_view key;
};

constexpr std::array kNumbers{Label{"key_index: ", "key_index"},
                              Label{"key index: ", "key_index"},
                              Label{"keyidx=", "key_index"},
                              Label{"mode: ", "mode"},
                              Label{"station flags mask: ", "mask"},
                              Label{"station flags set: ", "set"},
                              Label{"aid: ", "aid"},
                              Label{"auth type: ", "auth_type"},
                              Label{"reason: ", "reason"},
                              Label{"reason code: ", "reason"},
                              Label{"len=", "length"},
                              Label{"ret=", "return"}};

constexpr std::array kBooleans{Label{"pairwise: ", "pairwise"},
                               Label{"unencrypted: ", "unencrypted"}, Label{"unicast: ", "unicast"},
                               Label{"multicast: ", "multicast"}};

/// The one peer of an event; "previous bssid: " comes after it where there is one.
constexpr std::array<std::string_view, 4> kAddresses{
    "mac addr: ", "station mac: ", "bssid: ", "sta:"};

void add_interface(std::string_view fields, nlohmann::json& detail) {
  for (const std::string_view label : {"netdev:", "vif:"}) {
    if (const auto text = after(fields, label)) {
      const auto open = text->find('(');
      if (open != text->npos && open > 0) {
        detail["interface"] = text->substr(0, open);
        return;
      }
    }
  }
}

void add_address(std::string_view fields, nlohmann::json& detail) {
  constexpr std::size_t kLength = 17;
  for (const auto label : kAddresses) {
    if (const auto text = after(fields, label)) {
      if (const auto mac = MacAddress::parse(text->substr(0, kLength))) {
        detail["mac"] = to_string(*mac);
        return;
      }
    }
  }
  for (std::size_t at = 0; at + kLength <= fields.size(); ++at) {  // without a label
    if (at > 0 && fields[at - 1] != ' ') {
      continue;
    }
    if (const auto mac = MacAddress::parse(fields.substr(at, kLength))) {
      detail["mac"] = to_string(*mac);
      return;
    }
  }
}

void add_states(std::string_view fields, nlohmann::json& detail) {
  const auto text = after(fields, "state: ");
  if (!text) {
    return;
  }
  Cursor cursor(*text);
  const auto old_state = cursor.number<std::uint32_t>();
  if (!old_state || !cursor.skip("->")) {
    return;
  }
  if (const auto new_state = cursor.number<std::uint32_t>()) {
    detail["old_state"] = *old_state;
    detail["new_state"] = *new_state;
  }
}

nlohmann::json details(std::string_view fields) {
  nlohmann::json detail = nlohmann::json::object();
  add_interface(fields, detail);
  add_address(fields, detail);
  add_states(fields, detail);
  for (const auto& label : kNumbers) {
    if (const auto text = after(fields, label.text)) {
      if (const auto value = Cursor(*text).number<std::int64_t>()) {
        detail[label.key] = *value;
      }
    }
  }
  for (const auto& label : kBooleans) {
    if (const auto text = after(fields, label.text)) {
      if (text->starts_with("true") || text->starts_with("false")) {
        detail[label.key] = text->starts_with("true");
      }
    }
  }
  return detail;
}

/// "3.576950": six digits after the point.
std::optional<Timestamp> parse_time(std::string_view text) {
  constexpr std::int64_t kMostSeconds = 4'000'000'000;  // what a Timestamp holds, and then some
  Cursor cursor(text);
  const auto seconds = cursor.number<std::int64_t>();
  if (!seconds || *seconds < 0 || *seconds > kMostSeconds || !cursor.skip(".")) {
    return std::nullopt;
  }
  const auto digits = cursor.rest();
  const auto micros = cursor.number<std::uint32_t>();
  if (!micros || digits.size() != 6 || !cursor.rest().empty()) {
    return std::nullopt;
  }
  return std::chrono::seconds(*seconds) + std::chrono::microseconds(*micros);
}

bool is_phy(std::string_view word) {
  return word.starts_with("phy") && word.size() > 3 &&
         word.find_first_not_of("0123456789", 3) == word.npos;
}

}  // namespace

std::optional<TraceLine> parse_trace_line(std::string_view line) {
  // The kernel prints "%16s-%-7d [%03d] flags time: name: fields"; the task's name may hold
  // anything, so it is found by its place and not by what follows it.
  constexpr std::size_t kCommWidth = 16;
  if (line.size() <= kCommWidth || line[kCommWidth] != '-') {
    return std::nullopt;
  }
  TraceLine out;
  out.comm = printable(trim_left(line.substr(0, kCommWidth)));
  Cursor cursor(line.substr(kCommWidth + 1));
  const auto pid = cursor.number<int>();
  cursor.skip_spaces();
  const bool bracket = cursor.skip("[");
  const auto cpu = cursor.number<int>();
  if (!pid || *pid < 0 || !bracket || !cpu || *cpu < 0 || !cursor.skip("] ")) {
    return std::nullopt;
  }
  cursor.until(' ');  // irqs-off, need-resched, ...
  cursor.skip_spaces();
  const auto time = parse_time(cursor.until(':'));
  if (!time || !cursor.skip(": ")) {
    return std::nullopt;
  }
  const auto name = cursor.until(':');
  if (name.empty() || name.find(' ') != name.npos || !cursor.skip(": ")) {
    return std::nullopt;
  }
  const std::string fields = printable(cursor.rest());
  out.time = *time;
  out.pid = *pid;
  out.cpu = *cpu;
  out.name = printable(name);
  const std::string_view first = std::string_view(fields).substr(0, fields.find_first_of(", "));
  out.phy = is_phy(first) ? first : "";
  out.detail = details(fields);
  out.detail["text"] = printable(trim_left(line));
  return out;
}

std::optional<std::uint64_t> parse_lost_events(std::string_view line) {
  Cursor cursor(line);
  if (!cursor.skip("CPU:") || !cursor.number<int>() || !cursor.skip(" [LOST ")) {
    return std::nullopt;
  }
  if (cursor.skip("EVENTS]")) {
    return 0;
  }
  const auto count = cursor.number<std::uint64_t>();
  return cursor.skip(" EVENTS]") ? count : std::nullopt;
}

Side TraceInterpreter::side_of(const TraceLine& line) const {
  if (const auto found = sides_.find(line.phy); found != sides_.end()) {
    return found->second;
  }
  const auto found = sides_.find(line.detail.value("interface", ""));
  return found == sides_.end() ? Side::none : found->second;
}

Event TraceInterpreter::interpret(TraceLine line) {
  Event event;
  event.time = line.time;
  event.uncertainty = std::chrono::microseconds(1);  // the resolution of what is printed
  event.witness = Witness::kernel;
  event.side = side_of(line);
  event.name = std::move(line.name);
  event.detail = std::move(line.detail);
  event.detail["comm"] = std::move(line.comm);
  event.detail["pid"] = line.pid;
  if (!line.phy.empty()) {
    event.detail["phy"] = std::move(line.phy);
  }
  if (event.name == "rdev_add_key") {
    add_key_of_task_.insert_or_assign(line.pid, event);
  } else if (event.name == "key_link") {
    if (const auto cause = add_key_of_task_.extract(line.pid)) {
      event.side = cause.mapped().side;
      for (const auto* key : {"interface", "phy", "mac", "key_index", "pairwise"}) {
        if (cause.mapped().detail.contains(key)) {
          event.detail[key] = cause.mapped().detail[key];
        }
      }
    }
  }
  return event;
}

}  // namespace postassoc
