#pragma once

#include <array>
#include <deque>
#include <list>
#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "harness/air_bss.h"
#include "harness/air_pair.h"
#include "harness/air_survey.h"
#include "harness/air_twice.h"
#include "harness/frames/capture_file.h"

namespace postassoc {

/// Reads a capture front to back and gives each frame to the pair it belongs to. Pairs come into
/// being by a (re)association frame or EAPOL, or are pinned; the pair used longest ago goes first
/// when memory runs short.
class AirReader {
 public:
  AirReader(const SurveyQuestion& question, AirSink sink);
  ~AirReader();
  AirReader(const AirReader&) = delete;
  AirReader& operator=(const AirReader&) = delete;

  /// Follows this pair from the start to the end, and after the first call no pair that is not
  /// pinned.
  void pin(const MacAddress& bssid, const MacAddress& station);
  Result<SurveySummary> read(const std::filesystem::path& file);

 private:
  struct PairKey {
    std::uint64_t lower = 0, higher = 0;  ///< the two addresses, whoever is the access point
    bool operator==(const PairKey&) const = default;
  };
  struct PairKeyHash {
    std::size_t operator()(const PairKey& key) const;
  };
  struct Entry;
  using Entries = std::list<Entry>;
  struct Entry {
    PairKey key;
    std::unique_ptr<AirPair> pair;
    std::size_t footprint = 0;  ///< as counted in footprint_
    bool pinned = false;
    bool answered = false;
  };
  /// An authentication frame of a pair that is not followed yet.
  struct Earlier {
    PairKey key;
    AirManagement frame;
  };
  /// The last frame of a transmitter that an ACK may follow.
  struct AwaitingAck {
    MacAddress transmitter;
    AirPair* pair = nullptr;
    Direction direction = Direction::from_station;
    std::uint64_t earlier_frame = 0;  ///< of an `Earlier`
    Timestamp time{};
  };

  static PairKey key_of(const MacAddress& one, const MacAddress& other);
  FrameClass frame(const CapturedFrame& captured, Timestamp time);
  FrameClass dot11_frame(const CapturedFrame& captured, Timestamp time);
  FrameClass netdev_frame(const CapturedFrame& captured, Timestamp time);
  /// Of a management or data frame that is whole and new.
  FrameClass transmission(const CapturedFrame& captured, Timestamp time, const Dot11& dot11,
                          bool whole);
  FrameClass give(const CapturedFrame& captured, Timestamp time, const Dot11& dot11, bool whole);
  FrameClass give_group(const CapturedFrame& captured, Timestamp time, const Dot11& dot11,
                        bool whole);
  FrameClass give_foreign(const CapturedFrame& captured, Timestamp time, const Dot11& dot11);
  FrameClass beacon(const Dot11& dot11, Timestamp time);
  void acknowledge(const MacAddress& transmitter, Timestamp time);
  void await_ack(const Dot11& dot11, AirPair* pair, Direction direction, std::uint64_t earlier,
                 Timestamp time);

  /// The pair that a frame of a stranger begins; end() when it begins none.
  Entries::iterator begin_pair(std::uint64_t number, Timestamp time, const Dot11& dot11);
  bool wanted(const MacAddress& bssid, const MacAddress& station) const;
  Entries::iterator find(const PairKey& key);
  Entries::iterator add(const MacAddress& bssid, const MacAddress& station, bool pinned);
  void used(Entries::iterator entry);
  void drop(Entries::iterator entry, bool cut);
  void make_room();
  AirBss& bss_of(const MacAddress& bssid);
  AirBss* known_bss(const MacAddress& bssid);
  void count_station(const MacAddress& address);
  void deliver(Air&& air);
  void count(FrameClass which, const CapturedFrame& captured);
  void finish();

  SurveyQuestion question_;
  AirSink sink_;
  AirPairSettings settings_;
  SurveySummary summary_;
  int link_type_ = 0;
  bool enough_ = false;  ///< the sink wants no more
  bool only_pinned_ = false;
  bool giving_up_ = false;  ///< what is delivered now goes to nobody

  std::unordered_map<std::uint64_t, std::unique_ptr<AirBss>> bsses_;
  std::size_t bsses_seen_ = 0;
  Entries entries_;    ///< answered ones, the latest used first
  Entries strangers_;  ///< of which only requests were seen, likewise
  std::unordered_map<PairKey, Entries::iterator, PairKeyHash> by_key_;
  std::size_t footprint_ = 0;
  std::deque<Earlier> earlier_;
  HeardTwice heard_twice_;
  std::array<AwaitingAck, 8> awaiting_{};
  std::size_t next_awaiting_ = 0;
  std::unordered_set<std::uint64_t> stations_;
};

}  // namespace postassoc
