#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/frames/bytes.h"

namespace postassoc {

/// Every tag "pa:<nonce>:<digits>;" in the bytes, in order, as it stands there. None for an empty
/// nonce: then nobody tagged anything.
std::vector<std::string> find_tags(ByteView bytes, std::string_view nonce);

}  // namespace postassoc
