#pragma once

#include <cstddef>
#include <optional>

#include "harness/frames/bytes.h"
#include "harness/frames/radiotap.h"
#include "harness/result.h"

namespace postassoc {

/// What a capture puts before each 802.11 frame, whatever its kind.
struct LinkHeader {
  std::size_t length = 0;  ///< octets: where the 802.11 frame begins
  bool has_fcs = false;    ///< the frame ends with an FCS
  bool bad_fcs = false;    ///< the frame failed its FCS check
  bool data_pad = false;   ///< padding between 802.11 header and body
  std::optional<Radiotap> radiotap;
};

/// Reads the header of any link type that `carries_dot11`: radiotap; PPI, with the FCS flags of its
/// 802.11-Common field and no stamps; Prism and AVS, which do not say whether there is an FCS: none
/// is assumed; plain 802.11 has no header. An Error when the header does not fit into what was
/// captured, says that something other than 802.11 follows, or the link type has no 802.11.
Result<LinkHeader> parse_link_header(int link_type, ByteView captured);

}  // namespace postassoc
