#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "harness/air.h"
#include "harness/frames/dot11.h"

namespace postassoc {

/// Decides which protected frames of a pair are in doubt and have to be decrypted to know their
/// key (see Decrypt::in_doubt). One stream is what a transmitter sends to the other end, or the
/// access point to its group: there packet numbers rise, so that a frame whose number goes on from
/// the last one is under the last one's key, as long as no new key, no EAPOL and no management
/// frame has come between. A frame now and then is decrypted all the same.
class AirStreams {
 public:
  /// After an EAPOL or management frame of the pair: its next few frames are in doubt.
  void disturb();
  bool in_doubt(const AirProtected& frame, std::size_t body_size,
                std::optional<std::size_t> newest_key);
  /// The frame's key as decryption found it, or as it is assumed here.
  void decrypted(const AirProtected& frame);
  std::size_t assume(const AirProtected& frame);

 private:
  struct Stream {
    std::size_t key = kNoKey;  ///< handshake of the last frame that was decrypted
    std::array<std::uint64_t, 16> pn{};
    std::array<std::uint16_t, 16> sequence_number{};
    std::uint64_t highest = 0;
    std::uint8_t key_id = 0;
    int budget = kBudget;
    unsigned since_sample = 0;
  };
  static constexpr int kBudget = 4;

  Stream& of(const AirProtected& frame);
  void remember(Stream& stream, const AirProtected& frame);

  std::array<Stream, 3> streams_;
};

}  // namespace postassoc
