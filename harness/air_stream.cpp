#include "harness/air_stream.h"

#include <algorithm>

namespace postassoc {
namespace {

/// A rekey goes through protected frames; its messages are of this size, with the cipher's header
/// and MIC and LLC/SNAP: an EAPOL-Key frame has 99 octets and more.
constexpr std::size_t kSmallestEapolBody = 8 + 8 + 99 + 8;
constexpr std::size_t kLargestEapolBody = kSmallestEapolBody + 512;
constexpr std::uint64_t kLongestStep = 65536;
constexpr unsigned kSampleEvery = 128;

}  // namespace

AirStreams::Stream& AirStreams::of(const AirProtected& frame) {
  return streams_[frame.group ? 2 : static_cast<std::size_t>(frame.direction)];
}

void AirStreams::disturb() {
  for (Stream& stream : streams_) {
    stream.budget = kBudget;
  }
}

bool AirStreams::in_doubt(const AirProtected& frame, std::size_t body_size,
                          std::optional<std::size_t> newest_key) {
  Stream& stream = of(frame);
  if (!frame.group && body_size >= kSmallestEapolBody && body_size <= kLargestEapolBody) {
    return true;
  }
  if (stream.budget > 0) {
    --stream.budget;
    return true;
  }
  const std::uint64_t last = stream.pn[frame.tid % stream.pn.size()];
  const bool again = frame.retry && frame.pn == last &&
                     frame.sequence_number == stream.sequence_number[frame.tid % 16];
  const bool goes_on = frame.pn > last && frame.pn < stream.highest + kLongestStep;
  const bool new_key = !frame.group && newest_key && stream.key != *newest_key;
  if ((!again && !goes_on) || new_key || frame.key_id != stream.key_id) {
    return true;
  }
  return ++stream.since_sample >= kSampleEvery;
}

void AirStreams::decrypted(const AirProtected& frame) {
  Stream& stream = of(frame);
  stream.since_sample = 0;
  if (stream.key != frame.handshake) {
    stream.key = frame.handshake;
    stream.highest = 0;
    stream.budget = std::max(stream.budget, 1);
  }
  remember(stream, frame);
}

std::size_t AirStreams::assume(const AirProtected& frame) {
  Stream& stream = of(frame);
  remember(stream, frame);
  return stream.key;
}

void AirStreams::remember(Stream& stream, const AirProtected& frame) {
  stream.pn[frame.tid % 16] = frame.pn;
  stream.sequence_number[frame.tid % 16] = frame.sequence_number;
  stream.highest = std::max(stream.highest, frame.pn);
  stream.key_id = frame.key_id;
}

}  // namespace postassoc
