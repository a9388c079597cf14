#include "harness/air_eapol.h"

#include <algorithm>

#include "harness/frames/elements.h"
#include "harness/frames/key_data.h"
#include "harness/frames/key_mic.h"
#include "harness/frames/key_wrap.h"
#include "harness/frames/rsn.h"

namespace postassoc {
namespace {

constexpr std::size_t kElementHeader = 2;
constexpr int kMaxNonces = 4;  ///< SNonces tried where the message that holds it is uncertain

struct Suites {
  Suite akm = 0;
  Suite pairwise = 0;
};

/// From an element with its id and length. Absent fields have the defaults of 9.4.2.24.
std::optional<Suites> suites_of(ByteView rsne) {
  if (rsne.size() < kElementHeader) {
    return std::nullopt;
  }
  const auto parsed = parse_rsne(rsne.subspan(kElementHeader));
  if (!parsed) {
    return std::nullopt;
  }
  return Suites{
      parsed->akms.empty() ? kAkm8021x : parsed->akms.front(),
      parsed->pairwise_ciphers.empty() ? kCipherCcmp128 : parsed->pairwise_ciphers.front()};
}

/// What the station chose: in its request, else in M2; else what the beacon leaves it.
std::optional<Suites> chosen_suites(const Association& association, const AirEapol& seen,
                                    ByteView beacon_rsne) {
  if (auto suites = suites_of(association.rsne)) {
    return suites;
  }
  if (seen.key && !seen.key->encrypted_key_data()) {
    if (auto suites = suites_of(parse_key_data(seen.key->key_data).raw_rsne())) {
      return suites;
    }
  }
  return suites_of(beacon_rsne);
}

bool is_zero(const Nonce& nonce) {
  return std::all_of(nonce.begin(), nonce.end(), [](std::byte b) { return b == std::byte{0}; });
}

std::vector<std::size_t>* list_of(Handshake& handshake, KeyMessage message) {
  switch (message) {
    case KeyMessage::m1:
      return &handshake.m1;
    case KeyMessage::m2:
      return &handshake.m2;
    case KeyMessage::m3:
      return &handshake.m3;
    case KeyMessage::m4:
      return &handshake.m4;
    case KeyMessage::g1:
    case KeyMessage::g2:
    case KeyMessage::unknown:
      return nullptr;
  }
  return nullptr;
}

bool contains(const std::vector<std::size_t>& list, std::size_t index) {
  return std::find(list.begin(), list.end(), index) != list.end();
}

/// The latest handshake of this ANonce, else kNoKey.
std::size_t find_by_anonce(const Association& association, const Nonce& anonce) {
  for (std::size_t h = association.handshakes.size(); h > 0; --h) {
    const Handshake& handshake = association.handshakes[h - 1];
    const auto& asked = handshake.m1.empty() ? handshake.m3 : handshake.m1;
    if (!asked.empty() && association.eapol[asked.front()].key->nonce == anonce) {
      return h - 1;
    }
  }
  return kNoKey;
}

}  // namespace

EapolSession::EapolSession(std::optional<Bytes> pmk, Bytes beacon_rsne)
    : pmk_(std::move(pmk)), beacon_rsne_(std::move(beacon_rsne)) {}

std::size_t EapolSession::add(Association& association, AirEapol seen) {
  const std::size_t index = association.eapol.size();
  if (!seen.key) {
    association.eapol.push_back(std::move(seen));
    return index;
  }
  SessionMessage message = classify_in_session(association, seen.direction, *seen.key);
  seen.message = message.message;
  seen.unknown_reason = message.unknown_reason;
  association.eapol.push_back(std::move(seen));
  const std::size_t handshake = handshake_of(association, index, message);
  Proof proof = prove(association, association.eapol[index], message, handshake);
  AirEapol& stored = association.eapol[index];
  stored.mic_valid = proof.valid;
  stored.mic_unknown_reason = std::move(proof.reason);
  if (proof.key) {
    take_keys(association, stored, *proof.key);
  }
  return index;
}

/// Puts a message of the 4-way handshake into its handshake, a new one where an M1 (or an M3 whose
/// M1 was not captured) begins one. An M3 with a strange ANonce stays with the running handshake,
/// where a check will miss the right one.
std::size_t EapolSession::handshake_of(Association& association, std::size_t index,
                                       const SessionMessage& message) {
  auto& handshakes = association.handshakes;
  std::size_t found = kNoKey;
  if (message.message == KeyMessage::m1 || message.message == KeyMessage::m3) {
    found = find_by_anonce(association, association.eapol[index].key->nonce);
    if (found == kNoKey && message.message == KeyMessage::m3 && !handshakes.empty()) {
      found = handshakes.size() - 1;
    }
    if (found == kNoKey) {
      found = handshakes.size();
      handshakes.emplace_back().rekey = found > 0;
    }
  } else if (message.answers && message.message != KeyMessage::g2) {
    for (std::size_t h = 0; h < handshakes.size(); ++h) {
      if (contains(handshakes[h].m1, *message.answers) ||
          contains(handshakes[h].m3, *message.answers)) {
        found = h;
      }
    }
  }
  if (found != kNoKey) {
    if (auto* list = list_of(handshakes[found], message.message)) {
      list->push_back(index);
    }
  }
  return found;
}

EapolSession::Proof EapolSession::prove(const Association& association, const AirEapol& seen,
                                        const SessionMessage& message,
                                        std::size_t handshake) const {
  if (!seen.key->key_mic()) {
    return {{}, "the message carries no MIC", {}};
  }
  if (!pmk_) {
    return {{}, "no PMK is known", {}};
  }
  switch (message.message) {
    case KeyMessage::m2:
      return prove_m2(association, seen, *message.answers, handshake);
    case KeyMessage::m3:
      return prove_m3(association, seen, handshake);
    case KeyMessage::m4:
      return prove_with_known_keys(association, seen, handshake);
    case KeyMessage::g1:
    case KeyMessage::g2:
    case KeyMessage::m1:
    case KeyMessage::unknown:
      return prove_with_known_keys(association, seen, std::nullopt);
  }
  return {};
}

EapolSession::Proof EapolSession::prove_m2(const Association& association, const AirEapol& m2,
                                           std::size_t answered, std::size_t handshake) const {
  const auto suites = chosen_suites(association, m2, beacon_rsne_);
  if (!suites) {
    return {{}, "no RSN element says which AKM is used", {}};
  }
  const auto ptk =
      derive_ptk(*pmk_, suites->akm, suites->pairwise, association.bssid, association.station,
                 association.eapol[answered].key->nonce, m2.key->nonce);
  if (!ptk) {
    return {{}, to_string(ptk.error()), {}};
  }
  const auto valid = verify_mic(ptk->kck, suites->akm, m2.eapol.raw);
  if (!valid) {
    return {{}, to_string(valid.error()), {}};
  }
  if (!*valid) {
    return {false, {}, {}};
  }
  return {true, {}, PairwiseKey{handshake, suites->akm, *ptk}};
}

/// With the keys of its handshake. Where M1 or M2 was not captured or not recognised, with its own
/// ANonce and the nonces that the station sent last.
EapolSession::Proof EapolSession::prove_m3(const Association& association, const AirEapol& m3,
                                           std::size_t handshake) const {
  Proof known = prove_with_known_keys(association, m3, handshake);
  if (known.valid == true) {
    return known;
  }
  int tried = 0;
  for (auto it = association.eapol.rbegin(); it != association.eapol.rend() && tried < kMaxNonces;
       ++it) {
    const bool has_nonce = it->direction == Direction::from_station && it->key &&
                           !it->key->key_ack() && !is_zero(it->key->nonce);
    if (!has_nonce) {
      continue;
    }
    ++tried;
    const auto suites = chosen_suites(association, *it, beacon_rsne_);
    if (!suites) {
      continue;
    }
    const auto ptk = derive_ptk(*pmk_, suites->akm, suites->pairwise, association.bssid,
                                association.station, m3.key->nonce, it->key->nonce);
    if (!ptk) {
      return {{}, to_string(ptk.error()), {}};
    }
    const auto valid = verify_mic(ptk->kck, suites->akm, m3.eapol.raw);
    if (valid && *valid) {
      return {true, {}, PairwiseKey{handshake, suites->akm, *ptk}};
    }
    known = {false, {}, {}};
  }
  return known;
}

/// Under any key of the handshake, or of the association. Where every M2 failed its MIC there is no
/// such key, and the message is as wrong as they are.
EapolSession::Proof EapolSession::prove_with_known_keys(
    const Association& association, const AirEapol& seen,
    std::optional<std::size_t> handshake) const {
  Proof proof{{}, "the nonces of its handshake were not captured", {}};
  for (std::size_t h = 0; h < association.handshakes.size(); ++h) {
    const auto& m2 = association.handshakes[h].m2;
    const bool failed = std::any_of(m2.begin(), m2.end(), [&](std::size_t index) {
      return association.eapol[index].mic_valid == false;
    });
    if (failed && h == handshake.value_or(h)) {
      proof = {false, {}, {}};
    }
  }
  for (const PairwiseKey& key : keys_.ptks()) {
    if (handshake && key.handshake != *handshake) {
      continue;
    }
    const auto valid = verify_mic(key.ptk.kck, key.akm, seen.eapol.raw);
    if (!valid) {
      return {{}, to_string(valid.error()), {}};
    }
    if (*valid) {
      return {true, {}, key};
    }
    proof = {false, {}, {}};
  }
  return proof;
}

void EapolSession::take_keys(Association& association, AirEapol& seen, const PairwiseKey& key) {
  keys_.add_ptk(key);
  if (key.handshake < association.handshakes.size()) {
    Handshake& handshake = association.handshakes[key.handshake];
    if (!handshake.tk || seen.message == KeyMessage::m3) {
      handshake.tk = key.ptk.tk;
    }
  }
  if (!seen.key->encrypted_key_data() || seen.key->key_data.empty()) {
    return;
  }
  auto plain = unwrap_key_data(key.ptk.kek, seen.key->descriptor_version(), seen.key->key_data);
  if (!plain) {
    return;
  }
  const bool from_access_point = seen.direction == Direction::from_access_point;
  const auto gtk = parse_key_data(*plain).gtk();
  if (gtk && from_access_point) {
    keys_.add_gtk(key.handshake, *gtk);
  }
  seen.key_data_plain = std::move(*plain);
}

}  // namespace postassoc
