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
constexpr std::size_t kMicSize = 16;

Result<Bytes> mac_of_version(ByteView kck, Suite akm, unsigned version, ByteView pdu) {
  switch (version) {
    case 0:
      if (akm == kAkmSae) {
        return aes_cmac(kck, pdu);
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
  if (raw_eapol.size() < kMicOffset + kMicSize) {
    return malformed("EAPOL-Key", "the PDU is too short for a MIC");
  }
  const std::uint16_t key_info = ByteReader(raw_eapol.subspan(kKeyInfoOffset)).be16();
  Bytes pdu(raw_eapol.begin(), raw_eapol.end());
  std::fill_n(pdu.begin() + kMicOffset, kMicSize, std::byte{0});
  auto mic = mac_of_version(kck, akm, key_info & 7U, pdu);
  if (mic) {
    mic->resize(kMicSize);
  }
  return mic;
}

Result<bool> verify_mic(ByteView kck, Suite akm, ByteView raw_eapol) {
  const auto mic = compute_mic(kck, akm, raw_eapol);
  if (!mic) {
    return mic.error();
  }
  return CRYPTO_memcmp(mic->data(), raw_eapol.data() + kMicOffset, kMicSize) == 0;
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
