#include "harness/report/ladder.h"

#include <fmt/format.h>

#include <algorithm>

namespace postassoc::report {
namespace {

/// A row that still carries its absolute time.
struct TimedRow {
  Timestamp time{};
  LadderRow row;
};
using TimedRows = std::vector<TimedRow>;

Lane lane_of(Direction direction) {
  return direction == Direction::from_station ? Lane::to_access_point : Lane::to_station;
}

std::string message_text(const AirEapol& eapol) {
  switch (eapol.message) {
    case KeyMessage::m1:
      return "EAPOL-Key message 1 of 4";
    case KeyMessage::m2:
      return "EAPOL-Key message 2 of 4";
    case KeyMessage::m3:
      return "EAPOL-Key message 3 of 4";
    case KeyMessage::m4:
      return "EAPOL-Key message 4 of 4";
    case KeyMessage::g1:
      return "EAPOL-Key group message 1 of 2";
    case KeyMessage::g2:
      return "EAPOL-Key group message 2 of 2";
    case KeyMessage::unknown:
      break;
  }
  switch (eapol.eapol.type) {
    case kEapolEapPacket:
      return "EAP packet";
    case kEapolStart:
      return "EAPOL-Start";
    case kEapolLogoff:
      return "EAPOL-Logoff";
    case kEapolKey:
      return "EAPOL-Key, message unknown";
    default:
      return fmt::format("EAPOL type {}", eapol.eapol.type);
  }
}

/// Not the first of its kind in its handshake: sent again by the key machine, not by the MAC.
bool sent_again(const Association& association, std::size_t index) {
  const auto in = [index](const std::vector<std::size_t>& messages) {
    const auto at = std::find(messages.begin(), messages.end(), index);
    return at != messages.end() && at != messages.begin();
  };
  return std::any_of(association.handshakes.begin(), association.handshakes.end(),
                     [&](const auto& h) { return in(h.m1) || in(h.m2) || in(h.m3) || in(h.m4); });
}

MicState mic_state(const AirEapol& eapol) {
  if (!eapol.key || !eapol.key->key_mic()) {
    return MicState::none;
  }
  if (!eapol.mic_valid) {
    return MicState::unknown;
  }
  return *eapol.mic_valid ? MicState::valid : MicState::invalid;
}

void add_association_frames(const Association& association, TimedRows& rows) {
  if (association.request_frame && association.request_time) {
    LadderRow row;
    row.frame = association.request_frame;
    row.text = "Association Request";
    rows.push_back({*association.request_time, std::move(row)});
  }
  if (association.response_frame && association.response_time) {
    LadderRow row;
    row.frame = association.response_frame;
    row.lane = Lane::to_station;
    row.text = "Association Response";
    if (association.status) {
      row.text += fmt::format(", status {}", *association.status);
    }
    rows.push_back({*association.response_time, std::move(row)});
  }
}

/// Neither EAP nor a key frame, or one that can't be read: what only a prober sends.
bool is_odd(const AirEapol& eapol) {
  return eapol.eapol.type > kEapolKey;
}

/// Of odd ones the first few, and how many more there are.
void add_eapol(const Association& association, TimedRows& rows) {
  constexpr std::size_t kMostOdd = 3;
  const auto& all = association.eapol;
  const auto odd = static_cast<std::size_t>(std::count_if(all.begin(), all.end(), is_odd));
  std::size_t seen = 0;
  for (std::size_t i = 0; i < association.eapol.size(); ++i) {
    const AirEapol& eapol = association.eapol[i];
    seen += is_odd(eapol) ? 1U : 0U;
    if (is_odd(eapol) && seen > kMostOdd) {
      continue;
    }
    LadderRow row;
    row.frame = eapol.frame;
    row.lane = lane_of(eapol.direction);
    row.text = message_text(eapol) + (sent_again(association, i) ? ", again" : "");
    if (is_odd(eapol) && seen == kMostOdd && odd > seen) {
      row.text += fmt::format(", and {} more", odd - seen);
    }
    if (eapol.key) {
      row.replay_counter = eapol.key->replay_counter;
    }
    row.protected_frame = eapol.protected_frame;
    row.transmissions = eapol.transmissions;
    row.acknowledged = eapol.acknowledged;
    row.mic = mic_state(eapol);
    rows.push_back({eapol.time, std::move(row)});
  }
}

void add_first_protected(const Association& association, Direction direction, bool group,
                         TimedRows& rows) {
  const auto& data = association.protected_data;
  const auto found = std::find_if(data.begin(), data.end(), [&](const AirProtected& frame) {
    return frame.direction == direction && frame.group == group;
  });
  if (found == data.end()) {
    return;
  }
  LadderRow row;
  row.frame = found->frame;
  row.lane = lane_of(direction);
  row.text = group ? "first protected group data" : "first protected data";
  row.protected_frame = true;
  rows.push_back({found->time, std::move(row)});
}

void add_end(const Association& association, TimedRows& rows) {
  if (!association.end_frame || !association.end_time) {
    return;
  }
  LadderRow row;
  row.frame = association.end_frame;
  row.lane = lane_of(association.ended_by.value_or(Direction::from_station));
  row.text = "end of the association";
  if (association.end_reason) {
    row.text += fmt::format(", reason {}", *association.end_reason);
  }
  rows.push_back({*association.end_time, std::move(row)});
}

LadderRow kernel_row(const Evidence& evidence, const Event& event, std::string text) {
  LadderRow row;
  row.event = evidence.timeline.line(event);
  row.lane = Lane::at_station;
  row.text = std::move(text);
  return row;
}

bool is_station_key_event(const Event& event) {
  return event.witness == Witness::kernel && event.side == Side::station &&
         (event.name == "rdev_add_key" || event.name == "key_link");
}

template <class T>
std::optional<T> detail_of(const Event& event, const char* key) {
  const auto found = event.detail.find(key);
  if (found == event.detail.end()) {
    return std::nullopt;
  }
  if constexpr (std::is_same_v<T, bool>) {
    return found->is_boolean() ? std::optional<T>(found->template get<T>()) : std::nullopt;
  } else {
    return found->is_number_integer() ? std::optional<T>(found->template get<T>()) : std::nullopt;
  }
}

/// "PTK" or "GTK 1".
std::string key_name(const Event& request) {
  if (detail_of<bool>(request, "pairwise").value_or(false)) {
    return "PTK";
  }
  const auto index = detail_of<std::int64_t>(request, "key_index");
  const bool integrity = index && *index >= 4;
  return fmt::format("{}{}", integrity ? "IGTK" : "GTK", index ? fmt::format(" {}", *index) : "");
}

/// A request to install (rdev_add_key) and what came of it: key_link is the return of the kernel's
/// ieee80211_key_link(), where -EALREADY means "the same key is there, nothing done".
std::string install_text(const Event& request, const Event* link) {
  constexpr std::int64_t kAlready = -114;
  const std::string key = key_name(request);
  const auto returned = link ? detail_of<std::int64_t>(*link, "return") : std::nullopt;
  if (!returned) {
    return key + " install requested";
  }
  if (*returned == 0) {
    return key + " installed";
  }
  return *returned == kAlready ? key + " install ignored: same key"
                               : fmt::format("{} install failed ({})", key, *returned);
}

void add_kernel_events(const Evidence& evidence, Timestamp from, Timestamp until, TimedRows& rows) {
  const auto keys = evidence.timeline.between(from, until, is_station_key_event);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i]->name != "rdev_add_key") {
      continue;
    }
    const bool linked = i + 1 < keys.size() && keys[i + 1]->name == "key_link";
    const Event& last = linked ? *keys[i + 1] : *keys[i];
    rows.push_back(
        {last.time, kernel_row(evidence, last, install_text(*keys[i], linked ? &last : nullptr))});
  }
  const auto opened = evidence.timeline.between(from, until, [](const Event& event) {
    return event.witness == Witness::kernel && matches(AwaitedEvent::port_authorized, event);
  });
  if (!opened.empty()) {
    rows.push_back(
        {opened.front()->time, kernel_row(evidence, *opened.front(), "port authorised")});
  }
}

Timestamp first_time(const Association& association) {
  if (association.request_time) {
    return *association.request_time;
  }
  if (association.response_time) {
    return *association.response_time;
  }
  return association.eapol.empty() ? Timestamp::max() : association.eapol.front().time;
}

/// Where the kernel rows of an association end: at the next association, or a little after its own
/// end (1 s: what follows a deauthentication is its own story).
Timestamp last_time(const std::vector<Association>& associations, std::size_t index) {
  Timestamp until = Timestamp::max();
  if (index + 1 < associations.size()) {
    until = first_time(associations[index + 1]);
  }
  const auto& end = associations[index].end_time;
  return end ? std::min(until, *end + std::chrono::seconds(1)) : until;
}

TimedRows rows_of(const Evidence& evidence, std::size_t index) {
  const Association& association = evidence.air.associations[index];
  TimedRows rows;
  add_association_frames(association, rows);
  add_eapol(association, rows);
  add_first_protected(association, Direction::from_station, false, rows);
  add_first_protected(association, Direction::from_access_point, false, rows);
  add_first_protected(association, Direction::from_access_point, true, rows);
  add_end(association, rows);
  const Timestamp from = first_time(association);
  if (from != Timestamp::max()) {
    add_kernel_events(evidence, from, last_time(evidence.air.associations, index), rows);
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const TimedRow& a, const TimedRow& b) { return a.time < b.time; });
  return rows;
}

}  // namespace

std::string_view to_string(Lane lane) {
  switch (lane) {
    case Lane::to_access_point:
      return "to_access_point";
    case Lane::to_station:
      return "to_station";
    case Lane::at_station:
      return "at_station";
    case Lane::at_access_point:
      return "at_access_point";
  }
  return "?";
}

std::string_view to_string(MicState state) {
  switch (state) {
    case MicState::none:
      return "none";
    case MicState::valid:
      return "valid";
    case MicState::invalid:
      return "invalid";
    case MicState::unknown:
      return "unknown";
  }
  return "?";
}

std::vector<LadderRow> make_ladder(const Evidence& evidence) {
  std::vector<LadderRow> ladder;
  for (std::size_t i = 0; i < evidence.air.associations.size(); ++i) {
    TimedRows rows = rows_of(evidence, i);
    if (rows.empty()) {
      continue;
    }
    const Timestamp zero = evidence.air.associations[i].response_time.value_or(rows.front().time);
    for (std::size_t r = 0; r < rows.size(); ++r) {
      rows[r].row.association = i + 1;
      rows[r].row.since = rows[r].time - zero;
      if (r > 0) {
        rows[r].row.delta = rows[r].time - rows[r - 1].time;
      }
      ladder.push_back(std::move(rows[r].row));
    }
  }
  return ladder;
}

}  // namespace postassoc::report
