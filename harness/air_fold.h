#pragma once

#include <cstddef>

#include "harness/air.h"

namespace postassoc {

/// How many protected frames an association may hold before it is folded, when there is room for
/// all, and when there are many stations.
inline constexpr std::size_t kFoldAt = 2048;
inline constexpr std::size_t kFoldAtLeast = 64;

/// Judges the packet numbers of all but the latest frames (Association::folded) and takes out of
/// `protected_data` those that nobody will ask for: what stays are the first ones of each direction
/// and key, those around EAPOL and management frames, some of those that no key decrypts, those of
/// a packet number fault, and the latest; half of `most` in all.
void fold(Association& association, AirQuality& quality, std::size_t most);

}  // namespace postassoc
