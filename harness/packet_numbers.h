#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <tuple>
#include <vector>

#include "harness/clock.h"

namespace postassoc {

struct AirProtected;

/// Two frames of one transmitter under one key: with the same packet number and different content,
/// or the later one with a packet number below that of the earlier (of the same TID).
struct PacketNumberFault {
  struct Use {
    std::uint64_t frame = 0;
    Timestamp time{};
    std::uint64_t pn = 0;
  };
  Use before, after;
  std::size_t handshake = 0;  ///< whose key it is
  bool reused() const { return before.pn == after.pn; }
};

/// Follows the packet numbers of one association: unique per transmitter, key epoch (each handshake
/// has its own) and Key ID, rising per TID. Remembers the latest kWindow numbers of each key; an
/// older number that comes again without the Retry bit shows as one that fell.
class PacketNumbers {
 public:
  static constexpr std::size_t kWindow = 64;

  /// A frame that decrypts, in the capture's order. Those of kNoKey are not for this.
  std::optional<PacketNumberFault> take(const AirProtected& frame);
  /// Octets of memory, about.
  std::size_t footprint() const { return keys_.size() * (kWindow * sizeof(Seen) + 256); }
  /// Frames of either direction taken so far.
  std::size_t taken(bool from_station) const { return taken_[from_station ? 1 : 0]; }

 private:
  struct Seen {
    PacketNumberFault::Use use;
    std::uint64_t content = 0;  ///< tells different content, see AirProtected::mic
    std::uint16_t sequence_number = 0;
    std::uint8_t tid = 0;
  };
  struct Key {
    const Seen* find(std::uint64_t pn) const;
    void put(const Seen& seen);

    std::vector<Seen> window;                                ///< at pn % size; grows up to kWindow
    std::map<std::uint8_t, PacketNumberFault::Use> highest;  ///< by TID
  };
  std::map<std::tuple<bool, bool, std::size_t, std::uint8_t>, Key> keys_;
  std::size_t taken_[2] = {0, 0};
};

}  // namespace postassoc
