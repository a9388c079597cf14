#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "harness/frames/bytes.h"
#include "harness/frames/dot11.h"

namespace postassoc {

/// The additional authentication data of CCMP and GCMP (IEEE 802.11-2020, 12.5.3.3.3): the MAC
/// header without what a retransmission may change.
struct MpduAad {
  std::array<std::byte, 30> octets{};
  std::size_t size = 0;
};
MpduAad aad_of(const Dot11& frame);

/// CCMP's nonce (12.5.3.3.4): priority and management flag, A2, PN from the highest octet.
std::array<std::byte, 13> ccmp_nonce_of(const Dot11& frame, std::uint64_t pn);

/// GCMP's (12.5.5.3.4), which is BIP-GMAC's (12.5.4.4) with the IPN: A2, PN from the highest octet.
std::array<std::byte, 12> gcmp_nonce_of(const Dot11& frame, std::uint64_t pn);

}  // namespace postassoc
