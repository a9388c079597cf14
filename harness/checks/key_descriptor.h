#pragma once

#include <cstdint>
#include <optional>

#include "harness/air.h"

namespace postassoc::checks {

/// The AKM and ciphers that the station chose, by its association request or message 2; nothing
/// where neither was captured: what the beacon offers is not a choice.
std::optional<SelectedSuites> chosen_suites(const Association& association);

/// IEEE 802.11-2020, table 12-8: the key descriptor version of an AKM and pairwise cipher. 0 where
/// the AKM defines it (SAE, OWE, Suite B, FILS), 3 for SHA256 and FT, 1 for TKIP, else 2.
std::uint16_t descriptor_version(Suite akm, Suite pairwise);

}  // namespace postassoc::checks
