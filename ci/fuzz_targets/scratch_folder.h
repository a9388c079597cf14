#pragma once

#include <filesystem>
#include <string_view>

#include "harness/frames/bytes.h"

namespace postassoc::fuzz {

/// A folder in memory for what a target has to read from a file; gone when the program ends.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  /// Writes a file in it, in place of the one that was there, and says where it is.
  std::filesystem::path write(std::string_view name, ByteView content) const;

 private:
  std::filesystem::path path_;
};

}  // namespace postassoc::fuzz
