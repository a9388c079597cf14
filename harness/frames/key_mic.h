#pragma once

#include <cstdint>

#include "harness/frames/bytes.h"
#include "harness/frames/suites.h"
#include "harness/result.h"

namespace postassoc {

/// The MIC of an EAPOL-Key PDU, over the PDU with its MIC field zeroed. The algorithm follows the
/// PDU's own key descriptor version: 1 HMAC-MD5, 2 HMAC-SHA1-128, 3 AES-128-CMAC, and 0 what `akm`
/// defines (AES-128-CMAC for SAE). An Error when there is no such algorithm here or the PDU is too
/// short for a MIC of 16 octets.
Result<Bytes> compute_mic(ByteView kck, Suite akm, ByteView raw_eapol);

/// Whether the PDU's MIC is that; compared in constant time.
Result<bool> verify_mic(ByteView kck, Suite akm, ByteView raw_eapol);

/// Writes the MIC into the PDU.
Result<void> sign(ByteView kck, Suite akm, Bytes& raw_eapol);

}  // namespace postassoc
