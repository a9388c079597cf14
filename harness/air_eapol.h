#pragma once

#include <cstddef>
#include <functional>
#include <optional>

#include "harness/air.h"
#include "harness/air_keys.h"
#include "harness/air_secrets.h"
#include "harness/frames/elements.h"
#include "harness/frames/ft_elements.h"
#include "harness/frames/ft_keys.h"

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

/// An EAPOL-Key frame with a MIC field as long as the AKM says; where the lengths inside the PDU
/// only fit another size of MIC, with that one (the AKM may not be known).
Result<EapolKey> parse_key_of(const Eapol& eapol, const std::optional<SelectedSuites>& suites);

/// Follows the keys of one association: names each EAPOL message, keeps the handshakes, finds the
/// PMK among the candidates, derives the keys, verifies MICs and decrypts key data, all in one pass
/// in the capture's order.
class EapolSession {
 public:
  /// `candidates` outlives this.
  explicit EapolSession(PmkCandidates& candidates) : candidates_(&candidates) {}

  /// Takes the next EAPOL PDU of the association; `seen.message` and what follows it are filled in
  /// here. Returns its index in `association.eapol`.
  std::size_t add(Association& association, AirEapol seen);
  /// The elements of the association's request and response: what FT needs, and with FT over the
  /// air (or the DS) the keys themselves.
  void take_request(Association& association, const Elements& elements);
  void take_response(Association& association, const Elements& elements);
  void set_mdid(std::uint16_t mdid) { ft_.mdid = mdid; }

  const AirKeys& keys() const { return keys_; }
  AirKeys& keys() { return keys_; }

 private:
  /// What a message's MIC proved.
  struct Proof {
    std::optional<bool> valid;
    std::string reason;              ///< why it is not known
    std::optional<PairwiseKey> key;  ///< under which it is valid
  };
  /// Tries every candidate; `valid` says whether the MIC is right under a KCK.
  using MicTest = std::function<Result<bool>(const Ptk&)>;
  Proof find_key(const Association& association, const SelectedSuites& suites, const Nonce& anonce,
                 const Nonce& snonce, std::size_t handshake, const MicTest& test);
  Result<Ptk> derive(const Association& association, const SelectedSuites& suites, ByteView pmk,
                     const Nonce& anonce, const Nonce& snonce) const;
  void take_ft_context(const FtElements& elements);

  std::size_t handshake_of(Association& association, std::size_t index,
                           const SessionMessage& message);
  Proof prove(const Association& association, const AirEapol& seen, const SessionMessage& message,
              std::size_t handshake);
  Proof prove_m2(const Association& association, const AirEapol& m2, std::size_t answered,
                 std::size_t handshake);
  Proof prove_m3(const Association& association, const AirEapol& m3, std::size_t handshake);
  Proof prove_with_known_keys(const Association& association, const AirEapol& seen,
                              std::optional<std::size_t> handshake) const;
  void take_keys(Association& association, AirEapol& seen, const PairwiseKey& key);
  void take_group_keys(Association& association, const AirEapol& seen, std::size_t handshake);
  void add_group_key(Association& association, AirGroupKey key);

  PmkCandidates* candidates_;
  std::optional<Bytes> pmk_;  ///< the candidate that was right
  FtContext ft_;              ///< the SSID is the association's
  AirKeys keys_;
};

}  // namespace postassoc
