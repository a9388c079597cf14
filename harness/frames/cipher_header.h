#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "harness/frames/bytes.h"
#include "harness/frames/suites.h"

namespace postassoc {

/// The header between a protected frame's MAC header and its ciphertext.
struct CipherHeader {
  std::uint64_t pn = 0;  ///< CCMP, GCMP: the PN; TKIP: the TSC (48 bits); WEP: the IV (24 bits)
  std::uint8_t key_id = 0;
  std::size_t length = 8;  ///< octets; WEP: 4
};

/// Reads the header as `cipher` lays it out: CCMP (IEEE 802.11-2020, 12.5.3.2), GCMP (12.5.5.2),
/// TKIP (12.5.2.2), WEP (12.3.2.2). Nothing when the body is too short, when Ext IV is clear for a
/// cipher that sets it (or set for WEP), and for a suite that is no data cipher.
std::optional<CipherHeader> parse_cipher_header(Suite cipher, ByteView body);

/// The same layout, to send. Empty for WEP and what is no data cipher.
Bytes build_cipher_header(Suite cipher, const CipherHeader& header);

}  // namespace postassoc
