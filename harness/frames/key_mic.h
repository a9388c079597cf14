#pragma once

#include <cstdint>

#include "harness/frames/bytes.h"
#include "harness/frames/suites.h"
#include "harness/result.h"

namespace postassoc {

/// The MIC of an EAPOL-Key PDU (IEEE 802.11-2020, 12.7.2), over the PDU with its MIC field zeroed.
/// The algorithm follows the PDU's own key descriptor version: 1 HMAC-MD5, 2 HMAC-SHA1-128, 3
/// AES-128-CMAC, and 0 what `akm` defines: AES-128-CMAC for SAE and FT-SAE, HMAC-SHA256-128 for
/// Suite B, HMAC-SHA384-192 for Suite B 192, for OWE and SAE-EXT-KEY the HMAC of the KCK's size
/// (16: SHA256, 24: SHA384, 32: SHA512). As long as the PDU's MIC field is: 24 octets for a KCK of
/// 24, 32 for one of 32, else 16. An Error when there is no such algorithm here or the PDU is too
/// short for its MIC.
Result<Bytes> compute_mic(ByteView kck, Suite akm, ByteView raw_eapol);

/// Whether the PDU's MIC is that; compared in constant time.
Result<bool> verify_mic(ByteView kck, Suite akm, ByteView raw_eapol);

/// Writes the MIC into the PDU.
Result<void> sign(ByteView kck, Suite akm, Bytes& raw_eapol);

}  // namespace postassoc
