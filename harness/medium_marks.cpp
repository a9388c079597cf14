#include "harness/medium_marks.h"

#include <algorithm>
#include <string>

namespace postassoc {
namespace {

using nlohmann::json;

/// The medium stamps a frame when it comes by, the capture when it is sent.
constexpr std::chrono::nanoseconds kBeside = std::chrono::milliseconds(250);

std::string text(const json& detail, const char* key) {
  const auto found = detail.is_object() ? detail.find(key) : detail.end();
  return detail.is_object() && found != detail.end() && found->is_string()
             ? found->get<std::string>()
             : std::string();
}

std::int64_t number(const json& detail, const char* key) {
  const auto found = detail.is_object() ? detail.find(key) : detail.end();
  return detail.is_object() && found != detail.end() && found->is_number_integer()
             ? found->get<std::int64_t>()
             : -1;
}

/// The frame that was transmitted at about `time`.
AirEapol* frame_of(Air& air, const json& detail, Timestamp time) {
  const std::string transmitter = text(detail, "transmitter");
  const std::string receiver = text(detail, "receiver");
  const std::int64_t sequence = number(detail, "sequence");
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
  AirEapol* frame = frame_of(air, event.detail, event.time);
  if (frame == nullptr) {
    return;
  }
  const std::string action = text(event.detail, "action");
  MediumFate& fate = frame->medium;
  if (action == "corrupt") {
    fate.altered = true;
  } else if (action == "duplicate") {
    fate.copies = static_cast<int>(std::max<std::int64_t>(number(event.detail, "copies"), 0));
  } else {
    fate.lost = true;  // until medium_delivered says otherwise
  }
}

/// Of one that was held back: `after_ns` after its transmission.
void mark_delivered(const Event& event, Air& air) {
  const std::chrono::nanoseconds after(number(event.detail, "after_ns"));
  AirEapol* frame = frame_of(air, event.detail, event.time - after);
  if (frame != nullptr && text(event.detail, "action") != "duplicate") {
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
