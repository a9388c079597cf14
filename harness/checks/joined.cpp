#include "harness/checks/joined.h"

#include <fmt/format.h>

namespace postassoc::checks {
namespace {

bool same_nonce(const AirEapol& a, const AirEapol& b) {
  return a.key && b.key && a.key->nonce == b.key->nonce;
}

}  // namespace

std::vector<Joined> joined(const Evidence& evidence, const AirView& air) {
  std::vector<Joined> all;
  for (const Association& association : evidence.air.associations) {
    const bool accepted = association.response_frame && association.status.value_or(0) == 0;
    if (!accepted && association.eapol.empty()) {
      continue;
    }
    Joined one{&association, nullptr};
    for (const HandshakeView& handshake : air.handshakes()) {
      if (handshake.association == &association && !handshake.rekey) {
        one.handshake = &handshake;
        break;
      }
    }
    all.push_back(one);
  }
  return all;
}

std::optional<std::string> shared(const HandshakeView& before, const HandshakeView& after,
                                  FindingBuilder& finding) {
  if (!before.m2.empty() && !after.m2.empty() &&
      same_nonce(*before.m2.front(), *after.m2.front())) {
    finding.frame(*before.m2.front()).frame(*after.m2.front()).at(after.m2.front()->time);
    return fmt::format("the station used one SNonce in two associations (frames {} and {})",
                       before.m2.front()->frame, after.m2.front()->frame);
  }
  const auto& old_tk = before.association->handshakes[before.index].tk;
  const auto& new_tk = after.association->handshakes[after.index].tk;
  if (old_tk && new_tk && *old_tk == *new_tk && !after.m2.empty()) {
    finding.frame(*after.m2.front()).at(after.m2.front()->time);
    return fmt::format("two associations have one pairwise key (from frame {})",
                       after.m2.front()->frame);
  }
  return std::nullopt;
}

}  // namespace postassoc::checks
