#include "harness/checks/mutant_tools.h"

#include <algorithm>

namespace postassoc::checks {
namespace {

using std::chrono::nanoseconds;

bool is_key_event(const Event& e) {
  return e.side == Side::station && (e.name == "rdev_add_key" || e.name == "key_link");
}

constexpr std::int64_t kAuthorizedFlag = 1 << 1;  // NL80211_STA_FLAG_AUTHORIZED

/// Both witnesses: the driver's state and the flag that cfg80211 was asked for.
void set_port(EvidenceEditor& b, Timestamp time, bool open) {
  b.add(time, Witness::kernel, Side::station, "rdev_change_station",
        {{"mask", kAuthorizedFlag}, {"set", open ? kAuthorizedFlag : 0}});
  b.add(time, Witness::kernel, Side::station, "drv_sta_state",
        {{"old_state", open ? 3 : 4}, {"new_state", open ? 4 : 3}});
}

void add_key(EvidenceEditor& b, Timestamp time, bool pairwise, int index, std::int64_t result) {
  b.add(time, Witness::kernel, Side::station, "rdev_add_key",
        {{"pairwise", pairwise}, {"key_index", index}});
  b.add(time + std::chrono::microseconds(10), Witness::kernel, Side::station, "key_link",
        {{"return", result}});
}

}  // namespace

void delay_from(EvidenceEditor& b, Timestamp from, nanoseconds delay) {
  const auto move = [&](Timestamp& time) { time += time >= from ? delay : nanoseconds::zero(); };
  const auto move_all = [&](auto& seen) {
    for (auto& one : seen) {
      move(one.time);
    }
  };
  const auto move_one = [&](std::optional<Timestamp>& time) {
    if (time) {
      move(*time);
    }
  };
  move_all(b.events);
  for (Association& association : b.evidence.air.associations) {
    move_all(association.management);
    move_all(association.eapol);
    move_all(association.protected_data);
    move_all(association.plain_data);
    move_all(association.group_keys);
    move_one(association.request_time);
    move_one(association.response_time);
    move_one(association.end_time);
  }
  move_all(b.evidence.air.tagged);
  move_all(b.evidence.station_netdev);
  move_all(b.evidence.access_point_netdev);
}

std::vector<FourMessages> initial_handshakes(EvidenceEditor& b) {
  std::vector<FourMessages> found;
  for (Association& association : b.evidence.air.associations) {
    auto& eapol = association.eapol;
    for (const Handshake& one : association.handshakes) {
      if (!one.rekey && one.complete()) {
        found.push_back({&association, &eapol.at(one.m1.front()), &eapol.at(one.m2.front()),
                         &eapol.at(one.m3.front()), &eapol.at(one.m4.front())});
      }
    }
  }
  return found;
}

std::optional<FourMessages> first_handshake(EvidenceEditor& b) {
  const auto all = initial_handshakes(b);
  return all.empty() ? std::nullopt : std::optional(all.front());
}

bool change_m3(EvidenceEditor& b, void (*change)(AirEapol& m3)) {
  const auto handshake = first_handshake(b);
  if (!handshake) {
    return false;
  }
  const auto anonce = handshake->m3->key->nonce;
  for (AirEapol& frame : handshake->association->eapol) {
    if (frame.message == KeyMessage::m3 && frame.key && frame.key->nonce == anonce) {
      change(frame);
    }
  }
  return true;
}

bool change_anonce_of_m3(EvidenceEditor& b) {
  return change_m3(b, [](AirEapol& m3) { m3.key->nonce[31] ^= std::byte{1}; });
}

Timestamp given(const EvidenceEditor& b, Side side, const AirEapol& frame) {
  constexpr nanoseconds kOnItsWay = std::chrono::milliseconds(50);
  Timestamp time = frame.time - kOnItsWay;
  bool found = false;
  for (const Event& e : b.events) {
    if (e.name == "rdev_tx_control_port" && e.side == side && e.time >= time &&
        e.time <= frame.time) {
      time = e.time;
      found = true;
    }
  }
  return found ? time : frame.time;
}

namespace {

/// Of the first association that has any; `unfolded`: only those that `folded` has not judged.
std::vector<AirProtected*> from_station(EvidenceEditor& b, bool unfolded) {
  for (Association& association : b.evidence.air.associations) {
    std::vector<AirProtected*> frames;
    for (AirProtected& frame : association.protected_data) {
      if (frame.direction == Direction::from_station &&
          (!unfolded || frame.frame > association.folded.through)) {
        frames.push_back(&frame);
      }
    }
    if (!frames.empty()) {
      return frames;
    }
  }
  return {};
}

}  // namespace

std::vector<AirProtected*> from_station(EvidenceEditor& b) {
  return from_station(b, false);
}

std::vector<AirProtected*> unfolded_from_station(EvidenceEditor& b) {
  return from_station(b, true);
}

Event* key_request(EvidenceEditor& b, bool pairwise) {
  return key_request(b, pairwise, Timestamp::min());
}

Event* key_request(EvidenceEditor& b, bool pairwise, Timestamp from) {
  return b.find_event([=](const Event& e) {
    return e.name == "rdev_add_key" && e.side == Side::station && e.time >= from &&
           flag(e, "pairwise") == pairwise;
  });
}

bool take_key_away(EvidenceEditor& b, bool pairwise) {
  const bool found = key_request(b, pairwise) != nullptr;
  b.erase([=](const Event& e) { return is_key_event(e) && flag(e, "pairwise") == pairwise; });
  return found;
}

bool move_keys_to(EvidenceEditor& b, Timestamp time) {
  bool found = false;
  for (Event& e : b.events) {
    if (is_key_event(e)) {
      e.time = time;
      found = true;
    }
  }
  return found;
}

void install_key(EvidenceEditor& b, Timestamp time, std::int64_t result) {
  add_key(b, time, true, 0, result);
}

void install_group_key(EvidenceEditor& b, Timestamp time, std::uint16_t index) {
  add_key(b, time, false, index, 0);
}

NetdevFrame* delivered_copy(EvidenceEditor& b, const AirProtected& frame) {
  const auto& tagged = b.evidence.air.tagged;
  const auto seen = std::find_if(tagged.begin(), tagged.end(),
                                 [&](const auto& one) { return one.frame == frame.frame; });
  if (seen == tagged.end()) {
    return nullptr;
  }
  auto& frames = b.evidence.station_netdev;
  const auto copy = std::find_if(frames.begin(), frames.end(),
                                 [&](const NetdevFrame& one) { return one.tag == seen->tag; });
  return copy == frames.end() ? nullptr : &*copy;
}

bool not_delivered(EvidenceEditor& b, const AirProtected& frame) {
  NetdevFrame* copy = delivered_copy(b, frame);
  if (copy != nullptr) {
    copy->tag.clear();
  }
  return copy != nullptr;
}

bool end_later(EvidenceEditor& b, nanoseconds by) {
  Event* finished = b.find_event("run_finished");
  if (finished != nullptr) {
    finished->time += by;
  }
  return finished != nullptr;
}

bool is_going_down(const Event& e) {
  return e.name == "drv_sta_state" && e.side == Side::station &&
         number(e, "new_state") < number(e, "old_state");
}

bool leave_later(EvidenceEditor& b, nanoseconds by) {
  bool found = false;
  for (Event& e : b.events) {
    const bool later = is_going_down(e);
    e.time += later ? by : nanoseconds::zero();
    found = found || later;
  }
  return found;
}

Event* port_opens(EvidenceEditor& b) {
  return b.find_event([](const Event& e) {
    return e.name == "drv_sta_state" && e.side == Side::station && number(e, "new_state") == 4;
  });
}

bool move_port_opening(EvidenceEditor& b, Timestamp time) {
  Event* opened = port_opens(b);
  Event* asked = b.find_event([](const Event& e) {
    return e.name == "rdev_change_station" && e.side == Side::station &&
           (number(e, "set").value_or(0) & kAuthorizedFlag) != 0;
  });
  for (Event* e : {opened, asked}) {
    if (e != nullptr) {
      e->time = time;
    }
  }
  return opened != nullptr;
}

void open_port(EvidenceEditor& b, Timestamp time) {
  set_port(b, time, true);
}

void close_port(EvidenceEditor& b, Timestamp time) {
  set_port(b, time, false);
}

}  // namespace postassoc::checks
