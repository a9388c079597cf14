#include "harness/checks/datagrams.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "harness/checks/kernel_events.h"

namespace postassoc::checks {
namespace {

struct OnAir {
  const AirProtected* mpdu;
  const Association* association;
};

std::map<std::uint64_t, OnAir> by_frame(const Evidence& evidence) {
  std::map<std::uint64_t, OnAir> frames;
  for (const Association& association : evidence.air.associations) {
    for (const AirProtected& frame : association.protected_data) {
      frames.emplace(frame.frame, OnAir{&frame, &association});
    }
  }
  return frames;
}

std::map<std::string, const Air::Tagged*> by_tag(const Evidence& evidence, bool from_access_point) {
  std::map<std::string, const Air::Tagged*> tags;
  for (const Air::Tagged& seen : evidence.air.tagged) {
    if (seen.from_access_point == from_access_point) {
      tags.emplace(seen.tag, &seen);
    }
  }
  return tags;
}

/// Group keys change without a handshake of their own: how often this one's Key ID had been handed
/// out with another key before.
std::size_t group_epoch(const Association& association, const AirProtected& frame) {
  std::size_t epoch = 0;
  const Bytes* last = nullptr;
  for (const AirGroupKey& key : association.group_keys) {
    if (key.kind == AirGroupKey::Kind::gtk && key.key_id == frame.key_id &&
        key.frame < frame.frame) {
      epoch += last == nullptr || *last != key.key ? 1U : 0U;
      last = &key.key;
    }
  }
  if (!association.group_keys.empty()) {
    return epoch;
  }
  return static_cast<std::size_t>(std::count_if(
      association.eapol.begin(), association.eapol.end(),
      [&](const AirEapol& e) { return e.message == KeyMessage::g1 && e.frame < frame.frame; }));
}

/// Frames to the station that share one receive counter.
using Path = std::tuple<const Association*, bool, std::size_t, std::size_t, int, int>;

Path path_of(const Association& association, const AirProtected& frame) {
  // A handshake that hands out the same group key again begins no new count.
  return {&association,
          frame.group,
          frame.group ? 0 : frame.handshake,
          frame.group ? group_epoch(association, frame) : 0,
          frame.key_id,
          frame.tid};
}

/// The GTK under which a group frame was sent, as it was handed out first; null when unknown.
const AirGroupKey* first_handing(const Datagram& datagram) {
  const AirGroupKey* current = nullptr;
  for (const AirGroupKey& key : datagram.association->group_keys) {
    const bool its_own = key.kind == AirGroupKey::Kind::gtk &&
                         key.key_id == datagram.mpdu->key_id && key.frame < datagram.mpdu->frame;
    if (its_own && (current == nullptr || !same_key(*current, key))) {
      current = &key;
    }
  }
  return current;
}

}  // namespace

const NetdevFrame* find_tag(const std::vector<NetdevFrame>& frames, const std::string& tag) {
  const auto found = std::find_if(frames.begin(), frames.end(),
                                  [&](const NetdevFrame& frame) { return frame.tag == tag; });
  return found == frames.end() || tag.empty() ? nullptr : &*found;
}

std::vector<Datagram> datagrams(const Evidence& evidence) {
  const auto frames = by_frame(evidence);
  const auto down = by_tag(evidence, true);
  const auto up = by_tag(evidence, false);
  std::vector<Datagram> all;
  for (const Event* sent : evidence.timeline.all(named(Witness::harness, "data_sent"))) {
    Datagram one;
    one.sent = sent;
    one.tag = text(*sent, "tag");
    one.to_station = text(*sent, "from") == "access_point";
    one.group = flag(*sent, "group").value_or(false);
    const auto& tags = one.to_station ? down : up;
    if (const auto seen = tags.find(one.tag); seen != tags.end()) {
      one.on_air = seen->second;
      if (const auto frame = frames.find(one.on_air->frame); frame != frames.end()) {
        one.mpdu = frame->second.mpdu;
        one.association = frame->second.association;
      }
    }
    one.delivered =
        find_tag(one.to_station ? evidence.station_netdev : evidence.access_point_netdev, one.tag);
    all.push_back(std::move(one));
  }
  return all;
}

std::vector<Datagram> arrived_at_station(const Evidence& evidence) {
  auto arrived = datagrams(evidence);
  std::erase_if(arrived, [](const Datagram& d) {
    return !d.to_station || d.mpdu == nullptr || d.mpdu->handshake == kNoKey;
  });
  std::sort(arrived.begin(), arrived.end(),
            [](const auto& a, const auto& b) { return a.mpdu->frame < b.mpdu->frame; });
  return arrived;
}

std::vector<Replay> replays(const Evidence& evidence) {
  struct Highest {
    std::uint64_t pn = 0;
    Timestamp time{};
  };
  std::map<Path, Highest> paths;
  std::vector<Replay> found;
  for (const Datagram& one : arrived_at_station(evidence)) {
    const AirProtected& mpdu = *one.mpdu;
    const Path path = path_of(*one.association, mpdu);
    const auto known = paths.find(path);
    if (known != paths.end() && mpdu.pn <= known->second.pn) {
      if (!mpdu.retry) {
        found.push_back({one, known->second.pn, known->second.time});
      }
    } else if (one.delivered != nullptr) {
      paths[path] = {mpdu.pn, mpdu.time};
    }
  }
  return found;
}

bool packet_numbers_fell(const Evidence& evidence) {
  std::map<Path, std::uint64_t> highest;
  for (const Association& association : evidence.air.associations) {
    for (const AirProtected& frame : association.protected_data) {
      if (frame.direction != Direction::from_access_point || frame.handshake == kNoKey ||
          frame.retry) {
        continue;
      }
      std::uint64_t& pn = highest[path_of(association, frame)];
      if (frame.pn <= pn) {
        return true;
      }
      pn = frame.pn;
    }
  }
  return false;
}

bool same_key(const AirGroupKey& a, const AirGroupKey& b) {
  return a.kind == b.kind && a.key_id == b.key_id && a.key == b.key;
}

bool answered_between(const Association& association, std::uint64_t from, std::uint64_t until) {
  return std::any_of(association.eapol.begin(), association.eapol.end(), [&](const AirEapol& e) {
    return (e.message == KeyMessage::m4 || e.message == KeyMessage::g2) && e.frame > from &&
           e.frame < until;
  });
}

std::vector<BelowRsc> below_rsc(const Evidence& evidence) {
  std::vector<BelowRsc> found;
  for (const Datagram& one : arrived_at_station(evidence)) {
    const AirGroupKey* key = one.mpdu->group ? first_handing(one) : nullptr;
    if (key != nullptr && !one.mpdu->retry && one.mpdu->pn <= key->rsc &&
        answered_between(*one.association, key->frame, one.mpdu->frame)) {
      found.push_back({one, key});
    }
  }
  return found;
}

std::set<std::string> rightly_dropped(const Evidence& evidence) {
  std::set<std::string> tags;
  for (const Replay& replay : replays(evidence)) {
    tags.insert(replay.datagram.tag);
  }
  for (const BelowRsc& old : below_rsc(evidence)) {
    tags.insert(old.datagram.tag);
  }
  return tags;
}

}  // namespace postassoc::checks
