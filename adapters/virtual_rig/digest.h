#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

typedef struct evp_md_ctx_st EVP_MD_CTX;

namespace postassoc::virtual_rig {

/// SHA-256 over what a cached file depends on: the name of the cached file.
class Digest {
 public:
  Digest();
  ~Digest();
  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;

  Digest& add(std::string_view text);
  /// Path, size and date of last change (nanoseconds) stand for the file's content.
  Digest& add_file(const std::filesystem::path& file);
  /// 24 hexadecimal digits. To be called once.
  std::string hex();

 private:
  EVP_MD_CTX* context_;
};

}  // namespace postassoc::virtual_rig
