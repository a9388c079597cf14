#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/air_view.h"
#include "harness/checks/capture_marks.h"
#include "harness/checks/datagrams.h"
#include "harness/checks/kernel_events.h"
#include "harness/checks/provocations.h"
#include "harness/checks/registry.h"

namespace postassoc::checks {
namespace {

/// A group key that was handed out again after the station had answered for it.
struct HandedAgain {
  const Association* association = nullptr;
  const AirGroupKey* before = nullptr;
  const AirGroupKey* again = nullptr;
};

std::vector<HandedAgain> handed_again(const Evidence& evidence) {
  std::vector<HandedAgain> found;
  for (const Association& association : evidence.air.associations) {
    const auto& keys = association.group_keys;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const auto before = std::find_if(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(i),
                                       [&](const auto& key) { return same_key(key, keys[i]); });
      if (before->frame < keys[i].frame &&
          answered_between(association, before->frame, keys[i].frame)) {
        found.push_back({&association, &*before, &keys[i]});
      }
    }
  }
  return found;
}

/// Until another key takes this one's place, or the association ends.
Timestamp end_of(const HandedAgain& handed) {
  for (const AirGroupKey& key : handed.association->group_keys) {
    if (key.frame > handed.again->frame && key.key_id == handed.again->key_id &&
        !same_key(key, *handed.again)) {
      return key.time;
    }
  }
  return handed.association->end_time.value_or(Timestamp::max());
}

const AirEapol* frame_of(const Association& association, std::uint64_t frame) {
  const auto found = std::find_if(association.eapol.begin(), association.eapol.end(),
                                  [&](const AirEapol& e) { return e.frame == frame; });
  return found == association.eapol.end() ? nullptr : &*found;
}

std::string_view name_of(AirGroupKey::Kind kind) {
  switch (kind) {
    case AirGroupKey::Kind::gtk:
      return "GTK";
    case AirGroupKey::Kind::igtk:
      return "IGTK";
    case AirGroupKey::Kind::bigtk:
      return "BIGTK";
  }
  return "";
}

/// That the station drops replays when no key was handed out again.
bool drops_replays_before(const Evidence& evidence, const std::vector<Replay>& all,
                          std::uint64_t frame) {
  return !netdev_incomplete(evidence, evidence_file::kStationNetdev) &&
         std::any_of(all.begin(), all.end(), [&](const Replay& replay) {
           return replay.datagram.mpdu->frame < frame && replay.datagram.delivered == nullptr;
         });
}

/// Replayed group frames after the key was handed out again.
std::vector<const Replay*> group_replays_after(const std::vector<Replay>& all,
                                               std::uint64_t frame) {
  std::vector<const Replay*> found;
  for (const Replay& replay : all) {
    if (replay.datagram.mpdu->group && replay.datagram.mpdu->frame > frame) {
      found.push_back(&replay);
    }
  }
  return found;
}

/// A replayed group frame that was delivered after the key was handed out again.
Finding judge_delivered(const Evidence& evidence, const std::vector<Replay>& all,
                        const HandedAgain& handed, const Replay& replay, FindingBuilder& finding) {
  const AirProtected& mpdu = *replay.datagram.mpdu;
  finding.frame(mpdu).event(*replay.datagram.sent).at(mpdu.time);
  if (!drops_replays_before(evidence, all, handed.again->frame)) {
    return finding.inconclusive(fmt::format(
        "a replayed group frame (frame {}) was delivered after the group key came again, but that "
        "the station drops replays otherwise is not shown (see key.rx-replay-protection)",
        mpdu.frame));
  }
  return finding.fail(fmt::format(
      "after the {} was handed out again (frame {}) the station delivered a replayed group frame "
      "(frame {}, packet number {} after {}): it set the key's receive counter back",
      name_of(handed.again->kind), handed.again->frame, mpdu.frame, mpdu.pn, replay.highest));
}

/// What the kernel of the station did with one group key.
struct GroupInstalls {
  std::vector<KeyInstall> effective;  ///< from when it was handed out first
  std::size_t ignored = 0;
};

GroupInstalls installs_of(const Evidence& evidence, const HandedAgain& handed) {
  GroupInstalls found;
  for (const KeyInstall& install :
       key_installs(evidence, Side::station, handed.before->time, end_of(handed))) {
    if (install.pairwise || install.key_index != handed.again->key_id) {
      continue;
    }
    if (install.effective()) {
      found.effective.push_back(install);
    } else {
      ++found.ignored;
    }
  }
  return found;
}

/// Why the kernel trace can't show that the key was installed only once; nothing when it can.
std::optional<std::string> installs_unknown(const Evidence& evidence, const GroupInstalls& installs,
                                            const HandedAgain& handed) {
  if (auto why = trace_unusable(evidence)) {
    return why;
  }
  if (installs.effective.empty() || installs.effective.front().time() > handed.again->time) {
    return fmt::format(
        "the kernel trace does not show the {} of index {} being installed before "
        "it was handed out again (frame {})",
        name_of(handed.again->kind), handed.again->key_id, handed.again->frame);
  }
  return std::nullopt;
}

Finding judge_handed_again(const Evidence& evidence, const std::vector<Replay>& all,
                           const HandedAgain& handed, FindingBuilder finding) {
  const AirGroupKey& again = *handed.again;
  finding.frame(*handed.before).frame(again);
  const GroupInstalls installs = installs_of(evidence, handed);
  const auto unknown = installs_unknown(evidence, installs, handed);
  if (!unknown && installs.effective.size() > 1) {
    return finding.event(*installs.effective.back().request)
        .at(installs.effective.back().time())
        .fail(fmt::format("the station installed the {} of index {} again after it was handed out "
                          "a second time (frame {})",
                          name_of(again.kind), again.key_id, again.frame));
  }
  const auto replayed = group_replays_after(all, again.frame);
  const auto delivered = std::find_if(replayed.begin(), replayed.end(), [](const Replay* replay) {
    return replay->datagram.delivered != nullptr;
  });
  if (delivered != replayed.end()) {
    return judge_delivered(evidence, all, handed, **delivered, finding);
  }
  const std::size_t dropped =
      netdev_incomplete(evidence, evidence_file::kStationNetdev) ? 0 : replayed.size();
  if (unknown && dropped < kEnoughRepeats) {
    return finding.inconclusive(*unknown);
  }
  const AirEapol* stimulus = frame_of(*handed.association, again.frame);
  const bool answered = stimulus != nullptr && answer_to(*handed.association, *stimulus) != nullptr;
  if (!answered && (stimulus == nullptr || !stimulus->acknowledged)) {
    return finding.inconclusive(fmt::format(
        "that the station received the repeated message (frame {}) is not shown", again.frame));
  }
  return finding.pass(fmt::format(
      "the {} of index {} was handed out again (frame {}), {}, and not installed again{}{}",
      name_of(again.kind), again.key_id, again.frame, answered ? "answered" : "taken in silence",
      installs.ignored > 0 ? " (the supplicant asked, the kernel ignored it)" : "",
      dropped > 0 ? fmt::format("; {} dropped", count_of(dropped, "replayed group frame")) : ""));
}

/// A repeated message that must have carried the key again, though it can't be read.
bool group_key_came_again(const Evidence& evidence) {
  for (const Association& association : evidence.air.associations) {
    bool answered = false;
    for (const AirEapol& frame : association.eapol) {
      if (answered && (frame.message == KeyMessage::m3 || frame.message == KeyMessage::g1)) {
        return true;
      }
      answered = answered || frame.message == KeyMessage::m4;
    }
  }
  return false;
}

Finding judge_group_reinstall(const Evidence& evidence) {
  FindingBuilder finding("key.no-group-key-reinstall", evidence);
  finding.expect("a group key that is handed out again is not installed again");
  if (const auto stop =
          without_message_3(finding, evidence, "this scenario hands out no group key")) {
    return *stop;
  }
  const auto all = replays(evidence);
  std::optional<Finding> worst;
  for (const HandedAgain& handed : handed_again(evidence)) {
    keep_worst(worst, judge_handed_again(evidence, all, handed, finding));
  }
  if (worst) {
    return *worst;
  }
  if (commands(evidence, "RESEND_GROUP_M1") || commands(evidence, "RESEND_M3")) {
    return finding.inconclusive(
        "hostapd was told to repeat a message with the group key, and no group key that came again "
        "could be read on the air");
  }
  const auto& associations = evidence.air.associations;
  const bool readable = std::any_of(associations.begin(), associations.end(),
                                    [](const Association& a) { return !a.group_keys.empty(); });
  return !readable && group_key_came_again(evidence)
             ? finding.inconclusive("no group key on the air could be decrypted")
             : finding.not_applicable("no group key was handed out a second time");
}

}  // namespace

Check key_no_group_key_reinstall() {
  return {"key.no-group-key-reinstall",
          "A group key that comes again, in a repeated message 3 or group message 1, is not "
          "installed again.",
          "Installing it sets the receive counter back: old broadcast frames are taken in again.",
          "CVE-2017-13078, -13079, -13080, -13081; krackattacks.com",
          "air capture: the repeated message, decrypted; kernel trace: rdev_add_key, key_link; "
          "replayed group frames where there are any",
          "the repeated message is not on the air, not decrypted or not answered; no kernel trace; "
          "a replay was delivered, and that replays are dropped otherwise is not shown",
          "hostapd RESEND_GROUP_M1 or RESEND_M3; then RESET_PN ff:ff:ff:ff:ff:ff and broadcasts",
          {"gate.clock-aligned", "gate.capture-complete", "gate.crypto-visible"},
          judge_group_reinstall,
          true};
}

}  // namespace postassoc::checks
