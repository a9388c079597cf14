#pragma once

#include <cstdint>
#include <optional>

#include "harness/frames/bytes.h"
#include "harness/frames/dot11.h"
#include "harness/result.h"

namespace postassoc {

/// The header before an encrypted body (12.5.3.2); GCMP's has the same layout.
struct CcmpHeader {
  std::uint64_t pn = 0;  ///< 48 bits
  std::uint8_t key_id = 0;
};

/// Nothing when the body is shorter than a CCMP header or its Ext IV bit is clear.
std::optional<CcmpHeader> parse_ccmp_header(ByteView body);

/// The plaintext body of a frame protected with CCMP-128 (a TK of 16 octets) or CCMP-256 (32), data
/// or management, individually or group addressed: the key decides. An Error when the frame is not
/// protected, too short, or fails its MIC (a wrong key, or tampered). A-MSDUs are taken as not SPP.
/// Of fragments, each is decrypted by itself.
Result<Bytes> ccmp_decrypt(ByteView tk, const Dot11& frame);

/// The body to send (CCMP header, ciphertext, MIC) behind a MAC header, without padding, that has
/// Protected set. An Error when the header is none, or the key has neither 16 nor 32 octets.
Result<Bytes> ccmp_encrypt(ByteView tk, ByteView mac_header, const CcmpHeader& ccmp,
                           ByteView plaintext);

}  // namespace postassoc
