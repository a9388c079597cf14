#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "harness/frames/bytes.h"
#include "harness/result.h"

namespace postassoc {

/// What a radiotap header says of a frame (radiotap.org). Fields of later namespaces (one an
/// antenna) never replace those of the first. A field whose size is not known ends the decoding of
/// fields; `length` stays good.
struct Radiotap {
  std::size_t length = 0;                ///< of the header: where the 802.11 frame begins
  std::optional<std::uint64_t> tsft_us;  ///< the receiver's TSF at the frame's first bit
  bool has_fcs = false;                  ///< flag 0x10: the frame ends with an FCS
  bool bad_fcs = false;                  ///< flag 0x40: the frame failed its FCS check
  bool data_pad = false;                 ///< flag 0x20: padding between 802.11 header and body
  std::optional<int> rate_500kbps;
  std::optional<int> channel_mhz;
  std::optional<int> signal_dbm;
  std::optional<std::uint16_t> rx_flags;
  std::optional<std::uint16_t> tx_flags;     ///< present: the frame was sent by the capturing host
  std::optional<std::uint8_t> data_retries;  ///< of a frame that the capturing host sent
};

/// The radiotap header at the start of `captured`. An Error when the version is not 0 or the header
/// does not fit into what was captured or into its own length.
Result<Radiotap> parse_radiotap(ByteView captured);

}  // namespace postassoc
