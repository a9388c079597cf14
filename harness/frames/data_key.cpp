#include "harness/frames/data_key.h"

#include <algorithm>
#include <array>
#include <string>

#include "harness/frames/byte_writer.h"
#include "harness/frames/cipher_context.h"
#include "harness/frames/keys.h"
#include "harness/frames/malformed.h"
#include "harness/frames/mpdu_aad.h"

namespace postassoc {
namespace {

constexpr std::size_t kHeaderSize = 8;
constexpr std::size_t kLongestMic = 16;
constexpr std::size_t kLongestNonce = 13;

/// What OpenSSL needs to know of a cipher; nothing for TKIP.
struct Aead {
  const EVP_CIPHER* (*evp)() = nullptr;
  std::size_t mic_size = 0;
  bool ccm = false;
};

Aead aead_of(Suite cipher) {
  switch (cipher) {
    case kCipherCcmp128:
      return {EVP_aes_128_ccm, 8, true};
    case kCipherCcmp256:
      return {EVP_aes_256_ccm, 16, true};
    case kCipherGcmp128:
      return {EVP_aes_128_gcm, 16, false};
    case kCipherGcmp256:
      return {EVP_aes_256_gcm, 16, false};
    default:
      return {};  // a suite from the air
  }
}

/// A context with cipher, key and sizes set, so that a frame brings only its nonce and MIC.
CipherContext make_context(const Aead& aead, ByteView key, bool encrypt) {
  CipherContext context(EVP_CIPHER_CTX_new());
  EVP_CIPHER_CTX* evp = context.get();
  const int direction = encrypt ? 1 : 0;
  const bool done =
      evp != nullptr &&
      EVP_CipherInit_ex2(evp, aead.evp(), nullptr, nullptr, direction, nullptr) == 1 &&
      (!aead.ccm ||
       (EVP_CIPHER_CTX_ctrl(evp, EVP_CTRL_AEAD_SET_IVLEN, kLongestNonce, nullptr) == 1 &&
        EVP_CIPHER_CTX_ctrl(evp, EVP_CTRL_AEAD_SET_TAG, static_cast<int>(aead.mic_size), nullptr) ==
            1)) &&
      EVP_CipherInit_ex2(evp, nullptr, octets(key), nullptr, direction, nullptr) == 1;
  if (!done) {
    context.reset();
  }
  return context;
}

/// Nonce and AAD of one frame, as the context takes them.
bool begin_frame(EVP_CIPHER_CTX* evp, const Aead& aead, const Dot11& frame, std::uint64_t pn,
                 std::size_t text_size) {
  std::array<std::byte, kLongestNonce> nonce{};
  if (aead.ccm) {
    nonce = ccmp_nonce_of(frame, pn);
  } else {
    const auto shorter = gcmp_nonce_of(frame, pn);
    std::copy(shorter.begin(), shorter.end(), nonce.begin());
  }
  const MpduAad aad = aad_of(frame);
  int length = 0;
  return EVP_CipherInit_ex2(evp, nullptr, nullptr, octets(nonce), -1, nullptr) == 1 &&
         (!aead.ccm ||
          EVP_CipherUpdate(evp, nullptr, &length, nullptr, static_cast<int>(text_size)) == 1) &&
         EVP_CipherUpdate(evp, nullptr, &length, octets(ByteView(aad.octets)),
                          static_cast<int>(aad.size)) == 1;
}

/// Runs the text through. CCM's update checks the MIC; GCM's says nothing until the end.
bool run_text(EVP_CIPHER_CTX* evp, const Aead& aead, ByteView text, Bytes& output) {
  int length = 0;
  const unsigned char nothing = 0;
  if (aead.ccm) {
    // Never with null pointers: OpenSSL takes those for the call that announces a length.
    output.resize(std::max<std::size_t>(text.size(), 1));
    const bool done =
        EVP_CipherUpdate(evp, octets(output), &length, text.empty() ? &nothing : octets(text),
                         static_cast<int>(text.size())) == 1;
    output.resize(text.size());
    return done;
  }
  output.resize(text.size());
  unsigned char last[16];
  return (text.empty() || EVP_CipherUpdate(evp, octets(output), &length, octets(text),
                                           static_cast<int>(text.size())) == 1) &&
         EVP_CipherFinal_ex(evp, last, &length) == 1;
}

}  // namespace

struct DataKey::State {
  Suite cipher = 0;
  Bytes key;
  Aead aead;
  CipherContext decrypt;
};

DataKey::DataKey(std::unique_ptr<State> state) : state_(std::move(state)) {}
DataKey::DataKey(DataKey&&) noexcept = default;
DataKey& DataKey::operator=(DataKey&&) noexcept = default;
DataKey::~DataKey() = default;

Suite DataKey::cipher() const {
  return state_->cipher;
}
const Bytes& DataKey::key() const {
  return state_->key;
}

std::string_view to_string(Decryption decryption) {
  switch (decryption) {
    case Decryption::ok:
      return "the frame is decrypted";
    case Decryption::not_protected:
      return "the frame is not protected, or neither a data nor a management frame";
    case Decryption::too_short:
      return "the body has no room for a cipher header and a MIC, or its Ext IV bit is clear";
    case Decryption::mic_mismatch:
      return "the frame fails its MIC under this key";
    case Decryption::unsupported:
      return "TKIP payloads are not decrypted here";
  }
  return "?";
}

Result<DataKey> DataKey::create(Suite cipher, ByteView key) {
  const auto size = tk_length(cipher);
  if (!size) {
    return size.error();
  }
  if (key.size() != *size) {
    return malformed(cipher_to_string(cipher),
                     "a key of " + std::to_string(key.size()) + " octets is none of this cipher");
  }
  auto state = std::make_unique<State>();
  state->cipher = cipher;
  state->key.assign(key.begin(), key.end());
  state->aead = aead_of(cipher);
  if (state->aead.evp != nullptr) {
    state->decrypt = make_context(state->aead, key, false);
    if (!state->decrypt) {
      return Error{Fault::lab, "OpenSSL refuses the key", cipher_to_string(cipher)};
    }
  }
  return DataKey(std::move(state));
}

Decryption DataKey::decrypt(const Dot11& frame, Bytes& plaintext) const {
  if (!frame.protected_frame || (!frame.is_data() && !frame.is_management())) {
    return Decryption::not_protected;
  }
  const Aead& aead = state_->aead;
  if (aead.evp == nullptr) {
    return Decryption::unsupported;
  }
  const auto header = parse_cipher_header(state_->cipher, frame.body);
  if (!header || frame.body.size() < kHeaderSize + aead.mic_size) {
    return Decryption::too_short;
  }
  const ByteView rest = frame.body.subspan(kHeaderSize);
  const ByteView text = rest.first(rest.size() - aead.mic_size);
  std::array<std::byte, kLongestMic> mic{};
  std::copy(rest.end() - static_cast<std::ptrdiff_t>(aead.mic_size), rest.end(), mic.begin());
  EVP_CIPHER_CTX* evp = state_->decrypt.get();
  const bool done = EVP_CIPHER_CTX_ctrl(evp, EVP_CTRL_AEAD_SET_TAG, static_cast<int>(aead.mic_size),
                                        mic.data()) == 1 &&
                    begin_frame(evp, aead, frame, header->pn, text.size()) &&
                    run_text(evp, aead, text, plaintext);
  return done ? Decryption::ok : Decryption::mic_mismatch;
}

Result<Bytes> DataKey::encrypt(ByteView mac_header, const CipherHeader& header,
                               ByteView plaintext) const {
  const std::string layer = cipher_to_string(state_->cipher);
  const auto frame = parse_dot11(mac_header);
  if (!frame) {
    return frame.error();
  }
  if (!frame->body.empty() || !frame->protected_frame ||
      (!frame->is_data() && !frame->is_management())) {
    return malformed(layer, "this is no MAC header of a protected data or management frame");
  }
  const Aead& aead = state_->aead;
  if (aead.evp == nullptr) {
    return malformed(layer, std::string(to_string(Decryption::unsupported)));
  }
  const CipherContext context = make_context(aead, state_->key, true);
  EVP_CIPHER_CTX* evp = context.get();
  Bytes ciphertext;
  Bytes mic(aead.mic_size);
  if (evp == nullptr || !begin_frame(evp, aead, *frame, header.pn, plaintext.size()) ||
      !run_text(evp, aead, plaintext, ciphertext) ||
      EVP_CIPHER_CTX_ctrl(evp, EVP_CTRL_AEAD_GET_TAG, static_cast<int>(aead.mic_size),
                          mic.data()) != 1) {
    return Error{Fault::lab, "OpenSSL failed to encrypt", layer};
  }
  return ByteWriter()
      .bytes(build_cipher_header(state_->cipher, header))
      .bytes(ciphertext)
      .bytes(mic)
      .take();
}

Result<Bytes> decrypt_mpdu(Suite cipher, ByteView key, const Dot11& frame) {
  const auto data_key = DataKey::create(cipher, key);
  if (!data_key) {
    return data_key.error();
  }
  Bytes plaintext;
  const Decryption outcome = data_key->decrypt(frame, plaintext);
  if (outcome != Decryption::ok) {
    return malformed(cipher_to_string(cipher), std::string(to_string(outcome)));
  }
  return plaintext;
}

Result<Bytes> encrypt_mpdu(Suite cipher, ByteView key, ByteView mac_header,
                           const CipherHeader& header, ByteView plaintext) {
  const auto data_key = DataKey::create(cipher, key);
  if (!data_key) {
    return data_key.error();
  }
  return data_key->encrypt(mac_header, header, plaintext);
}

}  // namespace postassoc
