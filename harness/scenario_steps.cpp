#include <fmt/format.h>

#include <algorithm>

#include "harness/ihv_words.h"
#include "harness/nearest_word.h"
#include "harness/scenario_parts.h"
#include "harness/scenario_words.h"

namespace postassoc::scenario_parts {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr int kLongestWaitMs = 600'000;
constexpr int kLongestIntervalMs = 10'000;
constexpr int kMostFrames = 1000;

milliseconds duration(ObjectReader& reader, std::string_view key, int longest,
                      milliseconds fallback) {
  return milliseconds(reader.integer(key, 1, longest).value_or(fallback.count()));
}

int count(ObjectReader& reader, std::string_view key, int least, int fallback) {
  return static_cast<int>(reader.integer(key, least, kMostFrames).value_or(fallback));
}

step::Await read_await(ObjectReader& reader) {
  step::Await await;
  reader.require({"event"});
  await.event = reader.choice<AwaitedEvent>("event", scenario_words::kEvent).value_or(await.event);
  await.within = duration(reader, "within_ms", kLongestWaitMs, await.within);
  await.forbid = reader.choices<AwaitedEvent>("forbid", scenario_words::kEvent);
  if (std::find(await.forbid.begin(), await.forbid.end(), await.event) != await.forbid.end()) {
    reader.fault("forbid", fmt::format("\"{}\" is awaited and forbidden by the same step",
                                       to_string(await.event)));
  }
  return await;
}

step::ExchangeData read_exchange_data(ObjectReader& reader) {
  step::ExchangeData exchange;
  exchange.count = count(reader, "count", 0, exchange.count);
  exchange.group_count = count(reader, "group_count", 0, exchange.group_count);
  exchange.interval = duration(reader, "interval_ms", kLongestIntervalMs, exchange.interval);
  exchange.within = duration(reader, "within_ms", kLongestWaitMs, exchange.within);
  const int most = std::max(exchange.count, exchange.group_count);
  if (most == 0) {
    reader.fault("count", "count and group_count are both 0: there is nothing to exchange");
  } else if ((most - 1) * exchange.interval >= exchange.within) {
    reader.fault("within_ms",
                 fmt::format("{} datagrams {} ms apart take {} ms to send, which is "
                             "not within {} ms",
                             most, exchange.interval.count(),
                             ((most - 1) * exchange.interval).count(), exchange.within.count()));
  }
  return exchange;
}

step::Traffic read_traffic(ObjectReader& reader) {
  step::Traffic traffic;
  reader.require({"on"});
  traffic.on = reader.boolean("on").value_or(traffic.on);
  traffic.interval = duration(reader, "interval_ms", kLongestIntervalMs, traffic.interval);
  if (!traffic.on && reader.has("interval_ms")) {
    reader.fault("interval_ms", "traffic that is switched off has no interval");
  }
  return traffic;
}

step::AccessPointCommand read_access_point_command(ObjectReader& reader) {
  constexpr std::string_view kStation = "{station}";
  reader.require({"command"});
  step::AccessPointCommand command{reader.text("command").value_or("")};
  std::string rest = command.command;
  for (auto at = rest.find(kStation); at != rest.npos; at = rest.find(kStation)) {
    rest.erase(at, kStation.size());
  }
  if (rest.find_first_of("{}") != rest.npos) {
    reader.fault("command", fmt::format("the only placeholder is \"{}\", found {}", kStation,
                                        describe(command.command)));
  }
  return command;
}

step::Wait read_wait(ObjectReader& reader) {
  reader.require({"for_ms"});
  return {duration(reader, "for_ms", kLongestWaitMs, milliseconds(0))};
}

step::Roam read_roam(ObjectReader& reader) {
  return {reader.boolean("over_ds").value_or(false)};
}

step::StationInterface read_station_interface(ObjectReader& reader) {
  reader.require({"up"});
  return {reader.boolean("up").value_or(false)};
}

step::OtherStations read_other_stations(ObjectReader& reader) {
  reader.require({"associate"});
  return {reader.boolean("associate").value_or(true)};
}

step::Module read_module(ObjectReader& reader) {
  reader.require({"call"});
  step::Module module;
  module.call =
      reader.choice<step::ModuleCall>("call", ihv_words::kModuleCall).value_or(module.call);
  return module;
}

/// `word` is one of kSteps; the order is that of StepAction.
StepAction read_action(std::string_view word, ObjectReader& reader, JsonFaults& faults) {
  if (word == "associate") {
    return step::Associate{};
  }
  if (word == "await") {
    return read_await(reader);
  }
  if (word == "exchange_data") {
    return read_exchange_data(reader);
  }
  if (word == "traffic") {
    return read_traffic(reader);
  }
  if (word == "inject") {
    return read_inject(reader);
  }
  if (word == "prove_exclusion") {
    return read_prove_exclusion(reader);
  }
  if (word == "access_point_command") {
    return read_access_point_command(reader);
  }
  if (word == "disassociate") {
    return step::Disassociate{};
  }
  if (word == "medium") {
    reader.require({"rules"});
    return step::Medium{read_medium_rules(reader, faults)};
  }
  if (word == "roam") {
    return read_roam(reader);
  }
  if (word == "station_interface") {
    return read_station_interface(reader);
  }
  if (word == "other_stations") {
    return read_other_stations(reader);
  }
  if (word == "module") {
    return read_module(reader);
  }
  return read_wait(reader);
}

/// The step's word, which decides what other keys it may have; nothing after a fault.
std::optional<std::string> read_word(const json& value, const std::string& pointer,
                                     JsonFaults& faults) {
  std::vector<std::string_view> words;
  words.reserve(std::size(scenario_words::kSteps));
  for (const auto& [word, keys] : scenario_words::kSteps) {
    words.push_back(word);
  }
  if (!value.is_object()) {
    faults.add(pointer, fmt::format("expected an object like {{\"step\": \"associate\"}}, found {}",
                                    describe(value)));
    return std::nullopt;
  }
  const auto word = value.find("step");
  if (word == value.end()) {
    faults.add(pointer, "the key \"step\" is missing; " + suggestion("", words));
    return std::nullopt;
  }
  if (!word->is_string()) {
    faults.add(pointer + "/step", fmt::format("expected a step's word, found {}", describe(*word)));
    return std::nullopt;
  }
  if (scenario_words::keys_of_step(word->get_ref<const std::string&>()).empty()) {
    faults.add(pointer + "/step", unknown_word(word->get_ref<const std::string&>(), words));
    return std::nullopt;
  }
  return word->get<std::string>();
}

/// What no single step can tell.
void check_sequence(const std::vector<Step>& steps, JsonFaults& faults) {
  bool associated = false;
  for (const Step& step : steps) {
    associated = associated || std::holds_alternative<step::Associate>(step.action);
    const bool needs_association = std::holds_alternative<step::Await>(step.action) ||
                                   std::holds_alternative<step::Disassociate>(step.action) ||
                                   std::holds_alternative<step::Roam>(step.action);
    if (needs_association && !associated) {
      faults.add(step.pointer, fmt::format("\"{}\" comes before any \"associate\" step, so that it "
                                           "can only time out",
                                           word_of(step.action)));
    }
  }
  if (!associated) {
    faults.add("/steps", "expected at least one \"associate\" step");
  }
}

}  // namespace

std::vector<Step> read_steps(const json& list, JsonFaults& faults) {
  std::vector<Step> steps;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string pointer = child_pointer("/steps", std::to_string(i));
    const auto word = read_word(list[i], pointer, faults);
    if (!word) {
      continue;
    }
    ObjectReader reader(list[i], pointer, scenario_words::keys_of_step(*word), faults);
    steps.push_back({read_action(*word, reader, faults), pointer});
  }
  if (steps.size() == list.size()) {
    check_sequence(steps, faults);
  }
  return steps;
}

}  // namespace postassoc::scenario_parts
