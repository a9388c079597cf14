#pragma once

#include "harness/air.h"
#include "harness/timeline.h"

namespace postassoc {

/// The harness was the medium of this run (medium_started).
bool ruled_by_harness(const Timeline& timeline);

/// Brings what the harness's medium told (medium_action, medium_delivered) to the EAPOL frames that
/// it did it to: AirEapol::medium. A frame is found by transmitter, receiver and sequence number,
/// next to the time of the event. One that its addressee never received, or not as it was sent,
/// counts as not acknowledged, whatever the transmitter was told: an acknowledgement is no witness
/// there.
void mark_medium(Air& air, const Timeline& timeline);

}  // namespace postassoc
