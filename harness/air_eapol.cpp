#include "harness/air_eapol.h"

#include <algorithm>

#include "harness/air_suites.h"
#include "harness/frames/akm.h"
#include "harness/frames/key_data.h"
#include "harness/frames/key_wrap.h"

namespace postassoc {
namespace {

/// Octets of an EAPOL-Key body without MIC and key data; the key data's length comes last.
constexpr std::size_t kKeyBodyBeforeMic = 77;
constexpr std::size_t kKeyDataLength = 2;
constexpr std::size_t kMostGroupKeys = 64;

bool fits(const Eapol& eapol, const EapolKey& key, std::size_t mic_length) {
  return kKeyBodyBeforeMic + mic_length + kKeyDataLength + key.key_data.size() ==
         eapol.body().size();
}

std::uint64_t rsc_of(const EapolKey& key) {
  constexpr std::size_t kRscOctets = 6;
  std::uint64_t rsc = 0;
  for (std::size_t i = kRscOctets; i > 0; --i) {
    rsc = rsc << 8 | std::to_integer<std::uint64_t>(key.rsc[i - 1]);
  }
  return rsc;
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

/// Takes a G1 or G2 into its group key handshake.
void add_to_group_handshakes(Association& association, std::size_t index,
                             const SessionMessage& message) {
  auto& all = association.group_handshakes;
  if (message.message == KeyMessage::g1) {
    const auto counter = association.eapol[index].key->replay_counter;
    if (all.empty() || association.eapol[all.back().g1.front()].key->replay_counter != counter) {
      all.emplace_back();
    }
    all.back().g1.push_back(index);
  } else if (message.message == KeyMessage::g2 && message.answers) {
    for (GroupHandshake& handshake : all) {
      if (contains(handshake.g1, *message.answers)) {
        handshake.g2.push_back(index);
      }
    }
  }
}

}  // namespace

std::vector<std::size_t>* Handshake::list_of(KeyMessage message) {
  switch (message) {
    case KeyMessage::m1:
      return &m1;
    case KeyMessage::m2:
      return &m2;
    case KeyMessage::m3:
      return &m3;
    case KeyMessage::m4:
      return &m4;
    case KeyMessage::g1:
    case KeyMessage::g2:
    case KeyMessage::unknown:
      return nullptr;
  }
  return nullptr;
}

Result<EapolKey> parse_key_of(const Eapol& eapol, const std::optional<SelectedSuites>& suites) {
  const std::size_t expected = suites ? mic_length(suites->akm) : 16;
  auto key = parse_eapol_key(eapol, expected);
  if ((key && fits(eapol, *key, expected)) || eapol.type != kEapolKey) {
    return key;
  }
  for (const std::size_t other : {16U, 24U, 32U}) {
    auto otherwise = parse_eapol_key(eapol, other);
    if (otherwise && fits(eapol, *otherwise, other)) {
      return otherwise;
    }
  }
  return key;
}

std::size_t EapolSession::add(Association& association, AirEapol seen) {
  const std::size_t index = association.eapol.size();
  if (!seen.key) {
    association.eapol.push_back(std::move(seen));
    return index;
  }
  const SessionMessage message = classify_in_session(association, seen.direction, *seen.key);
  seen.message = message.message;
  seen.unknown_reason = message.unknown_reason;
  association.eapol.push_back(std::move(seen));
  if (message.message == KeyMessage::m2 && association.rsne.empty()) {
    const KeyData key_data = parse_key_data(association.eapol[index].key->key_data);
    association.suites = select_suites(association, key_data.raw_rsne());
  }
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
  add_to_group_handshakes(association, index, message);
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
    if (auto* list = handshakes[found].list_of(message.message)) {
      list->push_back(index);
    }
  }
  return found;
}

void EapolSession::take_keys(Association& association, AirEapol& seen, const PairwiseKey& key) {
  keys_.add_ptk(key);
  if (key.handshake < association.handshakes.size()) {
    Handshake& handshake = association.handshakes[key.handshake];
    if (!handshake.tk || seen.message == KeyMessage::m3) {
      handshake.tk = key.ptk.tk;
    }
  }
  if (seen.key->encrypted_key_data() && !seen.key->key_data.empty()) {
    auto plain = unwrap_key_data(key.ptk.kek, seen.key->descriptor_version(), seen.key->key_data);
    if (plain) {
      seen.key_data_plain = std::move(*plain);
      take_group_keys(association, seen, key.handshake);
    }
  }
}

void EapolSession::take_group_keys(Association& association, const AirEapol& seen,
                                   std::size_t handshake) {
  if (seen.direction != Direction::from_access_point) {
    return;
  }
  const KeyData key_data = parse_key_data(*seen.key_data_plain);
  AirGroupKey key{
      AirGroupKey::Kind::gtk, 0, rsc_of(*seen.key), seen.frame, seen.time, handshake, {}};
  if (auto gtk = key_data.gtk()) {
    key.key_id = gtk->key_id;
    key.key = std::move(gtk->key);
    add_group_key(association, key);
  }
  for (const auto kind : {AirGroupKey::Kind::igtk, AirGroupKey::Kind::bigtk}) {
    auto found = kind == AirGroupKey::Kind::igtk ? key_data.igtk() : key_data.bigtk();
    if (found) {
      key.kind = kind;
      key.key_id = found->key_id;
      key.rsc = found->packet_number;
      key.key = std::move(found->key);
      add_group_key(association, key);
    }
  }
}

void EapolSession::add_group_key(Association& association, AirGroupKey key) {
  const SelectedSuites suites = association.suites.value_or(SelectedSuites{});
  const bool gtk = key.kind == AirGroupKey::Kind::gtk;
  keys_.add_group(
      key, gtk ? (suites.group != 0 ? suites.group : kCipherCcmp128)
               : (suites.group_management != 0 ? suites.group_management : kCipherBipCmac128));
  if (association.group_keys.size() < kMostGroupKeys) {
    association.group_keys.push_back(std::move(key));
  }
}

}  // namespace postassoc
