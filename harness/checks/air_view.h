#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/checks/finding.h"
#include "harness/evidence.h"

namespace postassoc::checks {

/// How far two stamps of one capture may be off from the frames' true distance.
inline constexpr std::chrono::nanoseconds kAirStampUncertainty = std::chrono::microseconds(100);

/// A 4-way handshake with its messages at hand; frames of the harness's injector are left out.
struct HandshakeView {
  const Association* association = nullptr;
  std::size_t index = 0;  ///< in Association::handshakes
  bool rekey = false;
  std::vector<const AirEapol*> m1, m2, m3, m4;

  bool complete() const { return !m1.empty() && !m2.empty() && !m3.empty() && !m4.empty(); }
  /// The last M1 (M3) before `answer` that has its replay counter; null when there is none.
  const AirEapol* answered_by(const AirEapol& answer) const;
};

/// The air capture as checks need it: without the EAPOL frames that the harness injected itself,
/// which are found by their tag or, where they carry none, by their time.
class AirView {
 public:
  explicit AirView(const Evidence& evidence);

  bool injected(const AirEapol& frame) const { return injected_.contains(frame.frame); }
  /// The copy on the air of an `injected` event of the evidence's timeline; null without one.
  const AirEapol* copy_of(const Event& injected) const;
  /// Injections of EAPOL, but under a wrong key, whose frame was found on the air.
  std::size_t injected_count() const { return copies_.size(); }
  /// EAPOL-Key frames of an association, in order, but those that were injected.
  std::vector<const AirEapol*> keys(const Association& association) const;
  /// All handshakes that begin with an M1 of the access point, or with no M1.
  const std::vector<HandshakeView>& handshakes() const& { return handshakes_; }
  void handshakes() && = delete;  // would dangle in a range-for
  /// Those with all four messages.
  std::vector<HandshakeView> complete() const;

 private:
  void find_injections();
  std::vector<const AirEapol*> pick(const Association& association,
                                    const std::vector<std::size_t>& indices) const;

  const Evidence* evidence_;
  std::set<std::uint64_t> injected_;
  std::map<const Event*, const AirEapol*> copies_;
  std::vector<HandshakeView> handshakes_;
};

bool is_open(const Evidence& evidence);
bool wrong_credential(const Evidence& evidence);

/// Why a file of the evidence can't be used; nothing when it can.
std::optional<std::string> missing(const Evidence& evidence, std::string_view file);

/// What stops every rule about the handshake: an open network has none (not applicable), and
/// without EAPOL frames in the air capture nothing can be said (inconclusive).
std::optional<Finding> without_handshake(const FindingBuilder& finding, const Evidence& evidence);
/// The same of a rule about what follows message 3, which a wrong credential never reaches either;
/// `reason` is said where there can be none.
std::optional<Finding> without_message_3(const FindingBuilder& finding, const Evidence& evidence,
                                         std::string_view reason);

/// The M1 or M3 before `answer` in its association that has the same replay counter, injected ones
/// included; null when there is none.
const AirEapol* asked_by(const Association& association, const AirEapol& answer);
/// The station answered this frame of the access point: one of its own has the same counter.
bool is_answered(const Association& association, const AirEapol& asked);

/// The station's first answer to a message of the access point, by its replay counter; null when
/// there is none.
const AirEapol* answer_to(const Association& association, const AirEapol& asked);

}  // namespace postassoc::checks
