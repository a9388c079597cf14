#pragma once

#include <set>
#include <string>
#include <vector>

#include "harness/evidence.h"

/// Tagged datagrams that the harness gave to one end, followed over the air to the other end, for
/// rules about what a station delivers.
namespace postassoc::checks {

/// Repeats that a rule about something *not* delivered asks for.
inline constexpr std::size_t kEnoughRepeats = 3;

struct Datagram {
  const Event* sent = nullptr;
  std::string tag;
  bool to_station = false;
  bool group = false;
  const Air::Tagged* on_air = nullptr;       ///< first copy; null when none was captured
  const AirProtected* mpdu = nullptr;        ///< that copy, when it was protected
  const Association* association = nullptr;  ///< of `mpdu`
  const NetdevFrame* delivered = nullptr;    ///< at the other end's interface
};
/// All of them, in the order in which they were sent.
std::vector<Datagram> datagrams(const Evidence& evidence);
/// Those to the station that are on the air and protected under a known key, in the air's order.
std::vector<Datagram> arrived_at_station(const Evidence& evidence);
/// The first frame of an interface with this tag; null when there is none.
const NetdevFrame* find_tag(const std::vector<NetdevFrame>& frames, const std::string& tag);

/// A protected datagram to the station with a packet number that is not above one that was
/// delivered before, under the same key and TID: a replay.
struct Replay {
  Datagram datagram;
  std::uint64_t highest = 0;  ///< delivered before
  Timestamp highest_time{};
};
/// Retries of the MAC are left out.
std::vector<Replay> replays(const Evidence& evidence);
/// The access point's packet numbers fell under one key, whether or not frames can be followed.
bool packet_numbers_fell(const Evidence& evidence);

bool same_key(const AirGroupKey& a, const AirGroupKey& b);
/// The station answered (M4, G2) between two frames.
bool answered_between(const Association& association, std::uint64_t from, std::uint64_t until);

/// A group datagram that came when the station had the key, with a packet number that is not above
/// the receive sequence counter the key was handed out with first.
struct BelowRsc {
  Datagram datagram;
  const AirGroupKey* key = nullptr;
};
std::vector<BelowRsc> below_rsc(const Evidence& evidence);

/// Tags of replays and of frames below the RSC: the station has to drop them.
std::set<std::string> rightly_dropped(const Evidence& evidence);

}  // namespace postassoc::checks
