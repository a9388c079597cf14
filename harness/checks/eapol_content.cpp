#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/air_view.h"
#include "harness/checks/key_descriptor.h"
#include "harness/checks/misled.h"
#include "harness/checks/registry.h"
#include "harness/checks/rsne_view.h"
#include "harness/frames/akm.h"
#include "harness/frames/elements.h"
#include "harness/frames/key_data.h"

namespace postassoc::checks {
namespace {

// --- eapol.replay-counter-monotonic
// ---------------------------------------------------------------

/// IEEE 802.11-2020, 12.7.2: the counter rises with every EAPOL-Key frame the authenticator sends.
Finding judge_counter_monotonic(const Evidence& evidence) {
  FindingBuilder finding("eapol.replay-counter-monotonic", evidence);
  finding.expect(
      "each EAPOL-Key frame of the access point has a higher replay counter than the "
      "one before it in the association");
  if (const auto stop = without_handshake(finding, evidence)) {
    return *stop;
  }
  const AirView air(evidence);
  std::size_t compared = 0;
  for (const Association& association : evidence.air.associations) {
    const AirEapol* before = nullptr;
    for (const AirEapol* frame : air.keys(association)) {
      if (frame->direction != Direction::from_access_point) {
        continue;
      }
      finding.frame(*frame);
      if (before != nullptr && frame->key->replay_counter <= before->key->replay_counter) {
        return finding.at(frame->time)
            .fail(fmt::format(
                "frame {} of the access point has replay counter {}, after {} in frame {}",
                frame->frame, frame->key->replay_counter, before->key->replay_counter,
                before->frame));
      }
      compared += before != nullptr ? 1U : 0U;
      before = frame;
    }
  }
  if (compared == 0) {
    return finding.inconclusive("no association has two EAPOL-Key frames of the access point");
  }
  return finding.pass(
      fmt::format("the replay counter rose {} out of {}", count_of(compared, "time"), compared));
}

// --- eapol.replay-counter-echo
// --------------------------------------------------------------------

bool is_answer(const AirEapol& frame) {
  return frame.direction == Direction::from_station && frame.key && !frame.key->request() &&
         !frame.key->error();
}

Finding judge_counter_echo(const Evidence& evidence) {
  FindingBuilder finding("eapol.replay-counter-echo", evidence);
  finding.expect("messages 2 and 4 and group message 2 carry the counter of what they answer");
  if (const auto stop = without_handshake(finding, evidence)) {
    return *stop;
  }
  std::size_t answers = 0;
  for (const Association& association : evidence.air.associations) {
    for (const AirEapol& frame : association.eapol) {
      if (!is_answer(frame) || misled(association, frame)) {
        continue;
      }
      finding.frame(frame);
      const AirEapol* question = asked_by(association, frame);
      const auto wanted = question_of(frame.message);
      if (question == nullptr || (wanted && question->message != *wanted)) {
        return finding.at(frame.time)
            .fail(fmt::format("{} (frame {}) has replay counter {}, which no {} before it had",
                              to_string(frame.message), frame.frame, frame.key->replay_counter,
                              wanted ? to_string(*wanted) : "frame of the access point"));
      }
      ++answers;
    }
  }
  if (answers == 0) {
    return finding.inconclusive("the station answered no EAPOL-Key frame");
  }
  return finding.pass(
      fmt::format("{} of the station echo the right counter", count_of(answers, "answer")));
}

// --- eapol.mic-valid
// ------------------------------------------------------------------------------

bool has_mic_by_rule(KeyMessage message) {
  return message != KeyMessage::m1 && message != KeyMessage::unknown;
}

/// IEEE 802.11-2020, 12.7.2, Key MIC field.
Finding judge_mic_valid(const Evidence& evidence) {
  FindingBuilder finding("eapol.mic-valid", evidence);
  finding.expect("the MIC of messages 2, 3, 4 and of both group messages verifies");
  if (const auto stop = without_handshake(finding, evidence)) {
    return *stop;
  }
  if (wrong_credential(evidence)) {
    return finding.not_applicable(
        "the station was given another passphrase on purpose: its MIC "
        "has to be wrong");
  }
  const AirView air(evidence);
  std::size_t verified = 0;
  const AirEapol* open = nullptr;
  for (const Association& association : evidence.air.associations) {
    for (const AirEapol* frame : air.keys(association)) {
      const AirEapol* question = asked_by(association, *frame);
      const bool answers_injected = frame->direction == Direction::from_station &&
                                    question != nullptr && air.injected(*question);
      if (!has_mic_by_rule(frame->message) || answers_injected || misled(association, *frame)) {
        continue;
      }
      finding.frame(*frame);
      if (!frame->mic_valid) {
        open = open != nullptr ? open : frame;
      } else if (!*frame->mic_valid) {
        return finding.at(frame->time)
            .fail(fmt::format("the MIC of {} (frame {}) does not verify", to_string(frame->message),
                              frame->frame));
      } else {
        ++verified;
      }
    }
  }
  if (open != nullptr) {
    return finding.inconclusive(fmt::format("the MIC of {} (frame {}) can't be computed: {}",
                                            to_string(open->message), open->frame,
                                            open->mic_unknown_reason));
  }
  if (verified == 0) {
    return finding.inconclusive("no frame that has to carry a MIC is on the air");
  }
  return finding.pass(fmt::format("the MIC of all {} verifies", count_of(verified, "frame")));
}

// --- eapol.key-info-bits
// --------------------------------------------------------------------------

/// That of the association; where nothing tells its AKM, of the network as the scenario has it.
std::optional<std::uint16_t> version_of(const Evidence& evidence, const Association& association) {
  if (const auto suites = chosen_suites(association)) {
    return descriptor_version(suites->akm, suites->pairwise);
  }
  const AccessPointSpec& network = evidence.plan.scenario.access_point;
  if (evidence.capture_only ||
      (network.security != Security::wpa2_psk && network.security != Security::wpa2_psk_sha256)) {
    return std::nullopt;
  }
  return descriptor_version(network.security == Security::wpa2_psk ? kAkmPsk : kAkmPskSha256,
                            network.pairwise);
}

/// IEEE 802.11-2020, 12.7.6.2 to 12.7.6.5 and 12.7.7; nothing for an unknown message.
std::optional<std::uint16_t> expected_key_info(KeyMessage message, std::uint16_t version) {
  constexpr unsigned kPairwise = EapolKey::kPairwise;
  constexpr unsigned kAck = EapolKey::kKeyAck;
  constexpr unsigned kMic = EapolKey::kKeyMic;
  constexpr unsigned kSecure = EapolKey::kSecure;
  constexpr unsigned kEncrypted = EapolKey::kEncryptedKeyData;
  unsigned bits = 0;
  switch (message) {
    case KeyMessage::m1:
      bits = kPairwise | kAck;
      break;
    case KeyMessage::m2:
      bits = kPairwise | kMic;
      break;
    case KeyMessage::m3:
      bits = kPairwise | kAck | kMic | kSecure | kEncrypted | EapolKey::kInstall;
      break;
    case KeyMessage::m4:
      bits = kPairwise | kMic | kSecure;
      break;
    case KeyMessage::g1:
      bits = kAck | kMic | kSecure | kEncrypted;
      break;
    case KeyMessage::g2:
      bits = kMic | kSecure;
      break;
    case KeyMessage::unknown:
      return std::nullopt;
  }
  return static_cast<std::uint16_t>(bits | version);
}

/// In a rekey Secure is set in message 1 (12.7.6.2), and some supplicants set it in message 2.
std::uint16_t free_bits(KeyMessage message, bool rekey) {
  const bool either = rekey && (message == KeyMessage::m1 || message == KeyMessage::m2);
  return either ? EapolKey::kSecure : std::uint16_t{0};
}

/// What the station asks of its own accord: a key, or help against MIC failures (12.7.4).
bool is_request(const AirEapol& frame) {
  return frame.message == KeyMessage::unknown && frame.direction == Direction::from_station &&
         frame.key->request();
}

Finding judge_key_info(const Evidence& evidence) {
  FindingBuilder finding("eapol.key-info-bits", evidence);
  finding.expect("the key information that cipher and AKM prescribe for each message");
  if (const auto stop = without_handshake(finding, evidence)) {
    return *stop;
  }
  const AirView air(evidence);
  std::size_t judged = 0;
  std::size_t answers = 0;
  const AirEapol* unknown = nullptr;
  for (const Association& association : evidence.air.associations) {
    const auto version = version_of(evidence, association);
    bool rekey = false;
    for (const AirEapol* frame : air.keys(association)) {
      if (is_request(*frame)) {
        continue;
      }
      if (!version) {
        return finding.frame(*frame).inconclusive(
            "nothing in the capture tells which AKM is used, and so which descriptor version");
      }
      const auto expected = expected_key_info(frame->message, *version);
      if (!expected) {
        unknown = unknown != nullptr ? unknown : frame;
        continue;
      }
      finding.frame(*frame);
      const unsigned differing = frame->key->key_info ^ *expected;
      if ((differing & ~static_cast<unsigned>(free_bits(frame->message, rekey))) != 0) {
        return finding.at(frame->time)
            .expect(fmt::format("{:#06x}", *expected))
            .actual(fmt::format("{:#06x}", frame->key->key_info))
            .fail(fmt::format("{} (frame {}) has key information {:#06x} where {:#06x} is "
                              "prescribed",
                              to_string(frame->message), frame->frame, frame->key->key_info,
                              *expected));
      }
      rekey = rekey || frame->message == KeyMessage::m4;
      answers += frame->direction == Direction::from_station ? 1U : 0U;
      ++judged;
    }
  }
  if (unknown != nullptr) {
    return finding.inconclusive(fmt::format("frame {} can't be told to be any message: {}",
                                            unknown->frame, unknown->unknown_reason));
  }
  if (answers == 0) {
    return finding.inconclusive("the station sent no EAPOL-Key frame");
  }
  return finding.pass(
      fmt::format("the key information of all {} is as prescribed", count_of(judged, "message")));
}

// --- eapol.m2-rsne-matches-assoc
// ------------------------------------------------------------------

/// IEEE 802.11-2020, 12.7.6.3: the RSNE of message 2 is that of the (re)association request.
Finding judge_m2_rsne(const Evidence& evidence) {
  FindingBuilder finding("eapol.m2-rsne-matches-assoc", evidence);
  finding.expect("the RSNE of message 2 equals that of the association request, byte for byte");
  if (const auto stop = without_handshake(finding, evidence)) {
    return *stop;
  }
  std::size_t compared = 0;
  const AirView air(evidence);
  for (const HandshakeView& handshake : air.handshakes()) {
    const Association& association = *handshake.association;
    for (const AirEapol* m2 : handshake.m2) {
      if (!association.request_frame || !m2->key) {
        continue;
      }
      const Bytes& plain = m2->key_data_plain ? *m2->key_data_plain : m2->key->key_data;
      const KeyData data = parse_key_data(plain);
      const ByteView sent = data.raw_rsne();
      finding.frame(*association.request_frame, association.request_time.value_or(m2->time));
      finding.frame(*m2);
      const bool ft = association.suites && is_ft_akm(association.suites->akm);
      if (!same_rsne(sent, association.rsne, ft)) {
        return finding.at(m2->time)
            .expect(to_hex(association.rsne))
            .actual(to_hex(sent))
            .fail(fmt::format("the RSNE of message 2 (frame {}) differs from that of the "
                              "association request (frame {})",
                              m2->frame, *association.request_frame));
      }
      ++compared;
    }
  }
  if (compared == 0) {
    return finding.inconclusive("no message 2 together with its association request is on the air");
  }
  return finding.pass(
      fmt::format("the RSNE of {} equals that of the request", count_of(compared, "message 2")));
}

}  // namespace

Check eapol_replay_counter_monotonic() {
  return {"eapol.replay-counter-monotonic",
          "The access point's replay counter rises with each EAPOL-Key frame it sends in an "
          "association, retransmissions included.",
          "A counter that stands still lets old frames be taken for new ones, or makes the "
          "station ignore a real retransmission.",
          "IEEE 802.11-2020, 12.7.2, Key Replay Counter",
          "air capture: EAPOL-Key frames of the access point",
          "fewer than two such frames in an association",
          "any connect; repeated messages (RESEND_M1, RESEND_M3)",
          {"gate.capture-complete"},
          judge_counter_monotonic};
}

Check eapol_replay_counter_echo() {
  return {"eapol.replay-counter-echo",
          "Each answer of the station carries the replay counter of the message it answers.",
          "The access point drops an answer with any other counter: the handshake runs into its "
          "time-out though every frame arrived.",
          "IEEE 802.11-2020, 12.7.2 and 12.7.6",
          "air capture: EAPOL-Key frames of both ends",
          "the station answered nothing on the air",
          "repeated message 1 and message 3",
          {"gate.capture-complete"},
          judge_counter_echo};
}

Check eapol_mic_valid() {
  return {"eapol.mic-valid",
          "The MIC of every message that must have one verifies under the derived KCK.",
          "A wrong MIC is dropped without a word: the user sees a wrong-password message, or "
          "nothing at all.",
          "IEEE 802.11-2020, 12.7.2, Key MIC",
          "air capture, and the PMK that the harness made",
          "the PMK is unknown, or one of the two nonces was not captured",
          "any connect",
          {"gate.capture-complete"},
          judge_mic_valid};
}

Check eapol_key_info_bits() {
  return {"eapol.key-info-bits",
          "Descriptor version, key type, Install, Ack, MIC, Secure and Encrypted are as the AKM "
          "and the cipher prescribe for each message.",
          "Access points of other makers check these bits and drop what they do not expect; the "
          "fault shows only at a customer's.",
          "IEEE 802.11-2020, 12.7.2, Key Information, and 12.7.6",
          "air capture: EAPOL-Key frames and the RSNE of the association request",
          "a message can't be classified, or the station sent none",
          "any connect, with each AKM",
          {"gate.capture-complete"},
          judge_key_info};
}

Check eapol_m2_rsne_matches_assoc() {
  return {
      "eapol.m2-rsne-matches-assoc",
      "Message 2 repeats the RSN element of the association request, bit for bit; under FT with "
      "the PMKR1Name added.",
      "The access point must refuse a difference, as it is how a downgrade is noticed: the "
      "station is sent away with reason 17.",
      "IEEE 802.11-2020, 12.7.6.3 and, with FT, 13.4.2",
      "air capture: association request and message 2",
      "message 2 or the association request was not captured",
      "a connect with management frame protection on and off",
      {"gate.capture-complete"},
      judge_m2_rsne};
}

}  // namespace postassoc::checks
