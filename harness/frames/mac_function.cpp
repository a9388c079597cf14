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

Result<Bytes> aes_gmac(ByteView key, ByteView nonce, ByteView data) {
  constexpr std::size_t kNonceSize = 12;
  const EVP_CIPHER* cipher = key.size() == 32 ? EVP_aes_256_gcm() : EVP_aes_128_gcm();
  const CipherContext context(EVP_CIPHER_CTX_new());
  EVP_CIPHER_CTX* gcm = context.get();
  Bytes code(16);
  unsigned char last[16];
  int length = 0;
  if ((key.size() != 16 && key.size() != 32) || nonce.size() != kNonceSize || gcm == nullptr ||
      EVP_EncryptInit_ex2(gcm, cipher, octets(key), octets(nonce), nullptr) != 1 ||
      EVP_EncryptUpdate(gcm, nullptr, &length, octets(data), static_cast<int>(data.size())) != 1 ||
      EVP_EncryptFinal_ex(gcm, last, &length) != 1 ||
      EVP_CIPHER_CTX_ctrl(gcm, EVP_CTRL_AEAD_GET_TAG, static_cast<int>(code.size()), code.data()) !=
          1) {
    return Error{Fault::lab, "OpenSSL refuses a key of " + std::to_string(key.size()) + " octets",
                 "GMAC"};
  }
  return code;
}

}  // namespace postassoc
