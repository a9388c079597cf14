#include "harness/run/injection_eapol.h"

#include <algorithm>
#include <array>
#include <random>

#include "harness/frames/build.h"
#include "harness/frames/byte_writer.h"
#include "harness/frames/key_data.h"
#include "harness/frames/key_mic.h"
#include "harness/frames/key_wrap.h"

namespace postassoc {
namespace {

using step::EapolVariant;
using Random = std::mt19937;

constexpr std::size_t kKeyDataLengthAt = 4 + 93;  ///< with a MIC of 16 octets
constexpr std::size_t kOversized = 1200;
constexpr std::uint8_t kNobodysKde = 200;
constexpr std::uint8_t kNobodysElement = 250;

Error lacking(const char* what) {
  return {Fault::lab, std::string("an EAPOL frame can't be forged: the air shows no ") + what, {}};
}

/// The message, as it was sent but with a counter of its own.
Result<EapolKey> with_next_counter(const std::optional<AirEapol>& message, const char* what,
                                   const InjectionKeys& keys, std::uint64_t index) {
  if (!message) {
    return lacking(what);
  }
  EapolKey key = *message->key;
  key.replay_counter = keys.replay_counter + 1 + index;
  return key;
}

void clear(EapolKey& key, std::uint16_t bit) {
  key.key_info &= static_cast<std::uint16_t>(~unsigned{bit});
}

/// Signed where the KCK is known; else with the MIC that is there.
Result<Bytes> signed_pdu(const EapolKey& key, const InjectionKeys& keys) {
  Bytes pdu = build_eapol_key(key);
  if (keys.ptk) {
    if (auto done = sign(keys.ptk->kck, keys.akm, pdu); !done) {
      return done.error();
    }
  }
  return pdu;
}

void randomize(Nonce& nonce, Random& random) {
  for (std::byte& octet : nonce) {
    octet = static_cast<std::byte>(random());
  }
}

Result<Bytes> replayed(const InjectionKeys& keys, std::uint64_t index) {
  std::vector<const AirEapol*> used;
  for (const auto* message : {&keys.m1, &keys.m3, &keys.g1}) {
    if (*message) {
      used.push_back(&**message);
    }
  }
  if (!keys.m3) {
    return lacking("message 3 to replay");
  }
  return used[index % used.size()]->eapol.raw;
}

Result<Bytes> bad_mic(EapolKey key, const InjectionKeys& keys, std::uint64_t index) {
  auto pdu = signed_pdu(key, keys);
  if (pdu) {
    (*pdu)[4 + 77 + index % key.mic.size()] ^= std::byte{0x01};
  }
  return pdu;
}

Bytes without_mic(EapolKey key, const AirEapol& m3, bool encrypted) {
  clear(key, EapolKey::kKeyMic);
  std::fill(key.mic.begin(), key.mic.end(), std::byte{0});
  if (!encrypted) {
    clear(key, EapolKey::kEncryptedKeyData);
    key.key_data = m3.key_data_plain.value_or(Bytes{});
  }
  return build_eapol_key(key);
}

Result<Bytes> forged_m1(EapolKey key, std::uint64_t index, std::uint32_t seed) {
  Random random(seed + static_cast<std::uint32_t>(index));
  randomize(key.nonce, random);
  return build_eapol_key(key);
}

Result<Bytes> other_anonce(EapolKey key, const InjectionKeys& keys, std::uint64_t index,
                           std::uint32_t seed) {
  Random random(seed + static_cast<std::uint32_t>(index));
  randomize(key.nonce, random);
  return signed_pdu(key, keys);
}

Bytes unknown_items() {
  const Bytes kde = ByteWriter().be32(kOuiIeee80211 << 8 | kNobodysKde).be32(0x01020304).take();
  const Bytes vendor = ByteWriter().be32(0x02abcd01).be16(0x0506).take();
  return ByteWriter()
      .bytes(build_element(kElementVendorSpecific, kde))
      .bytes(build_element(kElementVendorSpecific, vendor))
      .bytes(build_element(kNobodysElement, as_bytes("nobody's")))
      .take();
}

/// The group key that the station has, once more, among items that it does not know.
Result<Bytes> unknown_kde(const InjectionKeys& keys, std::uint64_t index) {
  if (!keys.m3 || keys.group.empty()) {
    return lacking("message 3 with a group key");
  }
  if (!keys.ptk) {
    return lacking("handshake whose key-encryption key is known");
  }
  const InjectionKey& group = keys.group.back();
  EapolKey g1;
  g1.mic = Bytes(keys.m3->key->mic.size());
  g1.key_info =
      static_cast<std::uint16_t>(EapolKey::kKeyAck | EapolKey::kKeyMic | EapolKey::kSecure |
                                 EapolKey::kEncryptedKeyData | keys.m3->key->descriptor_version());
  g1.replay_counter = keys.replay_counter + 1 + index;
  g1.rsc = keys.m3->key->rsc;
  auto data =
      wrap_key_data(keys.ptk->kek, ByteWriter()
                                       .bytes(unknown_items())
                                       .bytes(build_gtk_kde({group.key_id, false, group.key}))
                                       .take());
  if (!data) {
    return data.error();
  }
  g1.key_data = std::move(*data);
  return signed_pdu(g1, keys);
}

void put_be16(Bytes& pdu, std::size_t at, std::uint16_t value) {
  if (at + 1 < pdu.size()) {
    pdu[at] = static_cast<std::byte>(value >> 8);
    pdu[at + 1] = static_cast<std::byte>(value);
  }
}

/// Message 1 whose PMKID KDE says that it is longer or shorter than it is.
Bytes bent_pmkid(EapolKey m1, Random& random) {
  const Bytes body = ByteWriter().be32(kOuiIeee80211 << 8 | kKdePmkid).zeros(random() % 15).take();
  m1.key_data = build_element(kElementVendorSpecific, body);
  if (random() % 2 == 0) {
    m1.key_data[1] = static_cast<std::byte>(random() % 256);
  }
  return build_eapol_key(m1);
}

/// One of many ways in which a frame can be wrong.
Bytes malformed(const EapolKey& m1, const EapolKey& m3, std::uint64_t index, std::uint32_t seed) {
  Random random(seed * 2654435761U + static_cast<std::uint32_t>(index));
  EapolKey key = random() % 2 == 0 ? m1 : m3;
  Bytes pdu = build_eapol_key(key);
  constexpr unsigned kWays = 9;
  switch (index % kWays) {
    case 0:  // cut short; the header tells the old length
      pdu.resize(4 + random() % (pdu.size() - 4));
      return pdu;
    case 1:  // cut short; the header tells the new length
      pdu.resize(4 + random() % (pdu.size() - 4));
      put_be16(pdu, 2, static_cast<std::uint16_t>(pdu.size() - 4));
      return pdu;
    case 2:  // more key data told than there is
      put_be16(pdu, kKeyDataLengthAt, static_cast<std::uint16_t>(pdu.size() + random() % 60000));
      return pdu;
    case 3:  // the body longer than told, and than anybody needs
      pdu.resize(kOversized, std::byte{0xdd});
      return pdu;
    case 4:  // the same, told
      key.key_data = Bytes(kOversized, std::byte{0xdd});
      return build_eapol_key(key);
    case 5:
      return bent_pmkid(m1, random);
    case 6:  // another descriptor type
      key.descriptor_type = static_cast<std::uint8_t>(random());
      return build_eapol_key(key);
    case 7:  // key information of noise, but that of message 3 with a MIC
      key.key_info = static_cast<std::uint16_t>(random());
      return build_eapol_key(key);
    default:  // noise in the whole body behind the counter
      for (std::size_t at = 4 + 13; at < pdu.size(); ++at) {
        pdu[at] ^= static_cast<std::byte>(random());
      }
      return pdu;
  }
}

}  // namespace

Result<Bytes> build_eapol_variant(EapolVariant variant, const InjectionKeys& keys,
                                  std::uint64_t index, std::uint32_t seed) {
  if (variant == EapolVariant::replayed) {
    return replayed(keys, index);
  }
  if (variant == EapolVariant::unknown_kde) {
    return unknown_kde(keys, index);
  }
  const auto m1 = with_next_counter(keys.m1, "message 1", keys, index);
  if (!m1 || variant == EapolVariant::forged_m1) {
    return m1 ? forged_m1(*m1, index, seed) : m1.error();
  }
  const auto m3 = with_next_counter(keys.m3, "message 3", keys, index);
  if (!m3) {
    return m3.error();
  }
  switch (variant) {
    case EapolVariant::bad_mic:
      return bad_mic(*m3, keys, index);
    case EapolVariant::mic_cleared:
      return without_mic(*m3, *keys.m3, false);
    case EapolVariant::unauthenticated_key_data:
      return without_mic(*m3, *keys.m3, true);
    case EapolVariant::other_anonce:
      return other_anonce(*m3, keys, index, seed);
    case EapolVariant::malformed:
    case EapolVariant::replayed:
    case EapolVariant::unknown_kde:
    case EapolVariant::forged_m1:
      break;
  }
  return malformed(*m1, *m3, index, seed);
}

}  // namespace postassoc
