#pragma once

#include "harness/frames/bytes.h"
#include "harness/frames/dot11.h"
#include "harness/frames/link_header.h"
#include "harness/result.h"

namespace postassoc {

/// A frame as a capture of the air holds it: the capture's header, then 802.11.
struct AirFrame {
  LinkHeader link;
  Dot11 dot11;
};

/// Decodes a captured frame of any link type that `carries_dot11`; an Error for any other and for
/// what the two parsers reject. `whole`: the capture did not cut the frame, so that an FCS, if the
/// header announces one, is there. Points into `captured`. A frame with `link.bad_fcs` is decoded
/// as it stands.
Result<AirFrame> parse_air_frame(int link_type, ByteView captured, bool whole = true);

}  // namespace postassoc
