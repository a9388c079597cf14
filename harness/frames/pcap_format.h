#pragma once

#include <chrono>
#include <cstdint>

#include "harness/frames/bytes.h"
#include "harness/frames/link_type.h"

namespace postassoc {

/// The pcap file format, written piece by piece, so that a capture can be appended to live: the
/// file header once, then a record header and the frame's bytes for each frame. Little-endian,
/// stamps in nanoseconds (magic 0xa1b23c4d).
Bytes pcap_file_header(int link_type);

/// `time` is since the epoch and not negative; `captured` octets follow of a frame that had
/// `original`.
Bytes pcap_record_header(std::chrono::nanoseconds time, std::uint32_t captured,
                         std::uint32_t original);

/// Record header and frame together, for a frame that was captured whole.
Bytes pcap_record(std::chrono::nanoseconds time, ByteView frame);

}  // namespace postassoc
