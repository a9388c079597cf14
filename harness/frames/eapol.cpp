#include "harness/frames/eapol.h"

#include "harness/frames/byte_reader.h"
#include "harness/frames/key_data.h"
#include "harness/frames/malformed.h"

namespace postassoc {
namespace {

constexpr std::size_t kEapolHeaderSize = 4;

/// The vendor element that WPA used before RSN: 00-50-F2, type 1.
bool is_wpa_element(const Element& element) {
  ByteReader reader(element.body);
  return element.id == kElementVendorSpecific && reader.be32() == 0x0050f201 && reader.ok();
}

bool holds_security_element(const EapolKey& key) {
  if (key.encrypted_key_data()) {
    return false;
  }
  const KeyData key_data = parse_key_data(key.key_data);
  for (const Element& element : key_data.elements) {
    if (element.id == kElementRsn || is_wpa_element(element)) {
      return true;
    }
  }
  return false;
}

KeyMessage classify_pairwise(const EapolKey& key) {
  if (key.key_ack()) {
    if (!key.key_mic()) {
      return KeyMessage::m1;
    }
    return key.install() ? KeyMessage::m3 : KeyMessage::unknown;
  }
  if (!key.key_mic()) {
    return KeyMessage::unknown;
  }
  if (holds_security_element(key)) {
    return KeyMessage::m2;
  }
  const bool wpa_m4 = key.descriptor_type == kDescriptorWpa && key.key_data.empty();
  return key.secure() || wpa_m4 ? KeyMessage::m4 : KeyMessage::unknown;
}

}  // namespace

Result<Eapol> parse_eapol(ByteView payload) {
  ByteReader reader(payload);
  Eapol eapol;
  eapol.version = reader.u8();
  eapol.type = reader.u8();
  eapol.length = reader.be16();
  reader.skip(eapol.length);
  if (!reader.ok()) {
    return malformed("EAPOL", "the PDU is cut off: its length says " +
                                  std::to_string(eapol.length) + ", " +
                                  std::to_string(payload.size()) + " octets are there");
  }
  const ByteView raw = payload.first(kEapolHeaderSize + eapol.length);
  eapol.raw.assign(raw.begin(), raw.end());
  return eapol;
}

Result<EapolKey> parse_eapol_key(const Eapol& eapol, std::size_t mic_length) {
  if (eapol.type != kEapolKey) {
    return malformed("EAPOL-Key", "packet type " + std::to_string(eapol.type) + " is not 3");
  }
  if (eapol.raw.size() < kEapolHeaderSize) {
    return malformed("EAPOL-Key", "the PDU is empty");
  }
  ByteReader reader(eapol.body());
  EapolKey key;
  key.descriptor_type = reader.u8();
  key.key_info = reader.be16();
  key.key_length = reader.be16();
  key.replay_counter = reader.be64();
  key.nonce = reader.array<32>();
  key.iv = reader.array<16>();
  key.rsc = reader.array<8>();
  key.reserved = reader.array<8>();
  const ByteView mic = reader.bytes(mic_length);
  const std::uint16_t key_data_length = reader.be16();
  const ByteView key_data = reader.bytes(key_data_length);
  if (!reader.ok()) {
    return malformed("EAPOL-Key",
                     "a field is cut off: the body has " + std::to_string(eapol.body().size()) +
                         " octets, key data length " + std::to_string(key_data_length));
  }
  if (key.descriptor_type != kDescriptorRsn && key.descriptor_type != kDescriptorWpa) {
    return malformed("EAPOL-Key",
                     "descriptor type " + std::to_string(key.descriptor_type) + " is not known");
  }
  key.mic.assign(mic.begin(), mic.end());
  key.key_data.assign(key_data.begin(), key_data.end());
  return key;
}

std::string_view to_string(KeyMessage message) {
  switch (message) {
    case KeyMessage::m1:
      return "M1";
    case KeyMessage::m2:
      return "M2";
    case KeyMessage::m3:
      return "M3";
    case KeyMessage::m4:
      return "M4";
    case KeyMessage::g1:
      return "G1";
    case KeyMessage::g2:
      return "G2";
    case KeyMessage::unknown:
      return "unknown";
  }
  return "unknown";
}

KeyMessage classify(const EapolKey& key) {
  if (key.request() || key.error() || key.smk()) {
    return KeyMessage::unknown;
  }
  if (key.pairwise()) {
    return classify_pairwise(key);
  }
  if (!key.key_mic()) {
    return KeyMessage::unknown;
  }
  return key.key_ack() ? KeyMessage::g1 : KeyMessage::g2;
}

std::optional<KeyMessage> question_of(KeyMessage message) {
  switch (message) {
    case KeyMessage::m2:
      return KeyMessage::m1;
    case KeyMessage::m4:
      return KeyMessage::m3;
    case KeyMessage::g2:
      return KeyMessage::g1;
    case KeyMessage::m1:
    case KeyMessage::m3:
    case KeyMessage::g1:
    case KeyMessage::unknown:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace postassoc
