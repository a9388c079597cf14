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

using Ranked = std::pair<std::size_t, std::string_view>;

/// The words with their distance to the text, the nearest first.
std::vector<Ranked> by_distance(std::string_view text, std::span<const std::string_view> words) {
  std::vector<Ranked> ranked;
  for (const std::string_view word : words) {
    ranked.emplace_back(edit_distance(text.substr(0, kLongestCompared), word), word);
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const Ranked& a, const Ranked& b) { return a.first < b.first; });
  return ranked;
}

}  // namespace

std::string nearest_word(std::string_view text, std::span<const std::string_view> words) {
  const auto ranked = by_distance(text, words);
  return ranked.empty() ? std::string() : std::string(ranked.front().second);
}

std::string suggestion(std::string_view text, std::span<const std::string_view> words) {
  const auto ranked = by_distance(text, words);
  if (ranked.empty()) {
    return "nothing is valid here";
  }
  const auto& [distance, nearest] = ranked.front();
  if (distance <= std::max<std::size_t>(2, nearest.size() / 3)) {
    return fmt::format("did you mean \"{}\"?", nearest);
  }
  if (words.size() <= kLongestList) {
    return fmt::format("valid are: \"{}\"", fmt::join(words, "\", \""));
  }
  return fmt::format("the nearest of {} valid ones are: \"{}\", \"{}\", \"{}\"", words.size(),
                     nearest, ranked[1].second, ranked[2].second);
}

std::vector<std::string_view> views_of(const std::vector<std::string>& words) {
  return {words.begin(), words.end()};
}

}  // namespace postassoc
