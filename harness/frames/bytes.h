#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace postassoc {

using Bytes = std::vector<std::byte>;
using ByteView = std::span<const std::byte>;

/// Text seen as bytes, without a copy; the view lives as long as the text.
inline ByteView as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

/// Bytes seen as text, without a copy and without any judgement of their encoding.
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Lower-case hexadecimal digits, two a byte, no separator.
std::string to_hex(ByteView bytes);

/// Reads hexadecimal digits; white space and ':' between bytes are skipped. Nothing on any other
/// character or an odd number of digits.
std::optional<Bytes> from_hex(std::string_view text);

}  // namespace postassoc
