#pragma once

#include <cstdint>
#include <optional>

#include "harness/frames/bytes.h"
#include "harness/frames/dot11.h"
#include "harness/frames/suites.h"
#include "harness/result.h"

namespace postassoc {

/// The Management MIC element (IEEE 802.11-2020, 9.4.2.54), which ends the body of a group
/// addressed robust management frame, or of a beacon under beacon protection.
struct Mme {
  std::uint16_t key_id = 0;  ///< IGTK: 4 or 5; BIGTK: 6 or 7
  std::uint64_t ipn = 0;     ///< IPN or BIPN, 48 bits
  ByteView mic;              ///< 8 octets for BIP-CMAC-128, else 16; points into the body
};

/// Nothing when the body does not end with one.
std::optional<Mme> parse_mme(ByteView body);

/// What `verify_bip` found.
struct BipResult {
  bool valid = false;  ///< the MIC is that of the frame under this key
  std::uint64_t ipn = 0;
  std::uint16_t key_id = 0;
};

/// Checks the MME of a management frame (12.5.4) under an IGTK, or of a beacon under a BIGTK (its
/// timestamp counts as zero). `cipher` is BIP-CMAC-128, BIP-CMAC-256, BIP-GMAC-128 or BIP-GMAC-256.
/// Whether the IPN is new, and the key id that of this key, is for the caller. An Error when the
/// frame is no management frame or has no MME of the cipher's size, when the key has not its size,
/// and for any other cipher.
Result<BipResult> verify_bip(Suite cipher, ByteView key, const Dot11& frame);

/// The frame (MAC header and body, without MME) with its MME appended. Errors as above.
Result<Bytes> protect_with_bip(Suite cipher, ByteView key, ByteView frame, std::uint16_t key_id,
                               std::uint64_t ipn);

/// Octets of the cipher's IGTK or BIGTK: 16 or 32; nothing for what is no BIP cipher.
std::optional<std::size_t> bip_key_length(Suite cipher);

}  // namespace postassoc
