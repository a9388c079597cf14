#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/clock.h"
#include "harness/frames/bytes.h"
#include "harness/frames/mac_address.h"
#include "harness/frames/management.h"

namespace postassoc {

class AirPair;

/// A network as its beacons and probe responses describe it, the latest first.
struct AirBss {
  MacAddress bssid;
  std::string ssid;  ///< empty: hidden or not seen
  Bytes rsne;        ///< with id and length; empty: open or none seen
  Bytes rsnxe;
  std::optional<std::uint16_t> mdid;
  std::uint64_t beacons = 0;  ///< probe responses are none
  std::optional<Timestamp> first_beacon, last_beacon;
  std::uint16_t interval_tu = 0;
  std::size_t place = 0;            ///< in the order of appearance
  std::size_t pairs = 0;            ///< that are followed
  std::vector<AirPair*> listeners;  ///< who gets its group frames

  void take(const Beacon& heard, bool is_beacon, Timestamp time);
};

/// How many beacons there were at a moment, and when the latest of them came.
struct BeaconMark {
  std::uint64_t count = 0;
  std::optional<Timestamp> last;
};

}  // namespace postassoc
