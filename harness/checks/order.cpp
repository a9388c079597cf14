#include <fmt/format.h>

#include "harness/checks/air_view.h"
#include "harness/checks/kernel_events.h"
#include "harness/checks/misled.h"
#include "harness/checks/registry.h"

namespace postassoc::checks {
namespace {

// --- order.post-assoc-after-assoc
// -----------------------------------------------------------------

/// IEEE 802.11-2020, 11.3: data of class 3 only after a successful association.
Finding judge_post_assoc_after_assoc(const Evidence& evidence) {
  FindingBuilder finding("order.post-assoc-after-assoc", evidence);
  finding.expect("a successful (re)association response before the station's first EAPOL frame");
  if (const auto stop = without_handshake(finding, evidence)) {
    return *stop;
  }
  std::size_t answered = 0;
  std::size_t unseen = 0;
  for (const Association& association : evidence.air.associations) {
    for (const AirEapol& sent : association.eapol) {
      if (sent.direction != Direction::from_station) {
        continue;
      }
      if (!association.response_frame) {
        finding.frame(sent);
        ++unseen;
        break;
      }
      if (association.status.value_or(0) != 0 || *association.response_frame > sent.frame) {
        return finding.frame(sent)
            .frame(*association.response_frame, association.response_time.value_or(sent.time))
            .fail(fmt::format("the station sent an EAPOL frame (frame {}) {}", sent.frame,
                              association.status.value_or(0) != 0
                                  ? "though its association was refused"
                                  : "before the association response"));
      }
      finding.frame(*association.response_frame, association.response_time.value_or(sent.time));
      finding.frame(sent);
      ++answered;
      break;
    }
  }
  if (unseen > 0) {
    return finding.inconclusive(
        "the air capture holds EAPOL frames of the station, but not the "
        "association response before them");
  }
  if (answered == 0) {
    return finding.inconclusive("the station sent no EAPOL frame");
  }
  return finding.pass(fmt::format("in {} the station's first EAPOL frame came after the response",
                                  count_of(answered, "association")));
}

// --- order.message-sequence
// -----------------------------------------------------------------------

/// Follows one association; a sentence when the station broke the order.
class Sequence {
 public:
  explicit Sequence(const Association& association) : association_(association) {}

  std::optional<std::string> take(const AirEapol& frame) {
    switch (frame.message) {
      case KeyMessage::m1:
        m4_since_m1_ = false;
        return std::nullopt;
      case KeyMessage::m2:
        ++answers_;
        if (asked(frame) != KeyMessage::m1) {
          return "message 2 answers a replay counter that no message 1 had";
        }
        if (m4_since_m1_) {
          return "message 2 came after message 4 without a new message 1";
        }
        return std::nullopt;
      case KeyMessage::m4:
        ++answers_;
        m4_since_m1_ = true;
        if (asked(frame) != KeyMessage::m3) {
          return "message 4 answers a replay counter that no message 3 had";
        }
        return std::nullopt;
      case KeyMessage::m3:
      case KeyMessage::g1:
      case KeyMessage::g2:
        return std::nullopt;
      case KeyMessage::unknown:
        return take_unknown(frame);
    }
    return std::nullopt;
  }

  std::size_t answers() const { return answers_; }
  const AirEapol* unknown() const { return unknown_; }

 private:
  KeyMessage asked(const AirEapol& frame) const {
    const AirEapol* question = asked_by(association_, frame);
    return question == nullptr ? KeyMessage::unknown : question->message;
  }

  std::optional<std::string> take_unknown(const AirEapol& frame) {
    if (frame.direction != Direction::from_station || !frame.key) {
      return std::nullopt;
    }
    if (frame.key->pairwise() && !frame.key->request() &&
        asked_by(association_, frame) == nullptr) {
      return "an answer to a replay counter that the access point never used";
    }
    unknown_ = &frame;
    return std::nullopt;
  }

  const Association& association_;
  bool m4_since_m1_ = false;
  std::size_t answers_ = 0;
  const AirEapol* unknown_ = nullptr;
};

/// IEEE 802.11-2020, 12.7.6.1.
Finding judge_message_sequence(const Evidence& evidence) {
  FindingBuilder finding("order.message-sequence", evidence);
  finding.expect("message 2 answers a message 1 and message 4 a message 3, in this order");
  if (const auto stop = without_handshake(finding, evidence)) {
    return *stop;
  }
  const AirView air(evidence);
  std::size_t answers = 0;
  const AirEapol* unknown = nullptr;
  for (const Association& association : evidence.air.associations) {
    Sequence sequence(association);
    for (const AirEapol& frame : association.eapol) {
      if (misled(association, frame)) {
        continue;
      }
      if (const auto broken = sequence.take(frame)) {
        return finding.frame(frame).fail(
            fmt::format("the station's frame {} is out of order: {}", frame.frame, *broken));
      }
      if (frame.key && !air.injected(frame)) {
        finding.frame(frame);
      }
    }
    answers += sequence.answers();
    unknown = unknown != nullptr ? unknown : sequence.unknown();
  }
  if (unknown != nullptr) {
    return finding.inconclusive(
        fmt::format("frame {} of the station can't be told to be message 2 "
                    "or 4: {}",
                    unknown->frame, unknown->unknown_reason));
  }
  if (answers == 0) {
    return finding.inconclusive("the station sent no message 2 and no message 4");
  }
  const std::size_t complete = air.complete().size();
  if (complete == 0 && !wrong_credential(evidence)) {
    return finding.inconclusive("no handshake has all four messages on the air");
  }
  return finding.pass(fmt::format("{} of the station in order, {}", count_of(answers, "answer"),
                                  count_of(complete, "complete handshake")));
}

// --- order.initial-m4-clear-then-protected
// --------------------------------------------------------

const AirProtected* first_protected(const Association& association) {
  for (const AirProtected& data : association.protected_data) {
    if (data.direction == Direction::from_station) {
      return &data;
    }
  }
  return nullptr;
}

/// IEEE 802.11-2020, 12.7.6.4 and 12.7.6.5.
Finding judge_initial_m4(const Evidence& evidence) {
  FindingBuilder finding("order.initial-m4-clear-then-protected", evidence);
  finding.expect("message 4 of the first handshake unprotected, protected data only after it");
  if (const auto stop = without_handshake(finding, evidence)) {
    return *stop;
  }
  std::size_t judged = 0;
  const AirView air(evidence);
  for (const HandshakeView& handshake : air.handshakes()) {
    if (handshake.rekey || handshake.m4.empty()) {
      continue;
    }
    const AirEapol& m4 = *handshake.m4.front();
    finding.frame(m4);
    if (m4.protected_frame) {
      return finding.fail(
          fmt::format("message 4 (frame {}) was sent protected, under a key that "
                      "the access point does not have yet",
                      m4.frame));
    }
    const AirProtected* data = first_protected(*handshake.association);
    if (data == nullptr) {
      continue;
    }
    finding.frame(*data);
    if (data->frame < m4.frame) {
      return finding.fail(
          fmt::format("the station sent protected data (frame {}) before message 4 "
                      "(frame {})",
                      data->frame, m4.frame));
    }
    ++judged;
  }
  if (judged == 0) {
    return wrong_credential(evidence)
               ? finding.not_applicable("with another passphrase there is no message 4")
               : finding.inconclusive(
                     "no message 4 with protected data of the station after it is "
                     "on the air");
  }
  return finding.pass(fmt::format("in {} message 4 was in clear and protected data came after it",
                                  count_of(judged, "association")));
}

// --- order.keys-before-authorized
// -----------------------------------------------------------------

const KeyInstall* first_of(const std::vector<KeyInstall>& installs, bool pairwise) {
  for (const KeyInstall& install : installs) {
    if (install.pairwise == pairwise && install.effective()) {
      return &install;
    }
  }
  return nullptr;
}

/// Nothing when both keys were there before the port opened; else what was late.
std::optional<std::string> late_key(const Evidence& evidence, const PortSession& session,
                                    FindingBuilder& finding) {
  const Event& opened = *session.opened.front();
  const Timestamp from =
      session.associated != nullptr ? session.associated->time : Timestamp::min();
  const Timestamp until = session.left != nullptr ? session.left->time : Timestamp::max();
  const auto installs = key_installs(evidence, Side::station, from, until);
  for (const bool pairwise : {true, false}) {
    const KeyInstall* key = first_of(installs, pairwise);
    const char* name = pairwise ? "pairwise" : "group";
    if (key == nullptr) {
      return fmt::format("the port opened and no {} key was ever installed", name);
    }
    finding.event(*key->request);
    if (key->time() > opened.time) {
      return fmt::format("the port opened {} ms before the {} key was installed",
                         to_ms_text(key->time() - opened.time), name);
    }
  }
  return std::nullopt;
}

Finding judge_keys_before_authorized(const Evidence& evidence) {
  FindingBuilder finding("order.keys-before-authorized", evidence);
  finding.expect("pairwise and group key installed before the station's port opens");
  if (is_open(evidence)) {
    return finding.not_applicable("an open network has no keys");
  }
  if (const auto why = trace_unusable(evidence)) {
    return finding.inconclusive(*why);
  }
  std::size_t judged = 0;
  for (const PortSession& session : port_sessions(evidence, Side::station)) {
    if (session.opened.empty()) {
      continue;
    }
    if (!key_trace_alive(evidence)) {
      return finding.inconclusive("the port opened, but the trace holds no key event at all");
    }
    finding.event(*session.opened.front());
    if (const auto late = late_key(evidence, session, finding)) {
      return finding.at(session.opened.front()->time).fail(*late);
    }
    ++judged;
  }
  if (judged == 0) {
    return wrong_credential(evidence)
               ? finding.not_applicable("with another passphrase the port must not open")
               : finding.inconclusive("the station's port never opened");
  }
  return finding.pass(fmt::format("in {} both keys were installed before the port opened",
                                  count_of(judged, "association")));
}

}  // namespace

Check order_post_assoc_after_assoc() {
  return {"order.post-assoc-after-assoc",
          "The station begins its post-association operation only after it was associated.",
          "Software that starts early derives keys for a link that does not exist, and loses its "
          "state when the association is answered.",
          "IEEE 802.11-2020, 11.3; Windows Native 802.11: Dot11ExtIhvPerformPostAssociate, remarks",
          "air capture: association response and EAPOL frames",
          "no EAPOL frame of the station, or no association response before it, was captured",
          "any connect; a fast access point that sends message 1 at once",
          {"gate.capture-complete"},
          judge_post_assoc_after_assoc};
}

Check order_message_sequence() {
  return {"order.message-sequence",
          "The four messages come in order: each message 2 answers a message 1, each message 4 a "
          "message 3; repeats only answer repeats.",
          "A station that answers what was not asked can be talked into a handshake by a third "
          "party, or never converges after a lost frame.",
          "IEEE 802.11-2020, 12.7.6",
          "air capture: EAPOL-Key frames with their replay counters",
          "a frame of the station can't be classified, or a message is missing on the air",
          "any connect; lost or repeated messages (hostapd RESEND_M1, RESEND_M3)",
          {"gate.capture-complete"},
          judge_message_sequence};
}

Check order_initial_m4_clear_then_protected() {
  return {"order.initial-m4-clear-then-protected",
          "In the first handshake of an association message 4 is sent unprotected and before any "
          "protected data.",
          "A message 4 under the new key can't be read by an access point that has not installed "
          "it yet: message 3 comes again, and the connection is late or lost.",
          "IEEE 802.11-2020, 12.7.6.4 and 12.7.6.5",
          "air capture: message 4 and the station's protected data",
          "message 4, or protected data after it, is not on the air",
          "a connect with data to send as soon as the port opens",
          {"gate.capture-complete"},
          judge_initial_m4};
}

Check order_keys_before_authorized() {
  return {"order.keys-before-authorized",
          "The pairwise and the group key are installed before the port is opened.",
          "Between an open port and the key, data is lost or leaves in clear.",
          "hostap rsn_supp: keys, then the authorised flag; Windows Native 802.11: "
          "Dot11ExtPostAssociateCompletion, remarks",
          "kernel trace of the station: rdev_add_key, key_link, drv_sta_state",
          "no kernel trace, or the port never opened",
          "any connect",
          {},
          judge_keys_before_authorized};
}

}  // namespace postassoc::checks
