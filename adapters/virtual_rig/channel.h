#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "harness/frames/bytes.h"
#include "harness/result.h"

namespace postassoc::virtual_rig {

/// What goes over the channel between the host and the guest's agent.
enum class FrameType : std::uint8_t {
  ready = 1,  ///< guest: the radios exist; JSON of what was found
  sync,       ///< host: date and entropy, see Sync
  synced,     ///< guest: sync was applied
  job,        ///< host: the job's bytes
  cancel,     ///< host: end the job
  evidence,   ///< guest: bytes for one evidence file, see Evidence
  progress,   ///< guest: a line for a person
  result,     ///< guest: the job's result
  failure,    ///< guest: the job's Error, as JSON
};

struct Frame {
  FrameType type;
  Bytes payload;
};

/// No frame's payload is longer; the reader gives up on one that claims to be.
inline constexpr std::size_t kLongestPayload = std::size_t{16} * 1024 * 1024;
/// The guest's kernel takes this much with one write; evidence is cut into frames that fit.
inline constexpr std::size_t kEvidenceChunk = std::size_t{31} * 1024;

/// Length (4 octets, little-endian, of the payload), type (1), payload.
Bytes encode(FrameType type, ByteView payload);

/// Cuts a stream of bytes into frames. The stream is hostile: a length beyond kLongestPayload or an
/// unknown type is an Error, and every later call gives it again.
class FrameReader {
 public:
  void feed(ByteView bytes);
  /// The next complete frame, or nothing when more bytes are needed.
  Result<std::optional<Frame>> next();

 private:
  Bytes buffer_;
  std::size_t begin_ = 0;
};

/// Payload of FrameType::evidence: length of the name (1 octet), name, bytes.
struct Evidence {
  std::string_view name;
  ByteView bytes;
};
/// `name` has at most 255 octets.
Bytes encode_evidence(std::string_view name, ByteView bytes);
/// The views live as long as `payload`. An Error when the name could lead out of a run directory:
/// only letters, digits, '.', '_', '-' and '/' between non-empty parts other than "." and "..".
Result<Evidence> decode_evidence(ByteView payload);

/// Payload of FrameType::sync: nanoseconds since 1970 (8 octets, little-endian), entropy.
struct Sync {
  std::uint64_t realtime_ns;
  ByteView entropy;
};
Bytes encode_sync(const Sync& sync);
Result<Sync> decode_sync(ByteView payload);

/// Payload of FrameType::failure. `bug` stands for an exception in the guest.
struct Failure {
  Error error;
  bool bug = false;
};
Bytes encode_failure(const Failure& failure);
Failure decode_failure(ByteView payload);

}  // namespace postassoc::virtual_rig
