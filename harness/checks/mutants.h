#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "harness/checks/evidence_editor.h"

namespace postassoc::checks {

/// Names in fixtures/evidence: what a rig recorded.
namespace fixture {
inline constexpr const char* kConnect = "wpa2-psk-connect";
inline constexpr const char* kConnectSha256 = "wpa2-psk-connect-sha256";
inline constexpr const char* kMessage3Again = "wpa2-psk-message-3-again";
inline constexpr const char* kUnencrypted = "wpa2-psk-unencrypted-after-keys";
inline constexpr const char* kWrongPassphrase = "wpa2-psk-wrong-passphrase";
inline constexpr const char* kOpen = "open-plain-frames-delivered";
inline constexpr const char* kWrongCredential = "wpa2-psk-connect-wrong-credential";
inline constexpr const char* kHostapdTerminated = "hostapd-terminated";
inline constexpr const char* kPlainBeforeKeys = "unencrypted-before-keys";
inline constexpr const char* kPlainToGroup = "unencrypted-group-after-keys";
inline constexpr const char* kMessage1Then3 = "replay-message-1-then-3";
inline constexpr const char* kPacketNumbersReplayed = "replay-packet-numbers";
inline constexpr const char* kGroupMessage1Again = "rekey-group-message-1-again";
inline constexpr const char* kPairwiseRekey = "rekey-ptk-under-traffic";
inline constexpr const char* kGroupRekey = "rekey-gtk";
inline constexpr const char* kReconnect = "reconnect-again-after-leaving";
inline constexpr const char* kSentAway = "reconnect-access-point-deauthenticates";
}  // namespace fixture

/// Another check that fails with a mutant, and why it does.
struct Also {
  std::string_view check;
  std::string_view because;
};

/// A fault of the device, put into evidence that has none: the proof that a check can fail.
struct Mutant {
  std::string_view name;     ///< what the device does, a sentence
  std::string_view fixture;  ///< recorded evidence that it is shown on
  /// Puts the fault in; false, with nothing changed, when this evidence has nothing to bend. It has
  /// to do with any evidence, however long: what it changes must be what `fails` looks at.
  bool (*bend)(EvidenceEditor&);
  std::string_view fails;       ///< the check that has to fail with it
  std::vector<Also> also = {};  ///< the only others that may
  /// Where no fixture has the situation: makes it, soundly, before the fixture is bent. With it
  /// alone `fails` passes.
  bool (*situate)(EvidenceEditor&) = nullptr;
};

/// Every mutant, in the order of the catalogue's families.
std::span<const Mutant> all_mutants();

// Those of a family: mutants_<family>.cpp.
std::vector<Mutant> run_mutants();
std::vector<Mutant> order_mutants();
std::vector<Mutant> eapol_mutants();
std::vector<Mutant> timing_mutants();
std::vector<Mutant> key_mutants();
std::vector<Mutant> excl_mutants();
std::vector<Mutant> port_mutants();
std::vector<Mutant> rekey_mutants();
std::vector<Mutant> provoked_mutants();
std::vector<Mutant> key_use_mutants();
std::vector<Mutant> key_life_mutants();
std::vector<Mutant> port_loss_mutants();
std::vector<Mutant> robust_mutants();
std::vector<Mutant> multi_mutants();
std::vector<Mutant> wait_mutants();

}  // namespace postassoc::checks
