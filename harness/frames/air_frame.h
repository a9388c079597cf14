#pragma once

#include <optional>

#include "harness/frames/bytes.h"
#include "harness/frames/dot11.h"
#include "harness/frames/radiotap.h"
#include "harness/result.h"

namespace postassoc {

/// A frame as a monitor interface delivers it: the radiotap header if there is one, then 802.11.
struct AirFrame {
  std::optional<Radiotap> radiotap;
  Dot11 dot11;
};

/// Decodes a captured frame of link type kLinkTypeRadiotap or kLinkTypeDot11; an Error for any
/// other link type and for what the two parsers reject. Points into `captured`.
Result<AirFrame> parse_air_frame(int link_type, ByteView captured);

}  // namespace postassoc
