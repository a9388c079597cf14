#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/connection.h"
#include "harness/checks/joined.h"
#include "harness/checks/registry.h"

namespace postassoc::checks {
namespace {

/// A protected frame of the station before its first message 4, that is not
/// under the key of this handshake: a key of before.
const AirProtected* early_protected(const Joined& one) {
  if (one.handshake == nullptr || one.handshake->m4.empty()) {
    return nullptr;
  }
  for (const AirProtected& frame : one.association->protected_data) {
    if (frame.direction == Direction::from_station && !frame.retry && frame.handshake == kNoKey &&
        frame.frame < one.handshake->m4.front()->frame &&
        frame.frame > one.association->response_frame.value_or(0)) {
      return &frame;
    }
  }
  return nullptr;
}

/// Without the key of a handshake nobody can tell which one a frame is under.
bool key_known(const Joined& one) {
  return one.association->handshakes[one.handshake->index].tk.has_value();
}

/// Of so many messages 1 one could have been answered.
constexpr std::size_t kRefused = 3;

/// Message 1 of this association came, each time acknowledged, and was never
/// answered, though the association before had shown that the station answers.
bool refused_as_replay(const HandshakeView& before, const HandshakeView& after) {
  return !before.m2.empty() && after.m2.empty() && after.m1.size() >= kRefused &&
         std::all_of(after.m1.begin(), after.m1.end(),
                     [](const AirEapol* m1) { return m1->acknowledged; });
}

/// What is wrong with joining the same BSS again; nothing when nothing is.
std::optional<std::string> wrong_again(const Joined& before, const Joined& after,
                                       FindingBuilder& finding) {
  if (before.handshake == nullptr || after.handshake == nullptr) {
    return std::nullopt;
  }
  if (auto what = shared(*before.handshake, *after.handshake, finding)) {
    return what;
  }
  const AirProtected* frame = early_protected(after);
  if (frame != nullptr && key_known(after)) {
    finding.frame(*frame).at(frame->time);
    return fmt::format(
        "the station sent protected data (frame {}) in its new association before message 4 of it: "
        "the old key was still there",
        frame->frame);
  }
  if (refused_as_replay(*before.handshake, *after.handshake)) {
    finding.frame(*after.handshake->m1.front()).at(after.handshake->m1.front()->time);
    return fmt::format(
        "the station acknowledged message 1 of its new association {} times (from frame {}) and "
        "answered none: it still has the replay counter of the old one",
        after.handshake->m1.size(), after.handshake->m1.front()->frame);
  }
  return std::nullopt;
}

struct Pair {
  Joined before, after;
};

std::vector<Pair> same_bss_again(const std::vector<Joined>& all) {
  std::vector<Pair> pairs;
  for (std::size_t i = 1; i < all.size(); ++i) {
    const bool same = all[i - 1].association->bssid == all[i].association->bssid;
    if (same && !all[i].association->fast_transition) {
      pairs.push_back({all[i - 1], all[i]});
    }
  }
  return pairs;
}

Finding too_few(const Evidence& evidence, std::size_t count, const FindingBuilder& finding) {
  if (count > 1) {
    return finding.not_applicable("the station joined no BSS twice in a row");
  }
  return steps_begun(evidence, "associate").size() > 1
             ? finding.inconclusive(
                   "the station was told to associate more than once, and not more than one "
                   "association to a BSS is on the air")
             : finding.not_applicable("the station joined once");
}

Finding judge_reassoc(const Evidence& evidence) {
  FindingBuilder finding("multi.reassoc-same-bss", evidence);
  finding.expect("a full handshake with new nonces and a new key in each association to a BSS");
  if (const auto stop =
          without_message_3(finding, evidence, "no handshake can be completed here")) {
    return *stop;
  }
  const AirView air(evidence);
  const auto all = joined(evidence, air);
  const auto pairs = same_bss_again(all);
  std::size_t complete = 0;
  for (const Pair& pair : pairs) {
    if (const auto what = wrong_again(pair.before, pair.after, finding)) {
      return finding.fail(*what);
    }
    if (const AirProtected* frame = early_protected(pair.after)) {
      return finding.frame(*frame).inconclusive(
          fmt::format("under which key the station sent frame {}, before message 4, is not known",
                      frame->frame));
    }
    if (pair.after.handshake != nullptr && pair.after.handshake->complete()) {
      finding.frame(*pair.after.handshake->m1.front()).frame(*pair.after.handshake->m4.front());
      ++complete;
    }
  }
  if (pairs.empty()) {
    return too_few(evidence, all.size(), finding);
  }
  if (complete < pairs.size()) {
    return finding.inconclusive(
        fmt::format("of {} to the same BSS only {} has a complete handshake on the air",
                    count_of(pairs.size(), "further association"), complete));
  }
  return finding.pass(fmt::format("{} to the same BSS ran a full handshake with a new SNonce",
                                  count_of(complete, "further association")));
}

}  // namespace

Check multi_reassoc_same_bss() {
  return {"multi.reassoc-same-bss",
          "To join the same BSS again takes a full new handshake: new nonces, a new key, and "
          "counters that begin anew.",
          "A station that keeps the old replay counter never gets in again; one that keeps the old "
          "key repeats its packet numbers.",
          "IEEE 802.11-2020, 12.7.6 and 11.3.5; hostap test_ap_reassociation_to_same_bss",
          "air capture: the handshakes of several associations",
          "fewer associations on the air than were asked for, or a handshake is not complete",
          "associate twice; leave and associate again",
          {"gate.capture-complete"},
          judge_reassoc,
          false,
          true,
          true};
}

}  // namespace postassoc::checks
