#pragma once

#include <filesystem>
#include <string_view>

#include "harness/run/task.h"

namespace postassoc::virtual_rig {

/// Holds the cache folder for one run at a time while something is built there. What is complete
/// may be used without it: files are built under another name and renamed.
class CacheLock {
 public:
  /// Creates the folder when it is missing and waits for its turn (up to 3 minutes).
  static Task<CacheLock> acquire(std::filesystem::path folder);
  CacheLock(CacheLock&& other) noexcept;
  CacheLock& operator=(CacheLock&&) = delete;
  ~CacheLock();

 private:
  explicit CacheLock(int fd) : fd_(fd) {}
  int fd_;
};

/// $POSTASSOC_CACHE, or postassoc in $XDG_CACHE_HOME, or ~/.cache/postassoc.
std::filesystem::path default_cache_folder();

/// Removes all but the `keep` youngest entries whose name begins with `prefix`, and what unfinished
/// builds (names ending in ".new") left there. To be called with the lock held.
void prune(const std::filesystem::path& folder, std::string_view prefix, std::size_t keep);

/// Makes an entry the youngest, so that prune() keeps what is used.
void touch(const std::filesystem::path& entry);

}  // namespace postassoc::virtual_rig
