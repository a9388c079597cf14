#include "harness/air_fold.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace postassoc {
namespace {

constexpr std::size_t kFirstOfEach = 16;
constexpr std::size_t kWithoutKey = 64;
constexpr std::size_t kBeforeEvent = 8;
constexpr std::size_t kAfterEvent = 32;
constexpr std::size_t kMostFaults = 16;

/// Takes the frames up to `end` that were not judged yet; marks those of a fault to be kept.
void judge_numbers(Association& association, std::size_t end, std::vector<bool>& keep) {
  Association::Folded& folded = association.folded;
  const auto& data = association.protected_data;
  for (std::size_t i = 0; i < end; ++i) {
    const AirProtected& frame = data[i];
    if (frame.frame <= folded.through) {
      continue;
    }
    const bool from_station = frame.direction == Direction::from_station;
    if (frame.handshake == kNoKey) {
      folded.without_key_from_station += from_station ? 1 : 0;
      continue;
    }
    auto& faults = from_station ? folded.from_station : folded.from_access_point;
    const auto fault = folded.numbers.take(frame);
    if (fault && faults.size() < kMostFaults) {
      faults.push_back(*fault);
      keep[i] = true;
    }
  }
  folded.through = end > 0 ? data[end - 1].frame : folded.through;
}

std::vector<std::uint64_t> events_of(const Association& association) {
  std::vector<std::uint64_t> events;
  for (const AirEapol& frame : association.eapol) {
    events.push_back(frame.frame);
  }
  for (const AirManagement& frame : association.management) {
    events.push_back(frame.frame);
  }
  return events;
}

void keep_around_events(const Association& association, std::size_t end, std::vector<bool>& keep) {
  const auto& data = association.protected_data;
  for (const std::uint64_t event : events_of(association)) {
    const auto next = std::lower_bound(
        data.begin(), data.end(), event,
        [](const AirProtected& frame, std::uint64_t number) { return frame.frame < number; });
    const auto at = static_cast<std::size_t>(next - data.begin());
    for (std::size_t i = at > kBeforeEvent ? at - kBeforeEvent : 0;
         i < std::min(at + kAfterEvent, end); ++i) {
      keep[i] = true;
    }
  }
}

void keep_first_of_each(const Association& association, std::size_t end, std::vector<bool>& keep) {
  std::map<std::tuple<Direction, bool, std::size_t>, std::size_t> seen;
  for (std::size_t i = 0; i < end; ++i) {
    const AirProtected& frame = association.protected_data[i];
    std::size_t& count = seen[{frame.direction, frame.group, frame.handshake}];
    const bool without_key = frame.handshake == kNoKey && !frame.assumed;
    if (count < (without_key ? kWithoutKey : kFirstOfEach) || frame.zero_key) {
      keep[i] = true;
    }
    ++count;
  }
}

}  // namespace

void fold(Association& association, AirQuality& quality, std::size_t most) {
  auto& data = association.protected_data;
  const std::size_t latest = most / 8;
  const std::size_t end = data.size() > latest ? data.size() - latest : 0;
  std::vector<bool> keep(data.size());
  judge_numbers(association, end, keep);
  keep_around_events(association, end, keep);
  keep_first_of_each(association, end, keep);
  std::size_t room = most / 2 - latest;
  std::vector<AirProtected> kept;
  kept.reserve(most);
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (i >= end || (keep[i] && room > 0)) {
      room -= i < end ? 1 : 0;
      kept.push_back(std::move(data[i]));
    }
  }
  association.folded.frames += data.size() - kept.size();
  quality.protected_folded += data.size() - kept.size();
  data = std::move(kept);
}

}  // namespace postassoc
