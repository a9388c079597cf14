#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace postassoc {

/// The word with the smallest edit distance to `text`, the first of equals; empty for no words.
std::string nearest_word(std::string_view text, std::span<const std::string_view> words);

/// What a message says after it refused a word: `did you mean "channel"?` where one is near, else
/// `valid are: "open", "wpa2-psk"` (the nearest few of a long list).
std::string suggestion(std::string_view text, std::span<const std::string_view> words);

/// Views of the strings, which must outlive them.
std::vector<std::string_view> views_of(const std::vector<std::string>& words);

}  // namespace postassoc
