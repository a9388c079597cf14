#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace postassoc {

/// One unsolicited message of hostap's control interface, as "<3>CTRL-EVENT-DISCONNECTED
/// bssid=02:00:00:00:00:00 reason=3".
struct ControlEvent {
  int level = 0;  ///< the number in angle brackets (2 info, 3 info of an event, 4 warning)
  /// The event's word (capitals, digits, '-' and at least one of these), or "message" for plain
  /// text ("Trying to associate with ...").
  std::string name;
  /// `text`: the line, printable ASCII only, all else as \xNN. `mac`: the first address in it.
  /// Further each key=value of the line, decimal numbers as numbers.
  nlohmann::json detail;
};

/// Never fails: what is odd is text. Sizes are bounded: 2048 characters of text, 32 fields.
ControlEvent parse_control_event(std::string_view datagram);

/// Printable ASCII as it is, every other octet as \xNN, cut at `limit` characters.
std::string printable(std::string_view text, std::size_t limit);

}  // namespace postassoc
