#include "adapters/virtual_rig/digest.h"

#include <openssl/evp.h>

#include <array>

#include "harness/frames/bytes.h"

namespace postassoc::virtual_rig {

Digest::Digest() : context_(EVP_MD_CTX_new()) {
  EVP_DigestInit_ex(context_, EVP_sha256(), nullptr);
}

Digest::~Digest() {
  EVP_MD_CTX_free(context_);
}

Digest& Digest::add(std::string_view text) {
  const std::string length = std::to_string(text.size()) + ":";
  EVP_DigestUpdate(context_, length.data(), length.size());
  EVP_DigestUpdate(context_, text.data(), text.size());
  return *this;
}

Digest& Digest::add_file(const std::filesystem::path& file) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  const auto date = std::filesystem::last_write_time(file, error);
  return add(file.string())
      .add(std::to_string(size))
      .add(std::to_string(date.time_since_epoch().count()));
}

std::string Digest::hex() {
  std::array<std::byte, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  EVP_DigestFinal_ex(context_, reinterpret_cast<unsigned char*>(digest.data()), &size);
  return to_hex(ByteView(digest).first(12));
}

}  // namespace postassoc::virtual_rig
