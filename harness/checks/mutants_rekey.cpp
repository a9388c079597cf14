#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "harness/checks/mutant_tools.h"
#include "harness/checks/mutants.h"

namespace postassoc::checks {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t kRekeyFrames = 1'000'000;  ///< numbers above any of the recording
constexpr milliseconds kRekeyAfter{2};

/// Frame `original` again in a later handshake, protected, with a counter and nonce of that one.
AirEapol in_rekey(const AirEapol& original, std::uint64_t number, Timestamp time) {
  AirEapol frame = original;
  frame.frame = kRekeyFrames + number;
  frame.time = time;
  frame.protected_frame = true;
  frame.key->replay_counter += 2;
  frame.key->nonce[0] ^= std::byte{0x55};
  return frame;
}

/// Adds a frame to the end, and that the kernel of its sender was given it.
void send(EvidenceEditor& b, Association& association, AirEapol frame) {
  const Side side = frame.direction == Direction::from_station ? Side::station : Side::access_point;
  b.add(frame.time - std::chrono::microseconds(20), Witness::kernel, side, "rdev_tx_control_port",
        {{"unencrypted", false}});
  association.eapol.push_back(std::move(frame));
}

/// A pairwise rekey after the last frame of the first handshake's association: all four messages
/// protected under the old key, with new nonces, and the new key installed once.
bool rekey(EvidenceEditor& b) {
  const auto first = first_handshake(b);
  if (!first) {
    return false;
  }
  Association& association = *first->association;
  const Timestamp begin = association.eapol.back().time + kRekeyAfter;
  const std::array frames = {*first->m1, *first->m2, *first->m3, *first->m4};
  Handshake handshake;
  handshake.rekey = true;
  handshake.tk = Bytes(16, std::byte{0x7e});
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const std::size_t at = association.eapol.size();
    send(b, association, in_rekey(frames.at(i), i, begin + i * milliseconds(1)));
    (i == 0   ? handshake.m1
     : i == 1 ? handshake.m2
     : i == 2 ? handshake.m3
              : handshake.m4)
        .push_back(at);
  }
  association.handshakes.push_back(std::move(handshake));
  install_key(b, begin + 4 * milliseconds(1));
  return true;
}

/// Message 4 of the association's last handshake, when that is a rekey.
AirEapol* last_rekeys(EvidenceEditor& b, std::vector<std::size_t> Handshake::*list) {
  for (Association& association : b.evidence.air.associations) {
    if (association.handshakes.size() < 2 || (association.handshakes.back().*list).empty()) {
      continue;
    }
    const std::size_t index = (association.handshakes.back().*list).front();
    if (association.handshakes.front().complete() && index < association.eapol.size()) {
      return &association.eapol[index];
    }
  }
  return nullptr;
}

bool m4_of_a_rekey_in_clear(EvidenceEditor& b) {
  AirEapol* m4 = last_rekeys(b, &Handshake::m4);
  if (m4 != nullptr) {
    m4->protected_frame = false;
  }
  return m4 != nullptr;
}

bool same_snonce_again(EvidenceEditor& b) {
  AirEapol* m2 = last_rekeys(b, &Handshake::m2);
  const AirEapol* first = b.find_message(KeyMessage::m2);
  if (m2 == nullptr || first == nullptr || !m2->key || m2 == first) {
    return false;
  }
  m2->key->nonce = first->key->nonce;
  return true;
}

bool snonce_of_zeros(EvidenceEditor& b) {
  AirEapol* m2 = b.find_message(KeyMessage::m2);
  if (m2 == nullptr || !m2->key) {
    return false;
  }
  m2->key->nonce.fill(std::byte{0});
  return true;
}

Timestamp latest(const Association& association) {
  const Timestamp eapol = association.eapol.back().time;
  return association.protected_data.empty()
             ? eapol
             : std::max(eapol, association.protected_data.back().time);
}

/// The access point renews the group key when all data has passed.
bool group_rekey(EvidenceEditor& b) {
  const auto first = first_handshake(b);
  if (!first) {
    return false;
  }
  Association& association = *first->association;
  const Timestamp begin = latest(association) + kRekeyAfter;
  AirEapol g1 = in_rekey(*first->m3, 0, begin);
  AirEapol g2 = in_rekey(*first->m4, 1, begin + milliseconds(1));
  g1.message = KeyMessage::g1;
  g2.message = KeyMessage::g2;
  g1.key->key_info = 0x1382;
  g2.key->key_info = 0x0302;
  send(b, association, std::move(g1));
  send(b, association, std::move(g2));
  return true;
}

bool g2_late(EvidenceEditor& b) {
  const AirEapol* g2 = b.find_message(KeyMessage::g2);
  if (g2 == nullptr) {
    return false;
  }
  delay_from(b, given(b, Side::station, *g2), milliseconds(600));
  return true;
}

bool another_rsne_in_the_beacon(EvidenceEditor& b) {
  const auto handshake = first_handshake(b);
  if (!handshake || handshake->association->beacon_rsne.size() < 8 ||
      !handshake->m3->key_data_plain) {
    return false;
  }
  handshake->association->beacon_rsne[7] ^= std::byte{0x08};  // of the group cipher's type
  return true;
}

bool key_of_zeros(EvidenceEditor& b) {
  const auto frames = from_station(b);
  if (frames.empty()) {
    return false;
  }
  frames.back()->zero_key = true;
  frames.back()->handshake = kNoKey;
  return true;
}

}  // namespace

std::vector<Mutant> rekey_mutants() {
  return {
      {"message 4 of a pairwise rekey is unencrypted",
       fixture::kConnect,
       m4_of_a_rekey_in_clear,
       "order.rekey-messages-protected",
       {},
       rekey},
      {"a rekey has the SNonce of the first handshake",
       fixture::kConnect,
       same_snonce_again,
       "eapol.nonces-fresh",
       {},
       rekey},
      {"the SNonce is all zeros",
       fixture::kConnect,
       snonce_of_zeros,
       "eapol.nonces-fresh",
       {},
       rekey},
      {"group message 2 is 600 ms late",
       fixture::kConnect,
       g2_late,
       "timing.gtk-rekey-response",
       {},
       group_rekey},
      {"message 3 with another ANonce is answered",
       fixture::kConnect,
       change_anonce_of_m3,
       "eapol.anonce-m1-m3-equal",
       {{"key.install-only-on-valid-m3", "the key came with that message 3"}}},
      {"message 3 has another RSN element than the beacon and is answered", fixture::kConnect,
       another_rsne_in_the_beacon, "eapol.m3-rsne-matches-beacon"},
      {"the last frame is sent under a key of zeros",
       fixture::kConnect,
       key_of_zeros,
       "key.no-zero-tk",
       {{"excl.tx-never-plain", "everyone has that key: it is as good as clear"}}},
  };
}

}  // namespace postassoc::checks
