#pragma once

#include "harness/result.h"

namespace postassoc {

/// Centre frequency in MHz of a 20 MHz channel (IEEE 802.11, annex E): 1 to 14 in the 2.4 GHz band,
/// 36 to 64, 100 to 144, 149 to 165 and 169 to 177 in the 5 GHz band. Any other number is an
/// invalid_input Error that names these.
Result<int> frequency_mhz(int channel);

/// The channel of such a frequency; 0 for any other frequency.
int channel_of(int frequency_mhz);

}  // namespace postassoc
