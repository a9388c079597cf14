#include "harness/frames/keys.h"

#include <openssl/evp.h>

#include <algorithm>
#include <string>

#include "harness/frames/akm.h"
#include "harness/frames/byte_reader.h"
#include "harness/frames/byte_writer.h"
#include "harness/frames/mac_function.h"

namespace postassoc {
namespace {

constexpr int kPbkdf2Rounds = 4096;
constexpr std::size_t kPmkSize = 32;

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

Result<Ptk> expand_ptk(ByteView key, Suite akm, std::size_t pmk_size, Suite pairwise_cipher,
                       std::string_view label, ByteView context) {
  const auto sizes = akm_keys(akm, pmk_size);
  if (!sizes) {
    return Error{Fault::lab,
                 "AKM " + akm_to_string(akm) + " has no key hierarchy here for a PMK of " +
                     std::to_string(pmk_size) + " octets",
                 "PTK"};
  }
  const auto tk_size = tk_length(pairwise_cipher);
  if (!tk_size) {
    return tk_size.error();
  }
  const auto ptk = expand_key(sizes->hash, key, label, context, sizes->kck + sizes->kek + *tk_size);
  if (!ptk) {
    return ptk.error();
  }
  return Ptk{slice(*ptk, 0, sizes->kck), slice(*ptk, sizes->kck, sizes->kek),
             slice(*ptk, sizes->kck + sizes->kek, *tk_size)};
}

Result<Ptk> derive_ptk(ByteView pmk, Suite akm, Suite pairwise_cipher, const MacAddress& aa,
                       const MacAddress& spa, const Nonce& anonce, const Nonce& snonce) {
  if (is_ft_akm(akm)) {
    return Error{Fault::lab,
                 "AKM " + akm_to_string(akm) +
                     " derives its PTK from PMK-R1, which needs the mobility domain",
                 "PTK"};
  }
  return expand_ptk(pmk, akm, pmk.size(), pairwise_cipher, "Pairwise key expansion",
                    expansion_context(aa, spa, anonce, snonce));
}

Result<Pmkid> derive_pmkid(Suite akm, ByteView pmk_or_kck, const MacAddress& aa,
                           const MacAddress& spa) {
  const auto sizes = akm_keys(akm);
  const bool from_exchange = akm == kAkmSae || akm == kAkmOwe || akm == kAkmSaeExtKey;
  if (!sizes || from_exchange || is_ft_akm(akm)) {
    return Error{Fault::lab,
                 "the PMKID of AKM " + akm_to_string(akm) + " does not follow from a key", "PMKID"};
  }
  const auto code = hmac(digest_name(sizes->hash), pmk_or_kck,
                         ByteWriter().bytes(as_bytes("PMK Name")).address(aa).address(spa).take());
  if (!code) {
    return code.error();
  }
  return ByteReader(*code).array<16>();
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

}  // namespace postassoc
