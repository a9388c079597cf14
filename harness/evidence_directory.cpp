#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "harness/evidence.h"

namespace postassoc {
namespace {

Error system_error(std::string what, const std::filesystem::path& where, int error = errno) {
  return {Fault::lab, std::move(what) + ": " + std::strerror(error), where.string()};
}

/// One of the names in evidence_file, or of that kind: never a way out of the folder.
bool is_plain_name(std::string_view name) {
  return !name.empty() && name != "." && name.find('/') == std::string_view::npos &&
         name.find("..") == std::string_view::npos && name.find('\0') == std::string_view::npos;
}

Result<int> open_for_append(const std::filesystem::path& file, bool secret) {
  const mode_t mode = secret ? 0600 : 0644;
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, mode);
  if (fd < 0) {
    return system_error("can't open the file to append to it", file);
  }
  if (secret && ::fchmod(fd, mode) != 0) {
    const int error = errno;
    ::close(fd);
    return system_error("can't make the file its owner's alone", file, error);
  }
  return fd;
}

}  // namespace

EvidenceDirectory::EvidenceDirectory(std::filesystem::path path) : path_(std::move(path)) {}

EvidenceDirectory::EvidenceDirectory(EvidenceDirectory&& other) noexcept
    : path_(std::move(other.path_)), files_(std::exchange(other.files_, {})) {}

EvidenceDirectory& EvidenceDirectory::operator=(EvidenceDirectory&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(files_, other.files_);
  return *this;
}

EvidenceDirectory::~EvidenceDirectory() {
  for (const auto& [name, fd] : files_) {
    ::close(fd);
  }
}

Result<EvidenceDirectory> EvidenceDirectory::create(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) {
    return Error{Fault::lab, "can't create the folder: " + error.message(), directory.string()};
  }
  return EvidenceDirectory(directory);
}

Result<> EvidenceDirectory::append(std::string_view name, ByteView bytes) {
  if (!is_plain_name(name)) {
    return Error{Fault::invalid_input, fmt::format("'{}' is no name of an evidence file", name),
                 path_.string()};
  }
  const std::filesystem::path file = path_ / name;
  auto open = files_.find(name);
  if (open == files_.end()) {
    const auto fd = open_for_append(file, name == evidence_file::kSecrets);
    if (!fd) {
      return fd.error();
    }
    open = files_.emplace(name, *fd).first;
  }
  if (name == evidence_file::kSecrets && ::ftruncate(open->second, 0) != 0) {
    return system_error("can't write the file anew", file);
  }
  ByteView left = bytes;
  while (!left.empty()) {
    const ssize_t written = ::write(open->second, left.data(), left.size());
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written < 0) {
      return system_error(fmt::format("can't write {} bytes ({} of them were written)",
                                      bytes.size(), bytes.size() - left.size()),
                          file);
    }
    left = left.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace postassoc
