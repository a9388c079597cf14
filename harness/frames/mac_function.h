#pragma once

#include <cstddef>

#include "harness/frames/bytes.h"
#include "harness/result.h"

namespace postassoc {

/// A message authentication code over `data`, in full length. `digest` is OpenSSL's name: "MD5",
/// "SHA1", "SHA256", ... An Error when the key is empty or OpenSSL refuses.
Result<Bytes> hmac(const char* digest, ByteView key, ByteView data);

/// AES-CMAC with a key of 16 or 32 octets.
Result<Bytes> aes_cmac(ByteView key, ByteView data);

/// AES-GMAC with a key of 16 or 32 octets and a nonce of 12: a code of 16 octets.
Result<Bytes> aes_gmac(ByteView key, ByteView nonce, ByteView data);

}  // namespace postassoc
