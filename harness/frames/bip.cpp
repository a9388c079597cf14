#include "harness/frames/bip.h"

#include <openssl/crypto.h>

#include <algorithm>

#include "harness/frames/byte_reader.h"
#include "harness/frames/byte_writer.h"
#include "harness/frames/elements.h"
#include "harness/frames/mac_function.h"
#include "harness/frames/malformed.h"
#include "harness/frames/mpdu_aad.h"

namespace postassoc {
namespace {

constexpr std::size_t kFixedSize = 10;  // id, length, key id, IPN
constexpr std::size_t kTimestampSize = 8;
constexpr unsigned kRetryPowerMoreData = 0x3800;

struct BipCipher {
  Suite cipher;
  std::size_t key_size;
  std::size_t mic_size;
  bool gmac;
};

constexpr std::array kCiphers{
    BipCipher{kCipherBipCmac128, 16, 8, false},
    BipCipher{kCipherBipCmac256, 32, 16, false},
    BipCipher{kCipherBipGmac128, 16, 16, true},
    BipCipher{kCipherBipGmac256, 32, 16, true},
};

const BipCipher* find_cipher(Suite cipher) {
  const auto found = std::find_if(kCiphers.begin(), kCiphers.end(),
                                  [cipher](const BipCipher& c) { return c.cipher == cipher; });
  return found == kCiphers.end() ? nullptr : &*found;
}

/// An MME with a MIC of that size at the end of the body.
std::optional<Mme> mme_of_size(ByteView body, std::size_t mic_size) {
  const std::size_t size = kFixedSize + mic_size;
  if (body.size() < size) {
    return std::nullopt;
  }
  ByteReader reader(body.last(size));
  if (reader.u8() != kElementManagementMic || reader.u8() != size - 2) {
    return std::nullopt;
  }
  Mme mme;
  mme.key_id = reader.le16();
  mme.ipn = reader.le32();
  mme.ipn |= std::uint64_t{reader.le16()} << 32;
  mme.mic = reader.rest();
  return mme;
}

/// Frame Control without what a retransmission may change, the addresses, and the body with the MIC
/// (and a beacon's timestamp) zeroed: 12.5.4.3 and 12.5.4.5.
Bytes authenticated_bytes(const Dot11& frame, std::size_t mic_size) {
  ByteReader header(frame.header);
  const unsigned control = header.le16() & ~kRetryPowerMoreData;
  header.skip(2);  // duration
  ByteView body = frame.body.first(frame.body.size() - mic_size);
  ByteWriter writer;
  writer.le16(static_cast<std::uint16_t>(control)).bytes(header.bytes(18));
  if (frame.is_beacon() && body.size() >= kTimestampSize) {
    writer.zeros(kTimestampSize);
    body = body.subspan(kTimestampSize);
  }
  return writer.bytes(body).zeros(mic_size).take();
}

Result<Bytes> mic_of(const BipCipher& cipher, ByteView key, const Dot11& frame, std::uint64_t ipn) {
  const Bytes data = authenticated_bytes(frame, cipher.mic_size);
  auto mic = cipher.gmac ? aes_gmac(key, gcmp_nonce_of(frame, ipn), data) : aes_cmac(key, data);
  if (mic) {
    mic->resize(cipher.mic_size);
  }
  return mic;
}

Result<const BipCipher*> cipher_for(Suite suite, ByteView key) {
  const BipCipher* cipher = find_cipher(suite);
  if (cipher == nullptr) {
    return malformed("BIP", cipher_to_string(suite) + " is no BIP cipher");
  }
  if (key.size() != cipher->key_size) {
    return malformed("BIP", "a key of " + std::to_string(key.size()) + " octets is none of " +
                                cipher_to_string(suite));
  }
  return cipher;
}

}  // namespace

std::optional<Mme> parse_mme(ByteView body) {
  const auto mme = mme_of_size(body, 8);
  return mme ? mme : mme_of_size(body, 16);
}

Result<BipResult> verify_bip(Suite suite, ByteView key, const Dot11& frame) {
  const auto cipher = cipher_for(suite, key);
  if (!cipher) {
    return cipher.error();
  }
  if (!frame.is_management()) {
    return malformed("BIP", "not a management frame");
  }
  const auto mme = mme_of_size(frame.body, (*cipher)->mic_size);
  if (!mme) {
    return malformed("BIP", "the frame does not end with a Management MIC element of " +
                                std::to_string((*cipher)->mic_size) + " octets of MIC");
  }
  const auto mic = mic_of(**cipher, key, frame, mme->ipn);
  if (!mic) {
    return mic.error();
  }
  const bool valid = CRYPTO_memcmp(mic->data(), mme->mic.data(), mic->size()) == 0;
  return BipResult{valid, mme->ipn, mme->key_id};
}

Result<Bytes> protect_with_bip(Suite suite, ByteView key, ByteView frame, std::uint16_t key_id,
                               std::uint64_t ipn) {
  const auto cipher = cipher_for(suite, key);
  if (!cipher) {
    return cipher.error();
  }
  const std::size_t mic_size = (*cipher)->mic_size;
  Bytes whole = ByteWriter()
                    .bytes(frame)
                    .u8(kElementManagementMic)
                    .u8(static_cast<std::uint8_t>(kFixedSize - 2 + mic_size))
                    .le16(key_id)
                    .le32(static_cast<std::uint32_t>(ipn))
                    .le16(static_cast<std::uint16_t>(ipn >> 32))
                    .zeros(mic_size)
                    .take();
  const auto dot11 = parse_dot11(whole);
  if (!dot11) {
    return dot11.error();
  }
  if (!dot11->is_management()) {
    return malformed("BIP", "not a management frame");
  }
  const auto mic = mic_of(**cipher, key, *dot11, ipn);
  if (!mic) {
    return mic.error();
  }
  std::copy(mic->begin(), mic->end(), whole.end() - static_cast<std::ptrdiff_t>(mic_size));
  return whole;
}

std::optional<std::size_t> bip_key_length(Suite cipher) {
  const BipCipher* found = find_cipher(cipher);
  return found == nullptr ? std::nullopt : std::optional(found->key_size);
}

}  // namespace postassoc
