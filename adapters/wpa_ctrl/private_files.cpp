#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "adapters/wpa_ctrl/hostap_daemon.h"

namespace postassoc {
namespace {

Error trouble(const std::filesystem::path& path, const std::string& what) {
  return {Fault::lab, what + ": " + std::strerror(errno), path.string()};
}

Result<> write_all(int fd, const std::filesystem::path& file, std::string_view text) {
  while (!text.empty()) {
    const auto size = ::write(fd, text.data(), text.size());
    if (size < 0 && errno == EINTR) {
      continue;
    }
    if (size < 0) {
      return trouble(file, "cannot be written");
    }
    text.remove_prefix(static_cast<std::size_t>(size));
  }
  return {};
}

}  // namespace

Result<> make_private_directory(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) {
    return Error{Fault::lab, "cannot be made: " + error.message(), directory.string()};
  }
  if (::chmod(directory.c_str(), S_IRWXU) != 0) {
    return trouble(directory, "cannot be made private");
  }
  return {};
}

Result<> write_private_file(const std::filesystem::path& file, std::string_view text) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
                        S_IRUSR | S_IWUSR);
  if (fd < 0) {
    return trouble(file, "cannot be written");
  }
  auto done = ::fchmod(fd, S_IRUSR | S_IWUSR) == 0 ? write_all(fd, file, text)
                                                   : Result<>(trouble(file, "cannot be private"));
  ::close(fd);
  return done;
}

}  // namespace postassoc
