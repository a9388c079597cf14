#pragma once

#include <cstddef>

#include "harness/air.h"
#include "harness/evidence_writer.h"

namespace postassoc {

/// Writes evidence on to another writer, and keeps the air capture for those who have to know while
/// the run goes on what is on the air: its keys, its packet numbers, its last messages.
class LiveAir final : public EvidenceWriter {
 public:
  explicit LiveAir(EvidenceWriter& evidence) : evidence_(evidence) {}
  LiveAir(const LiveAir&) = delete;
  LiveAir& operator=(const LiveAir&) = delete;
  ~LiveAir() override;

  /// From now on; before the first frame. An Error when there is no memory for it.
  Result<> keep_air();
  Result<> append(std::string_view name, ByteView bytes) override;

  /// What was captured so far, with all times on the capture's own clock. An Error when nothing is
  /// kept, or when more came than kMostOctets.
  Result<Air> read(const AirQuestion& question) const;

  static constexpr std::size_t kMostOctets = std::size_t{64} * 1024 * 1024;

 private:
  EvidenceWriter& evidence_;
  int file_ = -1;  ///< a file in memory
  std::size_t size_ = 0;
  bool overflow_ = false;
};

}  // namespace postassoc
