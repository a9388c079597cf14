#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/air_view.h"
#include "harness/checks/capture_marks.h"
#include "harness/checks/connection.h"
#include "harness/checks/datagrams.h"
#include "harness/checks/provocations.h"
#include "harness/checks/registry.h"
#include "harness/checks/station_numbers.h"

namespace postassoc::checks {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A rekey that makes the station leave does it within this time.
constexpr std::chrono::nanoseconds kSurvives = seconds(1);
/// Datagrams around a rekey: from its first message to this long after its last.
constexpr std::chrono::nanoseconds kSettles = milliseconds(100);
/// Of 100 datagrams that reach the station during a rekey so many may be lost (ChromeOS tast allows
/// as many), and from this many on it is told.
constexpr std::size_t kMostLost = 20;
constexpr std::size_t kWorthTelling = 2;
/// So few datagrams are no sample for a share.
constexpr std::size_t kSample = 10;

struct Share {
  std::size_t acknowledged = 0;
  std::size_t lost = 0;

  bool more_than(std::size_t of_100) const {
    return acknowledged >= kSample && lost * 100 > acknowledged * of_100;
  }
  std::string text() const {
    return fmt::format("{} of {} datagrams that the station acknowledged meanwhile were lost", lost,
                       acknowledged);
  }
};

/// Of the protected unicast datagrams to the station in a span that it acknowledged, those that it
/// did not deliver.
Share lost_between(const Evidence& evidence, Timestamp from, Timestamp until) {
  Share share;
  for (const Air::Tagged& seen : evidence.air.tagged) {
    if (seen.from_access_point && seen.acknowledged && seen.protected_frame && seen.time >= from &&
        seen.time <= until) {
      ++share.acknowledged;
      share.lost += find_tag(evidence.station_netdev, seen.tag) == nullptr ? 1U : 0U;
    }
  }
  return share;
}

/// The station's first frame under the rekey's key, and one under an older key after it.
struct OldAgain {
  const AirProtected* fresh = nullptr;
  const AirProtected* old = nullptr;
};

OldAgain old_key_again(const HandshakeView& rekey) {
  OldAgain found;
  for (const AirProtected& frame : rekey.association->protected_data) {
    if (frame.direction != Direction::from_station || frame.handshake == kNoKey || frame.retry) {
      continue;
    }
    if (frame.handshake == rekey.index) {
      found.fresh = found.fresh != nullptr ? found.fresh : &frame;
    } else if (frame.handshake < rekey.index && found.fresh != nullptr) {
      found.old = &frame;
      return found;
    }
  }
  return found;
}

std::size_t frames_under(const HandshakeView& rekey) {
  const auto& data = rekey.association->protected_data;
  return static_cast<std::size_t>(
      std::count_if(data.begin(), data.end(), [&](const AirProtected& frame) {
        return frame.direction == Direction::from_station && frame.handshake == rekey.index;
      }));
}

/// What is wrong with the packet numbers and keys of a rekey; nothing when nothing is.
std::optional<std::string> wrong_numbers(const HandshakeView& rekey, FindingBuilder& finding) {
  for (const PacketNumberFault& fault : station_numbers(*rekey.association).faults) {
    if (fault.handshake == rekey.index) {
      finding.frame(fault.before).frame(fault.after).at(fault.after.time);
      return "under the new pairwise key the station " + fault_text(fault);
    }
  }
  if (const OldAgain again = old_key_again(rekey); again.old != nullptr) {
    finding.frame(*again.fresh).frame(*again.old).at(again.old->time);
    return fmt::format(
        "the station went back to the old pairwise key (frame {}) after it had used the new one "
        "(frame {})",
        again.old->frame, again.fresh->frame);
  }
  return std::nullopt;
}

/// What became of the connection and its data; nothing when nothing can be held against it.
std::optional<Finding> judge_service(const Evidence& evidence, const HandshakeView& rekey,
                                     const Share& share, FindingBuilder& finding) {
  const AirEapol& last = *rekey.m4.back();
  if (const auto loss = ended_unasked(evidence, *rekey.association, last.time + kSurvives)) {
    finding.frame(loss->frame, loss->time).at(loss->time);
    const std::string text =
        fmt::format("{} ms after the rekey's message 4 (frame {}) {}",
                    to_ms_text(loss->time - last.time), last.frame, loss->text);
    return loss->by_access_point
               ? finding.inconclusive(text + ": whose fault that is, is not shown")
               : finding.fail(text);
  }
  if (share.acknowledged < kSample) {
    return std::nullopt;
  }
  if (const auto why = netdev_incomplete(evidence, evidence_file::kStationNetdev)) {
    return finding.inconclusive(*why);
  }
  finding.actual(share.text());
  return share.more_than(kMostLost)
             ? std::optional(finding.fail(
                   fmt::format("during the rekey (frames {} to {}) {}, more than {} of 100",
                               rekey.m1.front()->frame, last.frame, share.text(), kMostLost)))
             : std::nullopt;
}

Finding judge_rekey(const Evidence& evidence, const HandshakeView& rekey, FindingBuilder finding) {
  const AirEapol& first = *rekey.m1.front();
  const AirEapol& last = *rekey.m4.back();
  finding.frame(first).frame(last);
  if (const auto wrong = wrong_numbers(rekey, finding)) {
    return finding.fail(*wrong);
  }
  const Share share = lost_between(evidence, first.time, last.time + kSettles);
  if (auto decided = judge_service(evidence, rekey, share, finding)) {
    return std::move(*decided);
  }
  const std::size_t frames = frames_under(rekey);
  if (evidence.air.quality.iv_missing > 0 || frames < kEnoughFrames) {
    return finding.inconclusive(
        fmt::format("only {} of the station under the new key, {} are needed",
                    count_of(frames, "frame"), kEnoughFrames));
  }
  return finding.pass(fmt::format(
      "after the rekey (frames {} to {}) {} of the station under the new key alone, packet numbers "
      "rising{}",
      first.frame, last.frame, count_of(frames, "frame"),
      share.more_than(kWorthTelling) ? "; " + share.text() : ""));
}

Finding no_rekey(const Evidence& evidence, const AirView& air, const FindingBuilder& finding) {
  // A message 1 alone may be anybody's; message 3 proves that the access point went on.
  const bool begun =
      std::any_of(air.handshakes().begin(), air.handshakes().end(), [](const HandshakeView& h) {
        return h.rekey && !h.m1.empty() && !h.m3.empty() && h.m1.front()->key &&
               h.m3.front()->key && h.m3.front()->key->nonce == h.m1.front()->key->nonce;
      });
  if (access_point_option(evidence, "wpa_deny_ptk0_rekey")) {
    return finding.not_applicable("the access point refuses to rekey under Key ID 0");
  }
  if (commands(evidence, "REKEY_PTK") || access_point_option(evidence, "wpa_ptk_rekey")) {
    return finding.inconclusive(
        "the access point was told to rekey, and no complete rekey is on "
        "the air");
  }
  return begun ? finding.inconclusive("a rekey began on the air and was not completed")
               : finding.not_applicable("no new pairwise key was made");
}

Finding judge_ptk_rekey(const Evidence& evidence) {
  FindingBuilder finding("key.ptk-rekey-clean", evidence);
  finding
      .expect(
          "the new key alone after the rekey, packet numbers from their start, no connection "
          "lost")
      .tolerance(fmt::format("{} of 100 datagrams that it acknowledged during it", kMostLost));
  if (const auto stop = without_handshake(finding, evidence)) {
    return *stop;
  }
  const AirView air(evidence);
  std::optional<Finding> worst;
  for (const HandshakeView& handshake : air.handshakes()) {
    if (!handshake.rekey || !handshake.complete()) {
      continue;
    }
    keep_worst(worst, judge_rekey(evidence, handshake, finding));
  }
  return worst ? *worst : no_rekey(evidence, air, finding);
}

}  // namespace

Check key_ptk_rekey_clean() {
  return {
      "key.ptk-rekey-clean",
      "A rekey of the pairwise key leaves no gap: the new key alone is used after it, its "
      "packet numbers begin anew, data and association go on.",
      "Stations whose old and new key overlap repeat packet numbers or lose seconds of "
      "traffic, every hour, on each network that rekeys.",
      "IEEE 802.11-2020, 12.7.6 and 6.3.19; hostap test_ap_wpa2_ptk_rekey",
      "air capture: the rekey, packet numbers under each key; tagged datagrams during it",
      "no complete rekey is on the air, or fewer than 5 frames of the station under the new key",
      "hostapd REKEY_PTK or wpa_ptk_rekey under traffic",
      {"gate.capture-complete", "gate.crypto-visible"},
      judge_ptk_rekey,
      false,
      false,
      true};
}

}  // namespace postassoc::checks
