#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "harness/frames/bytes.h"
#include "harness/frames/mac_address.h"
#include "harness/frames/suites.h"
#include "harness/result.h"

namespace postassoc {

using Nonce = std::array<std::byte, 32>;

/// The PMK of a WPA2/WPA3-transition passphrase (IEEE 802.11-2020, J.4): PBKDF2-HMAC-SHA1, 4096
/// rounds, 32 octets. An Error unless the passphrase has 8 to 63 printable ASCII characters and the
/// SSID 1 to 32 octets.
Result<Bytes> pmk_from_passphrase(std::string_view passphrase, std::string_view ssid);

/// The pairwise transient key, in its parts.
struct Ptk {
  Bytes kck;  ///< signs EAPOL-Key frames
  Bytes kek;  ///< wraps key data
  Bytes tk;   ///< protects frames; for TKIP with the two Michael keys
};

/// Derives the PTK (12.7.1.3) from the key hierarchy of `akm`: 802.1X and PSK by PRF-SHA1, their
/// SHA256 variants and SAE by KDF-SHA256. An Error for any other AKM or a cipher that has no TK.
Result<Ptk> derive_ptk(ByteView pmk, Suite akm, Suite pairwise_cipher, const MacAddress& aa,
                       const MacAddress& spa, const Nonce& anonce, const Nonce& snonce);

/// Octets of a temporal (or group temporal) key of the cipher.
Result<std::size_t> tk_length(Suite cipher);

/// PRF-n (12.7.1.2) and KDF-SHA256-n (12.7.1.7.2), `length` in octets.
Result<Bytes> prf_sha1(ByteView key, std::string_view label, ByteView context, std::size_t length);
Result<Bytes> kdf_sha256(ByteView key, std::string_view label, ByteView context,
                         std::size_t length);

}  // namespace postassoc
