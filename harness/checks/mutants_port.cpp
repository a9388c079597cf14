#include "harness/checks/air_view.h"
#include "harness/checks/mutant_tools.h"
#include "harness/checks/mutants.h"

namespace postassoc::checks {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// --- port.unauthorized-after-assoc
// ----------------------------------------------------------------

bool keys_and_port_before_m4(EvidenceEditor& b) {
  const auto handshake = first_handshake(b);
  const Event* opened = port_opens(b);
  if (!handshake || opened == nullptr) {
    return false;
  }
  // Clear of the clocks' uncertainty, which hides less.
  const Timestamp m4 = handshake->m4->time;
  const auto hidden = b.evidence.clock_uncertainty() + kAirStampUncertainty;
  const Timestamp early = std::min(handshake->m3->time + microseconds(50), m4 - 2 * hidden);
  move_keys_to(b, early);
  return move_port_opening(b, early + microseconds(10));
}

bool port_opens_with_the_association(EvidenceEditor& b) {
  const Event* opened = port_opens(b);
  const Event* associated = b.find_event("cfg80211_send_rx_assoc", Side::station);
  if (opened == nullptr || associated == nullptr || b.find_message(KeyMessage::m4) == nullptr) {
    return false;
  }
  return move_port_opening(b, associated->time);
}

// --- port.opens-once
// ------------------------------------------------------------------------------

bool closes_and_opens_again(EvidenceEditor& b) {
  const auto frames = from_station(b);
  if (port_opens(b) == nullptr || frames.empty()) {
    return false;
  }
  const Timestamp later = frames.back()->time + milliseconds(1);
  close_port(b, later);
  open_port(b, later + milliseconds(1));
  return true;
}

// --- port.never-opens-on-bad-credential
// -----------------------------------------------------------

/// A moment after the station's answer to message 1; nothing when it was given the right
/// credential.
std::optional<Timestamp> after_refused_m2(EvidenceEditor& b) {
  const AirEapol* m2 = b.find_message(KeyMessage::m2);
  return m2 == nullptr || !wrong_credential(b.evidence) ? std::nullopt
                                                        : std::optional(m2->time + milliseconds(2));
}

bool says_it_is_connected(EvidenceEditor& b) {
  const auto time = after_refused_m2(b);
  if (time) {
    b.add(*time, Witness::supplicant, Side::station, "CTRL-EVENT-CONNECTED");
  }
  return time.has_value();
}

bool opens_with_a_wrong_passphrase(EvidenceEditor& b) {
  const auto time = after_refused_m2(b);
  if (time) {
    open_port(b, *time);
  }
  return time.has_value();
}

bool key_with_a_wrong_passphrase(EvidenceEditor& b) {
  const auto time = after_refused_m2(b);
  if (time) {
    install_key(b, *time);
  }
  return time.has_value();
}

}  // namespace

std::vector<Mutant> port_mutants() {
  return {
      {"keys and port come between message 3 and message 4", fixture::kConnect,
       keys_and_port_before_m4, "port.unauthorized-after-assoc"},
      {"the port opens with the association",
       fixture::kConnect,
       port_opens_with_the_association,
       "port.unauthorized-after-assoc",
       {{"order.keys-before-authorized", "there is no key yet"}}},
      {"the port closes and opens again", fixture::kConnect, closes_and_opens_again,
       "port.opens-once"},
      {"the supplicant says that it is connected with a wrong passphrase",
       fixture::kWrongPassphrase,
       says_it_is_connected,
       "port.never-opens-on-bad-credential",
       {{"port.sources-agree", "its kernel says otherwise"}}},
      {"the port opens with a wrong passphrase",
       fixture::kWrongPassphrase,
       opens_with_a_wrong_passphrase,
       "port.never-opens-on-bad-credential",
       {{"port.unauthorized-after-assoc", "there was no message 4"},
        {"order.keys-before-authorized", "there was no key"}}},
      {"a pairwise key is installed with a wrong passphrase",
       fixture::kWrongPassphrase,
       key_with_a_wrong_passphrase,
       "port.never-opens-on-bad-credential",
       {{"key.install-only-on-valid-m3", "there was no message 3"}}},
  };
}

}  // namespace postassoc::checks
