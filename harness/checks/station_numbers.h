#pragma once

#include <string>
#include <vector>

#include "harness/air.h"

namespace postassoc::checks {

/// Below this number of protected frames a repeated packet number could just not have been sent
/// yet.
inline constexpr std::size_t kEnoughFrames = 5;

/// What the packet numbers of the station in one association say.
struct StationNumbers {
  std::vector<PacketNumberFault> faults;  ///< in order
  std::size_t taken = 0;
  std::size_t without_key = 0;
};
/// Goes on from what was judged while the capture was read.
StationNumbers station_numbers(const Association& association);

/// What the transmitter did: "sent packet number 7 twice under one key (frames 4 and 9)".
std::string fault_text(const PacketNumberFault& fault);

/// Protected frames of the station under a known key, after a frame; without retries.
std::size_t protected_after(const Association& association, std::uint64_t frame);

}  // namespace postassoc::checks
