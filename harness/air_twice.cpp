#include "harness/air_twice.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <string_view>

namespace postassoc {
namespace {

/// Clocks of two sniffers may differ by this much; a sequence number does not come again so soon.
constexpr auto kApart = std::chrono::milliseconds(50);
constexpr std::size_t kDigested =
    160;  ///< octets: headers, packet number, an EAPOL-Key frame's MIC

std::uint64_t digest_of(ByteView mpdu) {
  const ByteView head = mpdu.first(std::min(mpdu.size(), kDigested));
  const ByteView tail = mpdu.last(std::min<std::size_t>(mpdu.size(), 8));  // MIC of CCMP
  const std::hash<std::string_view> hash;
  return hash(as_text(head)) * 31 + hash(as_text(tail));
}

}  // namespace

bool HeardTwice::again(const Dot11& dot11, ByteView mpdu, Timestamp time) {
  if (dot11.retry) {
    return false;
  }
  const Heard now{digest_of(mpdu), mpdu.size(), time};
  Heard& heard = heard_[now.digest % heard_.size()];
  const bool before = heard.digest == now.digest && heard.size == now.size &&
                      now.time - heard.time <= kApart && heard.time - now.time <= kApart;
  if (!before) {
    heard = now;
  }
  return before;
}

}  // namespace postassoc
