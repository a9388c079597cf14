#include "harness/frames/air_frame.h"

#include "harness/frames/link_type.h"
#include "harness/frames/malformed.h"

namespace postassoc {

Result<AirFrame> parse_air_frame(int link_type, ByteView captured) {
  AirFrame frame;
  bool has_fcs = false;
  bool data_pad = false;
  if (link_type == kLinkTypeRadiotap) {
    const auto radiotap = parse_radiotap(captured);
    if (!radiotap) {
      return radiotap.error();
    }
    frame.radiotap = *radiotap;
    has_fcs = radiotap->has_fcs;
    data_pad = radiotap->data_pad;
    captured = captured.subspan(radiotap->length);
  } else if (link_type != kLinkTypeDot11) {
    return malformed("802.11", "link type " + std::to_string(link_type) + " carries no 802.11");
  }
  const auto dot11 = parse_dot11(captured, has_fcs, data_pad);
  if (!dot11) {
    return dot11.error();
  }
  frame.dot11 = *dot11;
  return frame;
}

}  // namespace postassoc
