#include <algorithm>

#include "harness/air_eapol.h"
#include "harness/air_suites.h"
#include "harness/frames/akm.h"
#include "harness/frames/key_data.h"
#include "harness/frames/key_mic.h"

namespace postassoc {
namespace {

constexpr int kMaxNonces = 4;  ///< SNonces tried where the message that holds it is uncertain

bool is_zero(const Nonce& nonce) {
  return std::all_of(nonce.begin(), nonce.end(), [](std::byte b) { return b == std::byte{0}; });
}

/// Whether the PMK is the network's own, the same for every station.
bool has_network_pmk(Suite akm) {
  return akm == kAkmPsk || akm == kAkmPskSha256 || akm == kAkmFtPsk;
}

/// The suites of the association; where nothing has said them yet, of this M2.
std::optional<SelectedSuites> suites_for(const Association& association, const AirEapol& seen) {
  if (association.suites || seen.key->encrypted_key_data()) {
    return association.suites;
  }
  const KeyData key_data = parse_key_data(seen.key->key_data);
  return select_suites(association, key_data.raw_rsne());
}

}  // namespace

EapolSession::Proof EapolSession::prove(const Association& association, const AirEapol& seen,
                                        const SessionMessage& message, std::size_t handshake) {
  if (!seen.key->key_mic()) {
    return {{}, "the message carries no MIC", {}};
  }
  if (candidates_->empty()) {
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

Result<Ptk> EapolSession::derive(const Association& association, const SelectedSuites& suites,
                                 ByteView pmk, const Nonce& anonce, const Nonce& snonce) const {
  if (!is_ft_akm(suites.akm)) {
    return derive_ptk(pmk, suites.akm, suites.pairwise, association.bssid, association.station,
                      anonce, snonce);
  }
  FtContext context = ft_;
  context.ssid = association.ssid;
  return derive_ft_ptk(pmk, suites.akm, context, suites.pairwise, association.bssid,
                       association.station, anonce, snonce);
}

EapolSession::Proof EapolSession::find_key(const Association& association,
                                           const SelectedSuites& suites, const Nonce& anonce,
                                           const Nonce& snonce, std::size_t handshake,
                                           const MicTest& test) {
  Proof proof{{}, candidates_->why_incomplete(association.ssid), {}};
  const auto try_pmk = [&](ByteView pmk) {
    const auto ptk = derive(association, suites, pmk, anonce, snonce);
    const auto valid = ptk ? test(*ptk) : Result<bool>(ptk.error());
    if (!valid) {
      proof.reason = to_string(valid.error());
    } else if (*valid) {
      proof = {true, {}, PairwiseKey{handshake, suites.akm, suites.pairwise, *ptk}};
    } else if (!proof.valid) {
      proof.valid = false;
    }
    return proof.valid == true;
  };
  if (pmk_ && try_pmk(*pmk_)) {
    return proof;
  }
  for (const Bytes& pmk : candidates_->of(association.ssid)) {
    if (try_pmk(pmk)) {
      pmk_ = pmk;
      return proof;
    }
  }
  const bool sure = candidates_->sure() && has_network_pmk(suites.akm) &&
                    candidates_->why_incomplete(association.ssid).empty();
  if (proof.valid == false && !sure && !pmk_) {
    proof.valid.reset();
    proof.reason = proof.reason.empty() ? "none of the secrets given is that of this association"
                                        : proof.reason;
  }
  if (proof.valid) {
    proof.reason.clear();
  }
  return proof;
}

EapolSession::Proof EapolSession::prove_m2(const Association& association, const AirEapol& m2,
                                           std::size_t answered, std::size_t handshake) {
  const auto suites = suites_for(association, m2);
  if (!suites) {
    return {{}, "no RSN element says which AKM is used", {}};
  }
  if (is_ft_akm(suites->akm) && !m2.key->encrypted_key_data()) {
    take_ft_context(
        parse_ft_elements(parse_key_data(m2.key->key_data).elements, mic_length(suites->akm)));
  }
  return find_key(association, *suites, association.eapol[answered].key->nonce, m2.key->nonce,
                  handshake,
                  [&](const Ptk& ptk) { return verify_mic(ptk.kck, suites->akm, m2.eapol.raw); });
}

/// With the keys of its handshake. Where M1 or M2 was not captured or not recognised, with its own
/// ANonce and the nonces that the station sent last.
EapolSession::Proof EapolSession::prove_m3(const Association& association, const AirEapol& m3,
                                           std::size_t handshake) {
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
    const auto suites = suites_for(association, *it);
    if (!suites) {
      continue;
    }
    Proof proof =
        find_key(association, *suites, m3.key->nonce, it->key->nonce, handshake,
                 [&](const Ptk& ptk) { return verify_mic(ptk.kck, suites->akm, m3.eapol.raw); });
    if (proof.valid == true) {
      return proof;
    }
    if (!known.valid) {
      known = std::move(proof);
    }
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
    if (h != handshake.value_or(h)) {
      continue;
    }
    for (const std::size_t index : association.handshakes[h].m2) {
      const AirEapol& m2 = association.eapol[index];
      if (m2.mic_valid == false) {
        proof = {false, {}, {}};
      } else if (!m2.mic_valid && !proof.valid) {
        proof.reason = m2.mic_unknown_reason;
      }
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

}  // namespace postassoc
