#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "harness/checks/air_view.h"
#include "harness/checks/connection.h"
#include "harness/checks/registry.h"

namespace postassoc::checks {
namespace {

/// Nothing, or what differs between an installation and what the air derives.
std::optional<std::string> differs_pairwise(const KeyInstall& install, const MacAddress& bssid) {
  if (install.key_index != 0 && install.key_index != 1) {
    return fmt::format(
        "a pairwise key of index {}, which only 0, or 1 with Extended Key ID, can "
        "have",
        install.key_index);
  }
  const auto peer = MacAddress::parse(text(*install.request, "mac"));
  return peer && *peer != bssid
             ? std::optional(fmt::format("a pairwise key for {}, while it is associated with {}",
                                         to_string(*peer), to_string(bssid)))
             : std::nullopt;
}

std::optional<std::string> differs_group(const KeyInstall& install,
                                         const std::vector<AirGroupKey>& handed, Timestamp latest) {
  std::set<int> ids;
  for (const AirGroupKey& key : handed) {
    if (key.time <= latest) {
      ids.insert(key.key_id);
    }
  }
  if (ids.contains(install.key_index)) {
    return std::nullopt;
  }
  std::string list;
  for (const int id : ids) {
    list += fmt::format("{}{}", list.empty() ? "" : ", ", id);
  }
  return fmt::format("a group key of index {}, while the access point handed out {}",
                     install.key_index, list.empty() ? "none" : list);
}

struct Comparison {
  std::size_t pairwise = 0;
  std::size_t group = 0;
  std::size_t unread = 0;  ///< group keys of an association whose messages can't be decrypted
};

std::string compared_text(const Comparison& compared) {
  return fmt::format(
      "{} and {} have the index, peer and kind that the air derives; whether the key itself is the "
      "same, a tracepoint does not tell",
      count_of(compared.pairwise, "pairwise key"), count_of(compared.group, "group key"));
}

/// A message that may have handed out a group key before `time` and can't be read.
bool unread_message(const Association& association, Timestamp time) {
  return association.group_keys.empty() ||
         std::any_of(association.eapol.begin(), association.eapol.end(), [&](const AirEapol& e) {
           return (e.message == KeyMessage::m3 || e.message == KeyMessage::g1) && e.time <= time &&
                  e.key && !e.key->key_data.empty() && !e.key_data_plain;
         });
}

/// Compares one installation with the association that was going on; says what differs.
std::optional<std::string> compare(const Association& association, const KeyInstall& install,
                                   Timestamp latest, Comparison& compared) {
  if (install.pairwise) {
    ++compared.pairwise;
    return differs_pairwise(install, association.bssid);
  }
  auto differs = differs_group(install, association.group_keys, latest);
  if (differs && unread_message(association, latest)) {
    ++compared.unread;
    return std::nullopt;
  }
  ++compared.group;
  return differs;
}

Finding conclude(const Evidence& evidence, const Comparison& compared,
                 const FindingBuilder& finding) {
  if (compared.unread > 0) {
    return finding.inconclusive(
        fmt::format("{} of the station could not be compared: the message that carried it can't be "
                    "decrypted",
                    count_of(compared.unread, "group key")));
  }
  if (compared.pairwise + compared.group > 0) {
    return finding.pass(compared_text(compared));
  }
  return wrong_credential(evidence)
             ? finding.not_applicable("with another passphrase no key is installed")
             : finding.inconclusive("the trace shows no key of the station");
}

Finding judge_equals(const Evidence& evidence) {
  FindingBuilder finding("key.installed-equals-derived", evidence);
  finding.expect("each installed key has the index, peer and kind of a key on the air");
  if (const auto stop = without_handshake(finding, evidence)) {
    return *stop;
  }
  if (const auto why = key_trace_unusable(evidence)) {
    return finding.inconclusive(*why);
  }
  const auto slack = evidence.clock_uncertainty() + kAirStampUncertainty;
  Comparison compared;
  for (const KeyInstall& install : key_installs(evidence, Side::station)) {
    const Association* association = association_at(evidence, install.time());
    if (!install.effective() || association == nullptr) {
      continue;
    }
    finding.event(*install.request);
    if (const auto differs = compare(*association, install, install.time() + slack, compared)) {
      return finding.at(install.time()).fail("the station installed " + *differs);
    }
  }
  return conclude(evidence, compared, finding);
}

}  // namespace

Check key_installed_equals_derived() {
  return {"key.installed-equals-derived",
          "Each key that the station installs has the index, the peer and the kind of one that the "
          "air capture derives.",
          "A group key under a wrong index, or a pairwise key for another access point, breaks the "
          "link in ways that look like bad radio.",
          "nl80211.h, NL80211_CMD_NEW_KEY; IEEE 802.11-2020, 12.7.2 (GTK KDE)",
          "kernel trace: rdev_add_key; air capture: the handshake, decrypted. Tracepoints carry no "
          "key material: that it is the same key is not judged",
          "no kernel trace, or the message that carried a group key can't be decrypted",
          "any connect; group rekeys; every cipher",
          {"gate.clock-aligned", "gate.capture-complete"},
          judge_equals,
          false};
}

}  // namespace postassoc::checks
