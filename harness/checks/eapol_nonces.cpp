#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/air_view.h"
#include "harness/checks/registry.h"
#include "harness/frames/keys.h"

namespace postassoc::checks {
namespace {

// --- eapol.anonce-m1-m3-equal
// ---------------------------------------------------------------------

const AirEapol* answer_to(const HandshakeView& handshake, const AirEapol& m3) {
  const auto found =
      std::find_if(handshake.m4.begin(), handshake.m4.end(),
                   [&](const AirEapol* m4) { return handshake.answered_by(*m4) == &m3; });
  return found == handshake.m4.end() ? nullptr : *found;
}

/// IEEE 802.11-2020, 12.7.6.4: a message 3 whose ANonce differs is silently discarded.
Finding judge_anonce(const Evidence& evidence) {
  FindingBuilder finding("eapol.anonce-m1-m3-equal", evidence);
  finding.expect("message 3 repeats the ANonce of message 1, or is left without an answer");
  if (const auto stop = without_handshake(finding, evidence)) {
    return *stop;
  }
  const AirView air(evidence);
  std::size_t equal = 0;
  std::size_t ignored = 0;
  for (const HandshakeView& handshake : air.handshakes()) {
    for (const AirEapol* m3 : handshake.m3) {
      if (handshake.m1.empty() || !m3->key) {
        continue;
      }
      finding.frame(*handshake.m1.front()).frame(*m3);
      if (m3->key->nonce == handshake.m1.front()->key->nonce) {
        ++equal;
        continue;
      }
      if (const AirEapol* m4 = answer_to(handshake, *m3)) {
        return finding.frame(*m4).at(m4->time).fail(
            fmt::format("the station answered message 3 (frame {}) though its ANonce is not that "
                        "of message 1 (frame {})",
                        m3->frame, handshake.m1.front()->frame));
      }
      ++ignored;
    }
  }
  if (equal + ignored == 0) {
    return wrong_credential(evidence)
               ? finding.not_applicable("with another passphrase there is no message 3")
               : finding.inconclusive("no message 3 with its message 1 is on the air");
  }
  return finding.pass(
      ignored == 0
          ? fmt::format("the ANonce was the same in {}", count_of(equal, "message 3"))
          : fmt::format("{} with another ANonce got no answer", count_of(ignored, "message 3")));
}

// --- eapol.nonces-fresh
// ---------------------------------------------------------------------------

struct Used {
  const HandshakeView* handshake = nullptr;
  const AirEapol* m2 = nullptr;
};

bool is_zero(const Nonce& nonce) {
  return std::all_of(nonce.begin(), nonce.end(), [](std::byte b) { return b == std::byte{0}; });
}

/// A station may keep its SNonce while the access point begins anew with another ANonce, until the
/// handshake is over.
bool must_differ(const HandshakeView& earlier, const HandshakeView& later) {
  return earlier.association != later.association || !earlier.m4.empty();
}

std::vector<Used> used_nonces(const AirView& air) {
  std::vector<Used> used;
  for (const HandshakeView& handshake : air.handshakes()) {
    for (const AirEapol* m2 : handshake.m2) {
      if (m2->key) {
        used.push_back({&handshake, m2});
      }
    }
  }
  return used;
}

/// IEEE 802.11-2020, 12.7.5: nonces come from a generator that never repeats itself.
Finding judge_fresh(const Evidence& evidence) {
  FindingBuilder finding("eapol.nonces-fresh", evidence);
  finding.expect("another SNonce in every handshake, none of zeros");
  if (const auto stop = without_handshake(finding, evidence)) {
    return *stop;
  }
  const AirView air(evidence);
  const std::vector<Used> used = used_nonces(air);
  std::size_t handshakes = 0;
  for (std::size_t i = 0; i < used.size(); ++i) {
    if (is_zero(used[i].m2->key->nonce)) {
      return finding.frame(*used[i].m2)
          .fail(fmt::format("the SNonce of message 2 (frame {}) is all zeros", used[i].m2->frame));
    }
    handshakes += i == 0 || used[i].handshake != used[i - 1].handshake ? 1U : 0U;
    for (std::size_t j = 0; j < i; ++j) {
      if (used[j].handshake != used[i].handshake &&
          used[j].m2->key->nonce == used[i].m2->key->nonce &&
          must_differ(*used[j].handshake, *used[i].handshake)) {
        return finding.frame(*used[j].m2)
            .frame(*used[i].m2)
            .at(used[i].m2->time)
            .fail(fmt::format(
                "the station used one SNonce in two handshakes (message 2 of frames {} and "
                "{})",
                used[j].m2->frame, used[i].m2->frame));
      }
    }
  }
  if (handshakes == 0) {
    return finding.inconclusive("no message 2 is on the air");
  }
  return handshakes < 2 ? finding.not_applicable("one handshake alone has nothing to repeat")
                        : finding.pass(fmt::format("{}, each with an SNonce of its own",
                                                   count_of(handshakes, "handshake")));
}

}  // namespace

Check eapol_anonce_m1_m3_equal() {
  Check check{"eapol.anonce-m1-m3-equal",
              "The station does not go on with a message 3 whose ANonce is not that of message 1.",
              "The ANonce ties message 3 to the key that both ends derived; who takes another one "
              "lets an attacker choose it.",
              "IEEE 802.11-2020, 12.7.6.4",
              "air capture: message 1, message 3 and the message 4 that answers it",
              "message 1 or message 3 is not on the air",
              "any connect; a message 3 with another ANonce through an EAPOL relay",
              {"gate.capture-complete"},
              judge_anonce};
  return check;
}

Check eapol_nonces_fresh() {
  Check check{"eapol.nonces-fresh",
              "The station's SNonce is new in every handshake and never all zeros.",
              "An SNonce that comes again lets an access point's ANonce of old give the same key: "
              "recorded traffic is open to whoever replays the handshake.",
              "IEEE 802.11-2020, 12.7.5; hostap src/ap/wpa_auth.c (SNonce workaround)",
              "air capture: message 2 of two handshakes or more",
              "no message 2 was captured",
              "reconnects and rekeys: 20 and 5 tell more than two",
              {"gate.capture-complete"},
              judge_fresh};
  check.fail_stands_alone = true;
  check.across_associations = true;
  return check;
}

}  // namespace postassoc::checks
