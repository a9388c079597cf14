#pragma once

#include "harness/evidence.h"

namespace postassoc::checks {

/// The harness's medium altered the access point's message that came last before this one of the
/// station's: it may answer what nobody sent, and its counter or MIC proves nothing about it.
bool misled(const Association& association, const AirEapol& frame);

}  // namespace postassoc::checks
