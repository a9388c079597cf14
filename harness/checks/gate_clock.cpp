#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "harness/checks/air_view.h"
#include "harness/checks/capture_marks.h"
#include "harness/checks/kernel_events.h"
#include "harness/checks/limits.h"
#include "harness/checks/registry.h"

namespace postassoc::checks {
namespace {

using std::chrono::nanoseconds;

/// The longest a frame waits between the kernel's transmit trace and the air.
constexpr nanoseconds kLongestWait = std::chrono::milliseconds(20);

/// The next EAPOL frame of a direction that is not taken yet and close enough to `sent`.
const AirEapol* pair_of(const Evidence& evidence, const AirView& air, const Event& sent,
                        const std::set<std::uint64_t>& taken) {
  const Direction direction =
      sent.side == Side::station ? Direction::from_station : Direction::from_access_point;
  for (const Association& association : evidence.air.associations) {
    for (const AirEapol& frame : association.eapol) {
      const nanoseconds distance = frame.time - sent.time;
      if (frame.direction == direction && !air.injected(frame) && !taken.contains(frame.frame) &&
          distance > -kLongestWait && distance < kLongestWait) {
        return &frame;
      }
    }
  }
  return nullptr;
}

/// The frames that the kernels were given to send, and how much later each was on the air.
struct Markers {
  std::vector<nanoseconds> distances;
  const Event* unpaired = nullptr;
};

Markers pair_markers(const Evidence& evidence, FindingBuilder& finding) {
  Markers markers;
  std::set<std::uint64_t> taken;
  const AirView air(evidence);
  const Event* drained = capture_mark(evidence, "capture_drained", evidence_file::kAir);
  for (const Event* sent : evidence.timeline.between(
           Timestamp::min(), drained != nullptr ? drained->time : Timestamp::max(),
           [sent = named(Witness::kernel, "rdev_tx_control_port")](const Event& event) {
             return event.side != Side::none && sent(event);
           })) {
    const AirEapol* frame = pair_of(evidence, air, *sent, taken);
    if (frame == nullptr) {
      markers.unpaired = sent;
      continue;
    }
    taken.insert(frame->frame);
    finding.frame(*frame).event(*sent);
    markers.distances.push_back(frame->time - sent->time);
  }
  return markers;
}

nanoseconds median(std::vector<nanoseconds> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// How far the two clocks moved against each other, with the reading's own uncertainty.
nanoseconds clock_error(const Evidence& evidence) {
  const ClockSample& first = evidence.clock_samples.front();
  const ClockSample& last = evidence.clock_samples.back();
  const nanoseconds change = last.offset() - first.offset();
  return (change < nanoseconds::zero() ? -change : change) + first.uncertainty + last.uncertainty;
}

/// A capture alone has one clock: it only has to go forward.
Finding judge_capture_clock(FindingBuilder& finding, const AirQuality& quality) {
  finding.expect("the capture's stamps never go back");
  return quality.clock_backsteps > 0
             ? finding.inconclusive(fmt::format("the capture's clock went back {}",
                                                count_of(quality.clock_backsteps, "time")))
             : finding.pass("every stamp is of the capture's one clock, and none goes back");
}

Finding judge_clock(const Evidence& evidence) {
  FindingBuilder finding("gate.clock-aligned", evidence);
  if (evidence.capture_only) {
    return judge_capture_clock(finding, evidence.air.quality);
  }
  const nanoseconds allowed = smallest_limit(evidence) / 4;
  finding.expect(
      fmt::format("capture and kernel clock agree within {} ms, a quarter of the "
                  "smallest limit",
                  to_ms_text(allowed)));
  if (const auto why = missing(evidence, evidence_file::kAir)) {
    return finding.inconclusive(*why);
  }
  if (evidence.clock_samples.size() < 2) {
    return finding.inconclusive("the timeline has no clock sample of both ends of the run");
  }
  const nanoseconds error = clock_error(evidence);
  finding.tolerance(to_ms_text(error) + " ms (measured)");
  if (error >= allowed) {
    return finding.inconclusive(
        fmt::format("capture clock and timeline moved by {} ms against "
                    "each other; {} ms are allowed",
                    to_ms_text(error), to_ms_text(allowed)));
  }
  const auto marker_lost = is_open(evidence) ? std::nullopt : trace_unusable(evidence);
  if (marker_lost) {
    return finding.inconclusive("no marker ties the two clocks together: " + *marker_lost);
  }
  const auto [distances, unpaired] = pair_markers(evidence, finding);
  if (unpaired != nullptr) {
    return finding.event(*unpaired).inconclusive(fmt::format(
        "an EAPOL frame that the kernel of the {} was given is not on the air within "
        "{} ms of it",
        unpaired->side == Side::station ? "station" : "access point", to_ms_text(kLongestWait)));
  }
  if (distances.empty()) {
    return is_open(evidence)
               ? finding.pass(fmt::format("the clocks agree within {} ms (an open network has no "
                                          "EAPOL frame for a marker)",
                                          to_ms_text(error)))
               : finding.inconclusive(
                     "no EAPOL frame that the kernel sent is on the air within "
                     "20 ms: nothing ties the two clocks together");
  }
  const nanoseconds earliest = *std::min_element(distances.begin(), distances.end());
  if (earliest < -(error + kAirStampUncertainty)) {
    return finding.inconclusive(
        fmt::format("an EAPOL frame is stamped on the air {} ms before the "
                    "kernel was given it: the clocks are not aligned",
                    to_ms_text(-earliest)));
  }
  return finding.pass(fmt::format(
      "the clocks agree within {} ms; {} on the air, in the middle {} "
      "ms after the kernel was given them",
      to_ms_text(error), count_of(distances.size(), "EAPOL frame"), to_ms_text(median(distances))));
}

}  // namespace

Check gate_clock_aligned() {
  return {"gate.clock-aligned",
          "The capture's clock and the timeline's stay together, and frames appear on the air "
          "right after the kernel was given them.",
          "Two clocks that drift turn an order of events upside down, and a timing into a guess.",
          "this harness: CLOCK_REALTIME of libpcap against CLOCK_MONOTONIC of the trace",
          "clock samples at both ends of the run; rdev_tx_control_port and the air capture",
          "a sample is missing, the clocks moved too far, or no frame ties them together",
          "part of every run",
          {},
          judge_clock};
}

}  // namespace postassoc::checks
