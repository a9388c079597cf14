#include "harness/medium_rules.h"

#include <fmt/format.h>

#include "harness/json_reader.h"
#include "harness/medium_words.h"

namespace postassoc::medium {

std::string_view to_string(FrameWord word) {
  return word == FrameWord::other ? "other" : word_for<FrameWord>(medium_words::kFrame, word);
}

std::string_view to_string(From from) {
  return word_for<From>(medium_words::kFrom, from);
}

std::string_view word_of(const Action& action) {
  static_assert(std::variant_size_v<Action> == medium_words::kAction.size());
  return medium_words::kAction.at(action.index());
}

bool fits(FrameWord wanted, FrameWord frame) {
  if (wanted == FrameWord::any || wanted == frame) {
    return true;
  }
  return wanted == FrameWord::eapol && frame >= FrameWord::eapol && frame <= FrameWord::eapol_eap;
}

std::string describe(const Rule& rule) {
  std::string text = fmt::format("{} {}", word_of(rule.action), to_string(rule.match.frame));
  if (rule.match.from) {
    text += fmt::format(" from {}", to_string(*rule.match.from));
  }
  if (rule.match.first == rule.match.last) {
    text += fmt::format(", occurrence {}", rule.match.first);
  }
  return text;
}

}  // namespace postassoc::medium
