#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "harness/frames/bytes.h"
#include "harness/frames/elements.h"
#include "harness/frames/mac_address.h"
#include "harness/result.h"

namespace postassoc {

// Bodies of management frames (9.3.3). Each parser takes the plaintext body; of a protected frame
// that is what decryption returned, never `Dot11::body`. The elements point into that body. An
// Error when the fixed fields do not fit.

struct AssocRequest {
  std::uint16_t capabilities = 0;
  std::uint16_t listen_interval = 0;
  std::optional<MacAddress> current_ap;  ///< of a reassociation
  Elements elements;
};

/// Also the reassociation response.
struct AssocResponse {
  std::uint16_t capabilities = 0;
  std::uint16_t status = 0;  ///< 0: success
  std::uint16_t aid = 0;     ///< without the two bits that are always set
  Elements elements;
};

struct Authentication {
  std::uint16_t algorithm = 0;  ///< 0 open system, 1 shared key, 2 FT, 3 SAE
  std::uint16_t sequence = 0;
  std::uint16_t status = 0;
  ByteView rest;  ///< fields that depend on the algorithm, then elements
};

struct Deauthentication {
  std::uint16_t reason = 0;
  Elements elements;
};
using Disassociation = Deauthentication;

/// Also the probe response.
struct Beacon {
  std::uint64_t timestamp = 0;    ///< the sender's TSF in microseconds
  std::uint16_t interval_tu = 0;  ///< in time units of 1024 microseconds
  std::uint16_t capabilities = 0;
  Elements elements;

  /// The SSID element's octets; nothing when there is none.
  std::optional<std::string> ssid() const;
};

Result<AssocRequest> parse_assoc_request(ByteView body, bool reassociation = false);
Result<AssocResponse> parse_assoc_response(ByteView body);
Result<Authentication> parse_authentication(ByteView body);
Result<Deauthentication> parse_deauthentication(ByteView body);
Result<Disassociation> parse_disassociation(ByteView body);
Result<Beacon> parse_beacon(ByteView body);

}  // namespace postassoc
