#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "harness/frames/bytes.h"

namespace postassoc {

/// Reads a span front to back. A read past the end yields zero (or an empty view), moves to the end
/// and makes `ok()` false for good, so a decoder reads a run of fields and asks once.
class ByteReader {
 public:
  explicit ByteReader(ByteView bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }
  std::size_t offset() const { return offset_; }
  std::size_t left() const { return bytes_.size() - offset_; }
  ByteView rest() const { return bytes_.subspan(offset_); }

  std::uint8_t u8() { return static_cast<std::uint8_t>(little_endian(1)); }
  std::uint16_t le16() { return static_cast<std::uint16_t>(little_endian(2)); }
  std::uint32_t le32() { return static_cast<std::uint32_t>(little_endian(4)); }
  std::uint64_t le64() { return little_endian(8); }
  std::uint16_t be16() { return static_cast<std::uint16_t>(big_endian(2)); }
  std::uint32_t be24() { return static_cast<std::uint32_t>(big_endian(3)); }
  std::uint32_t be32() { return static_cast<std::uint32_t>(big_endian(4)); }
  std::uint64_t be64() { return big_endian(8); }

  ByteView bytes(std::size_t count) {
    if (count > left()) {
      ok_ = false;
      offset_ = bytes_.size();
      return {};
    }
    const ByteView taken = bytes_.subspan(offset_, count);
    offset_ += count;
    return taken;
  }

  void skip(std::size_t count) { bytes(count); }

  /// A field of fixed size, owned; all zero when it is cut off.
  template <std::size_t N>
  std::array<std::byte, N> array() {
    std::array<std::byte, N> field{};
    const ByteView taken = bytes(N);
    std::copy(taken.begin(), taken.end(), field.begin());
    return field;
  }

 private:
  std::uint64_t little_endian(std::size_t count) {
    const ByteView taken = bytes(count);
    std::uint64_t value = 0;
    for (std::size_t i = taken.size(); i > 0; --i) {
      value = value << 8 | std::to_integer<std::uint64_t>(taken[i - 1]);
    }
    return value;
  }
  std::uint64_t big_endian(std::size_t count) {
    std::uint64_t value = 0;
    for (const std::byte b : bytes(count)) {
      value = value << 8 | std::to_integer<std::uint64_t>(b);
    }
    return value;
  }

  ByteView bytes_;
  std::size_t offset_ = 0;
  bool ok_ = true;
};

}  // namespace postassoc
