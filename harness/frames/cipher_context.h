#pragma once

#include <openssl/evp.h>

#include <memory>

#include "harness/frames/bytes.h"

namespace postassoc {

struct FreeCipherContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

/// An OpenSSL cipher context that frees itself.
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, FreeCipherContext>;

/// Bytes as OpenSSL wants them.
inline const unsigned char* octets(ByteView bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
inline unsigned char* octets(Bytes& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

}  // namespace postassoc
