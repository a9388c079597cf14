#include "harness/checks/misled.h"

namespace postassoc::checks {

bool misled(const Association& association, const AirEapol& frame) {
  if (frame.direction != Direction::from_station) {
    return false;
  }
  const AirEapol* asked = nullptr;
  for (const AirEapol& earlier : association.eapol) {
    if (earlier.frame >= frame.frame) {
      break;
    }
    asked = earlier.direction == Direction::from_access_point ? &earlier : asked;
  }
  return asked != nullptr && asked->medium.altered;
}

}  // namespace postassoc::checks
