#pragma once

#include <string>
#include <vector>

#include "harness/checks/air_view.h"
#include "harness/checks/excl_controls.h"

namespace postassoc::checks {

/// How many injected EAPOL frames have to reach the station's MAC.
inline constexpr std::size_t kMinimumEapol = 3;

/// An EAPOL frame that the harness injected, on the air and in the station's stack.
struct InjectedEapol {
  Injected sent;
  const AirEapol* on_air = nullptr;
  const Event* delivered = nullptr;  ///< to the station's stack, by whichever witness

  bool reached_mac() const { return on_air != nullptr && on_air->acknowledged; }
};

/// All that are no controls.
std::vector<InjectedEapol> injected_eapol(const Evidence& evidence, const AirView& air);

/// None was injected in a situation (" while ..."): not applicable, or inconclusive when a step
/// asks for one.
Finding no_eapol_injected(const Evidence& evidence, const FindingBuilder& finding,
                          const std::string& situation);

}  // namespace postassoc::checks
