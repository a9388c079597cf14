#include "adapters/virtual_rig/cache.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace postassoc::virtual_rig {
namespace {

namespace fs = std::filesystem;
constexpr std::chrono::minutes kLockLimit{3};
constexpr std::chrono::milliseconds kLockPoll{50};

Task<> lock(int fd) {
  while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) {
      co_return Error{Fault::rig_unavailable, std::strerror(errno), "lock of the cache folder"};
    }
    if (auto slept = co_await sleep_for(kLockPoll); !slept) {
      co_return slept.error();
    }
  }
  co_return Result<>{};
}

}  // namespace

Task<CacheLock> CacheLock::acquire(fs::path folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  const int fd = error ? -1 : ::open((folder / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0) {
    co_return Error{Fault::rig_unavailable,
                    "the cache folder cannot be written: " +
                        (error ? error.message() : std::string(std::strerror(errno))),
                    folder.string()};
  }
  CacheLock held(fd);
  auto locked = co_await with_deadline(lock(fd), kLockLimit,
                                       "another run to finish building in " + folder.string());
  if (!locked) {
    co_return locked.error();
  }
  co_return std::move(held);
}

CacheLock::CacheLock(CacheLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

CacheLock::~CacheLock() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

fs::path default_cache_folder() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return fs::path(value != nullptr ? value : "");
  };
  if (auto own = variable("POSTASSOC_CACHE"); !own.empty()) {
    return own;
  }
  if (const auto caches = variable("XDG_CACHE_HOME"); caches.is_absolute()) {
    return caches / "postassoc";
  }
  const auto home = variable("HOME");
  return (home.empty() ? fs::path("/var/tmp") : home / ".cache") / "postassoc";
}

void prune(const fs::path& folder, std::string_view prefix, std::size_t keep) {
  std::vector<std::pair<fs::file_time_type, fs::path>> entries;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(prefix)) {
      const bool unfinished = name.ends_with(".new");
      entries.emplace_back(unfinished ? fs::file_time_type::min() : entry.last_write_time(ignored),
                           entry.path());
    }
  }
  std::ranges::sort(entries, std::greater{});
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (i >= keep || entries[i].first == fs::file_time_type::min()) {
      fs::remove_all(entries[i].second, ignored);
    }
  }
}

void touch(const fs::path& entry) {
  std::error_code ignored;
  fs::last_write_time(entry, fs::file_time_type::clock::now(), ignored);
}

}  // namespace postassoc::virtual_rig
