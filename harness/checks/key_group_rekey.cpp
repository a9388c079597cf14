#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/air_view.h"
#include "harness/checks/capture_marks.h"
#include "harness/checks/connection.h"
#include "harness/checks/datagrams.h"
#include "harness/checks/provocations.h"
#include "harness/checks/registry.h"

namespace postassoc::checks {
namespace {

using std::chrono::seconds;

/// A new group key that makes the station leave does it within this time.
constexpr std::chrono::nanoseconds kSurvives = seconds(1);
/// Two group datagrams may be lost while the key changes; of more it is the key.
constexpr std::size_t kMostMissed = 2;

/// A GTK that took another's place by the group key handshake.
struct GroupRekey {
  const Association* association = nullptr;
  const AirGroupKey* before = nullptr;
  const AirGroupKey* fresh = nullptr;
  const AirEapol* g1 = nullptr;
  const AirEapol* g2 = nullptr;  ///< null: not answered
};

const AirEapol* g1_of(const Association& association, const AirGroupKey& key) {
  for (const AirEapol& frame : association.eapol) {
    if (frame.frame == key.frame && frame.message == KeyMessage::g1) {
      return &frame;
    }
  }
  return nullptr;
}

const AirEapol* g2_for(const Association& association, const AirGroupKey& key) {
  for (const AirGroupKey& one : association.group_keys) {
    const AirEapol* g1 = one.key == key.key ? g1_of(association, one) : nullptr;
    if (const AirEapol* g2 = g1 == nullptr ? nullptr : answer_to(association, *g1)) {
      return g2;
    }
  }
  return nullptr;
}

std::vector<GroupRekey> group_rekeys(const Evidence& evidence) {
  std::vector<GroupRekey> found;
  for (const Association& association : evidence.air.associations) {
    const AirGroupKey* current = nullptr;
    for (const AirGroupKey& key : association.group_keys) {
      if (key.kind != AirGroupKey::Kind::gtk) {
        continue;
      }
      const AirEapol* g1 = g1_of(association, key);
      if (current != nullptr && current->key != key.key && g1 != nullptr) {
        found.push_back({&association, current, &key, g1, g2_for(association, key)});
      }
      current = current == nullptr || current->key != key.key ? &key : current;
    }
  }
  return found;
}

struct GroupDelivery {
  std::size_t on_air = 0;  ///< under the new key
  std::size_t delivered = 0;
  std::vector<Datagram> missed;  ///< the longest run of any that were not delivered
};

/// Group datagrams from group message 1 on, but those the station has to drop.
GroupDelivery group_delivery(const Evidence& evidence, const GroupRekey& rekey) {
  GroupDelivery found;
  std::vector<Datagram> run;
  const auto dropped = rightly_dropped(evidence);
  for (const Datagram& one : arrived_at_station(evidence)) {
    if (!one.mpdu->group || one.association != rekey.association ||
        one.mpdu->frame < rekey.g1->frame || dropped.contains(one.tag)) {
      continue;
    }
    const bool fresh = one.mpdu->key_id == rekey.fresh->key_id;
    found.on_air += fresh ? 1U : 0U;
    found.delivered += fresh && one.delivered != nullptr ? 1U : 0U;
    if (one.delivered != nullptr) {
      run.clear();
    } else {
      run.push_back(one);
    }
    if (run.size() > found.missed.size()) {
      found.missed = run;
    }
  }
  return found;
}

/// Whether the group key handshake itself went as it should; nothing when it did.
std::optional<Finding> judge_handing(const Evidence& evidence, const GroupRekey& rekey,
                                     FindingBuilder& finding) {
  const Timestamp last = rekey.g2 != nullptr ? rekey.g2->time : rekey.g1->time;
  if (const auto loss = ended_unasked(evidence, *rekey.association, last + kSurvives)) {
    finding.frame(loss->frame, loss->time).at(loss->time);
    const std::string text =
        fmt::format("{} ms after the new group key (frame {}) {}", to_ms_text(loss->time - last),
                    rekey.g1->frame, loss->text);
    return loss->by_access_point
               ? finding.inconclusive(text + ": whose fault that is, is not shown")
               : finding.fail(text);
  }
  if (rekey.fresh->key_id == rekey.before->key_id) {
    return finding.inconclusive(
        fmt::format("the access point gave the new group key the index of the old one ({})",
                    rekey.fresh->key_id));
  }
  if (rekey.g2 == nullptr) {
    return finding.inconclusive(fmt::format(
        "the answer to the new group key (frame {}) is not on the air", rekey.g1->frame));
  }
  return std::nullopt;
}

Finding judge_group_rekey(const Evidence& evidence, const GroupRekey& rekey,
                          FindingBuilder finding) {
  finding.frame(*rekey.g1);
  if (rekey.g2 != nullptr) {
    finding.frame(*rekey.g2);
  }
  if (auto decided = judge_handing(evidence, rekey, finding)) {
    return std::move(*decided);
  }
  if (const auto why = netdev_incomplete(evidence, evidence_file::kStationNetdev)) {
    return finding.inconclusive(*why);
  }
  const GroupDelivery delivery = group_delivery(evidence, rekey);
  if (delivery.missed.size() > kMostMissed) {
    const Datagram& first = delivery.missed.front();
    return finding.frame(*first.mpdu)
        .at(first.mpdu->time)
        .fail(fmt::format("after the new group key (frame {}) the station missed {} after each "
                          "other, from frame {}",
                          rekey.g1->frame, count_of(delivery.missed.size(), "group datagram"),
                          first.mpdu->frame));
  }
  if (delivery.delivered == 0) {
    return finding.inconclusive(
        fmt::format("no group datagram under the new key (index {}) was delivered; on the air: {}",
                    rekey.fresh->key_id, delivery.on_air));
  }
  return finding.pass(fmt::format(
      "the new group key took index {} after {} (frame {}), was answered (frame {}), and {} of {} "
      "under it were delivered",
      rekey.fresh->key_id, rekey.before->key_id, rekey.g1->frame, rekey.g2->frame,
      delivery.delivered, count_of(delivery.on_air, "group datagram")));
}

bool told_to_rekey_group(const Evidence& evidence) {
  return commands(evidence, "REKEY_GTK") || access_point_option(evidence, "wpa_group_rekey") ||
         access_point_option(evidence, "wpa_strict_rekey");
}

Finding judge_gtk_rekey(const Evidence& evidence) {
  FindingBuilder finding("key.gtk-rekey-alternates", evidence);
  finding.expect("the new group key under the other index, and group frames delivered under each")
      .tolerance(count_of(kMostMissed, "group datagram") + " lost after each other");
  if (const auto stop =
          without_message_3(finding, evidence, "this scenario hands out no group key")) {
    return *stop;
  }
  std::optional<Finding> worst;
  for (const GroupRekey& rekey : group_rekeys(evidence)) {
    keep_worst(worst, judge_group_rekey(evidence, rekey, finding));
  }
  if (worst) {
    return *worst;
  }
  const auto& all = evidence.air.associations;
  const bool g1_seen = std::any_of(all.begin(), all.end(), [](const Association& association) {
    return association.group_keys.empty() &&
           std::any_of(association.eapol.begin(), association.eapol.end(),
                       [](const AirEapol& e) { return e.message == KeyMessage::g1; });
  });
  if (g1_seen) {
    return finding.inconclusive("the group key in group message 1 could not be decrypted");
  }
  return told_to_rekey_group(evidence)
             ? finding.inconclusive(
                   "the access point was told to make a new group key, and none is "
                   "on the air")
             : finding.not_applicable("no new group key was made");
}

}  // namespace

Check key_gtk_rekey_alternates() {
  return {
      "key.gtk-rekey-alternates",
      "A new group key takes the other index, the station answers it, and group frames are "
      "delivered under the old key and then under the new one.",
      "A station that drops the old key too early, or takes the new one too late, is deaf to "
      "broadcasts: ARP fails, and with it everything.",
      "IEEE 802.11-2020, 12.7.7; hostap test_ap_wpa2_gtk_rekey",
      "air capture: group messages 1 and 2, decrypted; capture on the station's interface: group "
      "datagrams",
      "the new key can't be decrypted, its answer is not on the air, or no group datagram was "
      "sent under it",
      "hostapd REKEY_GTK or wpa_group_rekey, with broadcasts before and after",
      {"gate.capture-complete", "gate.crypto-visible"},
      judge_gtk_rekey,
      false};
}

}  // namespace postassoc::checks
