#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "harness/timeline.h"

namespace postassoc {

/// One line of a tracefs `trace_pipe`, taken apart.
///
///            comm-pid     [cpu] flags  seconds.micro: event: fields
///           hostapd-104     [000] .....     3.576950: rdev_add_key: phy0, netdev:wlan0(2), ...
struct TraceLine {
  Timestamp time{};
  std::string comm;  ///< name of the task that was running, not always the one that caused it
  int pid = 0;
  int cpu = 0;
  std::string name;  ///< tracepoint or probe
  std::string phy;   ///< "phy0", or empty: the event does not tell it
  nlohmann::json detail = nlohmann::json::object();  ///< see kernel_trace.h
};

/// Nothing if the line is no event, whatever it holds. Bytes that are not printable ASCII (a task
/// can give itself any name) become '?'.
std::optional<TraceLine> parse_trace_line(std::string_view line);

/// "CPU:0 [LOST 123 EVENTS]": 123; "CPU:0 [LOST EVENTS]": 0, the kernel doesn't know how many.
std::optional<std::uint64_t> parse_lost_events(std::string_view line);

/// Makes events of lines in their order: finds the side, and joins the return of
/// ieee80211_key_link, which names no interface, with the rdev_add_key that caused it (the one
/// before it by the same task).
class TraceInterpreter {
 public:
  /// `sides`: side by phy ("phy0") and by interface name; the phy decides where both are known.
  explicit TraceInterpreter(std::map<std::string, Side> sides) : sides_(std::move(sides)) {}

  Event interpret(TraceLine line);

 private:
  Side side_of(const TraceLine& line) const;

  std::map<std::string, Side> sides_;
  std::map<int, Event> add_key_of_task_;
};

}  // namespace postassoc
