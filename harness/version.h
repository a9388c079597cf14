#pragma once

#include <string_view>

namespace postassoc {

/// The harness's version, as `--version`, reports and evidence say it.
inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace postassoc
