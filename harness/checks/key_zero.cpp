#include <fmt/format.h>

#include "harness/checks/air_view.h"
#include "harness/checks/registry.h"
#include "harness/checks/station_numbers.h"

namespace postassoc::checks {
namespace {

struct FromStation {
  std::size_t under_a_key = 0;
  const AirProtected* zero = nullptr;
};

FromStation frames_from_station(const Evidence& evidence) {
  FromStation found;
  for (const Association& association : evidence.air.associations) {
    found.under_a_key += association.folded.numbers.taken(true);
    for (const AirProtected& frame : association.protected_data) {
      if (frame.direction != Direction::from_station) {
        continue;
      }
      found.zero = found.zero == nullptr && frame.zero_key ? &frame : found.zero;
      const bool counted = frame.frame <= association.folded.through;
      found.under_a_key += !counted && frame.handshake != kNoKey ? 1U : 0U;
    }
  }
  return found;
}

Finding judge_zero(const Evidence& evidence) {
  FindingBuilder finding("key.no-zero-tk", evidence);
  finding.expect("no frame of the station decrypts under a temporal key of zeros");
  if (const auto stop = without_handshake(finding, evidence)) {
    return *stop;
  }
  const FromStation seen = frames_from_station(evidence);
  if (seen.zero != nullptr) {
    return finding.frame(*seen.zero)
        .fail(fmt::format(
            "frame {} of the station decrypts under a temporal key of zeros: its key had "
            "been cleared and was used all the same",
            seen.zero->frame));
  }
  if (seen.under_a_key < kEnoughFrames) {
    return wrong_credential(evidence) && seen.under_a_key == 0
               ? finding.not_applicable("with another passphrase there is no protected data")
               : finding.inconclusive(fmt::format(
                     "only {} of the station could be attributed to a key, {} are needed",
                     count_of(seen.under_a_key, "protected frame"), kEnoughFrames));
  }
  return finding.pass(fmt::format("{} of the station under the derived keys, none under zeros",
                                  count_of(seen.under_a_key, "protected frame")));
}

}  // namespace

Check key_no_zero_tk() {
  Check check{
      "key.no-zero-tk",
      "The station never sends a frame under a temporal key of zeros.",
      "A driver that clears its key and goes on sending encrypts for everybody: what was in "
      "its queue can be read by whoever listens (Kr00k), and a reinstalled key of zeros "
      "opens the whole link.",
      "CVE-2019-15126; CVE-2017-13077 (wpa_supplicant 2.4 to 2.6)",
      "air capture: protected frames of the station, and the PMK",
      "too few frames of the station can be attributed to a key",
      "repeated message 3; deauthentication under load",
      {"gate.capture-complete", "gate.crypto-visible"},
      judge_zero};
  check.fail_stands_alone = true;
  return check;
}

}  // namespace postassoc::checks
