#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "harness/frames/bytes.h"
#include "harness/result.h"

namespace postassoc {

/// A file opened for reading, plain or compressed by gzip, as a FILE that libpcap reads.
struct CaptureStream {
  /// Why decompression stopped early; filled while the FILE is read, and lives longer than it.
  std::unique_ptr<std::optional<std::string>> broken;
  Bytes buffer;          ///< of the FILE; must outlive it
  FILE* file = nullptr;  ///< the caller closes it
};

/// An Error when the file cannot be opened.
Result<CaptureStream> open_capture_stream(const std::filesystem::path& path);

}  // namespace postassoc
