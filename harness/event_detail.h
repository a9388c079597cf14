#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "harness/timeline.h"

namespace postassoc {

/// Values of an event's detail; nothing ("") when the key is absent or of another type.
std::optional<std::int64_t> number(const Event& event, const char* key);
std::optional<bool> flag(const Event& event, const char* key);
std::string text(const Event& event, const char* key);

}  // namespace postassoc
