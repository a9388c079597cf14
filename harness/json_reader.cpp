#include "harness/json_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/nearest_word.h"

namespace postassoc {
namespace {

using nlohmann::json;

/// A JSON value on one line, shortened, ASCII.
std::string short_dump(const json& value) {
  constexpr std::size_t kLongest = 60;
  const std::string text = value.dump(-1, ' ', true, json::error_handler_t::replace);
  return text.size() > kLongest ? text.substr(0, kLongest) + "..." : text;
}

}  // namespace

bool is_plain_text(std::string_view text) {
  const bool printable = std::none_of(text.begin(), text.end(), [](char c) {
    const auto octet = static_cast<unsigned char>(c);
    return octet < 0x20 || octet == 0x7f;
  });
  // What is not UTF-8 is dropped by the one and replaced by the other.
  return printable && json(text).dump(-1, ' ', false, json::error_handler_t::ignore) ==
                          json(text).dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string child_pointer(std::string_view pointer, std::string_view token) {
  std::string result(pointer);
  result += '/';
  for (const char c : token) {
    if (c == '~') {
      result += "~0";
    } else if (c == '/') {
      result += "~1";
    } else {
      result += c;
    }
  }
  return result;
}

std::string in_quotes(std::string_view text) {
  return short_dump(text);
}

std::string describe(const json& value) {
  if (value.is_object()) {
    return "an object";
  }
  if (value.is_array()) {
    return fmt::format("an array of {}", value.size());
  }
  if (value.is_string()) {
    return "the text " + short_dump(value);
  }
  return (value.is_number() ? "the number " : "") + short_dump(value);
}

std::string unknown_word(std::string_view word, std::span<const std::string_view> words) {
  return fmt::format("unknown word {}; {}", in_quotes(word), suggestion(word, words));
}

void JsonFaults::add(std::string_view pointer, std::string sentence) {
  faults_.emplace_back(file_ + "#" + std::string(pointer), std::move(sentence));
}

Error JsonFaults::error() const {
  Error error{Fault::invalid_input, faults_.front().second, faults_.front().first};
  for (std::size_t i = 1; i < faults_.size(); ++i) {
    error.what += "\n" + faults_[i].first + ": " + faults_[i].second;
  }
  return error;
}

ObjectReader::ObjectReader(const json& value, std::string pointer,
                           std::span<const std::string_view> keys, JsonFaults& faults)
    : pointer_(std::move(pointer)), faults_(faults) {
  if (!value.is_object()) {
    faults_.add(pointer_, fmt::format("expected an object, found {}", describe(value)));
    return;
  }
  value_ = &value;
  for (const auto& [key, ignored] : value.items()) {
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
      faults_.add(child_pointer(pointer_, key),
                  fmt::format("unknown key; {}", suggestion(key, keys)));
    }
  }
}

void ObjectReader::require(std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    if (value_ != nullptr && !has(key)) {
      faults_.add(pointer_, fmt::format("the key \"{}\" is missing", key));
    }
  }
}

bool ObjectReader::has(std::string_view key) const {
  return member(key) != nullptr;
}

const json* ObjectReader::member(std::string_view key) const {
  if (value_ == nullptr) {
    return nullptr;
  }
  const auto found = value_->find(key);
  return found == value_->end() ? nullptr : &*found;
}

void ObjectReader::fault(std::string_view key, std::string sentence) {
  faults_.add(pointer_to(key), std::move(sentence));
}

std::optional<bool> ObjectReader::boolean(std::string_view key) {
  const json* value = member(key);
  if (value == nullptr) {
    return std::nullopt;
  }
  if (!value->is_boolean()) {
    fault(key, fmt::format("expected true or false, found {}", describe(*value)));
    return std::nullopt;
  }
  return value->get<bool>();
}

std::optional<std::int64_t> ObjectReader::integer(std::string_view key, std::int64_t min,
                                                  std::int64_t max) {
  const json* value = member(key);
  if (value == nullptr) {
    return std::nullopt;
  }
  const bool fits = value->is_number_unsigned()
                        ? value->get<std::uint64_t>() <= static_cast<std::uint64_t>(INT64_MAX)
                        : value->is_number_integer();
  if (!fits || value->get<std::int64_t>() < min || value->get<std::int64_t>() > max) {
    fault(key, fmt::format("expected a whole number from {} to {}, found {}", min, max,
                           describe(*value)));
    return std::nullopt;
  }
  return value->get<std::int64_t>();
}

std::optional<double> ObjectReader::number_above_zero(std::string_view key, double max) {
  const json* value = member(key);
  if (value == nullptr) {
    return std::nullopt;
  }
  const double number = value->is_number() ? value->get<double>() : -1;
  if (!std::isfinite(number) || number <= 0 || number > max) {
    fault(key, fmt::format("expected a number above 0, up to {}, found {}", max, describe(*value)));
    return std::nullopt;
  }
  return number;
}

std::optional<std::string> ObjectReader::text(std::string_view key) {
  const json* value = member(key);
  return value == nullptr ? std::nullopt : checked_text(*value, pointer_to(key));
}

std::optional<std::string> ObjectReader::checked_text(const json& value,
                                                      const std::string& pointer) {
  if (!value.is_string() || value.get_ref<const std::string&>().empty()) {
    faults_.add(pointer, fmt::format("expected text that is not empty, found {}", describe(value)));
    return std::nullopt;
  }
  if (!is_plain_text(value.get_ref<const std::string&>())) {
    faults_.add(pointer, fmt::format("expected UTF-8 text without line feeds and other control "
                                     "characters, found {}",
                                     describe(value)));
    return std::nullopt;
  }
  return value.get<std::string>();
}

std::vector<std::string> ObjectReader::texts(std::string_view key) {
  std::vector<std::string> result;
  if (const json* list = array(key)) {
    for (std::size_t i = 0; i < list->size(); ++i) {
      const std::string pointer = child_pointer(pointer_to(key), std::to_string(i));
      result.push_back(checked_text((*list)[i], pointer).value_or(""));
    }
  }
  return result;
}

const json* ObjectReader::object(std::string_view key) {
  const json* value = member(key);
  if (value != nullptr && !value->is_object()) {
    fault(key, fmt::format("expected an object, found {}", describe(*value)));
    return nullptr;
  }
  return value;
}

const json* ObjectReader::array(std::string_view key) {
  const json* value = member(key);
  if (value != nullptr && !value->is_array()) {
    fault(key, fmt::format("expected an array, found {}", describe(*value)));
    return nullptr;
  }
  return value;
}

}  // namespace postassoc
