#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/air_view.h"
#include "harness/checks/provocations.h"
#include "harness/checks/registry.h"

namespace postassoc::checks {
namespace {

// --- gate.injector-works
// --------------------------------------------------------------------------

struct Injections {
  std::size_t tagged = 0;  ///< told to be sent, with a tag
  std::size_t on_air = 0;  ///< of these, in the access point's name on the air as asked for
  std::size_t unicast_on_air = 0;
  std::size_t acknowledged = 0;  ///< of the unicast ones
  std::size_t eapol = 0;
};

Injections count_injections(const Evidence& evidence, FindingBuilder& finding) {
  Injections counts;
  for (const Injected& one : injections(evidence)) {
    if (one.frame == "eapol" && !is_under_wrong_key(one)) {
      ++counts.eapol;
      continue;
    }
    if (is_management(one)) {
      continue;  // without a tag: who judges it finds it
    }
    ++counts.tagged;
    if (!on_air_as_asked(one)) {
      finding.event(*one.event);
      continue;
    }
    ++counts.on_air;
    if (!one.to_group) {
      ++counts.unicast_on_air;
      counts.acknowledged += one.on_air->acknowledged ? 1U : 0U;
    }
  }
  return counts;
}

bool nine_in_ten(std::size_t part, std::size_t whole) {
  return part * 10 >= whole * 9;
}

Finding judge_injector(const Evidence& evidence) {
  FindingBuilder finding("gate.injector-works", evidence);
  finding
      .expect(
          "injected frames unprotected on the air with the BSSID as transmitter, unicast "
          "ones acknowledged")
      .tolerance("one in ten may be missing");
  const Injections counts = count_injections(evidence, finding);
  if (counts.tagged + counts.eapol == 0) {
    return finding.not_applicable("nothing was injected");
  }
  if (const auto why = missing(evidence, evidence_file::kAir)) {
    return finding.inconclusive(*why);
  }
  if (!nine_in_ten(counts.on_air, counts.tagged)) {
    return finding.inconclusive(fmt::format("{} of {} are on the air as they were asked for",
                                            counts.on_air,
                                            count_of(counts.tagged, "injected frame")));
  }
  if (!nine_in_ten(counts.acknowledged, counts.unicast_on_air)) {
    return finding.inconclusive(
        fmt::format("the station acknowledged {} of {}", counts.acknowledged,
                    count_of(counts.unicast_on_air, "injected unicast frame")));
  }
  const std::size_t eapol_seen = AirView(evidence).injected_count();
  if (!nine_in_ten(eapol_seen, counts.eapol)) {
    return finding.inconclusive(fmt::format("{} of {} are on the air", eapol_seen,
                                            count_of(counts.eapol, "injected EAPOL frame")));
  }
  return finding.pass(
      fmt::format("{} of {} on the air as asked for, {} of {} acknowledged, {} of "
                  "{} EAPOL on the air",
                  counts.on_air, count_of(counts.tagged, "injected frame"), counts.acknowledged,
                  counts.unicast_on_air, eapol_seen, counts.eapol));
}

// --- gate.crypto-visible
// --------------------------------------------------------------------------

Finding judge_crypto(const Evidence& evidence) {
  FindingBuilder finding("gate.crypto-visible", evidence);
  finding.expect(
      "a frame in each direction decrypts under the derived pairwise key, with its "
      "CCMP header");
  if (is_open(evidence)) {
    return finding.not_applicable("an open network encrypts nothing");
  }
  if (const auto why = missing(evidence, evidence_file::kAir)) {
    return finding.inconclusive(*why);
  }
  if (AirView(evidence).complete().empty()) {
    return finding.not_applicable("no handshake completed on the air");
  }
  const AirQuality& quality = evidence.air.quality;
  if (quality.iv_missing > 0) {
    return finding.inconclusive(
        fmt::format("{} came without their CCMP header: the sniffer took "
                    "it off",
                    count_of(quality.iv_missing, "protected frame")));
  }
  for (const Direction direction : {Direction::from_station, Direction::from_access_point}) {
    const AirProtected* decrypted = nullptr;
    for (const Association& association : evidence.air.associations) {
      for (const AirProtected& data : association.protected_data) {
        if (decrypted == nullptr && data.direction == direction && !data.group &&
            data.handshake != kNoKey && data.plaintext) {
          decrypted = &data;
        }
      }
    }
    if (decrypted == nullptr) {
      return finding.inconclusive(fmt::format(
          "no frame {} decrypts under the derived key",
          direction == Direction::from_station ? "from the station" : "to the station"));
    }
    finding.frame(*decrypted);
  }
  return finding.pass(fmt::format("{} of {} decrypt", quality.protected_decrypted,
                                  count_of(quality.protected_total, "protected frame")));
}

}  // namespace

Check gate_injector_works() {
  return {"gate.injector-works",
          "Injected frames are on the air as they were asked for, and the station's MAC "
          "acknowledges the unicast ones.",
          "A frame that never reached the station can't be dropped by it: its absence would look "
          "like a pass.",
          "this harness; injection drivers that rewrite or drop frames are common",
          "the harness's injected events; the air capture",
          "frames are missing on the air, were altered, or were not acknowledged",
          "an inject step",
          {},
          judge_injector};
}

Check gate_crypto_visible() {
  return {"gate.crypto-visible",
          "The capture shows protected frames with their packet numbers, and they decrypt under "
          "the derived key in both directions.",
          "Some sniffers hand over decrypted frames or take the CCMP header off: then packet "
          "numbers can't be judged.",
          "IEEE 802.11-2020, 12.5.3; krackattacks scripts stop for the same reason",
          "air capture with the handshake, and the PMK that the harness made",
          "nothing decrypts in one direction, or the CCMP header is missing",
          "any connect with data",
          {},
          judge_crypto};
}

}  // namespace postassoc::checks
