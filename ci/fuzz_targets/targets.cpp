#include <array>
#include <cstdio>
#include <cstdlib>

#include "ci/fuzz_targets/fuzz_targets.h"

namespace postassoc::fuzz {

std::span<const Target> all_targets() {
  static constexpr std::array<Target, 7> targets = {{{"frame", frame},
                                                     {"eapol", eapol},
                                                     {"capture", capture},
                                                     {"air", air},
                                                     {"scenario", scenario},
                                                     {"timeline", timeline},
                                                     {"control_reply", control_reply}}};
  return targets;
}

const Target& target(std::string_view name) {
  for (const Target& known : all_targets()) {
    if (known.name == name) {
      return known;
    }
  }
  std::fprintf(stderr, "there is no fuzz target %.*s\n", static_cast<int>(name.size()),
               name.data());
  std::abort();
}

}  // namespace postassoc::fuzz
