#pragma once

#include <cstdint>
#include <optional>

#include "harness/frames/bytes.h"
#include "harness/frames/cipher_header.h"
#include "harness/frames/dot11.h"
#include "harness/result.h"

namespace postassoc {

// CCMP by the key's size alone, one frame at a time. `DataKey` (data_key.h) is the way to decrypt
// many, and knows the other ciphers.

using CcmpHeader = CipherHeader;

/// Nothing when the body is shorter than a CCMP header or its Ext IV bit is clear.
std::optional<CcmpHeader> parse_ccmp_header(ByteView body);

/// The plaintext body of a frame protected with CCMP-128 (a TK of 16 octets) or CCMP-256 (32): see
/// `decrypt_mpdu`.
Result<Bytes> ccmp_decrypt(ByteView tk, const Dot11& frame);

/// See `encrypt_mpdu`.
Result<Bytes> ccmp_encrypt(ByteView tk, ByteView mac_header, const CcmpHeader& ccmp,
                           ByteView plaintext);

}  // namespace postassoc
