#include "harness/frames/key_mic.h"

#include <openssl/crypto.h>

#include <algorithm>

#include "harness/frames/byte_reader.h"
#include "harness/frames/mac_function.h"
#include "harness/frames/malformed.h"

namespace postassoc {
namespace {

constexpr std::size_t kKeyInfoOffset = 5;
constexpr std::size_t kMicOffset = 81;

/// The MIC field's size goes with the KCK's in every key hierarchy (see `AkmKeys`).
std::size_t mic_size(ByteView kck) {
  return kck.size() == 24 || kck.size() == 32 ? kck.size() : 16;
}

const char* digest_by_kck(ByteView kck) {
  if (kck.size() == 24) {
    return "SHA384";
  }
  return kck.size() == 32 ? "SHA512" : "SHA256";
}

bool takes_hmac(Suite akm) {
  return akm == kAkm8021xSuiteB || akm == kAkm8021xSuiteB192 || akm == kAkmFt8021xSha384 ||
         akm == kAkmOwe || akm == kAkmSaeExtKey || akm == kAkmFtSaeExtKey;
}

Result<Bytes> mac_of_version(ByteView kck, Suite akm, unsigned version, ByteView pdu) {
  switch (version) {
    case 0:
      if (akm == kAkmSae || akm == kAkmFtSae) {
        return aes_cmac(kck, pdu);
      }
      if (takes_hmac(akm)) {
        return hmac(digest_by_kck(kck), kck, pdu);
      }
      break;
    case 1:
      return hmac("MD5", kck, pdu);
    case 2:
      return hmac("SHA1", kck, pdu);
    case 3:
      return aes_cmac(kck, pdu);
    default:
      break;  // a number from the air: reserved
  }
  return malformed("EAPOL-Key", "key descriptor version " + std::to_string(version) + " with AKM " +
                                    akm_to_string(akm) + " has no MIC algorithm here");
}

}  // namespace

Result<Bytes> compute_mic(ByteView kck, Suite akm, ByteView raw_eapol) {
  const std::size_t size = mic_size(kck);
  if (raw_eapol.size() < kMicOffset + size) {
    return malformed("EAPOL-Key", "the PDU is too short for a MIC");
  }
  const std::uint16_t key_info = ByteReader(raw_eapol.subspan(kKeyInfoOffset)).be16();
  Bytes pdu(raw_eapol.begin(), raw_eapol.end());
  std::fill_n(pdu.begin() + kMicOffset, size, std::byte{0});
  auto mic = mac_of_version(kck, akm, key_info & 7U, pdu);
  if (mic && mic->size() < size) {
    return malformed("EAPOL-Key", "key descriptor version " + std::to_string(key_info & 7U) +
                                      " has no MIC of " + std::to_string(size) + " octets");
  }
  if (mic) {
    mic->resize(size);
  }
  return mic;
}

Result<bool> verify_mic(ByteView kck, Suite akm, ByteView raw_eapol) {
  const auto mic = compute_mic(kck, akm, raw_eapol);
  if (!mic) {
    return mic.error();
  }
  return CRYPTO_memcmp(mic->data(), raw_eapol.data() + kMicOffset, mic->size()) == 0;
}

Result<void> sign(ByteView kck, Suite akm, Bytes& raw_eapol) {
  const auto mic = compute_mic(kck, akm, raw_eapol);
  if (!mic) {
    return mic.error();
  }
  std::copy(mic->begin(), mic->end(), raw_eapol.begin() + kMicOffset);
  return {};
}

}  // namespace postassoc
