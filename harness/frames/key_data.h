#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "harness/frames/bytes.h"
#include "harness/frames/elements.h"
#include "harness/frames/mac_address.h"
#include "harness/frames/rsn.h"

namespace postassoc {

inline constexpr std::uint32_t kOuiIeee80211 = 0x000fac;
inline constexpr std::uint8_t kKdeGtk = 1;
inline constexpr std::uint8_t kKdeMacAddress = 3;
inline constexpr std::uint8_t kKdePmkid = 4;
inline constexpr std::uint8_t kKdeIgtk = 9;
inline constexpr std::uint8_t kKdeOci = 13;
inline constexpr std::uint8_t kKdeBigtk = 14;

/// A key data encapsulation (12.7.2). `data` points into the key data that was parsed.
struct Kde {
  std::uint32_t oui = 0;  ///< 24 bits
  std::uint8_t data_type = 0;
  ByteView data;
};

struct GtkKde {
  std::uint8_t key_id = 0;  ///< 1 to 3 in a sound frame
  bool tx = false;
  Bytes key;
};

/// Also the BIGTK's: key id 4 or 5 for an IGTK, 6 or 7 for a BIGTK in a sound frame.
struct IgtkKde {
  std::uint16_t key_id = 0;
  std::uint64_t packet_number = 0;  ///< IPN or BIPN, 48 bits
  Bytes key;
};
using BigtkKde = IgtkKde;

/// Operating Channel Information (9.4.2.236): where the sender says that it operates.
struct Oci {
  std::uint8_t operating_class = 0;
  std::uint8_t primary_channel = 0;
  std::uint8_t segment1 = 0;  ///< frequency segment 1 channel number; 0 unless 80+80 MHz

  bool operator==(const Oci&) const = default;
};

/// Plaintext key data of an EAPOL-Key frame: elements and KDEs, each list in order. Items 0xdd with
/// OUI 00-0F-AC are KDEs; of any other OUI they are vendor elements and stand with the elements.
struct KeyData {
  std::vector<Element> elements;
  std::vector<Kde> kdes;
  std::size_t padding = 0;   ///< octets of padding (0xdd, then zeros) at the end
  bool truncated = false;    ///< the bytes ended inside an item
  bool bad_padding = false;  ///< something other than zeros after the padding's 0xdd

  const Element* find_element(std::uint8_t id) const;
  const Kde* find_kde(std::uint8_t data_type) const;

  /// The first KDE of the kind, decoded; nothing when it is absent or too short for its fixed part.
  std::optional<GtkKde> gtk() const;
  std::optional<IgtkKde> igtk() const;
  std::optional<BigtkKde> bigtk() const;
  std::optional<Pmkid> pmkid() const;
  std::optional<MacAddress> mac_address() const;
  std::optional<Oci> oci() const;
  /// The RSN element as sent (id and length too); empty when there is none.
  ByteView raw_rsne() const;
};

/// Three octets; nothing when there are fewer.
std::optional<Oci> parse_oci(ByteView data);

KeyData parse_key_data(ByteView plaintext);

}  // namespace postassoc
