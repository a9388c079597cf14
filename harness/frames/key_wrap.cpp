#include "harness/frames/key_wrap.h"

#include "harness/frames/cipher_context.h"
#include "harness/frames/malformed.h"

namespace postassoc {
namespace {

constexpr std::size_t kBlock = 8;
constexpr std::size_t kSmallestPlaintext = 2 * kBlock;

const EVP_CIPHER* wrap_cipher(std::size_t kek_size) {
  if (kek_size == 16) {
    return EVP_aes_128_wrap();
  }
  return kek_size == 32 ? EVP_aes_256_wrap() : nullptr;
}

Error bad_kek(ByteView kek) {
  return {Fault::lab, "a KEK of " + std::to_string(kek.size()) + " octets is not supported",
          "key wrap"};
}

void pad(Bytes& plaintext) {
  if (plaintext.size() >= kSmallestPlaintext && plaintext.size() % kBlock == 0) {
    return;
  }
  plaintext.push_back(std::byte{0xdd});
  while (plaintext.size() < kSmallestPlaintext || plaintext.size() % kBlock != 0) {
    plaintext.push_back(std::byte{0});
  }
}

}  // namespace

Result<Bytes> unwrap_key_data(ByteView kek, std::uint8_t descriptor_version, ByteView key_data) {
  if (descriptor_version == 1) {
    return malformed("key wrap", "key descriptor version 1 (RC4) is not supported");
  }
  if (descriptor_version > 3) {
    return malformed("key wrap", "key descriptor version " + std::to_string(descriptor_version) +
                                     " is reserved");
  }
  const EVP_CIPHER* cipher = wrap_cipher(kek.size());
  if (cipher == nullptr) {
    return bad_kek(kek);
  }
  if (key_data.size() < kSmallestPlaintext + kBlock || key_data.size() % kBlock != 0) {
    return malformed("key wrap", std::to_string(key_data.size()) +
                                     " octets of key data are not the length of an AES key wrap");
  }
  const CipherContext context(EVP_CIPHER_CTX_new());
  Bytes plaintext(key_data.size());
  int length = 0;
  if (!context || EVP_DecryptInit_ex2(context.get(), cipher, octets(kek), nullptr, nullptr) != 1 ||
      EVP_DecryptUpdate(context.get(), octets(plaintext), &length, octets(key_data),
                        static_cast<int>(key_data.size())) != 1 ||
      length <= 0) {
    return malformed("key wrap", "the key data fails its integrity check under this KEK");
  }
  plaintext.resize(static_cast<std::size_t>(length));
  return plaintext;
}

Result<Bytes> wrap_key_data(ByteView kek, ByteView plaintext) {
  const EVP_CIPHER* cipher = wrap_cipher(kek.size());
  if (cipher == nullptr) {
    return bad_kek(kek);
  }
  Bytes padded(plaintext.begin(), plaintext.end());
  pad(padded);
  const CipherContext context(EVP_CIPHER_CTX_new());
  Bytes wrapped(padded.size() + 2 * kBlock);
  int length = 0;
  if (!context || EVP_EncryptInit_ex2(context.get(), cipher, octets(kek), nullptr, nullptr) != 1 ||
      EVP_EncryptUpdate(context.get(), octets(wrapped), &length, octets(padded),
                        static_cast<int>(padded.size())) != 1) {
    return Error{Fault::lab, "OpenSSL failed to wrap the key data", "key wrap"};
  }
  wrapped.resize(static_cast<std::size_t>(length));
  return wrapped;
}

}  // namespace postassoc
