#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/eapol_stimulus.h"
#include "harness/checks/registry.h"

/// EAPOL-Key frames that the station has to discard without a word.
namespace postassoc::checks {
namespace {

// --- eapol.replayed-frame-ignored
// -----------------------------------------------------------------

/// IEEE 802.11-2020, 12.7.2: the local counter is that of the last frame whose MIC was valid; a
/// frame whose counter is not above it is a replay.
bool is_used(const AirView& air, const Association& association, const AirEapol& frame) {
  if (!frame.key) {
    return false;
  }
  for (const AirEapol& answer : association.eapol) {
    if (answer.frame >= frame.frame) {
      return false;
    }
    if (answer.message != KeyMessage::m4 && answer.message != KeyMessage::g2) {
      continue;
    }
    const AirEapol* asked = asked_by(association, answer);
    if (asked != nullptr && asked != &frame && !air.injected(*asked) &&
        asked->key->replay_counter >= frame.key->replay_counter) {
      return true;
    }
  }
  return false;
}

Finding judge_replayed(const Evidence& evidence) {
  return judge_no_effect(evidence, FindingBuilder("eapol.replayed-frame-ignored", evidence),
                         {"with a used replay counter", {"replayed"}, is_used, is_used});
}

// --- eapol.bad-mic-ignored
// ------------------------------------------------------------------------

bool lacks_mic(const AirEapol& frame) {
  return frame.key && !frame.key->key_mic();
}

/// The last handshake of the access point's own that began before the frame.
const HandshakeView* running_at(const AirView& air, const Association& association,
                                const AirEapol& frame) {
  const HandshakeView* running = nullptr;
  for (const HandshakeView& handshake : air.handshakes()) {
    if (handshake.association == &association && !handshake.m1.empty() &&
        handshake.m1.front()->frame < frame.frame) {
      running = &handshake;
    }
  }
  return running;
}

bool data_follows(const Association& association, std::size_t handshake, std::uint64_t frame) {
  const auto& data = association.protected_data;
  return std::any_of(data.begin(), data.end(), [&](const AirProtected& one) {
    return !one.group && one.handshake == handshake && one.frame > frame;
  });
}

/// Whether the keys that the frame is to be held against are known for sure, so that a MIC that
/// does not verify is not our mistake. Message 2 verifies; a message 3 follows its message 1 at
/// once, so that no other nonce came between; data goes on under the keys after a group message 1.
bool keys_proved(const AirView& air, const Association& association, const AirEapol& frame) {
  const HandshakeView* running = running_at(air, association, frame);
  if (running == nullptr || running->m1.size() != 1 || running->m2.size() != 1 ||
      running->m2.front()->mic_valid != true) {
    return false;
  }
  const EapolKey& m1 = *running->m1.front()->key;
  return frame.message == KeyMessage::m3
             ? frame.key->nonce == m1.nonce && frame.key->replay_counter == m1.replay_counter + 1
             : frame.message == KeyMessage::g1 &&
                   data_follows(association, running->index, frame.frame);
}

bool has_bad_mic(const AirView& air, const Association& association, const AirEapol& frame) {
  if (!frame.key) {
    return false;
  }
  const bool cleared = lacks_mic(frame) && !frame.key->encrypted_key_data() && frame.key->install();
  return cleared ||
         (frame.key->key_mic() && frame.mic_valid == false && keys_proved(air, association, frame));
}

/// Injected with a wrong MIC: it must not verify by our own keys, where they are known.
bool is_without_valid_mic(const AirView&, const Association&, const AirEapol& frame) {
  return frame.key && frame.mic_valid != true;
}

Finding judge_bad_mic(const Evidence& evidence) {
  return judge_no_effect(
      evidence, FindingBuilder("eapol.bad-mic-ignored", evidence),
      {"without a valid MIC", {"bad_mic", "mic_cleared"}, is_without_valid_mic, has_bad_mic});
}

// --- eapol.unauthenticated-keydata-ignored
// --------------------------------------------------------

/// CVE-2018-14526.
bool is_unauthenticated(const AirView&, const Association&, const AirEapol& frame) {
  return lacks_mic(frame) && frame.key->encrypted_key_data();
}

/// FILS authenticates by AEAD, and has no MIC by design.
bool sent_unauthenticated(const AirView& air, const Association& association,
                          const AirEapol& frame) {
  const bool has_mic = association.suites && association.suites->akm != kAkmFilsSha256 &&
                       association.suites->akm != kAkmFilsSha384;
  return has_mic && is_unauthenticated(air, association, frame);
}

Finding judge_unauthenticated(const Evidence& evidence) {
  return judge_no_effect(evidence,
                         FindingBuilder("eapol.unauthenticated-keydata-ignored", evidence),
                         {"with encrypted key data and no MIC",
                          {"unauthenticated_key_data"},
                          is_unauthenticated,
                          sent_unauthenticated});
}

Check ignored(std::string_view id, std::string_view rule, std::string_view why,
              std::string_view source, std::string_view provoke,
              Finding (*judge)(const Evidence&)) {
  Check check{
      id,
      rule,
      why,
      source,
      "air capture; kernel trace of the station: rdev_add_key; the harness's injected events",
      "fewer than 3 such frames were acknowledged, the station was not watched for 12 s after "
      "the last, or no kernel trace says that no key was installed; of frames that nobody injected "
      "only a remark",
      provoke,
      {"gate.capture-complete", "gate.injector-works"},
      judge};
  check.fail_stands_alone = true;
  return check;
}

}  // namespace

Check eapol_replayed_frame_ignored() {
  return ignored(
      "eapol.replayed-frame-ignored",
      "An EAPOL-Key frame whose replay counter was used before draws no answer, installs "
      "no key and does not make the station leave.",
      "Who can make a station act on a recorded frame can make it install an old key, or "
      "disconnect it at will.",
      "IEEE 802.11-2020, 12.7.2, Key Replay Counter; hostap test_ap_wpa2_psk_unexpected",
      "inject steps: a verbatim copy of message 1, then of message 3, after the handshake; "
      "then wait 12 s",
      judge_replayed);
}

Check eapol_bad_mic_ignored() {
  return ignored(
      "eapol.bad-mic-ignored",
      "An EAPOL-Key frame whose MIC is wrong, or missing where it must be, is discarded "
      "without a word.",
      "The MIC is all that tells the access point's frames from anybody's: a station that "
      "answers, or leaves, can be driven from outside.",
      "IEEE 802.11-2020, 12.7.2, Key MIC; hostap test_ap_wpa2_psk_mic_0",
      "inject steps: message 3 with one bit of its MIC flipped, and with the MIC bit "
      "cleared; then wait 12 s",
      judge_bad_mic);
}

Check eapol_unauthenticated_keydata_ignored() {
  return ignored("eapol.unauthenticated-keydata-ignored",
                 "Encrypted key data in a frame without a MIC is neither decrypted nor acted on.",
                 "With RC4 key data the station becomes a decryption oracle: the group key leaks "
                 "octet by octet (CVE-2018-14526).",
                 "CVE-2018-14526; hostap src/rsn_supp/wpa.c, encrypted but unauthenticated data",
                 "inject steps: an EAPOL-Key frame with Encrypted Key Data set and Key MIC clear; "
                 "then wait 12 s",
                 judge_unauthenticated);
}

}  // namespace postassoc::checks
