#include <fmt/format.h>

#include <algorithm>

#include "harness/medium_words.h"
#include "harness/scenario_parts.h"
#include "harness/scenario_words.h"

namespace postassoc::scenario_parts {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr int kLongestDelayMs = 600'000;
constexpr int kMostCopies = 100;
constexpr int kMostOccurrences = 1'000'000;
constexpr int kLongestFrame = 2304;
constexpr std::size_t kMostRules = 64;
constexpr std::int64_t kLargestSeed = 0xffff'ffff;

/// From 0 to 1; 0 only where it makes sense.
std::optional<double> chance(ObjectReader& reader, std::string_view key) {
  return reader.number_above_zero(key, 1);
}

/// "occurrence": 2, or [1, 3] for the first to the third.
void read_occurrence(const json& value, ObjectReader& reader, medium::Match& match) {
  const auto found = value.find("occurrence");
  if (found == value.end()) {
    return;
  }
  const auto is_count = [](const json& number) {
    return number.is_number_integer() && number.get<std::int64_t>() >= 1 &&
           number.get<std::int64_t>() <= kMostOccurrences;
  };
  if (is_count(*found)) {
    match.first = match.last = found->get<int>();
  } else if (found->is_array() && found->size() == 2 && is_count((*found)[0]) &&
             is_count((*found)[1]) && (*found)[0] <= (*found)[1]) {
    match.first = (*found)[0].get<int>();
    match.last = (*found)[1].get<int>();
  } else {
    reader.fault("occurrence",
                 fmt::format("expected a count from 1, or two like [1, 3] for the first to the "
                             "third, found {}",
                             describe(*found)));
  }
}

medium::Match read_match(const json* value, const std::string& pointer, JsonFaults& faults) {
  medium::Match match;
  if (value == nullptr) {
    return match;
  }
  ObjectReader reader(*value, pointer, medium_words::kMatch, faults);
  match.frame =
      reader.choice<medium::FrameWord>("frame", medium_words::kFrame).value_or(match.frame);
  match.from = reader.choice<medium::From>("from", medium_words::kFrom);
  read_occurrence(*value, reader, match);
  match.probability = chance(reader, "probability");
  return match;
}

bool is_key_message(medium::FrameWord frame) {
  return frame >= medium::FrameWord::eapol && frame <= medium::FrameWord::eapol_g2;
}

medium::Corrupt read_corrupt(ObjectReader& reader, const medium::Match& match) {
  medium::Corrupt corrupt;
  corrupt.field = reader.choice<medium::KeyField>("field", medium_words::kField);
  corrupt.octet = static_cast<int>(reader.integer("octet", 0, kLongestFrame).value_or(0));
  corrupt.bit = static_cast<int>(reader.integer("bit", 0, 7).value_or(0));
  if (reader.has("octet")) {
    if (reader.has("field")) {
      reader.fault("octet", "\"field\" says already what is corrupted");
    }
    return corrupt;
  }
  if (reader.has("bit")) {
    reader.fault("bit", "of which octet is not said: expected \"octet\" beside it");
  }
  if (!is_key_message(match.frame)) {
    reader.fault("action",
                 "expected the \"octet\" to corrupt: only EAPOL-Key frames have a field that is "
                 "corrupted where nothing is said (\"mic\")");
  }
  corrupt.field = corrupt.field.value_or(medium::KeyField::mic);
  return corrupt;
}

medium::Hold read_hold(ObjectReader& reader) {
  const auto word = reader.text("until");
  if (!word) {
    reader.require({"until"});
    return {};
  }
  if (*word == medium_words::kUntilMediumStep) {
    return {};
  }
  std::vector<std::string_view> words = {medium_words::kUntilMediumStep};
  for (const auto& [known, event] : scenario_words::kEvent) {
    if (known == *word) {
      return {event};
    }
    words.push_back(known);
  }
  reader.fault("until", unknown_word(*word, words));
  return {};
}

/// The keys that an action may have beside "match" and "action".
std::vector<std::string_view> keys_of_action(std::string_view word) {
  if (word == "drop") {
    return {"acknowledged"};
  }
  if (word == "delay") {
    return {"for_ms"};
  }
  if (word == "duplicate") {
    return {"copies", "after_ms"};
  }
  if (word == "corrupt") {
    return {"field", "octet", "bit"};
  }
  return word == "hold" ? std::vector<std::string_view>{"until"} : std::vector<std::string_view>{};
}

/// A key of another action is a fault: it would have no effect.
void refuse_other_keys(const json& value, std::string_view word, ObjectReader& reader) {
  const auto own = keys_of_action(word);
  for (const std::string_view key : medium_words::kRule) {
    if (key != "match" && key != "action" && value.contains(key) &&
        std::find(own.begin(), own.end(), key) == own.end()) {
      reader.fault(key, fmt::format("the action \"{}\" has no such key", word));
    }
  }
}

medium::Action read_action(std::string_view word, ObjectReader& reader,
                           const medium::Match& match) {
  const auto time = [&](std::string_view key, int least, milliseconds fallback) {
    return milliseconds(reader.integer(key, least, kLongestDelayMs).value_or(fallback.count()));
  };
  if (word == "drop") {
    return medium::Drop{reader.boolean("acknowledged").value_or(true)};
  }
  if (word == "delay") {
    return medium::Delay{time("for_ms", 1, medium::Delay{}.time)};
  }
  if (word == "duplicate") {
    const auto copies = reader.integer("copies", 1, kMostCopies).value_or(1);
    return medium::Duplicate{static_cast<int>(copies),
                             time("after_ms", 0, medium::Duplicate{}.after)};
  }
  if (word == "reorder") {
    return medium::Reorder{};
  }
  if (word == "corrupt") {
    return read_corrupt(reader, match);
  }
  return read_hold(reader);
}

medium::Rule read_rule(const json& value, const std::string& pointer, JsonFaults& faults) {
  medium::Rule rule;
  rule.pointer = pointer;
  ObjectReader reader(value, pointer, medium_words::kRule, faults);
  reader.require({"match", "action"});
  rule.match = read_match(reader.object("match"), reader.pointer_to("match"), faults);
  const auto word = reader.text("action");
  const auto& known = medium_words::kAction;
  if (!word) {
    return rule;
  }
  if (std::find(known.begin(), known.end(), *word) == known.end()) {
    reader.fault("action", unknown_word(*word, known));
    return rule;
  }
  refuse_other_keys(value, *word, reader);
  rule.action = read_action(*word, reader, rule.match);
  return rule;
}

medium::Loss read_loss(const json& value, const std::string& pointer, JsonFaults& faults) {
  medium::Loss loss;
  loss.pointer = pointer;
  ObjectReader reader(value, pointer, medium_words::kLoss, faults);
  loss.match = read_match(reader.object("match"), reader.pointer_to("match"), faults);
  if (const json* burst = reader.object("burst")) {
    ObjectReader member(*burst, reader.pointer_to("burst"), medium_words::kBurst, faults);
    member.require({"begins", "ends"});
    loss.burst =
        medium::Burst{chance(member, "begins").value_or(0), chance(member, "ends").value_or(1),
                      chance(member, "loses").value_or(1)};
  } else if (!loss.match.probability) {
    faults.add(pointer, "expected a \"probability\" in \"match\", or a \"burst\"");
  }
  return loss;
}

template <class Item, class Read>
std::vector<Item> read_list(ObjectReader& reader, std::string_view key, Read read,
                            JsonFaults& faults) {
  std::vector<Item> items;
  const json* list = reader.array(key);
  if (list != nullptr && list->size() > kMostRules) {
    reader.fault(key, fmt::format("expected at most {}, found {}", kMostRules, list->size()));
    return items;
  }
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
    items.push_back(
        read((*list)[i], child_pointer(reader.pointer_to(key), std::to_string(i)), faults));
  }
  return items;
}

}  // namespace

std::vector<medium::Rule> read_medium_rules(ObjectReader& reader, JsonFaults& faults) {
  return read_list<medium::Rule>(reader, "rules", read_rule, faults);
}

MediumSpec read_medium(const json& value, JsonFaults& faults) {
  MediumSpec spec;
  ObjectReader reader(value, "/medium", medium_words::kMedium, faults);
  spec.seed = static_cast<std::uint64_t>(reader.integer("seed", 0, kLargestSeed).value_or(1));
  spec.losses = read_list<medium::Loss>(reader, "loss", read_loss, faults);
  spec.rules = read_medium_rules(reader, faults);
  return spec;
}

}  // namespace postassoc::scenario_parts
