#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/joined.h"
#include "harness/checks/registry.h"

namespace postassoc::checks {
namespace {

/// When the station's association to another BSS was accepted, after this one;
/// nothing otherwise.
const Association* roamed_from(const Evidence& evidence, std::size_t index) {
  const auto& all = evidence.air.associations;
  for (std::size_t i = index + 1; i < all.size(); ++i) {
    if (all[i].bssid != all[index].bssid && all[i].response_time && all[i].status == 0) {
      return &all[i];
    }
  }
  return nullptr;
}

/// EAPOL or data under a key that the station still sent to its old BSS.
template <class Frames>
auto late_to_old(const Frames& frames, Timestamp roamed) {
  return std::find_if(frames.begin(), frames.end(), [&](const auto& frame) {
    return frame.direction == Direction::from_station && frame.time > roamed;
  });
}

std::optional<std::string> wrong_roam(const Association& old, const Association& fresh,
                                      FindingBuilder& finding) {
  if (const auto frame = late_to_old(old.eapol, *fresh.response_time); frame != old.eapol.end()) {
    finding.frame(*frame).at(frame->time);
    return fmt::format("the station answered its old BSS {} (frame {}) after it had joined {}",
                       to_string(old.bssid), frame->frame, to_string(fresh.bssid));
  }
  if (const auto frame = late_to_old(old.protected_data, *fresh.response_time);
      frame != old.protected_data.end()) {
    finding.frame(*frame).at(frame->time);
    return fmt::format(
        "the station sent protected data to its old BSS {} (frame {}) after it had joined {}",
        to_string(old.bssid), frame->frame, to_string(fresh.bssid));
  }
  return std::nullopt;
}

/// A nonce or key of one BSS in a handshake with another.
std::optional<Finding> shared_between_bsss(const Evidence& evidence, FindingBuilder& finding) {
  const AirView air(evidence);
  const auto handshakes = air.complete();
  for (std::size_t i = 0; i < handshakes.size(); ++i) {
    for (std::size_t k = i + 1; k < handshakes.size(); ++k) {
      if (handshakes[i].association->bssid == handshakes[k].association->bssid) {
        continue;
      }
      if (const auto what = shared(handshakes[i], handshakes[k], finding)) {
        return finding.fail(*what);
      }
    }
  }
  return std::nullopt;
}

Finding judge_roam(const Evidence& evidence) {
  FindingBuilder finding("multi.roam-state-isolated", evidence);
  finding.expect("nothing to the old BSS, and no nonce or key of it, once another is joined");
  if (is_open(evidence) || wrong_credential(evidence)) {
    return finding.not_applicable("no handshake can be completed here");
  }
  if (const auto why = missing(evidence, evidence_file::kAir)) {
    return finding.inconclusive(*why);
  }
  const auto& all = evidence.air.associations;
  std::size_t roams = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Association* fresh = roamed_from(evidence, i);
    if (fresh == nullptr) {
      continue;
    }
    ++roams;
    if (const auto what = wrong_roam(all[i], *fresh, finding)) {
      return finding.fail(*what);
    }
    finding.frame(fresh->response_frame.value_or(0), *fresh->response_time);
  }
  if (auto found = shared_between_bsss(evidence, finding)) {
    return std::move(*found);
  }
  return roams == 0 ? finding.not_applicable("the station did not go from one BSS to another")
                    : finding.pass(fmt::format("after {} nothing went to the old BSS",
                                               count_of(roams, "roam")));
}

}  // namespace

Check multi_roam_state_isolated() {
  return {"multi.roam-state-isolated",
          "Once it has joined another BSS the station sends nothing to the old one, and takes no "
          "nonce or key over from it.",
          "State that is left from the old BSS answers frames that an attacker delays, and mixes "
          "up counters when the station comes back.",
          "IEEE 802.11-2020, 11.3.5; hostap test_ap_roam_wpa2_psk",
          "air capture: the associations to each BSS",
          "no air capture",
          "two BSSs, and a roam there and back",
          {"gate.capture-complete"},
          judge_roam,
          true,
          true,
          true};
}

}  // namespace postassoc::checks
