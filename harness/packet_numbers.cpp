#include "harness/packet_numbers.h"

#include <algorithm>

#include "harness/air.h"

namespace postassoc {
namespace {

constexpr std::size_t kFirstWindow = 16;
constexpr std::size_t kMaxKeys = 64;  ///< hostile captures make up any number of handshakes

/// Tells different content of two frames: the last octets as sent, and what they decrypt to.
std::uint64_t content_of(const AirProtected& frame) {
  std::uint64_t mixed = frame.mic;
  if (frame.plaintext && frame.mic == 0) {
    for (const std::byte octet : *frame.plaintext) {
      mixed = (mixed ^ std::to_integer<std::uint64_t>(octet)) * 0x100000001b3ULL;
    }
  }
  return mixed;
}

}  // namespace

std::optional<PacketNumberFault> PacketNumbers::take(const AirProtected& frame) {
  const bool from_station = frame.direction == Direction::from_station;
  const std::tuple epoch(from_station, frame.group, frame.handshake, frame.key_id);
  ++taken_[from_station ? 1 : 0];
  if (keys_.size() >= kMaxKeys && !keys_.contains(epoch)) {
    keys_.erase(keys_.begin());
  }
  Key& key = keys_[epoch];
  const Seen now{
      {frame.frame, frame.time, frame.pn}, content_of(frame), frame.sequence_number, frame.tid};
  if (const Seen* before = key.find(frame.pn)) {
    const bool same = before->sequence_number == now.sequence_number && before->tid == now.tid &&
                      (frame.retry || before->content == now.content);
    return same ? std::nullopt
                : std::optional(PacketNumberFault{before->use, now.use, frame.handshake});
  }
  key.put(now);
  const auto [highest, first] = key.highest.try_emplace(frame.tid, now.use);
  if (!first && frame.pn < highest->second.pn) {
    return frame.retry
               ? std::nullopt
               : std::optional(PacketNumberFault{highest->second, now.use, frame.handshake});
  }
  highest->second = now.use;
  return std::nullopt;
}

const PacketNumbers::Seen* PacketNumbers::Key::find(std::uint64_t pn) const {
  if (window.empty()) {
    return nullptr;
  }
  const Seen& seen = window[pn % window.size()];
  return seen.use.frame != 0 && seen.use.pn == pn ? &seen : nullptr;
}

/// A number that is ahead of the window's takes the place of the oldest; one that is far behind has
/// none. The window grows while it is full, so that a short association costs little.
void PacketNumbers::Key::put(const Seen& seen) {
  if (window.empty()) {
    window.resize(kFirstWindow);
  }
  const auto taken = [&](std::uint64_t pn) {
    const Seen& there = window[pn % window.size()];
    return there.use.frame != 0 && there.use.pn != pn;
  };
  while (taken(seen.use.pn) && window.size() < kWindow) {
    std::vector<Seen> wider(window.size() * 2);
    for (const Seen& old : window) {
      if (old.use.frame != 0) {
        wider[old.use.pn % wider.size()] = old;
      }
    }
    window.swap(wider);
  }
  Seen& place = window[seen.use.pn % window.size()];
  if (place.use.frame == 0 || place.use.pn < seen.use.pn) {
    place = seen;
  }
}

}  // namespace postassoc
