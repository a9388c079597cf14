#pragma once

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/result.h"

namespace postassoc {

/// `pointer` with one more reference token, escaped (RFC 6901).
std::string child_pointer(std::string_view pointer, std::string_view token);
/// Whether it is UTF-8 without control characters: what can be shown, and written as JSON.
bool is_plain_text(std::string_view text);
/// Text as a message shows it: in quotes, escaped, shortened.
std::string in_quotes(std::string_view text);
/// A value as a message names it: `the number 99`, `the text "abc"`, `an object`.
std::string describe(const nlohmann::json& value);

/// `word` is not one of `words`: `unknown word "x"; did you mean "y"?`
std::string unknown_word(std::string_view word, std::span<const std::string_view> words);

/// All faults of one document, in the order in which they were found.
class JsonFaults {
 public:
  explicit JsonFaults(std::string file) : file_(std::move(file)) {}
  void add(std::string_view pointer, std::string sentence);
  bool empty() const { return faults_.empty(); }
  /// `to_string` of it is one line a fault: "file#/json/pointer: sentence". Only when not empty.
  Error error() const;

 private:
  std::string file_;
  std::vector<std::pair<std::string, std::string>> faults_;  ///< where, sentence
};

/// A word of a file format and what it means.
template <class T>
using WordTable = std::span<const std::pair<std::string_view, T>>;

template <class T>
std::string_view word_for(WordTable<T> table, T value) {
  for (const auto& [word, meaning] : table) {
    if (meaning == value) {
      return word;
    }
  }
  return "?";
}

template <class T>
std::optional<T> meaning_of(WordTable<T> table, std::string_view word) {
  for (const auto& [known, meaning] : table) {
    if (known == word) {
      return meaning;
    }
  }
  return std::nullopt;
}

/// Reads the members of one JSON object, typed. What is wrong goes to `faults`; a member that is
/// absent or wrong reads as nothing. Keys outside `keys` are faults.
class ObjectReader {
 public:
  ObjectReader(const nlohmann::json& value, std::string pointer,
               std::span<const std::string_view> keys, JsonFaults& faults);

  /// Reports those that are absent.
  void require(std::initializer_list<std::string_view> keys);

  std::optional<bool> boolean(std::string_view key);
  std::optional<std::int64_t> integer(std::string_view key, std::int64_t min, std::int64_t max);
  std::optional<double> number_above_zero(std::string_view key, double max);
  /// Text without control characters, not empty.
  std::optional<std::string> text(std::string_view key);
  /// An array of such texts; a wrong one reads as "".
  std::vector<std::string> texts(std::string_view key);
  const nlohmann::json* object(std::string_view key);
  const nlohmann::json* array(std::string_view key);

  template <class T>
  std::optional<T> choice(std::string_view key, WordTable<T> table) {
    const auto word = text(key);
    if (!word) {
      return std::nullopt;
    }
    return checked_meaning(pointer_to(key), *word, table);
  }
  template <class T>
  std::vector<T> choices(std::string_view key, WordTable<T> table) {
    std::vector<T> found;
    const std::vector<std::string> given = texts(key);
    for (std::size_t i = 0; i < given.size(); ++i) {
      const std::string pointer = child_pointer(pointer_to(key), std::to_string(i));
      if (given[i].empty()) {
        continue;
      }
      if (const auto meaning = checked_meaning(pointer, given[i], table)) {
        found.push_back(*meaning);
      }
    }
    return found;
  }

  bool has(std::string_view key) const;
  std::string pointer_to(std::string_view key) const { return child_pointer(pointer_, key); }
  void fault(std::string_view key, std::string sentence);

 private:
  const nlohmann::json* member(std::string_view key) const;
  std::optional<std::string> checked_text(const nlohmann::json& value, const std::string& pointer);

  template <class T>
  std::optional<T> checked_meaning(const std::string& pointer, std::string_view word,
                                   WordTable<T> table) {
    if (auto meaning = meaning_of<T>(table, word)) {
      return meaning;
    }
    std::vector<std::string_view> words;
    for (const auto& [known, meaning] : table) {
      words.push_back(known);
    }
    faults_.add(pointer, unknown_word(word, words));
    return std::nullopt;
  }

  const nlohmann::json* value_ = nullptr;  ///< null when it's not an object
  std::string pointer_;
  JsonFaults& faults_;
};

}  // namespace postassoc
