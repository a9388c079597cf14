#pragma once

#include <cstddef>
#include <optional>

#include "harness/frames/kdf.h"
#include "harness/frames/suites.h"

namespace postassoc {

/// What an AKM defines of its key hierarchy (IEEE 802.11-2020, tables 9-151 and 12-10; hostap
/// derives the same). Sizes in octets.
struct AkmKeys {
  KeyHash hash = KeyHash::sha1;  ///< expands the PMK (or PMK-R1) to the PTK, and names the PMK
  std::size_t kck = 16;
  std::size_t kek = 16;
  std::size_t mic = 16;  ///< of an EAPOL-Key frame and of an FTE
};

/// Nothing for an AKM whose hierarchy is not known here (FILS, TDLS, those without keys) and for a
/// PMK size that the AKM does not have. OWE and SAE-EXT-KEY take the hash by their group, which
/// shows in the PMK's size: 32 (group 19), 48 (20) or 64 (21). The others ignore `pmk_size`.
std::optional<AkmKeys> akm_keys(Suite akm, std::size_t pmk_size = 32);

/// Octets of the EAPOL-Key MIC, for `parse_eapol_key`: 16 for an AKM that is not known.
std::size_t mic_length(Suite akm, std::size_t pmk_size = 32);

/// Whether the AKM uses the FT key hierarchy (PMK-R0, PMK-R1): see ft_keys.h.
bool is_ft_akm(Suite akm);

}  // namespace postassoc
