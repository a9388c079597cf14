#include <fmt/format.h>

#include <algorithm>

#include "harness/ihv_words.h"
#include "harness/nearest_word.h"
#include "harness/scenario_parts.h"

namespace postassoc::scenario_parts {
namespace {

using nlohmann::json;

constexpr std::int64_t kMostCalls = 1'000'000;
constexpr std::int64_t kLargestError = 0xffff'ffff;
constexpr std::int64_t kLongestDelayMs = 10'000;
constexpr std::size_t kMostEntries = 64;

void check_word(ObjectReader& reader, std::string_view key,
                std::span<const std::string_view> words) {
  const auto word = reader.text(key);
  if (word && std::find(words.begin(), words.end(), *word) == words.end()) {
    reader.fault(key, unknown_word(*word, words));
  }
}

/// A call's "on": the name of a function of either table, or "associated".
void check_function(ObjectReader& reader) {
  const auto name = reader.text("on");
  if (name && *name != ihv_words::kAssociated && !name->starts_with("Dot11Ext")) {
    reader.fault("on", fmt::format("expected a function's full name like "
                                   "\"Dot11ExtSetKeyMappingKey\", or \"{}\", found {}",
                                   ihv_words::kAssociated, describe(*name)));
  }
}

/// Each entry of a list of objects with these keys.
template <class Check>
void check_entries(ObjectReader& ihv, std::string_view key, std::span<const std::string_view> keys,
                   JsonFaults& faults, Check check) {
  const json* list = ihv.array(key);
  if (list == nullptr) {
    return;
  }
  if (list->size() > kMostEntries) {
    ihv.fault(key,
              fmt::format("expected at most {} entries, found {}", kMostEntries, list->size()));
    return;
  }
  for (std::size_t i = 0; i < list->size(); ++i) {
    ObjectReader entry((*list)[i], child_pointer(ihv.pointer_to(key), std::to_string(i)), keys,
                       faults);
    entry.integer("nth", 1, kMostCalls);
    check(entry);
  }
}

void check_ihv(const json& value, const std::string& pointer, JsonFaults& faults) {
  ObjectReader ihv(value, pointer, ihv_words::kIhv, faults);
  check_entries(ihv, "calls", ihv_words::kCall, faults, [](ObjectReader& entry) {
    entry.require({"on", "call"});
    check_function(entry);
    check_word(entry, "edge", ihv_words::kEdge);
    check_word(entry, "call", ihv_words::kCalls);
  });
  check_entries(ihv, "key_errors", ihv_words::kKeyError, faults, [](ObjectReader& entry) {
    entry.require({"function", "error"});
    check_word(entry, "function", ihv_words::kKeyFunction);
    entry.integer("error", 1, kLargestError);
  });
  check_entries(ihv, "send_errors", ihv_words::kSendError, faults, [](ObjectReader& entry) {
    entry.require({"error"});
    entry.integer("error", 1, kLargestError);
  });
  check_word(ihv, "order", ihv_words::kOrder);
  check_word(ihv, "ui", ihv_words::kUi);
  ihv.integer("send_completion_delay_ms", 0, kLongestDelayMs);
  ihv.text("host_fault");
  if (const json* data = ihv.object("data")) {
    ObjectReader member(*data, ihv.pointer_to("data"), ihv_words::kData, faults);
    member.boolean("passphrase_in_profile");
  }
}

}  // namespace

void read_module_station(ObjectReader& station, JsonFaults& faults, StationSpec& spec) {
  spec.module = station.text("module").value_or("");
  const json* ihv = station.object("ihv");
  if (ihv == nullptr) {
    return;
  }
  if (!station.has("module")) {
    station.fault("ihv", "only the host of a \"module\" can behave in such a way");
  }
  check_ihv(*ihv, station.pointer_to("ihv"), faults);
  spec.ihv = *ihv;
}

}  // namespace postassoc::scenario_parts
