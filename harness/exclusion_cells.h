#pragma once

#include <array>
#include <string_view>

#include "harness/json_reader.h"

/// What the exclude-unencrypted prover sends: each kind of payload in each shape, in clear, under a
/// wrong key and under the right one. The step `prove_exclusion` sends it, with these words in its
/// events `injected`; the check `excl.grid` judges it.
namespace postassoc {

enum class GridPayload { ipv4, ipv6, arp, eapol, preauth, ethertype };
enum class GridShape { unicast, broadcast, multicast, fragment, amsdu };
enum class GridProtection { plain, wrong_key, right_key };

inline constexpr std::array kGridPayloads = {GridPayload::ipv4,    GridPayload::ipv6,
                                             GridPayload::arp,     GridPayload::eapol,
                                             GridPayload::preauth, GridPayload::ethertype};
inline constexpr std::array kGridShapes = {GridShape::unicast, GridShape::broadcast,
                                           GridShape::multicast, GridShape::fragment,
                                           GridShape::amsdu};
inline constexpr std::array kGridProtections = {GridProtection::plain, GridProtection::wrong_key,
                                                GridProtection::right_key};

inline constexpr std::array kGridPayloadWords = {
    std::pair(std::string_view("ipv4"), GridPayload::ipv4),
    std::pair(std::string_view("ipv6"), GridPayload::ipv6),
    std::pair(std::string_view("arp"), GridPayload::arp),
    std::pair(std::string_view("eapol"), GridPayload::eapol),
    std::pair(std::string_view("preauth"), GridPayload::preauth),
    std::pair(std::string_view("ethertype"), GridPayload::ethertype)};
inline constexpr std::array kGridShapeWords = {
    std::pair(std::string_view("unicast"), GridShape::unicast),
    std::pair(std::string_view("broadcast"), GridShape::broadcast),
    std::pair(std::string_view("multicast"), GridShape::multicast),
    std::pair(std::string_view("fragment"), GridShape::fragment),
    std::pair(std::string_view("amsdu"), GridShape::amsdu)};
inline constexpr std::array kGridProtectionWords = {
    std::pair(std::string_view("plain"), GridProtection::plain),
    std::pair(std::string_view("wrong_key"), GridProtection::wrong_key),
    std::pair(std::string_view("right_key"), GridProtection::right_key)};

inline std::string_view to_string(GridPayload payload) {
  return word_for<GridPayload>(kGridPayloadWords, payload);
}
inline std::string_view to_string(GridShape shape) {
  return word_for<GridShape>(kGridShapeWords, shape);
}
inline std::string_view to_string(GridProtection protection) {
  return word_for<GridProtection>(kGridProtectionWords, protection);
}

/// To a group address.
constexpr bool is_group(GridShape shape) {
  return shape == GridShape::broadcast || shape == GridShape::multicast;
}

}  // namespace postassoc
