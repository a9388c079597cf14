#pragma once

#include "harness/frames/bytes.h"

namespace postassoc::checks {

/// Whether two RSN elements, with id and length, are the same bit for bit. Under FT messages 2 and
/// 3 add the PMKR1Name to the element that they repeat (IEEE 802.11-2020, 13.4.2): there the lists
/// of PMKIDs do not count.
bool same_rsne(ByteView one, ByteView other, bool ft);

}  // namespace postassoc::checks
