#include "harness/frames/cipher_header.h"

#include "harness/frames/byte_reader.h"
#include "harness/frames/byte_writer.h"

namespace postassoc {
namespace {

constexpr std::uint8_t kExtIv = 0x20;

enum class Layout : std::uint8_t { none, wep, tkip, pn };

Layout layout_of(Suite cipher) {
  switch (cipher) {
    case kCipherCcmp128:
    case kCipherCcmp256:
    case kCipherGcmp128:
    case kCipherGcmp256:
      return Layout::pn;
    case kCipherTkip:
      return Layout::tkip;
    case kCipherWep40:
    case kCipherWep104:
      return Layout::wep;
    default:
      return Layout::none;  // a number from the air
  }
}

}  // namespace

std::optional<CipherHeader> parse_cipher_header(Suite cipher, ByteView body) {
  const Layout layout = layout_of(cipher);
  ByteReader reader(body);
  const std::uint64_t first = reader.u8();
  const std::uint64_t second = reader.u8();
  const std::uint64_t third = reader.u8();
  const std::uint8_t key_octet = reader.u8();
  const bool ext_iv = (key_octet & kExtIv) != 0;
  if (!reader.ok() || layout == Layout::none || ext_iv == (layout == Layout::wep)) {
    return std::nullopt;
  }
  CipherHeader header;
  header.key_id = static_cast<std::uint8_t>(key_octet >> 6);
  if (layout == Layout::wep) {
    header.pn = first << 16 | second << 8 | third;
    header.length = 4;
    return header;
  }
  // TKIP puts TSC1 first and TSC0 third, with the WEP seed between them.
  const std::uint64_t low = layout == Layout::tkip ? first << 8 | third : second << 8 | first;
  header.pn = std::uint64_t{reader.le32()} << 16 | low;
  return reader.ok() ? std::optional(header) : std::nullopt;
}

Bytes build_cipher_header(Suite cipher, const CipherHeader& header) {
  const Layout layout = layout_of(cipher);
  if (layout == Layout::none || layout == Layout::wep) {
    return {};
  }
  const auto octet0 = static_cast<std::uint8_t>(header.pn);
  const auto octet1 = static_cast<std::uint8_t>(header.pn >> 8);
  ByteWriter writer;
  if (layout == Layout::tkip) {
    writer.u8(octet1).u8(static_cast<std::uint8_t>((octet1 | 0x20U) & 0x7fU)).u8(octet0);
  } else {
    writer.u8(octet0).u8(octet1).u8(0);
  }
  return writer.u8(static_cast<std::uint8_t>(header.key_id << 6 | kExtIv))
      .le32(static_cast<std::uint32_t>(header.pn >> 16))
      .take();
}

}  // namespace postassoc
