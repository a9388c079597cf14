#include <fmt/format.h>

#include "harness/checks/air_view.h"
#include "harness/checks/capture_marks.h"
#include "harness/checks/datagrams.h"
#include "harness/checks/provocations.h"
#include "harness/checks/registry.h"

namespace postassoc::checks {
namespace {

/// What became of the frames whose fragments belong to two associations.
struct Fragments {
  std::size_t sent = 0;
  std::size_t on_air = 0;
  const Event* delivered = nullptr;  ///< put together across associations; null: none
  bool control = false;              ///< fragments of one association were put together
};

Fragments fragments(const Evidence& evidence, FindingBuilder& finding) {
  Fragments found;
  for (const Injected& one : injections(evidence)) {
    if (one.form != "fragments_across_associations") {
      continue;
    }
    finding.event(*one.event);
    const bool delivered = find_tag(evidence.station_netdev, one.tag) != nullptr;
    if (one.control) {
      found.control = found.control || delivered;
      continue;
    }
    ++found.sent;
    found.on_air += one.on_air != nullptr ? 1U : 0U;
    found.delivered = found.delivered == nullptr && delivered ? one.event : found.delivered;
  }
  return found;
}

Finding judge_fragments(const Evidence& evidence) {
  FindingBuilder finding("multi.fragment-cache-cleared", evidence);
  finding.expect("fragments of an association never join those of the next one")
      .tolerance("none: one delivered frame is a fail");
  const Fragments found = fragments(evidence, finding);
  if (found.delivered != nullptr) {
    return finding.at(found.delivered->time)
        .fail(
            "the station put a fragment of one association together with one of the next, and "
            "delivered the frame");
  }
  if (found.sent == 0) {
    return finding.not_applicable("no fragments were sent across two associations");
  }
  if (const auto why = missing(evidence, evidence_file::kAir)) {
    return finding.inconclusive(*why);
  }
  if (const auto why = netdev_incomplete(evidence, evidence_file::kStationNetdev)) {
    return finding.inconclusive(*why);
  }
  if (found.on_air < kEnoughRepeats) {
    return finding.inconclusive(fmt::format("on the air: {}, {} are needed",
                                            count_of(found.on_air, "fragmented frame"),
                                            kEnoughRepeats));
  }
  return found.control ? finding.pass(fmt::format("of {} across associations none was delivered, "
                                                  "while fragments of one association were",
                                                  count_of(found.on_air, "fragmented frame")))
                       : finding.inconclusive(
                             "no frame was put together across associations, but neither was one "
                             "within an association");
}

}  // namespace

Check multi_fragment_cache_cleared() {
  return {"multi.fragment-cache-cleared",
          "Fragments that were stored before a reconnect never join fragments that come after it.",
          "An attacker leaves a fragment in the station, waits for the next network, and has it "
          "put together with somebody else's data.",
          "CVE-2020-24586",
          "the harness's injections; air capture; capture on the station's interface",
          "fewer than 3 on the air, the capture on the interface is incomplete, or fragments "
          "within one association did not arrive either",
          "inject fragments before and after a reconnect",
          {"gate.capture-complete", "gate.injector-works"},
          judge_fragments,
          true,
          true};
}

}  // namespace postassoc::checks
