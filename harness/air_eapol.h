#pragma once

#include <cstddef>
#include <optional>

#include "harness/air.h"
#include "harness/air_keys.h"

namespace postassoc {

/// What an EAPOL-Key frame is, given what came before it in its association.
struct SessionMessage {
  KeyMessage message = KeyMessage::unknown;
  std::string unknown_reason;
  std::optional<std::size_t> answers;  ///< index of the M1, M3 or G1 that an M2, M4 or G2 answers
};

/// The content says what a frame can be (`classify`); its sender must fit, and of an answer, the
/// replay counter must be that of a message of the kind it answers.
SessionMessage classify_in_session(const Association& association, Direction direction,
                                   const EapolKey& key);

/// Follows the EAPOL of one association: names each message, keeps the handshakes, derives their
/// keys, verifies MICs and decrypts key data, all in one pass in the capture's order.
class EapolSession {
 public:
  /// `pmk` may be nothing. `beacon_rsne` says what to derive when the association has no RSNE.
  EapolSession(std::optional<Bytes> pmk, Bytes beacon_rsne);

  /// Takes the next EAPOL PDU of the association; `seen.message` and what follows it are filled in
  /// here. Returns its index in `association.eapol`.
  std::size_t add(Association& association, AirEapol seen);
  const AirKeys& keys() const { return keys_; }

 private:
  /// What a message's MIC proved.
  struct Proof {
    std::optional<bool> valid;
    std::string reason;              ///< why it is not known
    std::optional<PairwiseKey> key;  ///< under which it is valid
  };
  std::size_t handshake_of(Association& association, std::size_t index,
                           const SessionMessage& message);
  Proof prove(const Association& association, const AirEapol& seen, const SessionMessage& message,
              std::size_t handshake) const;
  Proof prove_m2(const Association& association, const AirEapol& m2, std::size_t answered,
                 std::size_t handshake) const;
  Proof prove_m3(const Association& association, const AirEapol& m3, std::size_t handshake) const;
  Proof prove_with_known_keys(const Association& association, const AirEapol& seen,
                              std::optional<std::size_t> handshake) const;
  void take_keys(Association& association, AirEapol& seen, const PairwiseKey& key);

  std::optional<Bytes> pmk_;
  Bytes beacon_rsne_;
  AirKeys keys_;
};

}  // namespace postassoc
