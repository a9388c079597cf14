#pragma once

#include <map>
#include <optional>
#include <utility>

#include "harness/air.h"
#include "harness/frames/dot11.h"

namespace postassoc {

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

  void beacon(Timestamp time, std::uint16_t interval_tu);
  void data(Direction direction, const Dot11& frame);
  /// A new association: the transmitters may begin their counters anew.
  void restart_sequences() { counters_.clear(); }

 private:
  struct Counter {
    std::uint16_t last = 0;
    std::optional<std::uint16_t> elsewhere;  ///< where a far step led, not yet believed
  };
  AirQuality& quality_;
  std::map<std::pair<Direction, std::uint8_t>, Counter> counters_;
};

}  // namespace postassoc
