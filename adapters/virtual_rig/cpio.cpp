#include "adapters/virtual_rig/cpio.h"

#include <fmt/format.h>

#include <iterator>

namespace postassoc::virtual_rig {
namespace {

constexpr unsigned kDirectory = 0040755;
constexpr unsigned kSymlink = 0120777;
constexpr unsigned kFile = 0100644;
constexpr unsigned kProgram = 0100755;

void pad(std::ofstream& out, std::size_t size) {
  out.write("\0\0\0", (4 - size % 4) % 4);
}

}  // namespace

CpioWriter::CpioWriter(const std::filesystem::path& file)
    : file_(file), out_(file, std::ios::binary | std::ios::trunc) {}

void CpioWriter::add(std::string_view path, unsigned mode, ByteView content) {
  if (path.starts_with('/')) {
    path.remove_prefix(1);
  }
  const bool trailer = mode == 0;
  const std::string header = fmt::format(
      // magic, inode, mode, uid, gid, links, mtime, size, device (2), rdev (2), name size, check
      "070701{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}",
      trailer ? 0u : ++inode_, mode, 0, 0, 1, 0, content.size(), 0, 0, 0, 0, path.size() + 1, 0);
  out_ << header << path << '\0';
  pad(out_, header.size() + path.size() + 1);
  out_.write(reinterpret_cast<const char*>(content.data()),
             static_cast<std::streamsize>(content.size()));
  pad(out_, content.size());
}

void CpioWriter::add_directory(std::string_view path) {
  add(path, kDirectory, {});
}

void CpioWriter::add_symlink(std::string_view path, std::string_view target) {
  add(path, kSymlink, as_bytes(target));
}

void CpioWriter::add_file(std::string_view path, ByteView content, bool executable) {
  add(path, executable ? kProgram : kFile, content);
}

Result<> CpioWriter::add_copy(std::string_view path, const std::filesystem::path& source) {
  std::ifstream in(source, std::ios::binary);
  const std::string content((std::istreambuf_iterator<char>(in)), {});
  if (!in.good() && !in.eof()) {
    return Error{Fault::rig_unavailable, "cannot be read for the virtual rig's image",
                 source.string()};
  }
  add_file(path, as_bytes(content), true);
  return Result<>{};
}

Result<> CpioWriter::finish() {
  add("TRAILER!!!", 0, {});
  out_.close();
  if (!out_) {
    return Error{Fault::rig_unavailable, "cannot be written (is the disk full?)", file_.string()};
  }
  return Result<>{};
}

}  // namespace postassoc::virtual_rig
