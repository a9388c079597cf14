#include "harness/checks/station_numbers.h"

#include <fmt/format.h>

#include <algorithm>

namespace postassoc::checks {

StationNumbers station_numbers(const Association& association) {
  StationNumbers station;
  station.faults = association.folded.from_station;
  station.without_key = association.folded.without_key_from_station;
  PacketNumbers numbers = association.folded.numbers;
  for (const AirProtected& frame : association.protected_data) {
    if (frame.direction != Direction::from_station || frame.frame <= association.folded.through) {
      continue;
    }
    if (frame.handshake == kNoKey) {
      ++station.without_key;
    } else if (auto fault = numbers.take(frame)) {
      station.faults.push_back(std::move(*fault));
    }
  }
  station.taken = numbers.taken(true);
  return station;
}

std::string fault_text(const PacketNumberFault& fault) {
  return fault.reused()
             ? fmt::format("sent packet number {} twice under one key (frames {} and {})",
                           fault.after.pn, fault.before.frame, fault.after.frame)
             : fmt::format(
                   "let its packet number fall from {} (frame {}) to {} (frame {}) under one key",
                   fault.before.pn, fault.before.frame, fault.after.pn, fault.after.frame);
}

std::size_t protected_after(const Association& association, std::uint64_t frame) {
  const auto& data = association.protected_data;
  return static_cast<std::size_t>(
      std::count_if(data.begin(), data.end(), [&](const AirProtected& one) {
        return one.direction == Direction::from_station && !one.retry && one.handshake != kNoKey &&
               one.frame > frame;
      }));
}

}  // namespace postassoc::checks
