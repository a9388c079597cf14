#pragma once

#include <optional>

#include "harness/air.h"

namespace postassoc {

/// What the ends agreed on: the station's choice is in its request, else in `m2_rsne` (with id and
/// length); without both, the first that the beacon offers, then without management frame
/// protection. Absent fields have the defaults of IEEE 802.11-2020, 9.4.2.24.
std::optional<SelectedSuites> select_suites(const Association& association, ByteView m2_rsne);

}  // namespace postassoc
