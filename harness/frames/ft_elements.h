#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "harness/frames/bytes.h"
#include "harness/frames/elements.h"
#include "harness/frames/key_data.h"
#include "harness/frames/keys.h"
#include "harness/frames/mac_address.h"
#include "harness/frames/rsn.h"
#include "harness/frames/suites.h"
#include "harness/result.h"

namespace postassoc {

/// The Mobility Domain element (IEEE 802.11-2020, 9.4.2.46).
struct Mde {
  std::uint16_t mdid = 0;
  std::uint8_t capabilities = 0;

  bool over_the_ds() const { return (capabilities & 1U) != 0; }
  bool resource_request() const { return (capabilities & 2U) != 0; }
  bool operator==(const Mde&) const = default;
};

/// `body`: the element after id and length. An Error when it is shorter than its three octets.
Result<Mde> parse_mde(ByteView body);

/// A group key in an FTE, still wrapped. Points into the element.
struct FtWrappedKey {
  std::uint16_t key_id = 0;         ///< GTK: 1 to 3
  std::uint64_t packet_number = 0;  ///< GTK: the RSC; else the IPN or BIPN
  std::uint8_t key_length = 0;      ///< octets of the key, without the wrap's padding
  ByteView wrapped;
};

/// The Fast BSS Transition element (9.4.2.47). Views point into it.
struct Fte {
  bool rsnxe_used = false;
  std::uint8_t element_count = 0;  ///< elements under the MIC; 0: the element has no MIC
  ByteView mic;
  Nonce anonce{};
  Nonce snonce{};
  std::optional<MacAddress> r1kh_id;
  ByteView r0kh_id;  ///< empty when there is none
  std::optional<FtWrappedKey> gtk;
  std::optional<FtWrappedKey> igtk;
  std::optional<FtWrappedKey> bigtk;
  std::optional<Oci> oci;
  bool truncated = false;  ///< it ended inside a subelement, or one is too short for its fields
};

/// `body`: the element after id and length. `mic_length`: see the function of that name in akm.h.
/// An Error when the fields before the subelements are cut off.
Result<Fte> parse_fte(ByteView body, std::size_t mic_length = 16);

/// The group key of a subelement, in the words of its KDE. An Error as `unwrap_key_data`, and when
/// less was wrapped than the key's length says.
Result<GtkKde> unwrap_ft_gtk(ByteView kek, const FtWrappedKey& key);
Result<IgtkKde> unwrap_ft_igtk(ByteView kek, const FtWrappedKey& key);  ///< the BIGTK too

/// The elements that FT puts into FT authentication frames (`Authentication::rest`, algorithm 2),
/// reassociation, the initial association, and the key data of M2 and M3.
struct FtElements {
  std::optional<Rsne> rsne;  ///< its PMKID is PMKR0Name in the first FT authentication frames,
                             ///< later PMKR1Name
  std::optional<Mde> mde;
  std::optional<Fte> fte;
  std::optional<std::uint32_t> reassociation_deadline_tu;  ///< timeout interval type 1
  std::optional<std::uint32_t> key_lifetime_s;             ///< timeout interval type 2
};

/// The first of each; what does not parse is left out.
FtElements parse_ft_elements(std::span<const Element> elements, std::size_t mic_length = 16);

/// An FT authentication frame's body (9.3.3.11; algorithm 2): request with sequence 1, response 2.
struct FtAuthentication {
  std::uint16_t sequence = 0;
  std::uint16_t status = 0;
  FtElements elements;
};

/// An Error when the fixed fields are cut off or the algorithm is not FT.
Result<FtAuthentication> parse_ft_authentication(ByteView body, std::size_t mic_length = 16);

inline constexpr std::uint8_t kFtActionRequest = 1;
inline constexpr std::uint8_t kFtActionResponse = 2;

/// An FT Action frame's body (9.6.8): the same exchange over the DS, by way of the current access
/// point.
struct FtAction {
  std::uint8_t action = 0;  ///< kFtActionRequest, kFtActionResponse, or 3 (confirm), 4 (ack)
  MacAddress spa;
  MacAddress target_ap;
  std::uint16_t status = 0;  ///< 0 in a request and a confirm, which have none
  FtElements elements;
};

/// An Error when the fixed fields are cut off or the category is not 6 (fast BSS transition).
Result<FtAction> parse_ft_action(ByteView body, std::size_t mic_length = 16);

/// Which reassociation frame an FTE's MIC belongs to; the number goes into the MIC
/// (13.8.4, 13.8.5).
enum class FtMessage : std::uint8_t { reassoc_request = 5, reassoc_response = 6 };

/// Whether the FTE's MIC is right: over both addresses, the number, RSNE, MDE, FTE with its MIC
/// zeroed, RIC elements, RSNXE. AES-128-CMAC; with a KCK of 24 or 32 octets, and for
/// FT-SAE-EXT-KEY, the HMAC of its size. An Error when RSNE, MDE or FTE is missing or does not
/// parse, and when `element_count` is not what is there.
Result<bool> verify_ft_mic(ByteView kck, Suite akm, FtMessage message, const MacAddress& spa,
                           const MacAddress& bssid, std::span<const Element> elements);

/// The MIC that belongs there. Errors as above, except that `element_count` may be 0.
Result<Bytes> compute_ft_mic(ByteView kck, Suite akm, FtMessage message, const MacAddress& spa,
                             const MacAddress& bssid, std::span<const Element> elements);

}  // namespace postassoc
