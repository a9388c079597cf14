#include "harness/frames/ccmp.h"

#include "harness/frames/data_key.h"

namespace postassoc {
namespace {

Suite cipher_of(ByteView tk) {
  return tk.size() == 32 ? kCipherCcmp256 : kCipherCcmp128;
}

}  // namespace

std::optional<CcmpHeader> parse_ccmp_header(ByteView body) {
  return parse_cipher_header(kCipherCcmp128, body);
}

Result<Bytes> ccmp_decrypt(ByteView tk, const Dot11& frame) {
  return decrypt_mpdu(cipher_of(tk), tk, frame);
}

Result<Bytes> ccmp_encrypt(ByteView tk, ByteView mac_header, const CcmpHeader& ccmp,
                           ByteView plaintext) {
  return encrypt_mpdu(cipher_of(tk), tk, mac_header, ccmp, plaintext);
}

}  // namespace postassoc
