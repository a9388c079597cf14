#include "harness/frames/handshake_builder.h"

#include "harness/frames/build.h"
#include "harness/frames/byte_writer.h"
#include "harness/frames/eapol.h"
#include "harness/frames/key_mic.h"
#include "harness/frames/key_wrap.h"

namespace postassoc {
namespace {

/// The part of `EapolKey::key_info` that each message has beside the descriptor version.
constexpr std::uint16_t kInfoM1 = EapolKey::kPairwise | EapolKey::kKeyAck;
constexpr std::uint16_t kInfoM2 = EapolKey::kPairwise | EapolKey::kKeyMic;
constexpr std::uint16_t kInfoM3 = EapolKey::kPairwise | EapolKey::kInstall | EapolKey::kKeyAck |
                                  EapolKey::kKeyMic | EapolKey::kSecure |
                                  EapolKey::kEncryptedKeyData;
constexpr std::uint16_t kInfoM4 = EapolKey::kPairwise | EapolKey::kKeyMic | EapolKey::kSecure;
constexpr std::uint16_t kInfoG1 =
    EapolKey::kKeyAck | EapolKey::kKeyMic | EapolKey::kSecure | EapolKey::kEncryptedKeyData;
constexpr std::uint16_t kInfoG2 = EapolKey::kKeyMic | EapolKey::kSecure;

EapolKey message(std::uint16_t info, std::uint8_t descriptor_version, std::uint64_t counter) {
  EapolKey key;
  key.key_info = static_cast<std::uint16_t>(info | descriptor_version);
  key.replay_counter = counter;
  return key;
}

Result<Bytes> signed_pdu(const EapolKey& key, ByteView kck, Suite akm) {
  Bytes pdu = build_eapol_key(key);
  const auto done = sign(kck, akm, pdu);
  if (!done) {
    return done.error();
  }
  return pdu;
}

Result<Bytes> signed_and_wrapped(EapolKey key, const Ptk& ptk, Suite akm, ByteView key_data) {
  auto wrapped = wrap_key_data(ptk.kek, key_data);
  if (!wrapped) {
    return wrapped.error();
  }
  key.key_data = std::move(*wrapped);
  return signed_pdu(key, ptk.kck, akm);
}

}  // namespace

Rsne HandshakeParameters::psk_ccmp_rsne() {
  Rsne rsne;
  rsne.version = 1;
  rsne.group_cipher = kCipherCcmp128;
  rsne.pairwise_ciphers = {kCipherCcmp128};
  rsne.akms = {kAkmPsk};
  rsne.capabilities = 0;
  return rsne;
}

Result<HandshakePdus> build_handshake(const HandshakeParameters& p) {
  const auto ptk = derive_ptk(p.pmk, p.akm, p.pairwise_cipher, p.aa, p.spa, p.anonce, p.snonce);
  const auto key_length = tk_length(p.pairwise_cipher);
  if (!ptk || !key_length) {
    return ptk ? key_length.error() : ptk.error();
  }
  const Bytes rsne = build_rsne(p.rsne);

  EapolKey m1 = message(kInfoM1, p.descriptor_version, p.replay_counter);
  m1.key_length = static_cast<std::uint16_t>(*key_length);
  m1.nonce = p.anonce;
  EapolKey m2 = message(kInfoM2, p.descriptor_version, p.replay_counter);
  m2.nonce = p.snonce;
  m2.key_data = rsne;
  EapolKey m3 = message(kInfoM3, p.descriptor_version, p.replay_counter + 1);
  m3.key_length = m1.key_length;
  m3.nonce = p.anonce;
  const EapolKey m4 = message(kInfoM4, p.descriptor_version, p.replay_counter + 1);

  const auto pdu2 = signed_pdu(m2, ptk->kck, p.akm);
  const auto pdu3 = signed_and_wrapped(m3, *ptk, p.akm,
                                       ByteWriter().bytes(rsne).bytes(build_gtk_kde(p.gtk)).take());
  const auto pdu4 = signed_pdu(m4, ptk->kck, p.akm);
  for (const auto* pdu : {&pdu2, &pdu3, &pdu4}) {
    if (!*pdu) {
      return pdu->error();
    }
  }
  return HandshakePdus{build_eapol_key(m1), *pdu2, *pdu3, *pdu4, *ptk};
}

Result<GroupHandshakePdus> build_group_handshake(const Ptk& ptk, Suite akm,
                                                 std::uint8_t descriptor_version,
                                                 std::uint64_t replay_counter, const GtkKde& gtk) {
  const auto g1 = signed_and_wrapped(message(kInfoG1, descriptor_version, replay_counter), ptk, akm,
                                     build_gtk_kde(gtk));
  if (!g1) {
    return g1.error();
  }
  const auto g2 = signed_pdu(message(kInfoG2, descriptor_version, replay_counter), ptk.kck, akm);
  if (!g2) {
    return g2.error();
  }
  return GroupHandshakePdus{*g1, *g2};
}

}  // namespace postassoc
