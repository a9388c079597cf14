#include "harness/frames/mac_address.h"

#include <algorithm>

namespace postassoc {

std::optional<MacAddress> MacAddress::parse(std::string_view text) {
  if (text.size() != 17) {
    return std::nullopt;
  }
  for (std::size_t i = 2; i < text.size(); i += 3) {
    if (text[i] != ':') {
      return std::nullopt;
    }
  }
  const auto bytes = from_hex(text);
  if (!bytes || bytes->size() != 6) {
    return std::nullopt;
  }
  return from(*bytes);
}

MacAddress MacAddress::from(ByteView bytes) {
  MacAddress address;
  std::transform(bytes.begin(), bytes.begin() + 6, address.octets.begin(),
                 [](std::byte b) { return std::to_integer<std::uint8_t>(b); });
  return address;
}

std::string to_string(const MacAddress& address) {
  std::string text;
  const std::string digits = to_hex(std::as_bytes(std::span(address.octets)));
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    if (i > 0) {
      text += ':';
    }
    text += digits.substr(i, 2);
  }
  return text;
}

}  // namespace postassoc
