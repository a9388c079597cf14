#pragma once

#include <cstddef>

#include "harness/air.h"

namespace postassoc {

/// How many protected frames an association may hold before `fold`, and holds at most after it.
inline constexpr std::size_t kFoldAt = 2048;
inline constexpr std::size_t kFoldTo = 1024;

/// Judges the packet numbers of all but the latest frames (Association::folded) and takes out of
/// `protected_data` those that nobody will ask for: what stays are the first ones of each direction
/// and key, those around EAPOL and management frames, some of those that no key decrypts, those of
/// a packet number fault, and the latest. Returns the octets of memory that are free now, about.
std::size_t fold(Association& association, AirQuality& quality);

}  // namespace postassoc
