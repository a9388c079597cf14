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

/// One frame of a capture.
struct CapturedFrame {
  std::uint64_t number = 0;          ///< from 1, as Wireshark numbers the frames of the file
  std::chrono::nanoseconds time{0};  ///< since the Unix epoch, on the capturing host's clock
  ByteView data;  ///< the reader's own bytes: valid until the next call of `next()`, no longer
  std::uint32_t original_length = 0;  ///< more than `data` when the capture cut the frame
};

/// Reads a pcap or pcapng file, plain or compressed by gzip, front to back, with stamps in
/// nanoseconds whatever resolution the file (in pcapng: each interface) has.
class CaptureFile {
 public:
  /// An Error when the file cannot be read, is no capture, or has a link type that neither
  /// `carries_dot11` nor `is_of_a_netdev`.
  static Result<CaptureFile> open(const std::filesystem::path& path);

  CaptureFile(CaptureFile&&) noexcept;
  CaptureFile& operator=(CaptureFile&&) noexcept;
  ~CaptureFile();

  /// The next frame, without a copy; nothing at the end. A file that breaks off inside a record
  /// (or is still being written, or whose gzip data is cut) ends there, and `truncated()` then says
  /// why. Any other read failure is an Error, once, and the end after it: above all a pcapng file
  /// whose interfaces differ in link type or snapshot length, which libpcap does not read past the
  /// first frame of the second; the Error names them and says how to split the file.
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
