#pragma once

#include <functional>
#include <stdexcept>

#include "harness/frames/air_frame.h"
#include "harness/frames/bip.h"
#include "harness/frames/data_key.h"
#include "harness/frames/defragment.h"
#include "harness/frames/eapol.h"
#include "harness/frames/ft_elements.h"
#include "harness/frames/key_data.h"
#include "harness/frames/key_mic.h"
#include "harness/frames/key_wrap.h"
#include "harness/frames/link_type.h"
#include "harness/frames/management.h"
#include "harness/frames/msdu.h"

// For tests and fuzzing: hands octets to every decoder of this folder, whatever they are. They have
// to return, and no view may reach outside its frame (else std::logic_error); the sanitizers see
// the rest. `decode_everything` copies its input to a heap block of that size, so that they see a
// read past its end.

namespace postassoc {

inline bool lies_within(ByteView inner, ByteView outer) {
  return inner.empty() ||
         (std::greater_equal<>()(inner.data(), outer.data()) &&
          std::less_equal<>()(inner.data() + inner.size(), outer.data() + outer.size()));
}

/// A view that points elsewhere is a bug.
inline void expect_within(ByteView inner, ByteView outer) {
  if (!lies_within(inner, outer)) {
    throw std::logic_error("a decoder's view reaches outside its frame");
  }
}

inline void decode_key_data(ByteView bytes) {
  const KeyData key_data = parse_key_data(bytes);
  key_data.gtk();
  key_data.igtk();
  key_data.bigtk();
  key_data.pmkid();
  key_data.mac_address();
  key_data.oci();
  expect_within(key_data.raw_rsne(), bytes);
}

inline void decode_eapol(ByteView bytes) {
  const auto eapol = parse_eapol(bytes);
  if (!eapol) {
    return;
  }
  for (const std::size_t mic_length : {0, 16, 24}) {
    const auto key = parse_eapol_key(*eapol, mic_length);
    if (key) {
      classify(*key);
      decode_key_data(key->key_data);
      (void)unwrap_key_data(Bytes(16), key->descriptor_version(), key->key_data);
    }
  }
  (void)verify_mic(Bytes(16), kAkmSae, eapol->raw);
  (void)verify_mic(Bytes(24), kAkm8021xSuiteB192, eapol->raw);
  (void)verify_mic(Bytes(32), kAkmOwe, eapol->raw);
}

inline void decode_fte(ByteView body) {
  for (const std::size_t mic_length : {16, 24, 32}) {
    const auto fte = parse_fte(body, mic_length);
    if (!fte) {
      continue;
    }
    expect_within(fte->mic, body);
    expect_within(fte->r0kh_id, body);
    for (const auto& key : {fte->gtk, fte->igtk, fte->bigtk}) {
      if (key) {
        expect_within(key->wrapped, body);
        (void)unwrap_ft_gtk(Bytes(16), *key);
        (void)unwrap_ft_igtk(Bytes(32), *key);
      }
    }
  }
}

inline void decode_ft(ByteView body) {
  decode_fte(body);
  const Elements elements = parse_elements(body);
  for (const Element& element : elements.list) {
    decode_fte(element.body);
  }
  (void)parse_ft_elements(elements.list);
  for (const std::size_t kck : {16, 24, 32}) {
    (void)verify_ft_mic(Bytes(kck), kAkmFtPsk, FtMessage::reassoc_request, {}, {}, elements.list);
  }
}

inline void decode_management(ByteView body) {
  (void)parse_assoc_request(body);
  (void)parse_assoc_request(body, true);
  (void)parse_assoc_response(body);
  (void)parse_authentication(body);
  (void)parse_ft_authentication(body);
  (void)parse_ft_action(body);
  (void)parse_disassociation(body);
  const auto beacon = parse_beacon(body);
  if (beacon) {
    beacon->ssid();
    for (const Element& element : beacon->elements.list) {
      expect_within(element.raw, body);
      expect_within(element.body, element.raw);
    }
  }
}

inline void decode_body(const Dot11& frame) {
  static const DataKey keys[] = {DataKey::create(kCipherCcmp128, Bytes(16)).value(),
                                 DataKey::create(kCipherCcmp256, Bytes(32)).value(),
                                 DataKey::create(kCipherGcmp128, Bytes(16)).value(),
                                 DataKey::create(kCipherGcmp256, Bytes(32)).value(),
                                 DataKey::create(kCipherTkip, Bytes(32)).value()};
  static Defragmenter defragmenter;
  Bytes plaintext;
  for (const DataKey& key : keys) {
    if (key.decrypt(frame, plaintext) == Decryption::ok && is_fragment(frame)) {
      defragmenter.add(frame, plaintext);
    }
  }
  defragmenter.add(frame, frame.body);
  for (const Suite cipher : {kCipherWep40, kCipherTkip, kCipherGcmp256, kCipherUseGroup}) {
    parse_cipher_header(cipher, frame.body);
  }
  (void)verify_bip(kCipherBipCmac128, Bytes(16), frame);
  (void)verify_bip(kCipherBipGmac256, Bytes(32), frame);
  const auto mme = parse_mme(frame.body);
  if (mme) {
    expect_within(mme->mic, frame.body);
  }
  decode_ft(frame.body);
  decode_management(frame.body);
  const auto msdus = parse_msdus(frame, frame.body);
  if (!msdus) {
    return;
  }
  for (const Msdu& msdu : *msdus) {
    expect_within(msdu.payload, frame.body);
    decode_eapol(msdu.payload);
  }
}

/// Hands the input to every decoder, whatever it is.
inline void decode_everything(ByteView input) {
  const Bytes copy(input.begin(), input.end());
  for (const int link_type : {kLinkTypeRadiotap, kLinkTypeDot11, kLinkTypePpi, kLinkTypePrism,
                              kLinkTypeAvs, kLinkTypeEthernet}) {
    const auto frame = parse_air_frame(link_type, copy);
    if (frame) {
      expect_within(frame->dot11.header, copy);
      expect_within(frame->dot11.body, copy);
      decode_body(frame->dot11);
    }
  }
  const auto padded = parse_dot11(copy, true, true);
  if (padded) {
    decode_body(*padded);
  }
  for (const int link_type : {kLinkTypeEthernet, kLinkTypeCooked, kLinkTypeCooked2}) {
    (void)parse_netdev_frame(link_type, copy);
  }
  decode_ft(copy);
  (void)parse_rsne(copy);
  (void)parse_rsnxe(copy);
  decode_management(copy);
  decode_eapol(copy);
  decode_key_data(copy);
}

}  // namespace postassoc
