#pragma once

#include <optional>

#include "harness/frames/bytes.h"
#include "harness/medium_rules.h"
#include "harness/run/medium_view.h"

namespace postassoc {

/// Where a bit was inverted, counted from the body's (the EAPOL PDU's) first octet.
struct CorruptedBit {
  std::size_t octet = 0;
  int bit = 0;
};

/// Inverts a bit of `frame` (802.11 header and body) in place. A protected EAPOL frame is encrypted
/// anew under its key and packet number. Nothing when the frame has no such octet or field.
std::optional<CorruptedBit> corrupt_frame(const medium::Corrupt& how, const MediumSight& sight,
                                          Bytes& frame);

}  // namespace postassoc
