#pragma once

#include <optional>
#include <vector>

#include "harness/air.h"
#include "harness/frames/eapol.h"
#include "harness/frames/keys.h"
#include "harness/plan.h"

namespace postassoc {

/// The TID of what is injected under a key.
inline constexpr std::uint8_t kInjectionTid = 6;

/// A key that the station has, and how far the access point has come with its packet numbers.
struct InjectionKey {
  Suite cipher = kCipherCcmp128;
  Bytes key;
  std::uint8_t key_id = 0;
  std::uint64_t highest_pn = 0;  ///< but for kInjectionTid; 0: none was used
};

/// What the air shows of the association under way, as far as forging takes it.
struct InjectionKeys {
  std::vector<InjectionKey> pairwise;  ///< of completed handshakes, oldest first
  std::vector<InjectionKey> group;     ///< GTKs in the order in which they were handed over
  /// The access point's last message 1, message 3 and group message 1.
  std::optional<AirEapol> m1, m3, g1;
  std::uint64_t replay_counter = 0;  ///< the highest that the access point used
  Suite akm = 0;
  std::optional<Ptk> ptk;  ///< of the newest pairwise key, where it can be derived again (not FT)
};

/// Of the last association of an air that has one pair.
InjectionKeys injection_keys(const Air& air, const AirSecrets& secrets);

}  // namespace postassoc
