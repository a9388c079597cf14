#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/air_view.h"
#include "harness/checks/kernel_events.h"
#include "harness/checks/registry.h"
#include "harness/checks/station_numbers.h"

/// Keys that come outside of the 4-way handshake.
namespace postassoc::checks {
namespace {

constexpr std::uint8_t kCategoryWnm = 10;
constexpr std::uint8_t kWnmSleepModeResponse = 17;

/// What could make the station install keys anew: a fast transition, or leaving WNM sleep mode.
struct Occasion {
  const Association* association = nullptr;
  std::uint64_t frame = 0;
  Timestamp time{};
  bool transition = false;

  std::string_view name() const {
    return transition ? "the fast transition" : "the end of WNM sleep mode";
  }
};

std::vector<Occasion> occasions(const Evidence& evidence) {
  std::vector<Occasion> found;
  for (const Association& association : evidence.air.associations) {
    if (association.fast_transition && association.response_frame) {
      found.push_back({&association, *association.response_frame,
                       association.response_time.value_or(Timestamp{}), true});
    }
    for (const AirManagement& frame : association.management) {
      if (frame.category == kCategoryWnm && frame.action == kWnmSleepModeResponse &&
          frame.direction == Direction::from_access_point) {
        found.push_back({&association, frame.frame, frame.time, false});
      }
    }
  }
  return found;
}

/// Up to where the keys of the occasion are in use: a message 3 after it makes new ones.
Timestamp end_of_keys(const Occasion& occasion) {
  for (const AirEapol& frame : occasion.association->eapol) {
    if (frame.frame > occasion.frame && frame.message == KeyMessage::m3) {
      return frame.time;
    }
  }
  return occasion.association->end_time.value_or(Timestamp::max());
}

/// A pairwise key that was installed once too often.
std::optional<KeyInstall> installed_too_often(const Evidence& evidence, const Occasion& occasion) {
  const Timestamp from = occasion.transition
                             ? occasion.association->request_time.value_or(occasion.time)
                             : occasion.time;
  const auto installs = pairwise_installed(evidence, from, end_of_keys(occasion));
  const std::size_t due = occasion.transition ? 1 : 0;
  return installs.size() > due ? std::optional(installs[due]) : std::nullopt;
}

/// A packet number that came twice or fell from the occasion on, or a key too many.
std::optional<Finding> judge_keys(const Evidence& evidence, const Occasion& occasion,
                                  FindingBuilder& finding) {
  for (const PacketNumberFault& fault : station_numbers(*occasion.association).faults) {
    if (fault.after.frame > occasion.frame) {
      return finding.frame(fault.before)
          .frame(fault.after)
          .at(fault.after.time)
          .fail(fmt::format("after {} (frame {}) the station {}", occasion.name(), occasion.frame,
                            fault_text(fault)));
    }
  }
  if (const auto why = trace_unusable(evidence)) {
    return finding.inconclusive(*why);
  }
  const auto before = pairwise_installed(evidence, Timestamp::min(), end_of_keys(occasion));
  if (before.empty()) {
    return finding.inconclusive("the trace does not show the pairwise key being installed at all");
  }
  if (const auto again = installed_too_often(evidence, occasion)) {
    return finding.event(*again->request)
        .at(again->time())
        .fail(fmt::format("after {} (frame {}) the station installed the pairwise key again",
                          occasion.name(), occasion.frame));
  }
  return std::nullopt;
}

Finding judge_occasion(const Evidence& evidence, const Occasion& occasion, FindingBuilder finding) {
  finding.frame(occasion);
  if (auto decided = judge_keys(evidence, occasion, finding)) {
    return std::move(*decided);
  }
  const std::size_t frames = protected_after(*occasion.association, occasion.frame);
  if (evidence.air.quality.iv_missing > 0 || frames < kEnoughFrames) {
    return finding.inconclusive(fmt::format("only {} of the station came after {}, {} are needed",
                                            count_of(frames, "protected frame"), occasion.name(),
                                            kEnoughFrames));
  }
  return finding.pass(fmt::format(
      "after {} (frame {}) the packet numbers of {} went on rising, and no key was installed twice",
      occasion.name(), occasion.frame, count_of(frames, "frame")));
}

Finding judge_ft_and_wnm(const Evidence& evidence) {
  FindingBuilder finding("key.ft-and-wnm-no-reinstall", evidence);
  finding.expect("rising packet numbers and no second installation of the same key");
  if (is_open(evidence)) {
    return finding.not_applicable("an open network has no keys");
  }
  if (const auto why = missing(evidence, evidence_file::kAir)) {
    return finding.inconclusive(*why);
  }
  std::optional<Finding> worst;
  for (const Occasion& occasion : occasions(evidence)) {
    keep_worst(worst, judge_occasion(evidence, occasion, finding));
  }
  return worst ? *worst
               : finding.not_applicable("no fast transition and no WNM sleep mode is on the air");
}

}  // namespace

Check key_ft_and_wnm_no_reinstall() {
  return {
      "key.ft-and-wnm-no-reinstall",
      "After a fast BSS transition, or the end of WNM sleep mode, no key is installed twice and "
      "no packet number falls.",
      "Both hand out keys outside of the 4-way handshake, where the guard against "
      "reinstallation is easily forgotten.",
      "CVE-2017-13082, -13087, -13088; IEEE 802.11-2020, 13.8.5 and 11.2.3.18",
      "air capture: reassociation, WNM sleep mode responses, packet numbers; kernel trace: "
      "rdev_add_key, key_link",
      "fewer than 5 protected frames of the station afterwards, or no kernel trace",
      "a roam within a mobility domain; WNM sleep mode",
      {"gate.capture-complete", "gate.crypto-visible"},
      judge_ft_and_wnm,
      true};
}

}  // namespace postassoc::checks
