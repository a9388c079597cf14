#pragma once

#include <array>
#include <optional>

#include "harness/air.h"
#include "harness/frames/dot11.h"

namespace postassoc {

/// Beacons that an access point sends from its first one to its last one, `span` later; as many
/// as were `seen` where the interval is 0.
std::uint64_t beacons_expected(std::uint64_t seen, std::chrono::nanoseconds span,
                               std::uint16_t interval_tu);

/// Watches how completely the capture holds what the pair sent, and fills in AirQuality.
///
/// Sequence gaps are counted only on individually addressed QoS data of the pair, one counter per
/// transmitter and TID, because only there a transmitter numbers without holes towards one peer.
/// (Non-QoS, group and management frames share one counter with other receivers; beacons have their
/// own.) A step backwards or of more than 64 is no gap: it is a retransmission or a forged frame
/// with numbers of its own. Two such steps in sequence are taken for the transmitter's new count.
class AirQualityMeter {
 public:
  explicit AirQualityMeter(AirQuality& quality) : quality_(quality) {}

  void data(Direction direction, const Dot11& frame);
  /// A new association: the transmitters may begin their counters anew.
  void restart_sequences() { counters_ = {}; }

 private:
  struct Counter {
    bool begun = false;
    std::uint16_t last = 0;
    std::optional<std::uint16_t> elsewhere;  ///< where a far step led, not yet believed
  };
  AirQuality& quality_;
  std::array<std::array<Counter, 16>, 2> counters_;  ///< by direction and TID
};

}  // namespace postassoc
