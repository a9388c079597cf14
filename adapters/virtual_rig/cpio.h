#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "harness/frames/bytes.h"
#include "harness/result.h"

namespace postassoc::virtual_rig {

/// Writes an archive in the "newc" cpio format that the kernel unpacks as its initramfs: everything
/// owned by root, dates zero, in the order of the calls, so that the same input gives the same
/// bytes. Archives may be concatenated. Paths are absolute; parent folders must be added first.
class CpioWriter {
 public:
  explicit CpioWriter(const std::filesystem::path& file);

  void add_directory(std::string_view path);
  void add_symlink(std::string_view path, std::string_view target);
  void add_file(std::string_view path, ByteView content, bool executable);
  /// Copies a file of the host.
  Result<> add_copy(std::string_view path, const std::filesystem::path& source);
  /// Writes the trailer. An Error names the archive when something could not be written.
  Result<> finish();

 private:
  void add(std::string_view path, unsigned mode, ByteView content);

  std::filesystem::path file_;
  std::ofstream out_;
  unsigned inode_ = 0;
};

}  // namespace postassoc::virtual_rig
