#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/result.h"

namespace postassoc {

/// A tracing instance of its own ("instances/postassoc-PID-N"): buffers, clock and enabled events
/// that nothing else on the machine sees or disturbs. Stamps are CLOCK_MONOTONIC. Destruction
/// removes it; so does the next program, should this one be killed.
class TracefsInstance {
 public:
  /// `tracefs`: "/sys/kernel/tracing". An Error says what to mount, load or be.
  static Result<TracefsInstance> create(const std::filesystem::path& tracefs);

  TracefsInstance(TracefsInstance&& other) noexcept;
  TracefsInstance& operator=(TracefsInstance&&) = delete;
  ~TracefsInstance();

  /// "cfg80211/rdev_add_key"; an Error if this kernel doesn't have it.
  Result<> enable(std::string_view event);
  /// Defines the kernel's return probe on ieee80211_key_link, once for all programs, and enables
  /// it.
  Result<> enable_key_link();
  /// Appends what is buffered, as text, and takes it out of the buffer. Never blocks.
  Result<> read(std::string& text);
  /// No further events are recorded; what is buffered stays.
  void pause();
  /// Drops what is buffered and records events again.
  Result<> restart();
  /// Events that found no room since the start, over all processors.
  std::uint64_t lost() const;

  const std::filesystem::path& path() const { return path_; }

 private:
  TracefsInstance(std::filesystem::path tracefs, std::filesystem::path path)
      : tracefs_(std::move(tracefs)), path_(std::move(path)) {}
  Result<> configure();

  std::filesystem::path tracefs_;
  std::filesystem::path path_;
  int pipe_ = -1;
  bool uses_key_link_ = false;
};

}  // namespace postassoc
