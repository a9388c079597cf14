#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "harness/frames/bytes.h"
#include "harness/frames/link_type.h"
#include "harness/result.h"

namespace postassoc {

/// One frame of a capture. Owns its bytes.
struct CapturedFrame {
  std::uint64_t number = 0;          ///< from 1, as Wireshark numbers the frames of the file
  std::chrono::nanoseconds time{0};  ///< since the Unix epoch, on the capturing host's clock
  Bytes data;
  std::uint32_t original_length = 0;  ///< more than `data` when the capture cut the frame
};

/// Reads a pcap or pcapng file, front to back, with stamps in nanoseconds.
class CaptureFile {
 public:
  /// An Error when the file cannot be read, is no capture, or has a link type other than radiotap,
  /// 802.11 or Ethernet.
  static Result<CaptureFile> open(const std::filesystem::path& path);

  CaptureFile(CaptureFile&&) noexcept;
  CaptureFile& operator=(CaptureFile&&) noexcept;
  ~CaptureFile();

  /// The next frame; nothing at the end. A file that breaks off inside a record ends there, and
  /// `truncated()` then says why. Any other read failure is an Error.
  Result<std::optional<CapturedFrame>> next();

  int link_type() const;
  /// Why the file ended early; nothing for a file that is whole (so far as it was read).
  const std::optional<std::string>& truncated() const;

 private:
  struct State;
  explicit CaptureFile(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace postassoc
