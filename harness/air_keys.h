#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "harness/frames/bytes.h"
#include "harness/frames/dot11.h"
#include "harness/frames/key_data.h"
#include "harness/frames/keys.h"

namespace postassoc {

/// A PTK of an association, and the handshake that made it.
struct PairwiseKey {
  std::size_t handshake = 0;
  Suite akm = 0;
  Ptk ptk;
};

/// The keys of one association, as far as its handshakes gave them away. Newest first everywhere:
/// during a rekey both ends use old and new keys side by side. Keeps a limited number, so that a
/// flood of handshakes does not make each frame slower.
class AirKeys {
 public:
  struct Decrypted {
    std::size_t handshake = 0;
    Bytes plaintext;
  };

  void add_ptk(PairwiseKey key);
  void add_gtk(std::size_t handshake, const GtkKde& gtk);
  const std::vector<PairwiseKey>& ptks() const { return ptks_; }
  bool has_gtk(std::uint8_t key_id) const;

  /// A frame under a pairwise key (individual RA) or a group key (group RA). Nothing when no key
  /// fits: CCMP's own MIC tells.
  std::optional<Decrypted> decrypt(const Dot11& frame, std::uint8_t key_id) const;

 private:
  struct GroupKey {
    std::size_t handshake = 0;
    std::uint8_t key_id = 0;
    Bytes key;
  };
  std::vector<PairwiseKey> ptks_;
  std::vector<GroupKey> gtks_;
};

}  // namespace postassoc
