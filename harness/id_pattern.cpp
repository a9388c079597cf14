#include "harness/id_pattern.h"

#include <algorithm>

#include "harness/check_aliases.h"

namespace postassoc {
namespace {

bool matches_text(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = pattern.npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != pattern.npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == pattern.npos;
}

}  // namespace

bool matches_pattern(std::string_view pattern, std::string_view id) {
  if (pattern.starts_with('*') && id.starts_with("gate.")) {
    return false;
  }
  const auto called = checks_called(pattern);
  return matches_text(pattern, id) || std::find(called.begin(), called.end(), id) != called.end();
}

}  // namespace postassoc
