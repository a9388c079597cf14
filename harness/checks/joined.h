#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/checks/air_view.h"

/// Several associations of one station, to be compared with each other.
namespace postassoc::checks {

/// An association that came about, with its first handshake.
struct Joined {
  const Association* association = nullptr;
  const HandshakeView* handshake = nullptr;  ///< in the AirView; null: none begun on the air
};
std::vector<Joined> joined(const Evidence& evidence, const AirView& air);

/// What two handshakes of different associations share and must not, an SNonce
/// or a key; nothing when they don't. Adds the frames to `finding`.
std::optional<std::string> shared(const HandshakeView& before, const HandshakeView& after,
                                  FindingBuilder& finding);

}  // namespace postassoc::checks
