#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "harness/frames/bytes.h"
#include "harness/result.h"

namespace postassoc {

/// The hash that a key hierarchy is built on.
enum class KeyHash : std::uint8_t { sha1, sha256, sha384, sha512 };

/// OpenSSL's name of it: "SHA1", "SHA256", ...
const char* digest_name(KeyHash hash);

/// Its size: 20, 32, 48 or 64 octets.
std::size_t digest_length(KeyHash hash);

/// `length` octets from a key: PRF-n for SHA-1 (IEEE 802.11-2020, 12.7.1.2), KDF-Hash-n for the
/// others (12.7.1.6.2). An Error when the key is empty or `length` is more than 8191 (the KDF
/// counts bits in 16 bits) or, for PRF-n, more than 5120 (its counter has 8 bits).
Result<Bytes> expand_key(KeyHash hash, ByteView key, std::string_view label, ByteView context,
                         std::size_t length);

}  // namespace postassoc
