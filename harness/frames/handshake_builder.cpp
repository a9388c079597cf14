#include "harness/frames/handshake_builder.h"

#include "harness/frames/akm.h"
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

/// `mic_size`: octets of the MIC field.
EapolKey message(std::uint16_t info, std::uint8_t descriptor_version, std::uint64_t counter,
                 std::size_t mic_size) {
  EapolKey key;
  key.mic = Bytes(mic_size);
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

/// What M2 and M3 both carry: the RSNE and, for FT, its PMKR1Name, MDE and FTE.
Result<Bytes> security_elements(const HandshakeParameters& p) {
  if (!p.ft) {
    return build_rsne(p.rsne);
  }
  const auto pmk_r0 = derive_pmk_r0(p.pmk, p.akm, *p.ft, p.spa);
  if (!pmk_r0) {
    return pmk_r0.error();
  }
  const auto pmk_r1 = derive_pmk_r1(*pmk_r0, p.akm, p.ft->r1kh_id, p.spa);
  if (!pmk_r1) {
    return pmk_r1.error();
  }
  Rsne rsne = p.rsne;
  rsne.pmkids = {pmk_r1->name};
  const Bytes no_mic(mic_length(p.akm, p.pmk.size()));
  Fte fte;
  fte.mic = no_mic;
  fte.r0kh_id = p.ft->r0kh_id;
  fte.r1kh_id = p.ft->r1kh_id;
  return ByteWriter()
      .bytes(build_rsne(rsne))
      .bytes(build_mde({p.ft->mdid, 0}))
      .bytes(build_fte(fte))
      .take();
}

Bytes group_keys(const HandshakeParameters& p) {
  ByteWriter kdes;
  kdes.bytes(build_gtk_kde(p.gtk));
  if (p.igtk) {
    kdes.bytes(build_igtk_kde(*p.igtk));
  }
  if (p.bigtk) {
    kdes.bytes(build_bigtk_kde(*p.bigtk));
  }
  return kdes.take();
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

Result<Ptk> derive_ptk(const HandshakeParameters& p) {
  return p.ft ? derive_ft_ptk(p.pmk, p.akm, *p.ft, p.pairwise_cipher, p.aa, p.spa, p.anonce,
                              p.snonce)
              : derive_ptk(p.pmk, p.akm, p.pairwise_cipher, p.aa, p.spa, p.anonce, p.snonce);
}

Result<HandshakePdus> build_handshake(const HandshakeParameters& p) {
  const auto ptk = derive_ptk(p);
  const auto key_length = tk_length(p.pairwise_cipher);
  if (!ptk || !key_length) {
    return ptk ? key_length.error() : ptk.error();
  }
  const auto rsne = security_elements(p);
  if (!rsne) {
    return rsne.error();
  }
  const std::size_t mic_size = mic_length(p.akm, p.pmk.size());

  EapolKey m1 = message(kInfoM1, p.descriptor_version, p.replay_counter, mic_size);
  m1.key_length = static_cast<std::uint16_t>(*key_length);
  m1.nonce = p.anonce;
  EapolKey m2 = message(kInfoM2, p.descriptor_version, p.replay_counter, mic_size);
  m2.nonce = p.snonce;
  m2.key_data = *rsne;
  EapolKey m3 = message(kInfoM3, p.descriptor_version, p.replay_counter + 1, mic_size);
  m3.key_length = m1.key_length;
  m3.nonce = p.anonce;
  const EapolKey m4 = message(kInfoM4, p.descriptor_version, p.replay_counter + 1, mic_size);

  const auto pdu2 = signed_pdu(m2, ptk->kck, p.akm);
  const auto pdu3 =
      signed_and_wrapped(m3, *ptk, p.akm, ByteWriter().bytes(*rsne).bytes(group_keys(p)).take());
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
  const std::size_t mic_size = ptk.kck.size();  // in every key hierarchy
  const auto g1 = signed_and_wrapped(message(kInfoG1, descriptor_version, replay_counter, mic_size),
                                     ptk, akm, build_gtk_kde(gtk));
  if (!g1) {
    return g1.error();
  }
  const auto g2 =
      signed_pdu(message(kInfoG2, descriptor_version, replay_counter, mic_size), ptk.kck, akm);
  if (!g2) {
    return g2.error();
  }
  return GroupHandshakePdus{*g1, *g2};
}

}  // namespace postassoc
