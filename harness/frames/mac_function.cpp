#include "harness/frames/mac_function.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>

#include <array>
#include <string>

#include "harness/frames/cipher_context.h"

namespace postassoc {
namespace {

Result<Bytes> mac(const char* name, const char* algorithm, ByteView key, ByteView data) {
  if (key.empty()) {
    return Error{Fault::lab, "the key is empty", name};
  }
  std::array<std::byte, EVP_MAX_MD_SIZE> code{};
  std::size_t length = 0;
  if (EVP_Q_mac(nullptr, name, nullptr, algorithm, nullptr, key.data(), key.size(), octets(data),
                data.size(), reinterpret_cast<unsigned char*>(code.data()), code.size(),
                &length) == nullptr) {
    return Error{Fault::lab,
                 std::string("OpenSSL refuses ") + algorithm + " with a key of " +
                     std::to_string(key.size()) + " octets",
                 name};
  }
  return Bytes(code.begin(), code.begin() + static_cast<std::ptrdiff_t>(length));
}

}  // namespace

Result<Bytes> hmac(const char* digest, ByteView key, ByteView data) {
  return mac("HMAC", digest, key, data);
}

Result<Bytes> aes_cmac(ByteView key, ByteView data) {
  return mac("CMAC", key.size() == 32 ? "AES-256-CBC" : "AES-128-CBC", key, data);
}

}  // namespace postassoc
