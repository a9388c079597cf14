#include "harness/air_suites.h"

#include "harness/frames/rsn.h"

namespace postassoc {
namespace {

constexpr std::size_t kElementHeader = 2;

std::optional<Rsne> rsne_of(ByteView element) {
  if (element.size() < kElementHeader) {
    return std::nullopt;
  }
  auto parsed = parse_rsne(element.subspan(kElementHeader));
  return parsed ? std::optional(std::move(*parsed)) : std::nullopt;
}

}  // namespace

std::optional<SelectedSuites> select_suites(const Association& association, ByteView m2_rsne) {
  const auto beacon = rsne_of(association.beacon_rsne);
  auto station = rsne_of(association.rsne);
  if (!station) {
    station = rsne_of(m2_rsne);
  }
  const auto& chosen = station ? station : beacon;
  if (!chosen) {
    return std::nullopt;
  }
  SelectedSuites suites;
  suites.akm = chosen->akms.empty() ? kAkm8021x : chosen->akms.front();
  suites.group = chosen->group_cipher.value_or(kCipherCcmp128);
  suites.pairwise =
      chosen->pairwise_ciphers.empty() ? kCipherCcmp128 : chosen->pairwise_ciphers.front();
  if (suites.pairwise == kCipherUseGroup) {
    suites.pairwise = suites.group;
  }
  suites.mfp = station && station->mfp_capable() && (!beacon || beacon->mfp_capable());
  if (suites.mfp) {
    suites.group_management = chosen->group_management_cipher.value_or(kCipherBipCmac128);
  }
  return suites;
}

}  // namespace postassoc
