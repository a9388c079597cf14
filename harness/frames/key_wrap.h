#pragma once

#include <cstdint>

#include "harness/frames/bytes.h"
#include "harness/result.h"

namespace postassoc {

/// Decrypts the key data of an EAPOL-Key frame: AES key wrap (RFC 3394) for key descriptor versions
/// 0, 2 and 3. An Error when the integrity check fails (wrong KEK, or tampered), when the length is
/// none of a wrap, and for version 1: RC4 is not supported. What comes back may end with padding,
/// which `parse_key_data` knows.
Result<Bytes> unwrap_key_data(ByteView kek, std::uint8_t descriptor_version, ByteView key_data);

/// The reverse; pads as 12.7.2 says (0xdd, then zeros) to at least 16 octets and a multiple of 8.
Result<Bytes> wrap_key_data(ByteView kek, ByteView plaintext);

}  // namespace postassoc
