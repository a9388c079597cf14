#include <span>

#include "harness/checks/mutant_tools.h"
#include "harness/checks/mutants.h"

namespace postassoc::checks {
namespace {

/// Bends the first well-formed EAPOL-Key frame of a kind.
template <class Change>
bool change(EvidenceEditor& b, KeyMessage kind, Change how) {
  AirEapol* frame = b.find_message(kind);
  if (frame == nullptr || !frame->key) {
    return false;
  }
  how(*frame);
  return true;
}

// --- eapol.replay-counter-monotonic, eapol.replay-counter-echo
// ------------------------------------

bool m3_with_the_counter_of_m1(EvidenceEditor& b) {
  const auto handshake = first_handshake(b);
  if (!handshake || !handshake->m1->key || !handshake->m3->key || !handshake->m4->key) {
    return false;
  }
  handshake->m3->key->replay_counter = handshake->m1->key->replay_counter;
  handshake->m4->key->replay_counter = handshake->m1->key->replay_counter;
  return true;
}

bool m4_with_a_counter_of_its_own(EvidenceEditor& b) {
  return change(b, KeyMessage::m4, [](AirEapol& m4) { m4.key->replay_counter += 1000; });
}

bool m2_with_the_counter_of_m3(EvidenceEditor& b) {
  const auto handshake = first_handshake(b);
  if (!handshake || !handshake->m2->key || !handshake->m3->key) {
    return false;
  }
  handshake->m2->key->replay_counter = handshake->m3->key->replay_counter;
  return true;
}

// --- eapol.mic-valid
// ------------------------------------------------------------------------------

bool wrong_mic(EvidenceEditor& b, KeyMessage kind) {
  AirEapol* frame = b.find_message(kind);
  if (frame == nullptr || frame->mic_valid != true) {
    return false;
  }
  frame->mic_valid = false;
  return true;
}

bool m2_with_a_wrong_mic(EvidenceEditor& b) {
  return wrong_mic(b, KeyMessage::m2);
}
bool m4_with_a_wrong_mic(EvidenceEditor& b) {
  return wrong_mic(b, KeyMessage::m4);
}

// --- eapol.key-info-bits
// --------------------------------------------------------------------------

bool m4_without_secure(EvidenceEditor& b) {
  return change(b, KeyMessage::m4, [](AirEapol& m4) {
    m4.key->key_info = static_cast<std::uint16_t>(m4.key->key_info & ~EapolKey::kSecure);
  });
}

bool m2_with_another_version(EvidenceEditor& b) {
  return change(b, KeyMessage::m2, [](AirEapol& m2) { m2.key->key_info ^= 1U; });
}

// --- eapol.m2-rsne-matches-assoc
// ------------------------------------------------------------------

/// IEEE 802.11-2020, 9.4.2.24.4: the second octet of the RSN capabilities, before the PMKID count
/// where there is one.
constexpr std::size_t kCapabilitiesSecondOctet = 21;

bool flip_a_capability(EvidenceEditor& b) {
  AirEapol* m2 = b.find_message(KeyMessage::m2);
  if (m2 == nullptr || !m2->key || m2->key->key_data.size() <= kCapabilitiesSecondOctet) {
    return false;
  }
  m2->key->key_data[kCapabilitiesSecondOctet] ^= std::byte{0x80};
  m2->key_data_plain.reset();
  return true;
}

}  // namespace

std::vector<Mutant> eapol_mutants() {
  return {
      {"message 3 has the replay counter of message 1", fixture::kConnect,
       m3_with_the_counter_of_m1, "eapol.replay-counter-monotonic"},
      {"message 4 has a counter of its own",
       fixture::kConnect,
       m4_with_a_counter_of_its_own,
       "eapol.replay-counter-echo",
       {{"order.message-sequence", "a message 4 that answers nothing is out of sequence too"}}},
      {"message 2 has the counter of message 3, which is yet to come",
       fixture::kConnect,
       m2_with_the_counter_of_m3,
       "eapol.replay-counter-echo",
       {{"order.message-sequence", "a message 2 that answers nothing is out of sequence too"}}},
      {"the MIC of message 2 is wrong", fixture::kConnect, m2_with_a_wrong_mic, "eapol.mic-valid"},
      {"the MIC of message 4 is wrong", fixture::kConnectSha256, m4_with_a_wrong_mic,
       "eapol.mic-valid"},
      {"message 4 lacks Secure", fixture::kConnect, m4_without_secure, "eapol.key-info-bits"},
      {"message 2 has the descriptor version of another AKM",
       fixture::kConnectSha256,
       m2_with_another_version,
       "eapol.key-info-bits",
       {{"eapol.descriptor-and-keylen", "the version is in the key information"}}},
      {"a capability bit of message 2's RSN element is flipped", fixture::kConnect,
       flip_a_capability, "eapol.m2-rsne-matches-assoc"},
  };
}

}  // namespace postassoc::checks
