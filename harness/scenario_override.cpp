#include "harness/scenario_override.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "harness/ihv_words.h"
#include "harness/json_reader.h"
#include "harness/medium_words.h"
#include "harness/nearest_word.h"
#include "harness/scenario.h"
#include "harness/scenario_words.h"

namespace postassoc {
namespace {

using nlohmann::json;

/// Those of a rule or a loss, in "medium" or a step.
std::span<const std::string_view> keys_of_medium(const std::vector<std::string>& tokens) {
  const std::size_t at = tokens.front() == "steps" ? 2 : 1;
  if (tokens.size() < at + 2 || (tokens.front() != "steps" && tokens.front() != "medium")) {
    return {};
  }
  const bool is_rule = tokens[at] == "rules";
  if (!is_rule && tokens[at] != "loss") {
    return {};
  }
  if (tokens.size() == at + 2) {
    return is_rule ? std::span<const std::string_view>(medium_words::kRule)
                   : std::span<const std::string_view>(medium_words::kLoss);
  }
  if (tokens.size() == at + 3 && tokens.back() == "match") {
    return medium_words::kMatch;
  }
  return tokens.size() == at + 3 && tokens.back() == "burst"
             ? std::span<const std::string_view>(medium_words::kBurst)
             : std::span<const std::string_view>();
}

/// The keys that the format allows in the object at `tokens`.
std::vector<std::string_view> valid_keys(const std::vector<std::string>& tokens, const json& node,
                                         const std::vector<std::string>& known_checks) {
  const auto list = [](std::span<const std::string_view> keys) {
    return std::vector<std::string_view>(keys.begin(), keys.end());
  };
  if (tokens.empty()) {
    return list(scenario_words::kScenario);
  }
  const std::string& top = tokens.front();
  if (top == "access_point" && tokens.size() == 1) {
    return list(scenario_words::kAccessPoint);
  }
  if (top == "station" && tokens.size() == 1) {
    return list(scenario_words::kStation);
  }
  if (top == "station" && tokens.size() == 2 && tokens.back() == "ihv") {
    return list(ihv_words::kIhv);
  }
  if (top == "medium" && tokens.size() == 1) {
    return list(medium_words::kMedium);
  }
  if (const auto keys = keys_of_medium(tokens); !keys.empty()) {
    return list(keys);
  }
  if ((top == "limits" || top == "expected") && tokens.size() == 1) {
    return views_of(known_checks);
  }
  if (top == "limits" && tokens.size() == 2) {
    return list(scenario_words::kLimit);
  }
  if (top == "steps" && tokens.size() == 2 && node.is_object() && node.contains("step") &&
      node["step"].is_string()) {
    return list(scenario_words::keys_of_step(node["step"].get_ref<const std::string&>()));
  }
  return {};
}

/// The longest start of `rest` that ends at a dot or at its end and satisfies `is_key`.
template <class Predicate>
std::string_view longest_key(std::string_view rest, Predicate is_key) {
  for (std::size_t end = rest.size(); end != rest.npos && end > 0; end = rest.rfind('.', end - 1)) {
    if (is_key(rest.substr(0, end))) {
      return rest.substr(0, end);
    }
  }
  return {};
}

class PathWalk {
 public:
  PathWalk(const json& document, std::string_view path,
           const std::vector<std::string>& known_checks)
      : node_(&document), rest_(path), known_checks_(known_checks) {}

  Result<json::json_pointer> run() {
    while (true) {
      const Result<std::string> token = node_->is_array() ? next_index() : next_key();
      if (!token) {
        return token.error();
      }
      descend(*token);
      if (rest_.empty()) {
        return json::json_pointer(pointer_);
      }
      rest_.remove_prefix(1);  // the dot
    }
  }

 private:
  static Error nowhere(std::string what) { return {Fault::invalid_input, std::move(what), {}}; }
  std::string here() const { return pointer_.empty() ? "the scenario" : pointer_; }

  Result<std::string> next_index() {
    const std::string_view token = rest_.substr(0, rest_.find('.'));
    std::size_t index = 0;
    const auto [end, fault] = std::from_chars(token.data(), token.data() + token.size(), index);
    if (fault != std::errc() || end != token.data() + token.size() || index >= node_->size()) {
      return nowhere(fmt::format("{} is an array of {}: expected an index below that, found {}",
                                 here(), node_->size(), describe(token)));
    }
    rest_.remove_prefix(token.size());
    return std::to_string(index);
  }

  Result<std::string> next_key() {
    if (!node_->is_object() && !node_->is_null()) {
      return nowhere(fmt::format("{} is {} and has no members", here(), describe(*node_)));
    }
    const auto valid = valid_keys(tokens_, *node_, known_checks_);
    const std::string_view key = longest_key(rest_, [&](std::string_view candidate) {
      return node_->contains(candidate) ||
             std::find(valid.begin(), valid.end(), candidate) != valid.end();
    });
    if (key.empty()) {
      const bool is_check =
          tokens_.size() == 1 && (tokens_[0] == "limits" || tokens_[0] == "expected");
      const std::string_view token = is_check ? rest_ : rest_.substr(0, rest_.find('.'));
      return nowhere(
          fmt::format("{} has no key {}; {}", here(), in_quotes(token), suggestion(token, valid)));
    }
    rest_.remove_prefix(key.size());
    return std::string(key);
  }

  void descend(const std::string& token) {
    static const json kAbsent;
    if (node_->is_array()) {
      node_ = &(*node_)[std::stoul(token)];
    } else {
      node_ = node_->contains(token) ? &(*node_)[token] : &kAbsent;
    }
    pointer_ = child_pointer(pointer_, token);
    tokens_.push_back(token);
  }

  const json* node_;
  std::string_view rest_;
  const std::vector<std::string>& known_checks_;
  std::string pointer_;
  std::vector<std::string> tokens_;
};

}  // namespace

Result<json::json_pointer> resolve_path(const json& document, std::string_view path,
                                        const std::vector<std::string>& known_checks) {
  return PathWalk(document, path, known_checks).run();
}

Result<Override> parse_override(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == text.npos || equals == 0) {
    return Error{
        Fault::invalid_input,
        fmt::format("expected path=value like access_point.channel=6, found {}", describe(text)),
        {}};
  }
  const std::string_view value = text.substr(equals + 1);
  json parsed = json::parse(value, nullptr, false);
  return Override{std::string(text.substr(0, equals)),
                  parsed.is_discarded() ? json(value) : std::move(parsed)};
}

}  // namespace postassoc
