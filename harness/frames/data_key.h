#pragma once

#include <memory>
#include <string_view>

#include "harness/frames/bytes.h"
#include "harness/frames/cipher_header.h"
#include "harness/frames/dot11.h"
#include "harness/frames/suites.h"
#include "harness/result.h"

namespace postassoc {

/// How the decryption of a frame came out.
enum class Decryption : std::uint8_t {
  ok,
  not_protected,  ///< Protected Frame is clear, or it is neither a data nor a management frame
  too_short,      ///< no room for cipher header and MIC, or Ext IV is clear
  mic_mismatch,   ///< another key, or tampered with
  unsupported,    ///< TKIP: its payload is not decrypted here
};

/// A sentence about it.
std::string_view to_string(Decryption decryption);

/// A temporal or group temporal key, ready to use: the cipher's context is set up once, so that a
/// frame costs no set-up and no allocation beyond its plaintext. Ciphers: CCMP-128 and CCMP-256
/// (IEEE 802.11-2020, 12.5.3), GCMP-128 and GCMP-256 (12.5.5), for data and management frames,
/// individually or group addressed. A-MSDUs are taken as not SPP. Of fragments, each is decrypted
/// by itself. A TKIP key (32 octets, with the Michael keys) is held, but decrypts nothing. The key
/// id of a frame is not looked at: the caller chooses the key. Not for two threads at once.
class DataKey {
 public:
  /// An Error when the cipher is none of these or the key has not its size (see `tk_length`).
  static Result<DataKey> create(Suite cipher, ByteView key);

  DataKey(DataKey&&) noexcept;
  DataKey& operator=(DataKey&&) noexcept;
  ~DataKey();

  Suite cipher() const;
  const Bytes& key() const;

  /// Decrypts the frame's body into `plaintext`, whose storage is used again; unless `ok`, its
  /// content is of no use.
  Decryption decrypt(const Dot11& frame, Bytes& plaintext) const;

  /// The body to send (cipher header, ciphertext, MIC) behind a MAC header, without padding, that
  /// has Protected set. An Error when the header is none, and for TKIP.
  Result<Bytes> encrypt(ByteView mac_header, const CipherHeader& header, ByteView plaintext) const;

 private:
  struct State;
  explicit DataKey(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// One frame under one key, without a `DataKey` to keep: the plaintext body, or the reason as an
/// Error.
Result<Bytes> decrypt_mpdu(Suite cipher, ByteView key, const Dot11& frame);

/// One body under one key: see `DataKey::encrypt`.
Result<Bytes> encrypt_mpdu(Suite cipher, ByteView key, ByteView mac_header,
                           const CipherHeader& header, ByteView plaintext);

}  // namespace postassoc
