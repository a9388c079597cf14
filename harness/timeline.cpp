#include "harness/timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

namespace postassoc {
namespace {

using nlohmann::json;

constexpr std::array kWitnesses = {Witness::air,        Witness::host,         Witness::kernel,
                                   Witness::supplicant, Witness::access_point, Witness::ihv,
                                   Witness::harness};
constexpr std::array kSides = {Side::none, Side::station, Side::access_point};

template <class Words>
auto find_word(const Words& words, std::string_view text) {
  return std::find_if(words.begin(), words.end(), [&](auto w) { return to_string(w) == text; });
}

}  // namespace

std::string_view to_string(Witness witness) {
  switch (witness) {
    case Witness::air:
      return "air";
    case Witness::host:
      return "host";
    case Witness::kernel:
      return "kernel";
    case Witness::supplicant:
      return "supplicant";
    case Witness::access_point:
      return "access_point";
    case Witness::ihv:
      return "ihv";
    case Witness::harness:
      return "harness";
  }
  return "?";
}

std::string_view to_string(Side side) {
  switch (side) {
    case Side::none:
      return "none";
    case Side::station:
      return "station";
    case Side::access_point:
      return "access_point";
  }
  return "?";
}

std::string to_json_line(const Event& event) {
  // Put together as text: an event is written while a run goes on, and a second JSON document
  // around the detail would cost more than the rest.
  constexpr auto kReplace = json::error_handler_t::replace;
  return fmt::format(R"({{"t_ns":{},"u_ns":{},"witness":"{}","side":"{}","event":{},"detail":{}}})",
                     event.time.count(), event.uncertainty.count(), to_string(event.witness),
                     to_string(event.side), json(event.name).dump(-1, ' ', false, kReplace),
                     event.detail.dump(-1, ' ', false, kReplace));
}

Result<Event> event_from_json_line(std::string_view text) {
  const json line = json::parse(text, nullptr, false);
  if (!line.is_object()) {
    return Error{Fault::invalid_input, "expected a JSON object on the line", {}};
  }
  const auto is_number = [&](const char* key) {
    return line.contains(key) && line[key].is_number_integer();
  };
  const auto is_text = [&](const char* key) { return line.contains(key) && line[key].is_string(); };
  if (!is_number("t_ns") || !is_number("u_ns") || !is_text("witness") || !is_text("side") ||
      !is_text("event") || !line.contains("detail") || !line["detail"].is_object()) {
    return Error{
        Fault::invalid_input, "expected the keys t_ns, u_ns, witness, side, event and detail", {}};
  }
  const auto witness = find_word(kWitnesses, line["witness"].get_ref<const std::string&>());
  const auto side = find_word(kSides, line["side"].get_ref<const std::string&>());
  if (witness == kWitnesses.end() || side == kSides.end()) {
    return Error{Fault::invalid_input, "unknown witness or side", {}};
  }
  return Event{Timestamp(line["t_ns"].get<std::int64_t>()),
               std::chrono::nanoseconds(line["u_ns"].get<std::int64_t>()),
               *witness,
               *side,
               line["event"].get<std::string>(),
               line["detail"]};
}

Timeline::Timeline(std::vector<Event> in_order_of_arrival) {
  lines_.resize(in_order_of_arrival.size());
  std::iota(lines_.begin(), lines_.end(), std::size_t{1});
  std::stable_sort(lines_.begin(), lines_.end(), [&](std::size_t a, std::size_t b) {
    return in_order_of_arrival[a - 1].time < in_order_of_arrival[b - 1].time;
  });
  events_.reserve(lines_.size());
  for (const std::size_t line : lines_) {
    events_.push_back(std::move(in_order_of_arrival[line - 1]));
  }
}

std::size_t Timeline::line(const Event& event) const {
  return lines_.at(static_cast<std::size_t>(&event - events_.data()));
}

const Event* Timeline::first(const EventPredicate& predicate, Timestamp from) const {
  const auto start = std::lower_bound(events_.begin(), events_.end(), from,
                                      [](const Event& e, Timestamp t) { return e.time < t; });
  const auto found = std::find_if(start, events_.end(), predicate);
  return found == events_.end() ? nullptr : &*found;
}

const Event* Timeline::last(const EventPredicate& predicate, Timestamp until) const {
  const Event* found = nullptr;
  for (const Event& event : events_) {
    if (event.time >= until) {
      break;
    }
    if (predicate(event)) {
      found = &event;
    }
  }
  return found;
}

std::vector<const Event*> Timeline::between(Timestamp from, Timestamp until,
                                            const EventPredicate& predicate) const {
  std::vector<const Event*> found;
  for (const Event& event : events_) {
    if (event.time >= from && event.time <= until && predicate(event)) {
      found.push_back(&event);
    }
  }
  return found;
}

std::vector<const Event*> Timeline::all(const EventPredicate& predicate) const {
  return between(Timestamp::min(), Timestamp::max(), predicate);
}

}  // namespace postassoc
