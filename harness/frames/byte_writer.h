#pragma once

#include <cstddef>
#include <cstdint>

#include "harness/frames/bytes.h"
#include "harness/frames/mac_address.h"

namespace postassoc {

/// Appends fields to a byte string; every call returns the writer, so that a header reads as a
/// list.
class ByteWriter {
 public:
  ByteWriter& u8(std::uint8_t value) { return little_endian(value, 1); }
  ByteWriter& le16(std::uint16_t value) { return little_endian(value, 2); }
  ByteWriter& le32(std::uint32_t value) { return little_endian(value, 4); }
  ByteWriter& le64(std::uint64_t value) { return little_endian(value, 8); }
  ByteWriter& be16(std::uint16_t value) { return big_endian(value, 2); }
  ByteWriter& be32(std::uint32_t value) { return big_endian(value, 4); }
  ByteWriter& be64(std::uint64_t value) { return big_endian(value, 8); }
  ByteWriter& bytes(ByteView value) {
    bytes_.insert(bytes_.end(), value.begin(), value.end());
    return *this;
  }
  ByteWriter& address(const MacAddress& value) {
    return bytes(std::as_bytes(std::span(value.octets)));
  }
  ByteWriter& zeros(std::size_t count) {
    bytes_.resize(bytes_.size() + count);
    return *this;
  }

  std::size_t size() const { return bytes_.size(); }
  /// What was written; the writer is empty afterwards.
  Bytes take() { return std::move(bytes_); }

 private:
  ByteWriter& little_endian(std::uint64_t value, int count) {
    for (int i = 0; i < count; ++i) {
      bytes_.push_back(static_cast<std::byte>(value >> (8 * i)));
    }
    return *this;
  }
  ByteWriter& big_endian(std::uint64_t value, int count) {
    for (int i = count - 1; i >= 0; --i) {
      bytes_.push_back(static_cast<std::byte>(value >> (8 * i)));
    }
    return *this;
  }

  Bytes bytes_;
};

}  // namespace postassoc
