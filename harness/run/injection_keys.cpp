#include "harness/run/injection_keys.h"

#include <algorithm>

namespace postassoc {
namespace {

/// The first messages of a handshake whose nonces made its keys.
struct Nonces {
  Nonce anonce{}, snonce{};
};

std::optional<Nonces> nonces_of(const Association& association, const Handshake& handshake) {
  const auto& frames = association.eapol;
  for (const std::size_t m2 : handshake.m2) {
    for (const std::size_t m1 : handshake.m1) {
      if (m1 < frames.size() && m2 < frames.size() && frames[m1].key && frames[m2].key &&
          frames[m2].mic_valid == true) {
        return Nonces{frames[m1].key->nonce, frames[m2].key->nonce};
      }
    }
  }
  return std::nullopt;
}

/// The PTK of a handshake whose TK is known.
std::optional<Ptk> ptk_of(const Association& association, const Handshake& handshake,
                          const AirSecrets& secrets) {
  const auto nonces = nonces_of(association, handshake);
  if (!nonces || !handshake.tk || !association.suites) {
    return std::nullopt;
  }
  for (const Bytes& pmk : secrets.pmks) {
    auto ptk = derive_ptk(pmk, association.suites->akm, association.suites->pairwise,
                          association.bssid, association.station, nonces->anonce, nonces->snonce);
    if (ptk && ptk->tk == *handshake.tk) {
      return std::move(*ptk);
    }
  }
  return std::nullopt;
}

std::uint64_t highest_pn(const Association& association, const auto& under_key) {
  std::uint64_t highest = 0;
  for (const AirProtected& frame : association.protected_data) {
    if (frame.direction == Direction::from_access_point && frame.tid != kInjectionTid &&
        under_key(frame)) {
      highest = std::max(highest, frame.pn);
    }
  }
  return highest;
}

void take_pairwise(const Association& association, const AirSecrets& secrets, InjectionKeys& keys) {
  for (std::size_t i = 0; i < association.handshakes.size(); ++i) {
    const Handshake& handshake = association.handshakes[i];
    const bool done = !handshake.m4.empty() || association.fast_transition;
    if (!handshake.tk || !done) {
      continue;
    }
    const std::uint64_t pn = highest_pn(association, [i](const AirProtected& frame) {
      return !frame.group && frame.handshake == i;
    });
    const Suite cipher = association.suites ? association.suites->pairwise : kCipherCcmp128;
    keys.pairwise.push_back({cipher, *handshake.tk, 0, pn});
    keys.ptk = ptk_of(association, handshake, secrets);
  }
}

void take_group(const Association& association, InjectionKeys& keys) {
  for (const AirGroupKey& given : association.group_keys) {
    if (given.kind != AirGroupKey::Kind::gtk) {
      continue;
    }
    const auto key_id = static_cast<std::uint8_t>(given.key_id);
    const std::uint64_t pn = highest_pn(association, [key_id](const AirProtected& frame) {
      return frame.group && frame.key_id == key_id;
    });
    const Suite cipher = association.suites ? association.suites->group : kCipherCcmp128;
    keys.group.push_back({cipher, given.key, key_id, std::max(pn, given.rsc)});
  }
}

/// The message 1 that began the handshake of a message 3.
const AirEapol* begun_by(const Association& association, const AirEapol& m3) {
  const AirEapol* found = nullptr;
  for (const AirEapol& frame : association.eapol) {
    if (frame.message == KeyMessage::m1 && frame.frame < m3.frame && frame.key &&
        frame.key->nonce == m3.key->nonce) {
      found = &frame;
    }
  }
  return found;
}

void take_message(const Association& association, const AirEapol& frame, InjectionKeys& keys) {
  if (frame.message == KeyMessage::m1 && !keys.m3) {
    keys.m1 = frame;
  } else if (frame.message == KeyMessage::m3 && frame.mic_valid == true) {
    // One with a nonce that no message 1 had was forged.
    if (const AirEapol* m1 = begun_by(association, frame)) {
      keys.m1 = *m1;
      keys.m3 = frame;
    }
  } else if (frame.message == KeyMessage::g1 && frame.mic_valid == true) {
    keys.g1 = frame;
  }
}

void take_messages(const Association& association, InjectionKeys& keys) {
  for (const AirEapol& frame : association.eapol) {
    if (frame.direction == Direction::from_access_point && frame.key) {
      take_message(association, frame, keys);
      keys.replay_counter = std::max(keys.replay_counter, frame.key->replay_counter);
    }
  }
}

}  // namespace

InjectionKeys injection_keys(const Air& air, const AirSecrets& secrets) {
  InjectionKeys keys;
  if (air.associations.empty()) {
    return keys;
  }
  const Association& association = air.associations.back();
  keys.akm = association.suites ? association.suites->akm : 0;
  take_pairwise(association, secrets, keys);
  take_group(association, keys);
  take_messages(association, keys);
  return keys;
}

}  // namespace postassoc
