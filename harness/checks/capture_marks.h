#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "harness/checks/finding.h"
#include "harness/evidence.h"

namespace postassoc::checks {

/// The harness's mark for a capture file, `capture_ready` or `capture_drained`; null without one.
const Event* capture_mark(const Evidence& evidence, std::string_view mark, std::string_view file);

/// Why a capture can't show that something was *not* sent or delivered: its end is not marked, it
/// dropped frames, or the file holds fewer frames (`held`) than the capture had received when its
/// end was marked. Nothing when it can.
std::optional<std::string> capture_incomplete(const Evidence& evidence, std::string_view file,
                                              std::uint64_t held);

/// The same for a capture on a network interface; also why the file can't be used at all.
std::optional<std::string> netdev_incomplete(const Evidence& evidence, std::string_view file);

}  // namespace postassoc::checks
