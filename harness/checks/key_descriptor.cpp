#include "harness/checks/key_descriptor.h"

#include <algorithm>

#include "harness/air_suites.h"

namespace postassoc::checks {

std::optional<SelectedSuites> chosen_suites(const Association& association) {
  const auto& eapol = association.eapol;
  const bool chose = !association.rsne.empty() ||
                     std::any_of(eapol.begin(), eapol.end(), [](const AirEapol& frame) {
                       return frame.message == KeyMessage::m2;
                     });
  if (!chose || association.suites) {
    return chose ? association.suites : std::nullopt;
  }
  return association.rsne.empty() ? std::nullopt : select_suites(association, {});
}

std::uint16_t descriptor_version(Suite akm, Suite pairwise) {
  switch (akm) {
    case kAkm8021x:
    case kAkmPsk:
      return pairwise == kCipherTkip ? 1 : 2;
    case kAkmFt8021x:
    case kAkmFtPsk:
    case kAkm8021xSha256:
    case kAkmPskSha256:
      return 3;
    default:
      return 0;
  }
}

}  // namespace postassoc::checks
