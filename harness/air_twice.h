#pragma once

#include <array>
#include <cstdint>

#include "harness/clock.h"
#include "harness/frames/dot11.h"

namespace postassoc {

/// Tells transmissions that a capture holds twice, since two sniffers heard them and their files
/// were merged: the same octets from the same transmitter, with the same sequence number and no
/// Retry bit, a moment apart. Memory is bounded: about the latest 256 transmissions are remembered.
class HeardTwice {
 public:
  /// Whether `mpdu`, without its FCS, was heard before; remembers it if not.
  bool again(const Dot11& dot11, ByteView mpdu, Timestamp time);

 private:
  struct Heard {
    std::uint64_t digest = 0;
    std::size_t size = 0;
    Timestamp time{};
  };
  std::array<Heard, 256> heard_{};  ///< each at the place that its digest names
};

}  // namespace postassoc
