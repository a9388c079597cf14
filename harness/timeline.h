#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/clock.h"

namespace postassoc {

/// Who saw it. An install claimed by the supplicant, requested in the kernel and shown by the first
/// protected frame on the air are three events by three witnesses.
enum class Witness { air, host, kernel, supplicant, access_point, ihv, harness };

/// Which end of the link an event is about.
enum class Side { none, station, access_point };

/// Something that happened, in the words of the thing that reported it.
///
/// `name` is, by witness:
///   kernel        the tracepoint or probe: rdev_add_key, rdev_del_key, rdev_set_default_key,
///                 rdev_change_station, rdev_tx_control_port, cfg80211_rx_control_port,
///                 rdev_assoc, drv_sta_state, cfg80211_send_rx_assoc, key_link (return of
///                 ieee80211_key_link); or the nl80211 event: NL80211_CMD_CONNECT, ...
///   supplicant    the control-interface event: CTRL-EVENT-CONNECTED, ...
///   access_point  likewise: AP-ENABLED, AP-STA-CONNECTED, EAPOL-4WAY-HS-COMPLETED, ...
///   ihv           calls between an IHV Extensions module and its host: see
///                 adapters/ihv/ihv_station.h
///   host          process_exited, log_overflow, interface_gone, ...
///   harness       the run itself: see the list in run/runner.h
/// `detail` is a JSON object; its keys are those the source prints, with these made uniform:
///   interface, mac ("02:..."), key_index (number), pairwise (bool), return (number),
///   unencrypted (bool), old_state, new_state (numbers), reason, status (numbers), text (the raw
///   line).
/// Kernel event details of each name are listed in adapters/kernel_trace/kernel_trace.h.
struct Event {
  Timestamp time{};
  std::chrono::nanoseconds uncertainty{};
  Witness witness = Witness::harness;
  Side side = Side::none;
  std::string name;
  nlohmann::json detail = nlohmann::json::object();
};

std::string_view to_string(Witness witness);
std::string_view to_string(Side side);

/// One line of timeline.jsonl, without the line feed:
/// {"t_ns":..,"u_ns":..,"witness":"kernel","side":"station","event":"rdev_add_key","detail":{..}}
std::string to_json_line(const Event& event);
/// Reads such a line; an Error says what is wrong with it.
Result<Event> event_from_json_line(std::string_view line);

/// Where events are put while a run goes on.
using EventSink = std::function<void(Event)>;
using EventPredicate = std::function<bool(const Event&)>;

/// All events of a run in order of time. An event's index here is its line in timeline.jsonl
/// (0-based) only through `line()`: lines are in order of arrival.
class Timeline {
 public:
  Timeline() = default;
  /// Sorts by time; events with equal times keep their order of arrival.
  explicit Timeline(std::vector<Event> in_order_of_arrival);

  std::span<const Event> events() const { return events_; }
  /// The events, in order of time, for good.
  std::vector<Event> take() && { return std::move(events_); }
  /// 1-based line in timeline.jsonl of an event of this timeline.
  std::size_t line(const Event& event) const;

  /// The first event at or after `from` that satisfies the predicate.
  const Event* first(const EventPredicate& predicate, Timestamp from = Timestamp::min()) const;
  /// The last event before `until` that satisfies it.
  const Event* last(const EventPredicate& predicate, Timestamp until = Timestamp::max()) const;
  /// All in [from, until].
  std::vector<const Event*> between(Timestamp from, Timestamp until,
                                    const EventPredicate& predicate) const;
  std::vector<const Event*> all(const EventPredicate& predicate) const;

 private:
  std::vector<Event> events_;
  std::vector<std::size_t> lines_;
};

}  // namespace postassoc
