#include "harness/checks/limits.h"
#include "harness/checks/mutant_tools.h"
#include "harness/checks/mutants.h"

namespace postassoc::checks {
namespace {

using std::chrono::nanoseconds;

/// Over a limit, and clear of any uncertainty.
std::optional<nanoseconds> over_limit(const EvidenceEditor& b, std::string_view check) {
  const auto max = limit_of(b.evidence, check).max;
  return max ? std::optional(*max + std::chrono::milliseconds(100)) : std::nullopt;
}

enum class Stage { m1, m2, m3, m4, keys };

/// When a stage of a handshake began; what comes from then on is to be late.
std::optional<Timestamp> begin_of(EvidenceEditor& b, const FourMessages& handshake, Stage stage) {
  switch (stage) {
    case Stage::m1:
      return given(b, Side::access_point, *handshake.m1);
    case Stage::m2:
      return given(b, Side::station, *handshake.m2);
    case Stage::m3:
      return given(b, Side::access_point, *handshake.m3);
    case Stage::m4:
      return given(b, Side::station, *handshake.m4);
    case Stage::keys: {
      const Event* key = key_request(b, true, handshake.m4->time);
      return key == nullptr ? std::nullopt : std::optional(key->time);
    }
  }
  return std::nullopt;
}

/// In every association a stage of the handshake begins later than the limit of `check` allows.
bool late(EvidenceEditor& b, Stage stage, std::string_view check) {
  const auto delay = over_limit(b, check);
  bool bent = false;
  for (const FourMessages& handshake : initial_handshakes(b)) {
    const auto from = begin_of(b, handshake, stage);
    if (delay && from) {
      delay_from(b, *from, *delay);
      bent = true;
    }
  }
  return bent;
}

}  // namespace

std::vector<Mutant> timing_mutants() {
  return {
      {"message 2 is late", fixture::kConnect,
       [](EvidenceEditor& b) { return late(b, Stage::m2, "timing.m1-m2"); }, "timing.m1-m2"},
      {"message 4 is late", fixture::kConnect,
       [](EvidenceEditor& b) { return late(b, Stage::m4, "timing.m3-m4"); }, "timing.m3-m4"},
      {"message 3 is late",
       fixture::kConnect,
       [](EvidenceEditor& b) { return late(b, Stage::m3, "timing.handshake-total"); },
       "timing.handshake-total",
       {{"timing.post-assoc-total", "the link can't be usable before the handshake is done"}}},
      {"the keys are installed late", fixture::kConnect,
       [](EvidenceEditor& b) { return late(b, Stage::keys, "timing.m4-to-usable"); },
       "timing.m4-to-usable"},
      {"message 1 is late", fixture::kConnect,
       [](EvidenceEditor& b) { return late(b, Stage::m1, "timing.post-assoc-total"); },
       "timing.post-assoc-total"},
  };
}

}  // namespace postassoc::checks
