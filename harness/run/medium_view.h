#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "harness/air_pair.h"
#include "harness/medium_rules.h"

namespace postassoc {

/// What a transmission is.
struct MediumSight {
  medium::FrameWord frame = medium::FrameWord::other;
  medium::From from = medium::From::injector;
  /// Of a protected frame that was read: the key that opened it.
  std::optional<Bytes> tk;
  Suite cipher = 0;
};

/// Of an EAPOL PDU: its packet type, and which message an EAPOL-Key frame is.
medium::FrameWord eapol_word(std::uint8_t type, KeyMessage message);

/// Follows every pair of access point and station through what they transmit, as the judgement of a
/// capture does, so that EAPOL-Key messages are told by their session, under encryption too. What
/// it keeps is bounded: sixteen pairs, of each what AirPair keeps.
class MediumView {
 public:
  explicit MediumView(std::vector<Bytes> pmks);

  /// `own_address`: the transmitter address is that of the radio that transmits.
  MediumSight see(Timestamp time, const Dot11& dot11, ByteView frame, bool own_address);
  /// A PMK that nobody could know before. What was seen of the running associations is read anew.
  void learn(const Bytes& pmk);

 private:
  using PairKey = std::pair<MacAddress, MacAddress>;  ///< BSSID, station
  struct Pair {
    std::unique_ptr<AirPairSettings> settings;
    std::unique_ptr<AirPair> air;
    /// The last association's management and EAPOL frames, to be read anew.
    std::vector<std::pair<Timestamp, Bytes>> frames;
  };

  void restart(const PairKey& key, Pair& pair);
  Pair* pair_of(const PairKey& key);
  void keep(Pair& pair, Timestamp time, const Dot11& dot11, ByteView frame);
  MediumSight data(Timestamp time, const Dot11& dot11, ByteView frame, MediumSight sight);
  bool is_access_point(const MacAddress& address) const { return bsses_.contains(address); }

  std::vector<Bytes> pmks_;
  std::map<MacAddress, AirBss> bsses_;  ///< of those that send beacons under their own address
  std::map<PairKey, Pair> pairs_;
  std::uint64_t frames_ = 0;
};

}  // namespace postassoc
