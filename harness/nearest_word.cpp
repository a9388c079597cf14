#include "harness/nearest_word.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace postassoc {
namespace {

constexpr std::size_t kLongestCompared = 64;
constexpr std::size_t kLongestList = 12;

/// Insertions, deletions and replacements (Levenshtein) that turn one into the other.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row[b.size()];
}

std::vector<std::string_view> by_distance(std::string_view text,
                                          std::span<const std::string_view> words) {
  text = text.substr(0, kLongestCompared);
  std::vector<std::string_view> sorted(words.begin(), words.end());
  std::stable_sort(sorted.begin(), sorted.end(), [&](std::string_view a, std::string_view b) {
    return edit_distance(text, a) < edit_distance(text, b);
  });
  return sorted;
}

}  // namespace

std::string nearest_word(std::string_view text, std::span<const std::string_view> words) {
  const auto sorted = by_distance(text, words);
  return sorted.empty() ? std::string() : std::string(sorted.front());
}

std::string suggestion(std::string_view text, std::span<const std::string_view> words) {
  auto sorted = by_distance(text, words);
  if (sorted.empty()) {
    return "nothing is valid here";
  }
  const std::size_t near = std::max<std::size_t>(2, sorted.front().size() / 3);
  if (edit_distance(text.substr(0, kLongestCompared), sorted.front()) <= near) {
    return fmt::format("did you mean \"{}\"?", sorted.front());
  }
  if (words.size() <= kLongestList) {
    return fmt::format("valid are: \"{}\"", fmt::join(words, "\", \""));
  }
  sorted.resize(3);
  return fmt::format("the nearest of {} valid ones are: \"{}\"", words.size(),
                     fmt::join(sorted, "\", \""));
}

std::vector<std::string_view> views_of(const std::vector<std::string>& words) {
  return {words.begin(), words.end()};
}

}  // namespace postassoc
