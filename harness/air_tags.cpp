#include "harness/air_tags.h"

#include <algorithm>

namespace postassoc {

std::vector<std::string> find_tags(ByteView bytes, std::string_view nonce) {
  std::vector<std::string> tags;
  if (nonce.empty() || bytes.empty()) {
    return tags;
  }
  constexpr std::size_t kMaxDigits = 20;
  const std::string_view text = as_text(bytes);
  const std::string prefix = "pa:" + std::string(nonce) + ":";
  std::size_t at = text.find(prefix);
  while (at != std::string_view::npos) {
    const std::size_t digits = at + prefix.size();
    const std::size_t end = std::min(text.find_first_not_of("0123456789", digits), text.size());
    if (end > digits && end - digits <= kMaxDigits && end < text.size() && text[end] == ';') {
      tags.emplace_back(text.substr(at, end + 1 - at));
    }
    at = text.find(prefix, end);
  }
  return tags;
}

}  // namespace postassoc
