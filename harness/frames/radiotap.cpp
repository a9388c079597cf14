#include "harness/frames/radiotap.h"

#include <array>

#include "harness/frames/byte_reader.h"
#include "harness/frames/malformed.h"

namespace postassoc {
namespace {

constexpr unsigned kRadiotapNamespace = 29;
constexpr unsigned kVendorNamespace = 30;
constexpr unsigned kMoreBitmaps = 31;

struct Layout {
  std::uint8_t align;
  std::uint8_t size;
};

// Alignment and size of each defined field, by its bit in the present bitmap.
constexpr std::array<Layout, 28> kFields{{
    {8, 8},   // 0 TSFT
    {1, 1},   // 1 flags
    {1, 1},   // 2 rate
    {2, 4},   // 3 channel
    {2, 2},   // 4 FHSS
    {1, 1},   // 5 antenna signal, dBm
    {1, 1},   // 6 antenna noise, dBm
    {2, 2},   // 7 lock quality
    {2, 2},   // 8 TX attenuation
    {2, 2},   // 9 TX attenuation, dB
    {1, 1},   // 10 TX power, dBm
    {1, 1},   // 11 antenna
    {1, 1},   // 12 antenna signal, dB
    {1, 1},   // 13 antenna noise, dB
    {2, 2},   // 14 RX flags
    {2, 2},   // 15 TX flags
    {1, 1},   // 16 RTS retries
    {1, 1},   // 17 data retries
    {4, 8},   // 18 XChannel
    {1, 3},   // 19 MCS
    {4, 8},   // 20 A-MPDU status
    {2, 12},  // 21 VHT
    {8, 12},  // 22 timestamp
    {2, 12},  // 23 HE
    {2, 12},  // 24 HE-MU
    {2, 6},   // 25 HE-MU other user
    {1, 1},   // 26 zero-length PSDU
    {2, 4},   // 27 L-SIG
}};

void align(ByteReader& reader, std::size_t to) {
  reader.skip((to - reader.offset() % to) % to);
}

void take_field(Radiotap& radiotap, unsigned field, ByteReader value) {
  switch (field) {
    case 0:
      radiotap.tsft_us = value.le64();
      break;
    case 1: {
      const std::uint8_t flags = value.u8();
      radiotap.has_fcs = (flags & 0x10U) != 0;
      radiotap.data_pad = (flags & 0x20U) != 0;
      radiotap.bad_fcs = (flags & 0x40U) != 0;
      break;
    }
    case 2:
      radiotap.rate_500kbps = value.u8();
      break;
    case 3:
      radiotap.channel_mhz = value.le16();
      break;
    case 5:
      radiotap.signal_dbm = static_cast<std::int8_t>(value.u8());
      break;
    case 14:
      radiotap.rx_flags = value.le16();
      break;
    case 15:
      radiotap.tx_flags = value.le16();
      break;
    case 17:
      radiotap.data_retries = value.u8();
      break;
    default:
      break;  // a number from the air, not an enum: the other fields are stepped over
  }
}

/// A vendor's fields are announced here, after which the next bitmap is the vendor's.
void skip_vendor_fields(ByteReader& reader) {
  align(reader, 2);
  reader.skip(4);  // OUI and sub-namespace
  reader.skip(reader.le16());
}

/// Decodes the fields of one bitmap; false when a field of unknown size stops it.
bool take_fields(Radiotap& radiotap, std::uint32_t present, bool first, ByteReader& reader) {
  for (unsigned bit = 0; bit < kRadiotapNamespace; ++bit) {
    if ((present >> bit & 1U) == 0) {
      continue;
    }
    if (bit >= kFields.size()) {
      return false;
    }
    align(reader, kFields[bit].align);
    const ByteView value = reader.bytes(kFields[bit].size);
    if (!reader.ok()) {
      return false;
    }
    if (first) {
      take_field(radiotap, bit, ByteReader(value));
    }
  }
  return true;
}

/// False when a field does not fit into the header.
bool take_bitmaps(Radiotap& radiotap, ByteView bitmaps, ByteReader& reader) {
  bool vendor = false;
  bool numbered_from_zero = true;
  ByteReader bitmap(bitmaps);
  for (std::size_t i = 0; bitmap.left() > 0 && reader.ok(); ++i) {
    const std::uint32_t present = bitmap.le32();
    if (!vendor) {
      const bool any = (present & 0x1fffffffU) != 0;
      if ((any && !numbered_from_zero) || !take_fields(radiotap, present, i == 0, reader)) {
        break;
      }
    }
    const bool to_vendor = (present >> kVendorNamespace & 1U) != 0;
    const bool to_radiotap = (present >> kRadiotapNamespace & 1U) != 0;
    if (to_vendor) {
      skip_vendor_fields(reader);
      vendor = true;
    } else if (to_radiotap) {
      vendor = false;
    }
    numbered_from_zero = to_radiotap;
  }
  return reader.ok();
}

}  // namespace

Result<Radiotap> parse_radiotap(ByteView captured) {
  ByteReader start(captured);
  const std::uint8_t version = start.u8();
  start.skip(1);
  const std::size_t length = start.le16();
  if (!start.ok() || length < 8 || length > captured.size()) {
    return malformed("radiotap", "the header says " + std::to_string(length) + " octets, " +
                                     std::to_string(captured.size()) + " were captured");
  }
  if (version != 0) {
    return malformed("radiotap", "version " + std::to_string(version) + " is not 0");
  }
  ByteReader reader(captured.first(length));
  reader.skip(4);
  const std::size_t first_bitmap = reader.offset();
  while ((reader.le32() >> kMoreBitmaps & 1U) != 0) {
  }
  const ByteView bitmaps = captured.subspan(first_bitmap, reader.offset() - first_bitmap);

  Radiotap radiotap;
  radiotap.length = length;
  if (!reader.ok() || !take_bitmaps(radiotap, bitmaps, reader)) {
    return malformed("radiotap", "a present field does not fit into the header's " +
                                     std::to_string(length) + " octets");
  }
  return radiotap;
}

}  // namespace postassoc
