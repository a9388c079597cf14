#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "harness/frames/bytes.h"
#include "harness/frames/suites.h"
#include "harness/result.h"

namespace postassoc {

using Pmkid = std::array<std::byte, 16>;

/// The RSN element (9.4.2.24). It may end after any field; what is absent is empty here.
struct Rsne {
  std::uint16_t version = 0;
  std::optional<Suite> group_cipher;
  std::vector<Suite> pairwise_ciphers;
  std::vector<Suite> akms;
  std::optional<std::uint16_t> capabilities;
  std::vector<Pmkid> pmkids;
  std::optional<Suite> group_management_cipher;

  bool mfp_required() const { return (capabilities.value_or(0) & 0x0040U) != 0; }
  bool mfp_capable() const { return (capabilities.value_or(0) & 0x0080U) != 0; }
};

/// `body`: the element after id and length. An Error when a field is cut off inside.
Result<Rsne> parse_rsne(ByteView body);

/// The RSN Extension element (9.4.2.241).
struct Rsnxe {
  Bytes capabilities;  ///< the first octet's low four bits are their length minus one

  /// Capability bit by its number in table 9-321; false past the end.
  bool has(unsigned bit) const;
  bool sae_h2e() const { return has(5); }
};

Result<Rsnxe> parse_rsnxe(ByteView body);

}  // namespace postassoc
