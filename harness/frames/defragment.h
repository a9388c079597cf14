#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>

#include "harness/frames/bytes.h"
#include "harness/frames/dot11.h"
#include "harness/frames/mac_address.h"

namespace postassoc {

/// Whether the frame carries a part of an MSDU.
inline bool is_fragment(const Dot11& frame) {
  return frame.more_fragments || frame.fragment_number > 0;
}

/// Joins the fragments of MSDUs (IEEE 802.11-2020, 10.5): those of one TA, RA, sequence number and
/// TID. A repeated fragment is passed over; a missing one loses the MSDU. Holds a limited number of
/// unfinished MSDUs, the oldest going first.
class Defragmenter {
 public:
  explicit Defragmenter(std::size_t most_unfinished = 64) : most_unfinished_(most_unfinished) {}

  /// `plaintext` is the body of a fragment, decrypted. The whole MSDU with the last fragment;
  /// nothing before it. Hand it to `parse_msdus` with `as_whole(frame)`.
  std::optional<Bytes> add(const Dot11& frame, ByteView plaintext);

  /// MSDUs that were given up: a fragment was missing, or there were too many of them.
  std::uint64_t lost() const { return lost_; }
  std::size_t unfinished() const { return parts_.size(); }

 private:
  struct Part {
    MacAddress ra;
    MacAddress ta;
    std::uint16_t sequence_number = 0;
    std::uint8_t tid = 0;
    std::uint8_t last_fragment = 0;
    Bytes body;
  };
  std::list<Part> parts_;
  std::size_t most_unfinished_;
  std::uint64_t lost_ = 0;
};

/// The header of the whole MSDU, from that of any of its fragments.
Dot11 as_whole(const Dot11& fragment);

}  // namespace postassoc
