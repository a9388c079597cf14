#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/air.h"

namespace postassoc {

/// What `read_netdev` reads, and whether that is all.
struct NetdevCapture {
  std::vector<NetdevFrame> frames;
  std::optional<std::string> broken_off;  ///< why the file ends early
};

Result<NetdevCapture> read_netdev_capture(const std::filesystem::path& file,
                                          std::chrono::nanoseconds realtime_offset,
                                          const std::string& tag_nonce);

}  // namespace postassoc
