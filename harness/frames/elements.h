#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "harness/frames/bytes.h"

namespace postassoc {

inline constexpr std::uint8_t kElementSsid = 0;
inline constexpr std::uint8_t kElementRsn = 48;
inline constexpr std::uint8_t kElementMobilityDomain = 54;
inline constexpr std::uint8_t kElementFastBssTransition = 55;
inline constexpr std::uint8_t kElementTimeoutInterval = 56;
inline constexpr std::uint8_t kElementRicData = 57;
inline constexpr std::uint8_t kElementManagementMic = 76;
inline constexpr std::uint8_t kElementVendorSpecific = 221;
inline constexpr std::uint8_t kElementRsnExtension = 244;
inline constexpr std::uint8_t kElementExtension = 255;

/// One information element (9.4.2). Points into the bytes that were parsed.
struct Element {
  std::uint8_t id = 0;
  std::optional<std::uint8_t> ext_id;  ///< of an element with id 255
  ByteView body;                       ///< after the length, and after the ext id if there is one
  ByteView raw;                        ///< the whole element as sent
};

/// A list of elements, in order. `truncated` says that the bytes ended inside an element; the
/// elements before it are all there.
struct Elements {
  std::vector<Element> list;
  bool truncated = false;

  /// The first element of that id, or null.
  const Element* find(std::uint8_t id) const;
  const Element* find_ext(std::uint8_t ext_id) const;
};

Elements parse_elements(ByteView bytes);

}  // namespace postassoc
