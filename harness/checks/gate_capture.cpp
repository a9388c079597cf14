#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/air_view.h"
#include "harness/checks/capture_marks.h"
#include "harness/checks/kernel_events.h"
#include "harness/checks/registry.h"

namespace postassoc::checks {
namespace {

/// Sequence numbers that may be missing, of a hundred: a station that scans spends some on
/// channels that the capture does not hear.
constexpr std::uint64_t kGapsPerHundred = 5;

/// The marks at both ends of the capture and its drop counters.
std::optional<std::string> bad_marks(const Evidence& evidence, FindingBuilder& finding) {
  const Event* ready = capture_mark(evidence, "capture_ready", evidence_file::kAir);
  if (ready == nullptr) {
    return "the capture was never shown to be alive (no readiness mark)";
  }
  finding.event(*ready);
  if (const Event* drained = capture_mark(evidence, "capture_drained", evidence_file::kAir)) {
    finding.event(*drained);
  }
  return capture_incomplete(evidence, evidence_file::kAir, evidence.air.quality.frames);
}

/// What was seen and then let go, for want of room. An open network has unprotected data without
/// end.
std::optional<std::string> not_kept(const AirQuality& quality, bool open) {
  if (quality.cut_association) {
    return "the association was given up before its end: the capture has more stations than there "
           "is memory for; --station or --bssid leaves the others out";
  }
  const std::uint64_t plain = open ? 0 : quality.plain_not_kept;
  if (quality.eapol_not_kept + plain + quality.management_not_kept == 0) {
    return std::nullopt;
  }
  return fmt::format(
      "more frames than are kept of one association: {} EAPOL, {} unprotected, {} management left "
      "out",
      quality.eapol_not_kept, plain, quality.management_not_kept);
}

/// Beacons that were not sent because a command had switched the access point off.
std::uint64_t beacons_left_out(const Evidence& evidence) {
  constexpr std::chrono::nanoseconds kTimeUnit = std::chrono::microseconds(1024);
  const auto& quality = evidence.air.quality;
  std::chrono::nanoseconds off{};
  const Timestamp end = quality.last_beacon.value_or(Timestamp::max());
  const Event* disabled = nullptr;
  for (const Event& event : evidence.timeline.events()) {
    if (event.witness != Witness::access_point || event.time > end) {
      continue;
    }
    if (event.name == "AP-DISABLED") {
      disabled = &event;
    } else if (event.name == "AP-ENABLED" && disabled != nullptr) {
      off += event.time - disabled->time;
      disabled = nullptr;
    }
  }
  return static_cast<std::uint64_t>(
      off / (kTimeUnit * evidence.plan.scenario.access_point.beacon_interval_tu));
}

/// People save captures without beacons; in those of a rig their absence means a deaf sniffer.
std::optional<std::string> bad_quality(const AirQuality& quality, bool wants_beacons,
                                       std::uint64_t left_out) {
  if (quality.truncated) {
    return "the capture file ends inside a frame";
  }
  if (quality.undecodable * 100 > quality.frames) {
    return fmt::format("{} of {} can't be decoded", quality.undecodable,
                       count_of(quality.frames, "frame"));
  }
  if (quality.beacons == 0 && wants_beacons) {
    return "the capture holds no beacon of the access point";
  }
  if ((quality.beacons + left_out) * 10 < quality.beacons_expected * 9) {
    return fmt::format("only {} of {} expected beacons were captured", quality.beacons,
                       quality.beacons_expected);
  }
  if (quality.sequence_gaps * 100 > quality.sequence_total * kGapsPerHundred) {
    return fmt::format("{} of {} sequence numbers are missing", quality.sequence_gaps,
                       quality.sequence_total);
  }
  return std::nullopt;
}

std::size_t sent_by_kernel(const Evidence& evidence, Side side) {
  const Event* drained = capture_mark(evidence, "capture_drained", evidence_file::kAir);
  const Timestamp until = drained != nullptr ? drained->time : Timestamp::max();
  return evidence.timeline
      .between(Timestamp::min(), until, named(Witness::kernel, side, "rdev_tx_control_port"))
      .size();
}

std::size_t on_air(const Evidence& evidence, const AirView& air, Direction direction) {
  std::size_t count = 0;
  for (const Association& association : evidence.air.associations) {
    count += static_cast<std::size_t>(std::count_if(
        association.eapol.begin(), association.eapol.end(),
        [&](const auto& frame) { return frame.direction == direction && !air.injected(frame); }));
  }
  return count;
}

/// EAPOL frames that the kernel sent against those on the air; without a kernel trace, a complete
/// handshake has to do.
std::optional<std::string> eapol_lost(const Evidence& evidence) {
  const AirView air(evidence);
  if (trace_unusable(evidence)) {
    return air.complete().empty() ? std::optional<std::string>(
                                        "neither a kernel trace nor a complete handshake shows "
                                        "that no EAPOL frame is missing")
                                  : std::nullopt;
  }
  for (const Side side : {Side::station, Side::access_point}) {
    const std::size_t sent = sent_by_kernel(evidence, side);
    const std::size_t seen =
        on_air(evidence, air,
               side == Side::station ? Direction::from_station : Direction::from_access_point);
    if (seen < sent) {
      return fmt::format("the kernel of the {} sent {}, the capture holds {}",
                         side == Side::station ? "station" : "access point",
                         count_of(sent, "EAPOL frame"), seen);
    }
  }
  return std::nullopt;
}

/// What the capture holds; nothing is said of what could not be counted.
std::string in_numbers(const Evidence& evidence) {
  const AirQuality& quality = evidence.air.quality;
  std::string text = count_of(quality.frames, "frame");
  if (!evidence.capture_only) {
    text += ", none dropped";
  }
  if (quality.beacons_expected > 0) {
    text += fmt::format(", {} of {} beacons", quality.beacons, quality.beacons_expected);
  } else if (quality.beacons > 0) {
    text += fmt::format(", {}", count_of(quality.beacons, "beacon"));
  }
  if (quality.sequence_total > 0) {
    text += fmt::format(", {} of {} sequence numbers missing", quality.sequence_gaps,
                        quality.sequence_total);
  }
  if (quality.undecodable + quality.bad_fcs > 0) {
    text += fmt::format("; left out: {} undecodable, {} with a bad FCS", quality.undecodable,
                        quality.bad_fcs);
  }
  if (quality.old_authentication_not_kept > 0) {
    text += fmt::format("; {} of earlier attempts not kept",
                        count_of(quality.old_authentication_not_kept, "authentication frame"));
  }
  return text;
}

Finding judge_capture(const Evidence& evidence) {
  FindingBuilder finding("gate.capture-complete", evidence);
  finding
      .expect(
          "no drops, nine in ten beacons, few sequence gaps, every EAPOL frame that the kernels "
          "sent")
      .tolerance(fmt::format("{} % of the sequence numbers", kGapsPerHundred));
  if (const auto why = missing(evidence, evidence_file::kAir)) {
    return finding.inconclusive(*why);
  }
  if (!evidence.capture_only) {
    if (const auto bad = bad_marks(evidence, finding)) {
      return finding.inconclusive(*bad);
    }
  }
  if (const auto bad =
          bad_quality(evidence.air.quality, !evidence.capture_only, beacons_left_out(evidence))) {
    return finding.inconclusive(*bad);
  }
  if (const auto lost = not_kept(evidence.air.quality, is_open(evidence))) {
    return finding.inconclusive(*lost);
  }
  if (!is_open(evidence)) {
    if (const auto lost = eapol_lost(evidence)) {
      return finding.inconclusive(*lost);
    }
  }
  return finding.pass(in_numbers(evidence));
}

}  // namespace

Check gate_capture_complete() {
  return {
      "gate.capture-complete",
      "The air capture was alive from before the first step to after the last one and missed "
      "next to nothing.",
      "What the sniffer missed would be blamed on the device.",
      "this harness; libpcap drop counters; IEEE 802.11-2020, 10.3.2.14 (sequence numbers)",
      "the air capture, its marks and counters; rdev_tx_control_port of both kernels",
      "a mark is missing, frames were dropped, EAPOL frames that were sent are not there, or there "
      "were more frames than could be kept",
      "part of every run",
      {},
      judge_capture};
}

}  // namespace postassoc::checks
