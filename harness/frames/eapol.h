#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "harness/frames/bytes.h"
#include "harness/result.h"

namespace postassoc {

inline constexpr std::uint8_t kEapolEapPacket = 0;
inline constexpr std::uint8_t kEapolStart = 1;
inline constexpr std::uint8_t kEapolLogoff = 2;
inline constexpr std::uint8_t kEapolKey = 3;

/// An EAPOL PDU (IEEE 802.1X-2020, 11.3). Owns its bytes.
struct Eapol {
  std::uint8_t version = 0;
  std::uint8_t type = 0;
  std::uint16_t length = 0;  ///< of the body
  Bytes raw;                 ///< the PDU exactly: header and body, no padding of the link after it

  ByteView body() const { return ByteView(raw).subspan(4); }
};

/// `payload`: what follows the EAPOL ethertype. An Error when the body is cut off.
Result<Eapol> parse_eapol(ByteView payload);

inline constexpr std::uint8_t kDescriptorRsn = 2;
inline constexpr std::uint8_t kDescriptorWpa = 254;

/// An EAPOL-Key frame (IEEE 802.11-2020, 12.7.2). Owns its bytes.
struct EapolKey {
  std::uint8_t descriptor_type = kDescriptorRsn;
  std::uint16_t key_info = 0;
  std::uint16_t key_length = 0;
  std::uint64_t replay_counter = 0;
  std::array<std::byte, 32> nonce{};
  std::array<std::byte, 16> iv{};
  std::array<std::byte, 8> rsc{};
  std::array<std::byte, 8> reserved{};
  Bytes mic = Bytes(16);
  Bytes key_data;  ///< as sent: encrypted when `encrypted_key_data()`

  std::uint8_t descriptor_version() const { return static_cast<std::uint8_t>(key_info & 7U); }
  bool pairwise() const { return has(kPairwise); }
  bool install() const { return has(kInstall); }
  bool key_ack() const { return has(kKeyAck); }
  bool key_mic() const { return has(kKeyMic); }
  bool secure() const { return has(kSecure); }
  bool error() const { return has(kError); }
  bool request() const { return has(kRequest); }
  bool encrypted_key_data() const { return has(kEncryptedKeyData); }
  bool smk() const { return has(kSmk); }

  bool operator==(const EapolKey&) const = default;

  /// Bits of `key_info`.
  static constexpr std::uint16_t kPairwise = 0x0008;
  static constexpr std::uint16_t kInstall = 0x0040;
  static constexpr std::uint16_t kKeyAck = 0x0080;
  static constexpr std::uint16_t kKeyMic = 0x0100;
  static constexpr std::uint16_t kSecure = 0x0200;
  static constexpr std::uint16_t kError = 0x0400;
  static constexpr std::uint16_t kRequest = 0x0800;
  static constexpr std::uint16_t kEncryptedKeyData = 0x1000;
  static constexpr std::uint16_t kSmk = 0x2000;

 private:
  bool has(std::uint16_t bit) const { return (key_info & bit) != 0; }
};

/// An Error when the PDU is not EAPOL-Key or a field is cut off. `mic_length` depends on the AKM:
/// 16 for all but Suite B 192 and some of the 384-bit kin (24), and the AEAD ones (0).
Result<EapolKey> parse_eapol_key(const Eapol& eapol, std::size_t mic_length = 16);

/// The messages of the 4-way (m) and the group key handshake (g).
enum class KeyMessage : std::uint8_t { m1, m2, m3, m4, g1, g2, unknown };

/// "M1" to "M4", "G1", "G2", "unknown".
std::string_view to_string(KeyMessage message);

/// What the frame alone says it is. With Request, Error or SMK set: unknown. Not Pairwise: with
/// MIC, Key Ack tells g1 from g2, else unknown. Pairwise with Key Ack: m1 without MIC, m3 with MIC
/// and Install. Pairwise without Key Ack, with MIC: m2 when the key data, not encrypted, holds an
/// RSN (or WPA) element; else m4 when Secure is set, or when a WPA descriptor has no key data (WPA
/// never sets Secure in M4). All else is unknown: neither a zero nonce nor empty key data proves an
/// M4, and some supplicants set Secure in M2. Only the replay counter, matched to an M1 or M3 of
/// the same association, confirms an M2 or M4; that is for whoever follows the association.
KeyMessage classify(const EapolKey& key);

/// The message that this one answers: M1 for M2, M3 for M4, G1 for G2; nothing for those that ask
/// and for `unknown`.
std::optional<KeyMessage> question_of(KeyMessage message);

}  // namespace postassoc
