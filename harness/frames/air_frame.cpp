#include "harness/frames/air_frame.h"

namespace postassoc {

Result<AirFrame> parse_air_frame(int link_type, ByteView captured, bool whole) {
  auto link = parse_link_header(link_type, captured);
  if (!link) {
    return link.error();
  }
  auto dot11 = parse_dot11(captured.subspan(link->length), link->has_fcs && whole, link->data_pad);
  if (!dot11) {
    return dot11.error();
  }
  return AirFrame{*link, *dot11};
}

}  // namespace postassoc
