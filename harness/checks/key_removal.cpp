#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/air_view.h"
#include "harness/checks/connection.h"
#include "harness/checks/registry.h"

namespace postassoc::checks {
namespace {

/// After it was lost, a connection's keys may stay this long.
constexpr std::chrono::nanoseconds kRemoval = std::chrono::seconds(1);

/// A frame of the station under a key of the association after its end; null when there is none.
const AirProtected* old_key_used(const Association& association) {
  const auto& data = association.protected_data;
  const auto found = std::find_if(data.begin(), data.end(), [&](const AirProtected& frame) {
    return frame.direction == Direction::from_station && frame.handshake != kNoKey &&
           !frame.retry && frame.time > *association.end_time + kRemoval;
  });
  return found == data.end() ? nullptr : &*found;
}

/// When the pairwise key that was installed before `time` was taken away: by name, or with the
/// station entry (mac80211 frees it then without rdev_del_key).
const Event* removal_of_pairwise(const Evidence& evidence, Timestamp installed) {
  const Event* deleted = evidence.timeline.first(
      [](const Event& e) {
        return e.witness == Witness::kernel && e.side == Side::station &&
               e.name == "rdev_del_key" && flag(e, "pairwise").value_or(false);
      },
      installed);
  for (const PortSession& session : port_sessions(evidence, Side::station)) {
    if (session.left != nullptr && session.left->time >= installed) {
      return deleted != nullptr && deleted->time < session.left->time ? deleted : session.left;
    }
  }
  return deleted;
}

/// By name, or by another key in its place.
const Event* removal_of_group(const Evidence& evidence, const KeyInstall& install) {
  const Event* deleted = evidence.timeline.first(
      [&](const Event& e) {
        return e.witness == Witness::kernel && e.side == Side::station &&
               e.name == "rdev_del_key" && !flag(e, "pairwise").value_or(false) &&
               number(e, "key_index") == install.key_index;
      },
      install.time());
  for (const KeyInstall& other : key_installs(evidence, Side::station, install.time())) {
    if (other.request != install.request && !other.pairwise && other.effective() &&
        other.key_index == install.key_index) {
      return deleted != nullptr && deleted->time < other.time() ? deleted : other.request;
    }
  }
  return deleted;
}

/// Without any removal in the trace, one that is absent proves nothing.
bool tells_deleting(const Evidence& evidence) {
  return evidence.timeline.first(named(Witness::kernel, Side::station, "rdev_del_key")) != nullptr;
}

/// The keys that were in use when the connection was lost: the last of each index.
std::vector<KeyInstall> keys_at(const Evidence& evidence, Timestamp lost) {
  std::vector<KeyInstall> keys;
  for (const KeyInstall& install : key_installs(evidence, Side::station, Timestamp::min(), lost)) {
    if (!install.effective()) {
      continue;
    }
    std::erase_if(keys, [&](const KeyInstall& old) {
      return old.pairwise == install.pairwise && old.key_index == install.key_index;
    });
    keys.push_back(install);
  }
  return keys;
}

enum class Removed { yes, late, unknown };

Removed removed(const Evidence& evidence, const KeyInstall& key, Timestamp lost,
                FindingBuilder& finding) {
  const Event* gone =
      key.pairwise ? removal_of_pairwise(evidence, key.time()) : removal_of_group(evidence, key);
  if (gone != nullptr && gone->time <= lost + kRemoval) {
    finding.event(*gone);
    return Removed::yes;
  }
  const bool told = key.pairwise ? tells_leaving(evidence) : tells_deleting(evidence);
  const bool over = trace_end(evidence) < lost + kRemoval;
  return gone == nullptr && (over || !told) ? Removed::unknown : Removed::late;
}

/// Whether the keys of a lost connection went in time; adds their number to `keys` when they did.
std::optional<Finding> judge_loss(const Evidence& evidence, const Loss& loss,
                                  FindingBuilder& finding, std::size_t& keys) {
  if (loss.frame != 0) {
    finding.frame(loss.frame, loss.time);
  }
  for (const KeyInstall& key : keys_at(evidence, loss.time)) {
    const std::string_view kind = key.pairwise ? "pairwise" : "group";
    switch (removed(evidence, key, loss.time, finding)) {
      case Removed::yes:
        ++keys;
        break;
      case Removed::unknown:
        return finding.inconclusive(fmt::format(
            "the kernel trace does not tell what became of the {} key of index {} within 1 s: {}",
            kind, key.key_index, loss.text));
      case Removed::late:
        return loss.noticed
                   ? finding.event(*key.request)
                         .at(loss.time)
                         .fail(
                             fmt::format("the station still had the {} key of index {} 1 s later: "
                                         "{}",
                                         kind, key.key_index, loss.text))
                   : finding.inconclusive(fmt::format(
                         "the station kept its keys, but that it received the frame is not shown: "
                         "{}",
                         loss.text));
    }
  }
  return std::nullopt;
}

std::optional<Finding> old_key_on_air(const std::vector<Loss>& all, FindingBuilder& finding) {
  for (const Loss& loss : all) {
    const AirProtected* frame =
        loss.association == nullptr || !loss.noticed ? nullptr : old_key_used(*loss.association);
    if (frame != nullptr) {
      return finding.frame(loss.frame, loss.time)
          .frame(*frame)
          .at(frame->time)
          .fail(fmt::format("the station still used the old key {} ms later (frame {}): {}",
                            to_ms_text(frame->time - loss.time), frame->frame, loss.text));
    }
  }
  return std::nullopt;
}

/// What stops the judgement of any loss.
std::optional<Finding> without_losses(const Evidence& evidence, const std::vector<Loss>& all,
                                      FindingBuilder& finding) {
  if (is_open(evidence)) {
    return finding.not_applicable("an open network has no keys");
  }
  if (const auto why = missing(evidence, evidence_file::kAir)) {
    return finding.inconclusive(*why);
  }
  if (auto used = old_key_on_air(all, finding)) {
    return used;
  }
  if (all.empty()) {
    return finding.not_applicable("no association ended");
  }
  if (const auto why = key_trace_unusable(evidence)) {
    return finding.inconclusive(*why);
  }
  return std::nullopt;
}

Finding judge_removed(const Evidence& evidence) {
  FindingBuilder finding("key.removed-on-disconnect", evidence);
  finding.expect("no key of an association is left 1 s after it ended").tolerance("1 s");
  const auto all = losses(evidence);
  if (auto decided = without_losses(evidence, all, finding)) {
    return std::move(*decided);
  }
  std::size_t keys = 0;
  std::optional<Finding> worst;
  for (const Loss& loss : all) {
    if (auto found = judge_loss(evidence, loss, finding, keys)) {
      keep_worst(worst, std::move(*found));
    }
  }
  if (worst) {
    return *worst;
  }
  return keys == 0 ? finding.not_applicable("no association had a key when it ended")
                   : finding.pass(fmt::format("{} went with {}", count_of(keys, "key"),
                                              count_of(all.size(), "lost connection")));
}

}  // namespace

Check key_removed_on_disconnect() {
  return {"key.removed-on-disconnect",
          "When an association ends, its pairwise and group keys are gone within a second.",
          "A key that outlives its association protects, or opens, frames of the next one.",
          "IEEE 802.11-2020, 11.3.5 and 6.3.20 (MLME-DELETEKEYS); hostap wpa_clear_keys",
          "air capture: how the association ended; kernel trace: rdev_add_key, rdev_del_key, "
          "drv_sta_state (a pairwise key goes with the station entry)",
          "no kernel trace, it ends less than 1 s after the loss, or the station may not have "
          "received the frame",
          "a disassociate step; hostapd DEAUTHENTICATE; hostapd that ends",
          {"gate.clock-aligned", "gate.capture-complete", "gate.crypto-visible"},
          judge_removed,
          true};
}

}  // namespace postassoc::checks
