#include "harness/frames/keys.h"

#include <openssl/evp.h>

#include <algorithm>
#include <string>

#include "harness/frames/byte_writer.h"
#include "harness/frames/mac_function.h"

namespace postassoc {
namespace {

constexpr int kPbkdf2Rounds = 4096;
constexpr std::size_t kPmkSize = 32;

using Kdf = Result<Bytes> (*)(ByteView, std::string_view, ByteView, std::size_t);

/// The key hierarchy of an AKM (table 12-8): how the PTK is expanded and how long its parts are.
struct KeyHierarchy {
  Suite akm;
  Kdf kdf;
  std::size_t kck_size;
  std::size_t kek_size;
};

constexpr std::array kHierarchies{
    KeyHierarchy{kAkm8021x, prf_sha1, 16, 16},
    KeyHierarchy{kAkmPsk, prf_sha1, 16, 16},
    KeyHierarchy{kAkm8021xSha256, kdf_sha256, 16, 16},
    KeyHierarchy{kAkmPskSha256, kdf_sha256, 16, 16},
    KeyHierarchy{kAkmSae, kdf_sha256, 16, 16},
};

struct CipherKey {
  Suite cipher;
  std::size_t tk_size;
};

constexpr std::array kCipherKeys{
    CipherKey{kCipherTkip, 32},    CipherKey{kCipherCcmp128, 16}, CipherKey{kCipherCcmp256, 32},
    CipherKey{kCipherGcmp128, 16}, CipherKey{kCipherGcmp256, 32},
};

/// min(AA, SPA) || max(AA, SPA) || min(ANonce, SNonce) || max(ANonce, SNonce)
Bytes expansion_context(const MacAddress& aa, const MacAddress& spa, const Nonce& anonce,
                        const Nonce& snonce) {
  return ByteWriter()
      .address(std::min(aa, spa))
      .address(std::max(aa, spa))
      .bytes(std::min(anonce, snonce))
      .bytes(std::max(anonce, snonce))
      .take();
}

Bytes slice(const Bytes& bytes, std::size_t from, std::size_t size) {
  const ByteView part = ByteView(bytes).subspan(from, size);
  return {part.begin(), part.end()};
}

}  // namespace

Result<Bytes> pmk_from_passphrase(std::string_view passphrase, std::string_view ssid) {
  if (passphrase.size() < 8 || passphrase.size() > 63) {
    return Error{
        Fault::invalid_input,
        "a passphrase has 8 to 63 characters, this one has " + std::to_string(passphrase.size()),
        ""};
  }
  if (!std::all_of(passphrase.begin(), passphrase.end(),
                   [](char c) { return c >= 0x20 && c <= 0x7e; })) {
    return Error{Fault::invalid_input, "a passphrase has printable ASCII characters only", ""};
  }
  if (ssid.empty() || ssid.size() > 32) {
    return Error{Fault::invalid_input,
                 "an SSID has 1 to 32 octets, this one has " + std::to_string(ssid.size()), ""};
  }
  Bytes pmk(kPmkSize);
  if (PKCS5_PBKDF2_HMAC(passphrase.data(), static_cast<int>(passphrase.size()),
                        reinterpret_cast<const unsigned char*>(ssid.data()),
                        static_cast<int>(ssid.size()), kPbkdf2Rounds, EVP_sha1(),
                        static_cast<int>(pmk.size()),
                        reinterpret_cast<unsigned char*>(pmk.data())) != 1) {
    return Error{Fault::lab, "OpenSSL failed to derive the PMK", "PBKDF2"};
  }
  return pmk;
}

Result<Ptk> derive_ptk(ByteView pmk, Suite akm, Suite pairwise_cipher, const MacAddress& aa,
                       const MacAddress& spa, const Nonce& anonce, const Nonce& snonce) {
  const auto hierarchy = std::find_if(kHierarchies.begin(), kHierarchies.end(),
                                      [akm](const KeyHierarchy& h) { return h.akm == akm; });
  if (hierarchy == kHierarchies.end()) {
    return Error{Fault::lab, "the key hierarchy of AKM " + akm_to_string(akm) + " is not supported",
                 "PTK"};
  }
  const auto tk_size = tk_length(pairwise_cipher);
  if (!tk_size) {
    return tk_size.error();
  }
  const std::size_t kck_size = hierarchy->kck_size;
  const std::size_t kek_size = hierarchy->kek_size;
  const auto ptk =
      hierarchy->kdf(pmk, "Pairwise key expansion", expansion_context(aa, spa, anonce, snonce),
                     kck_size + kek_size + *tk_size);
  if (!ptk) {
    return ptk.error();
  }
  return Ptk{slice(*ptk, 0, kck_size), slice(*ptk, kck_size, kek_size),
             slice(*ptk, kck_size + kek_size, *tk_size)};
}

Result<std::size_t> tk_length(Suite cipher) {
  const auto found = std::find_if(kCipherKeys.begin(), kCipherKeys.end(),
                                  [cipher](const CipherKey& key) { return key.cipher == cipher; });
  if (found == kCipherKeys.end()) {
    return Error{Fault::lab, "cipher " + cipher_to_string(cipher) + " has no temporal key here",
                 "PTK"};
  }
  return found->tk_size;
}

Result<Bytes> prf_sha1(ByteView key, std::string_view label, ByteView context, std::size_t length) {
  Bytes output;
  for (std::uint8_t i = 0; output.size() < length; ++i) {
    const auto block =
        hmac("SHA1", key, ByteWriter().bytes(as_bytes(label)).u8(0).bytes(context).u8(i).take());
    if (!block) {
      return block.error();
    }
    output.insert(output.end(), block->begin(), block->end());
  }
  output.resize(length);
  return output;
}

Result<Bytes> kdf_sha256(ByteView key, std::string_view label, ByteView context,
                         std::size_t length) {
  const auto bits = static_cast<std::uint16_t>(length * 8);
  Bytes output;
  for (std::uint16_t i = 1; output.size() < length; ++i) {
    const auto block =
        hmac("SHA256", key,
             ByteWriter().le16(i).bytes(as_bytes(label)).bytes(context).le16(bits).take());
    if (!block) {
      return block.error();
    }
    output.insert(output.end(), block->begin(), block->end());
  }
  output.resize(length);
  return output;
}

}  // namespace postassoc
