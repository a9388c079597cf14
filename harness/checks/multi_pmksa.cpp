#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/joined.h"
#include "harness/checks/registry.h"
#include "harness/frames/rsn.h"

namespace postassoc::checks {
namespace {

/// The association request names a PMKSA that the station had kept, and the PMK
/// was not made anew by SAE just before.
bool from_cache(const Association& association) {
  if (association.rsne.size() <= 2 || association.fast_transition) {
    return false;
  }
  const auto rsne = parse_rsne(ByteView(association.rsne).subspan(2));
  const bool by_sae =
      std::any_of(association.management.begin(), association.management.end(),
                  [](const AirManagement& frame) { return frame.authentication_algorithm == 3; });
  return rsne && !rsne->pmkids.empty() && !by_sae;
}

/// EAP before the handshake: the cached PMK was not taken.
bool ran_eap(const Association& association) {
  return std::any_of(association.eapol.begin(), association.eapol.end(),
                     [](const AirEapol& e) { return !e.key && e.eapol.type == kEapolEapPacket; });
}

Finding judge_cached(const std::vector<Joined>& all, const Joined& one, FindingBuilder finding) {
  if (one.handshake == nullptr || !one.handshake->complete()) {
    return finding.inconclusive(fmt::format(
        "the station named a cached PMKSA (frame {}), and no complete handshake is on the air",
        one.association->request_frame.value_or(0)));
  }
  finding.frame(*one.handshake->m1.front()).frame(*one.handshake->m4.front());
  for (const Joined& before : all) {
    if (before.association == one.association) {
      break;
    }
    const auto what = before.handshake != nullptr
                          ? shared(*before.handshake, *one.handshake, finding)
                          : std::nullopt;
    if (what) {
      return finding.fail(*what + ", with a cached PMK");
    }
  }
  return finding.pass(fmt::format(
      "with a cached PMK the station ran a handshake of its own (frames {} to {}){}",
      one.handshake->m1.front()->frame, one.handshake->m4.front()->frame,
      ran_eap(*one.association) ? "; the access point asked for EAP all the same" : ""));
}

Finding judge_pmksa(const Evidence& evidence) {
  FindingBuilder finding("multi.pmksa-reconnect", evidence);
  finding.expect("with a cached PMK a handshake with new nonces and a new key");
  if (const auto stop =
          without_message_3(finding, evidence, "no handshake can be completed here")) {
    return *stop;
  }
  const AirView air(evidence);
  const auto all = joined(evidence, air);
  std::optional<Finding> worst;
  for (const Joined& one : all) {
    if (!from_cache(*one.association) || one.association == all.front().association) {
      continue;
    }
    keep_worst(worst, judge_cached(all, one, finding));
  }
  return worst ? *worst
               : finding.not_applicable("the station named no cached PMKSA when it joined again");
}

}  // namespace

Check multi_pmksa_reconnect() {
  return {"multi.pmksa-reconnect",
          "With a cached PMK the station runs a handshake with new nonces and gets a new key.",
          "The cache saves authentication, not the handshake: to reuse the key with it repeats the "
          "key stream.",
          "IEEE 802.11-2020, 12.6.10.3; hostap test_pmksa_cache",
          "air capture: PMKID in the association request, the handshakes of several associations",
          "the handshake is not complete on the air",
          "an SAE or 802.1X network; leave and associate again",
          {"gate.capture-complete"},
          judge_pmksa,
          false,
          true,
          true};
}

}  // namespace postassoc::checks
