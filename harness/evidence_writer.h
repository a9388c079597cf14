#pragma once

#include <string_view>

#include "harness/frames/bytes.h"
#include "harness/result.h"

namespace postassoc {

/// Where evidence goes while a run is recorded: a run directory, or the channel that leads out of
/// the virtual rig's guest. Files are only ever appended to. `name` is one of those in evidence.h.
class EvidenceWriter {
 public:
  virtual ~EvidenceWriter() = default;
  /// Appends, creating the file on first use. An Error names the file and what failed (no space).
  virtual Result<> append(std::string_view name, ByteView bytes) = 0;
};

}  // namespace postassoc
