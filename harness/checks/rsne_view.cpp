#include "harness/checks/rsne_view.h"

#include <algorithm>

#include "harness/frames/rsn.h"

namespace postassoc::checks {
namespace {

constexpr std::size_t kElementHeader = 2;

/// Version, group cipher, both lists and the capabilities, as they were sent.
ByteView before_pmkids(ByteView body, const Rsne& rsne) {
  constexpr std::size_t kFixed = 2 + 4 + 2 + 2 + 2;  // version, group, two counts, capabilities
  const std::size_t length = kFixed + 4 * (rsne.pairwise_ciphers.size() + rsne.akms.size());
  return body.first(std::min(length, body.size()));
}

}  // namespace

bool same_rsne(ByteView one, ByteView other, bool ft) {
  if (!ft || one.size() < kElementHeader || other.size() < kElementHeader) {
    return std::ranges::equal(one, other);
  }
  const ByteView a = one.subspan(kElementHeader);
  const ByteView b = other.subspan(kElementHeader);
  const auto first = parse_rsne(a);
  const auto second = parse_rsne(b);
  if (!first || !second) {
    return std::ranges::equal(one, other);
  }
  return std::ranges::equal(before_pmkids(a, *first), before_pmkids(b, *second)) &&
         first->group_management_cipher == second->group_management_cipher;
}

}  // namespace postassoc::checks
