#include "harness/frames/ft_elements.h"

#include <algorithm>
#include <array>

#include "harness/frames/byte_reader.h"
#include "harness/frames/key_wrap.h"
#include "harness/frames/malformed.h"
#include "harness/frames/management.h"

namespace postassoc {
namespace {

constexpr std::uint8_t kSubelementR1khId = 1;
constexpr std::uint8_t kSubelementGtk = 2;
constexpr std::uint8_t kSubelementR0khId = 3;
constexpr std::uint8_t kSubelementIgtk = 4;
constexpr std::uint8_t kSubelementOci = 5;
constexpr std::uint8_t kSubelementBigtk = 6;
constexpr std::size_t kLongestR0khId = 48;

std::optional<FtWrappedKey> take_gtk(ByteView body) {
  ByteReader reader(body);
  FtWrappedKey key;
  key.key_id = static_cast<std::uint16_t>(reader.le16() & 3U);
  key.key_length = reader.u8();
  key.packet_number = reader.le64();
  key.wrapped = reader.rest();
  return reader.ok() ? std::optional(key) : std::nullopt;
}

std::optional<FtWrappedKey> take_igtk(ByteView body) {
  ByteReader reader(body);
  FtWrappedKey key;
  key.key_id = reader.le16();
  key.packet_number = reader.le32();
  key.packet_number |= std::uint64_t{reader.le16()} << 32;
  key.key_length = reader.u8();
  key.wrapped = reader.rest();
  return reader.ok() ? std::optional(key) : std::nullopt;
}

/// False when the subelement is too short, or too long, for what it is.
bool take_subelement(Fte& fte, const Element& element) {
  switch (element.id) {
    case kSubelementR1khId:
      if (element.body.size() != 6) {
        return false;
      }
      fte.r1kh_id = MacAddress::from(element.body);
      return true;
    case kSubelementR0khId:
      if (element.body.empty() || element.body.size() > kLongestR0khId) {
        return false;
      }
      fte.r0kh_id = element.body;
      return true;
    case kSubelementGtk:
      fte.gtk = take_gtk(element.body);
      return fte.gtk.has_value();
    case kSubelementIgtk:
      fte.igtk = take_igtk(element.body);
      return fte.igtk.has_value();
    case kSubelementBigtk:
      fte.bigtk = take_igtk(element.body);
      return fte.bigtk.has_value();
    case kSubelementOci:
      fte.oci = parse_oci(element.body);
      return fte.oci.has_value();
    default:
      return true;  // a number from the air: a subelement not needed here
  }
}

Result<Bytes> unwrap(ByteView kek, const FtWrappedKey& key) {
  auto plain = unwrap_key_data(kek, 0, key.wrapped);
  if (!plain) {
    return plain.error();
  }
  if (plain->size() < key.key_length) {
    return malformed("FTE", "a key of " + std::to_string(key.key_length) + " octets, of which " +
                                std::to_string(plain->size()) + " are wrapped");
  }
  plain->resize(key.key_length);
  return plain;
}

void take_timeout(FtElements& ft, ByteView body) {
  ByteReader reader(body);
  const std::uint8_t type = reader.u8();
  const std::uint32_t value = reader.le32();
  if (reader.ok() && type == 1) {
    ft.reassociation_deadline_tu = value;
  } else if (reader.ok() && type == 2) {
    ft.key_lifetime_s = value;
  }
}

}  // namespace

Result<Mde> parse_mde(ByteView body) {
  ByteReader reader(body);
  Mde mde;
  mde.mdid = reader.le16();
  mde.capabilities = reader.u8();
  if (!reader.ok()) {
    return malformed("MDE", "a field is cut off: " + to_hex(body));
  }
  return mde;
}

Result<Fte> parse_fte(ByteView body, std::size_t mic_length) {
  ByteReader reader(body);
  Fte fte;
  fte.rsnxe_used = (reader.u8() & 1U) != 0;
  fte.element_count = reader.u8();
  fte.mic = reader.bytes(mic_length);
  fte.anonce = reader.array<32>();
  fte.snonce = reader.array<32>();
  if (!reader.ok()) {
    return malformed(
        "FTE", "a field is cut off: the element has " + std::to_string(body.size()) + " octets");
  }
  const Elements subelements = parse_elements(reader.rest());
  fte.truncated = subelements.truncated;
  for (const Element& element : subelements.list) {
    if (!take_subelement(fte, element)) {
      fte.truncated = true;
    }
  }
  return fte;
}

Result<GtkKde> unwrap_ft_gtk(ByteView kek, const FtWrappedKey& key) {
  auto plain = unwrap(kek, key);
  if (!plain) {
    return plain.error();
  }
  return GtkKde{static_cast<std::uint8_t>(key.key_id), false, std::move(*plain)};
}

Result<IgtkKde> unwrap_ft_igtk(ByteView kek, const FtWrappedKey& key) {
  auto plain = unwrap(kek, key);
  if (!plain) {
    return plain.error();
  }
  return IgtkKde{key.key_id, key.packet_number, std::move(*plain)};
}

FtElements parse_ft_elements(std::span<const Element> elements, std::size_t mic_length) {
  FtElements ft;
  const auto keep = [](auto& first, auto parsed) {
    if (!first && parsed) {
      first = std::move(*parsed);
    }
  };
  for (const Element& element : elements) {
    if (element.id == kElementRsn) {
      keep(ft.rsne, parse_rsne(element.body));
    } else if (element.id == kElementMobilityDomain) {
      keep(ft.mde, parse_mde(element.body));
    } else if (element.id == kElementFastBssTransition) {
      keep(ft.fte, parse_fte(element.body, mic_length));
    } else if (element.id == kElementTimeoutInterval) {
      take_timeout(ft, element.body);
    }
  }
  return ft;
}

Result<FtAuthentication> parse_ft_authentication(ByteView body, std::size_t mic_length) {
  constexpr std::uint16_t kAlgorithmFt = 2;
  const auto authentication = parse_authentication(body);
  if (!authentication) {
    return authentication.error();
  }
  if (authentication->algorithm != kAlgorithmFt) {
    return malformed("authentication",
                     "algorithm " + std::to_string(authentication->algorithm) + " is not FT");
  }
  return FtAuthentication{authentication->sequence, authentication->status,
                          parse_ft_elements(parse_elements(authentication->rest).list, mic_length)};
}

Result<FtAction> parse_ft_action(ByteView body, std::size_t mic_length) {
  constexpr std::uint8_t kCategoryFt = 6;
  constexpr std::uint8_t kAck = 4;
  ByteReader reader(body);
  const std::uint8_t category = reader.u8();
  FtAction action;
  action.action = reader.u8();
  action.spa = MacAddress::from(reader.array<6>());
  action.target_ap = MacAddress::from(reader.array<6>());
  if (action.action == kFtActionResponse || action.action == kAck) {
    action.status = reader.le16();
  }
  if (!reader.ok() || category != kCategoryFt) {
    return malformed("FT action", "a body of " + std::to_string(body.size()) +
                                      " octets with category " + std::to_string(category));
  }
  action.elements = parse_ft_elements(parse_elements(reader.rest()).list, mic_length);
  return action;
}

}  // namespace postassoc
