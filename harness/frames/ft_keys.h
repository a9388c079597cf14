#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "harness/frames/bytes.h"
#include "harness/frames/keys.h"
#include "harness/frames/mac_address.h"
#include "harness/frames/rsn.h"
#include "harness/frames/suites.h"
#include "harness/result.h"

namespace postassoc {

/// What the FT key hierarchy is bound to (IEEE 802.11-2020, 12.7.1.6). SSID and MDID are in the
/// beacon, the R0KH-ID and the R1KH-ID in the FTE of M3, of FT authentication and reassociation.
struct FtContext {
  std::string ssid;        ///< 1 to 32 octets
  std::uint16_t mdid = 0;  ///< as in the Mobility Domain element, read little-endian
  Bytes r0kh_id;           ///< 1 to 48 octets
  MacAddress r1kh_id;      ///< of the access point that the PTK is for; often its BSSID

  bool operator==(const FtContext&) const = default;
};

/// A key of the FT hierarchy with its name (PMKR0Name, PMKR1Name).
struct FtPmk {
  Bytes key;
  Pmkid name{};
};

/// PMK-R0 (12.7.1.6.3). `xxkey` is the PSK for FT-PSK, the PMK that SAE agreed on for FT-SAE, for
/// FT-802.1X the second 32 octets of the MSK, and the first 48 for its SHA384 kin. An Error for an
/// AKM that is not FT or a context out of its bounds.
Result<FtPmk> derive_pmk_r0(ByteView xxkey, Suite akm, const FtContext& context,
                            const MacAddress& spa);

/// PMK-R1 (12.7.1.6.4) of the R1 key holder.
Result<FtPmk> derive_pmk_r1(const FtPmk& pmk_r0, Suite akm, const MacAddress& r1kh_id,
                            const MacAddress& spa);

/// The PTK ("FT-PTK", 12.7.1.6.5), after the initial association and after each transition.
Result<Ptk> derive_ft_ptk(const FtPmk& pmk_r1, Suite akm, Suite pairwise_cipher,
                          const MacAddress& bssid, const MacAddress& spa, const Nonce& anonce,
                          const Nonce& snonce);

/// The three in a row.
Result<Ptk> derive_ft_ptk(ByteView xxkey, Suite akm, const FtContext& context,
                          Suite pairwise_cipher, const MacAddress& bssid, const MacAddress& spa,
                          const Nonce& anonce, const Nonce& snonce);

}  // namespace postassoc
