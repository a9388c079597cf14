#include "harness/medium_marks.h"

#include <algorithm>
#include <string>

#include "harness/event_detail.h"

namespace postassoc {
namespace {

/// The medium stamps a frame when it comes by, the capture when it is sent.
constexpr std::chrono::nanoseconds kBeside = std::chrono::milliseconds(250);

/// The frame that was transmitted at about `time`. None for a relay of EAPOL frames, which knows no
/// sequence numbers: what it acts on is not on the air yet.
AirEapol* frame_of(Air& air, const Event& event, Timestamp time) {
  const std::string transmitter = text(event, "transmitter");
  const std::string receiver = text(event, "receiver");
  const auto sequence = number(event, "sequence");
  AirEapol* nearest = nullptr;
  for (Association& association : air.associations) {
    const std::string bssid = to_string(association.bssid);
    const std::string station = to_string(association.station);
    const bool down = transmitter == bssid && receiver == station;
    if (!down && (transmitter != station || receiver != bssid)) {
      continue;
    }
    for (AirEapol& frame : association.eapol) {
      const auto off = std::chrono::abs(frame.time - time);
      if (frame.sequence_number == sequence && off < kBeside &&
          (frame.direction == Direction::from_access_point) == down &&
          (nearest == nullptr || off < std::chrono::abs(nearest->time - time))) {
        nearest = &frame;
      }
    }
  }
  return nearest;
}

void mark(const Event& event, Air& air) {
  AirEapol* frame = frame_of(air, event, event.time);
  if (frame == nullptr) {
    return;
  }
  const std::string action = text(event, "action");
  MediumFate& fate = frame->medium;
  if (action == "corrupt") {
    fate.altered = true;
  } else if (action == "duplicate") {
    fate.copies = static_cast<int>(std::max<std::int64_t>(number(event, "copies").value_or(0), 0));
  } else {
    fate.lost = true;  // until medium_delivered says otherwise
  }
}

/// Of one that was held back: `after_ns` after its transmission.
void mark_delivered(const Event& event, Air& air) {
  const std::chrono::nanoseconds after(number(event, "after_ns").value_or(-1));
  AirEapol* frame = frame_of(air, event, event.time - after);
  if (frame != nullptr && text(event, "action") != "duplicate") {
    frame->medium.lost = false;
    frame->medium.delay = event.time - frame->time;
  }
}

}  // namespace

bool ruled_by_harness(const Timeline& timeline) {
  return timeline.first([](const Event& event) {
    return event.witness == Witness::harness && event.name == "medium_started";
  }) != nullptr;
}

void mark_medium(Air& air, const Timeline& timeline) {
  for (const Event& event : timeline.events()) {
    if (event.witness != Witness::harness) {
      continue;
    }
    if (event.name == "medium_action") {
      mark(event, air);
    } else if (event.name == "medium_delivered") {
      mark_delivered(event, air);
    }
  }
  for (Association& association : air.associations) {
    for (AirEapol& frame : association.eapol) {
      frame.acknowledged = frame.acknowledged && !frame.medium.lost && !frame.medium.altered;
    }
  }
}

}  // namespace postassoc
