#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "harness/air.h"
#include "harness/frames/bytes.h"
#include "harness/frames/data_key.h"
#include "harness/frames/dot11.h"
#include "harness/frames/keys.h"

namespace postassoc {

/// A PTK of an association, and the handshake that made it.
struct PairwiseKey {
  std::size_t handshake = 0;
  Suite akm = 0;
  Suite cipher = kCipherCcmp128;
  Ptk ptk;
};

/// The keys of one association, as far as its handshakes gave them away. Newest first everywhere:
/// during a rekey both ends use old and new keys side by side. Keeps a limited number, so that a
/// flood of handshakes does not make each frame slower.
class AirKeys {
 public:
  void add_ptk(PairwiseKey key);
  /// GTK: `cipher` is the group cipher; IGTK and BIGTK: the group management cipher.
  void add_group(const AirGroupKey& key, Suite cipher);
  const std::vector<PairwiseKey>& ptks() const { return ptks_; }
  /// The handshake of the newest PTK.
  std::optional<std::size_t> newest() const;
  bool has_gtk(std::uint8_t key_id) const;

  /// A frame under a pairwise key (individual RA) or a group key (group RA): the handshake whose
  /// key fits, and its plaintext in `plaintext`. Nothing when none fits: the MIC tells.
  std::optional<std::size_t> decrypt(const Dot11& frame, std::uint8_t key_id,
                                     Bytes& plaintext) const;
  /// A frame under a TK of zeros.
  bool decrypt_with_zeros(Suite cipher, const Dot11& frame, Bytes& plaintext);
  /// Whether a group management frame's Management MIC is right; nothing when its key is not known.
  std::optional<bool> verify_group_management(const Dot11& frame, std::uint16_t key_id) const;

 private:
  struct GroupKey {
    std::size_t handshake = 0;
    std::uint8_t key_id = 0;
    DataKey key;
  };
  struct IntegrityKey {
    std::uint16_t key_id = 0;
    Suite cipher = 0;
    Bytes key;
  };
  std::vector<PairwiseKey> ptks_;
  std::vector<std::optional<DataKey>> tks_;  ///< of ptks_, in its order
  std::vector<GroupKey> gtks_;
  std::vector<IntegrityKey> igtks_;
  std::optional<DataKey> zeros_;
};

}  // namespace postassoc
