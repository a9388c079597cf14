#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/air_view.h"
#include "harness/checks/registry.h"
#include "harness/checks/rsne_view.h"
#include "harness/frames/akm.h"
#include "harness/frames/key_data.h"

namespace postassoc::checks {
namespace {

struct Comparison {
  std::string difference;  ///< in words; empty: none
  std::string beacon, m3;
};

Comparison compare(const Association& association, const AirEapol& m3) {
  const KeyData data = parse_key_data(*m3.key_data_plain);
  const bool ft = association.suites && is_ft_akm(association.suites->akm);
  const ByteView rsne = data.raw_rsne();
  if (!same_rsne(rsne, association.beacon_rsne, ft)) {
    return {"RSN element", to_hex(association.beacon_rsne), to_hex(rsne)};
  }
  const Element* rsnxe = data.find_element(kElementRsnExtension);
  const ByteView sent = rsnxe != nullptr ? rsnxe->raw : ByteView();
  if (!std::ranges::equal(sent, association.beacon_rsnxe)) {
    return {"RSN Extension element", to_hex(association.beacon_rsnxe), to_hex(sent)};
  }
  return {};
}

bool is_answered(const HandshakeView& handshake, const AirEapol& m3) {
  return std::any_of(handshake.m4.begin(), handshake.m4.end(),
                     [&](const AirEapol* m4) { return handshake.answered_by(*m4) == &m3; });
}

/// IEEE 802.11-2020, 12.7.6.4: the station compares message 3 with what the access point announced.
Finding judge_m3_rsne(const Evidence& evidence) {
  FindingBuilder finding("eapol.m3-rsne-matches-beacon", evidence);
  finding.expect("RSN elements of message 3 as in the beacon, or no message 4");
  if (const auto stop = without_handshake(finding, evidence)) {
    return *stop;
  }
  if (wrong_credential(evidence)) {
    return finding.not_applicable("with another passphrase there is no message 3");
  }
  std::size_t compared = 0;
  std::size_t refused = 0;
  const AirView air(evidence);
  for (const HandshakeView& handshake : air.handshakes()) {
    for (const AirEapol* m3 : handshake.m3) {
      if (!m3->key_data_plain || handshake.association->beacon_rsne.empty()) {
        continue;
      }
      finding.frame(*m3);
      const Comparison found = compare(*handshake.association, *m3);
      if (found.difference.empty()) {
        ++compared;
        continue;
      }
      if (is_answered(handshake, *m3)) {
        return finding.at(m3->time)
            .expect("beacon: " + found.beacon)
            .actual("message 3: " + found.m3)
            .fail(fmt::format("the station answered message 3 (frame {}) though its {} is not that "
                              "of the beacon",
                              m3->frame, found.difference));
      }
      ++refused;
    }
  }
  if (compared + refused == 0) {
    return finding.inconclusive(
        "no beacon together with a message 3 that could be decrypted is in the capture");
  }
  return finding.pass(refused > 0 ? fmt::format("{} with other elements than the beacon's got no "
                                                "answer",
                                                count_of(refused, "message 3"))
                                  : fmt::format("the elements of {} are those of the beacon",
                                                count_of(compared, "message 3")));
}

}  // namespace

Check eapol_m3_rsne_matches_beacon() {
  Check check{
      "eapol.m3-rsne-matches-beacon",
      "The station does not go on when the RSN (Extension) element of message 3 differs from "
      "that of beacons and probe responses.",
      "The comparison is how a station notices that somebody forged beacons to talk it down "
      "to a weaker cipher or out of management frame protection.",
      "IEEE 802.11-2020, 12.7.6.4",
      "air capture: a beacon or probe response, and message 3, decrypted",
      "no beacon was captured, or message 3 can't be decrypted (no PMK)",
      "hostapd's rsne_override_eapol and rsnxe_override_eapol",
      {"gate.capture-complete"},
      judge_m3_rsne};
  return check;
}

}  // namespace postassoc::checks
