#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/evidence.h"

namespace postassoc::report {

/// Between which ends of the link something went, or at which end it happened.
enum class Lane { to_access_point, to_station, at_station, at_access_point };
std::string_view to_string(Lane lane);

/// The Key MIC of a frame: it has none, it is right, it is wrong, it could not be told.
enum class MicState { none, valid, invalid, unknown };
std::string_view to_string(MicState state);

/// One line of the ladder: what happened on the air or in the station's kernel, in order of time.
struct LadderRow {
  std::size_t association = 1;       ///< 1-based: which of the run's associations
  std::chrono::nanoseconds since{};  ///< from the (re)association response, or its first frame
  std::optional<std::chrono::nanoseconds> delta;  ///< from the row before, of the same association
  std::optional<std::uint64_t> frame;             ///< number in air.pcap
  std::optional<std::size_t> event;               ///< line in timeline.jsonl
  Lane lane = Lane::to_access_point;
  std::string text;  ///< "EAPOL-Key message 1 of 4", "PTK installed", ...
  std::optional<std::uint64_t> replay_counter;
  bool protected_frame = false;
  int transmissions = 1;
  std::optional<bool> acknowledged;  ///< of EAPOL frames
  MicState mic = MicState::none;
};

/// The post-association operation of every association in the evidence: (re)association frames,
/// EAPOL frames, keys and port of the station's kernel, the first protected data each way, the end.
std::vector<LadderRow> make_ladder(const Evidence& evidence);

}  // namespace postassoc::report
