#include "harness/frames/ccmp.h"

#include <array>

#include "harness/frames/byte_reader.h"
#include "harness/frames/byte_writer.h"
#include "harness/frames/cipher_context.h"
#include "harness/frames/malformed.h"

namespace postassoc {
namespace {

constexpr std::size_t kCcmpHeaderSize = 8;
constexpr std::size_t kNonceSize = 13;
constexpr std::uint8_t kExtIv = 0x20;
constexpr std::uint16_t kSubtypeLow = 0x0070;
constexpr std::uint16_t kRetryPowerMoreData = 0x3800;
constexpr std::uint16_t kProtected = 0x4000;
constexpr std::uint16_t kOrder = 0x8000;

/// What CCM needs beside the text: 12.5.3.3.
struct CcmInput {
  const EVP_CIPHER* cipher = nullptr;
  int mic_size = 0;
  Bytes nonce;
  Bytes aad;
};

/// The additional authentication data (12.5.3.3.3): the header without what a retransmission may
/// change.
Bytes aad_of(const Dot11& frame) {
  ByteReader header(frame.header);
  std::uint16_t control = header.le16();
  control = static_cast<std::uint16_t>((control & ~kRetryPowerMoreData) | kProtected);
  if (frame.is_data()) {
    control = static_cast<std::uint16_t>(control & ~kSubtypeLow);
  }
  if (frame.qos_control) {
    control = static_cast<std::uint16_t>(control & ~kOrder);
  }
  header.skip(2);  // duration
  ByteWriter aad;
  aad.le16(control).bytes(header.bytes(18)).le16(frame.fragment_number);
  if (frame.addr4) {
    aad.address(*frame.addr4);
  }
  if (frame.qos_control) {
    aad.le16(frame.qos_control->tid());
  }
  return aad.take();
}

/// Priority and management flag, A2, PN from the highest octet (12.5.3.3.4).
Bytes nonce_of(const Dot11& frame, std::uint64_t pn) {
  const unsigned priority = frame.qos_control ? frame.qos_control->tid() : 0U;
  const unsigned management = frame.is_management() ? 0x10U : 0U;
  return ByteWriter()
      .u8(static_cast<std::uint8_t>(priority | management))
      .address(frame.ta.value_or(MacAddress{}))
      .be16(static_cast<std::uint16_t>(pn >> 32))
      .be32(static_cast<std::uint32_t>(pn))
      .take();
}

Result<CcmInput> ccm_input(ByteView tk, const Dot11& frame, std::uint64_t pn) {
  if (!frame.is_data() && !frame.is_management()) {
    return malformed("CCMP", "neither a data nor a management frame");
  }
  if (!frame.protected_frame) {
    return malformed("CCMP", "the frame is not protected");
  }
  CcmInput input;
  if (tk.size() == 16) {
    input.cipher = EVP_aes_128_ccm();
    input.mic_size = 8;
  } else if (tk.size() == 32) {
    input.cipher = EVP_aes_256_ccm();
    input.mic_size = 16;
  } else {
    return malformed("CCMP", "a key of " + std::to_string(tk.size()) + " octets is none of CCMP");
  }
  input.nonce = nonce_of(frame, pn);
  input.aad = aad_of(frame);
  return input;
}

/// Runs CCM over `text`. To decrypt, `mic` is the frame's and checked; to encrypt, it is filled.
bool run_ccm(const CcmInput& input, ByteView tk, bool encrypt, ByteView text, Bytes& output,
             Bytes& mic) {
  const CipherContext context(EVP_CIPHER_CTX_new());
  const int direction = encrypt ? 1 : 0;
  int length = 0;
  output.resize(text.size() + 16);  // never empty: OpenSSL reads a null output as a length
  const unsigned char nothing = 0;
  const unsigned char* in = text.empty() ? &nothing : octets(text);
  EVP_CIPHER_CTX* ccm = context.get();
  const bool done =
      ccm != nullptr &&
      EVP_CipherInit_ex2(ccm, input.cipher, nullptr, nullptr, direction, nullptr) == 1 &&
      EVP_CIPHER_CTX_ctrl(ccm, EVP_CTRL_AEAD_SET_IVLEN, static_cast<int>(kNonceSize), nullptr) ==
          1 &&
      EVP_CIPHER_CTX_ctrl(ccm, EVP_CTRL_AEAD_SET_TAG, input.mic_size,
                          encrypt ? nullptr : mic.data()) == 1 &&
      EVP_CipherInit_ex2(ccm, nullptr, octets(tk), octets(input.nonce), direction, nullptr) == 1 &&
      EVP_CipherUpdate(ccm, nullptr, &length, nullptr, static_cast<int>(text.size())) == 1 &&
      EVP_CipherUpdate(ccm, nullptr, &length, octets(input.aad),
                       static_cast<int>(input.aad.size())) == 1 &&
      EVP_CipherUpdate(ccm, octets(output), &length, in, static_cast<int>(text.size())) == 1;
  output.resize(text.size());
  if (!done || !encrypt) {
    return done;
  }
  mic.resize(static_cast<std::size_t>(input.mic_size));
  return EVP_CIPHER_CTX_ctrl(ccm, EVP_CTRL_AEAD_GET_TAG, input.mic_size, mic.data()) == 1;
}

}  // namespace

std::optional<CcmpHeader> parse_ccmp_header(ByteView body) {
  ByteReader reader(body);
  const std::uint64_t low = reader.le16();
  reader.skip(1);
  const std::uint8_t key_octet = reader.u8();
  const std::uint64_t high = reader.le32();
  if (!reader.ok() || (key_octet & kExtIv) == 0) {
    return std::nullopt;
  }
  return CcmpHeader{high << 16 | low, static_cast<std::uint8_t>(key_octet >> 6)};
}

Result<Bytes> ccmp_decrypt(ByteView tk, const Dot11& frame) {
  const auto ccmp = parse_ccmp_header(frame.body);
  const auto input = ccm_input(tk, frame, ccmp ? ccmp->pn : 0);
  if (!input) {
    return input.error();
  }
  const auto mic_size = static_cast<std::size_t>(input->mic_size);
  if (!ccmp || frame.body.size() < kCcmpHeaderSize + mic_size) {
    return malformed("CCMP", "a body of " + std::to_string(frame.body.size()) +
                                 " octets has no CCMP header and MIC");
  }
  const ByteView text = frame.body.subspan(kCcmpHeaderSize);
  const ByteView ciphertext = text.first(text.size() - mic_size);
  const ByteView tag = text.last(mic_size);
  Bytes mic(tag.begin(), tag.end());
  Bytes plaintext;
  if (!run_ccm(*input, tk, false, ciphertext, plaintext, mic)) {
    return malformed("CCMP", "the frame fails its MIC under this key");
  }
  return plaintext;
}

Result<Bytes> ccmp_encrypt(ByteView tk, ByteView mac_header, const CcmpHeader& ccmp,
                           ByteView plaintext) {
  const auto frame = parse_dot11(mac_header);
  if (!frame) {
    return frame.error();
  }
  if (!frame->body.empty()) {
    return malformed("CCMP", "octets follow the MAC header");
  }
  const auto input = ccm_input(tk, *frame, ccmp.pn);
  if (!input) {
    return input.error();
  }
  Bytes ciphertext;
  Bytes mic;
  if (!run_ccm(*input, tk, true, plaintext, ciphertext, mic)) {
    return Error{Fault::lab, "OpenSSL failed to encrypt", "CCMP"};
  }
  return ByteWriter()
      .le16(static_cast<std::uint16_t>(ccmp.pn))
      .u8(0)
      .u8(static_cast<std::uint8_t>(ccmp.key_id << 6 | kExtIv))
      .le32(static_cast<std::uint32_t>(ccmp.pn >> 16))
      .bytes(ciphertext)
      .bytes(mic)
      .take();
}

}  // namespace postassoc
