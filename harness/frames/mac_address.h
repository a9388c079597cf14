#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "harness/frames/bytes.h"

namespace postassoc {

/// A MAC-48 address in transmission order.
struct MacAddress {
  std::array<std::uint8_t, 6> octets{};

  auto operator<=>(const MacAddress&) const = default;
  /// The individual/group bit: broadcast and multicast addresses.
  bool is_group() const { return (octets[0] & 1U) != 0; }

  /// Reads six colon-separated hexadecimal octets; nothing on anything else.
  static std::optional<MacAddress> parse(std::string_view text);
  /// The first six bytes of `bytes`; the caller has checked that they are there.
  static MacAddress from(ByteView bytes);
};

inline constexpr MacAddress kBroadcast{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

/// Lower case, colon-separated.
std::string to_string(const MacAddress& address);

}  // namespace postassoc
