#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "harness/frames/bytes.h"
#include "harness/frames/mac_address.h"
#include "harness/frames/rsn.h"
#include "harness/frames/suites.h"
#include "harness/result.h"

namespace postassoc {

using Nonce = std::array<std::byte, 32>;

/// The PMK of a WPA2/WPA3-transition passphrase (IEEE 802.11-2020, J.4): PBKDF2-HMAC-SHA1, 4096
/// rounds, 32 octets. An Error unless the passphrase has 8 to 63 printable ASCII characters and the
/// SSID 1 to 32 octets.
Result<Bytes> pmk_from_passphrase(std::string_view passphrase, std::string_view ssid);

/// The pairwise transient key, in its parts.
struct Ptk {
  Bytes kck;  ///< signs EAPOL-Key frames
  Bytes kek;  ///< wraps key data
  Bytes tk;   ///< protects frames; for TKIP with the two Michael keys
};

/// Derives the PTK (12.7.1.3) of every AKM that `akm_keys` knows and that is no FT AKM; those have
/// `derive_ft_ptk`. An Error for any other AKM, a PMK of a size that the AKM has not (32 octets;
/// 48 or 64 for Suite B 192 and by group), or a cipher that has no TK.
Result<Ptk> derive_ptk(ByteView pmk, Suite akm, Suite pairwise_cipher, const MacAddress& aa,
                       const MacAddress& spa, const Nonce& anonce, const Nonce& snonce);

/// Expands `key` by the AKM's hash and cuts the PTK into its parts. `pmk_size`: see `akm_keys`.
Result<Ptk> expand_ptk(ByteView key, Suite akm, std::size_t pmk_size, Suite pairwise_cipher,
                       std::string_view label, ByteView context);

/// The PMKID (12.7.1.3, 12.7.1.6.3): from the PMK, for Suite B and Suite B 192 from the KCK. An
/// Error for the AKMs whose PMKID does not follow from a key: SAE takes it from the commits, OWE
/// from the public keys, and FT uses PMKR0Name and PMKR1Name instead.
Result<Pmkid> derive_pmkid(Suite akm, ByteView pmk_or_kck, const MacAddress& aa,
                           const MacAddress& spa);

/// Octets of a temporal (or group temporal) key of the cipher.
Result<std::size_t> tk_length(Suite cipher);

}  // namespace postassoc
