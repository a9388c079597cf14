#include <fmt/format.h>

#include "harness/run/runner.h"

/// Steps about more than one BSS, more than one station, and the station's interface.
namespace postassoc {

using namespace std::chrono_literals;

namespace {

/// For the other stations to connect, and to leave.
constexpr auto kOthersLimit = 10s;

}  // namespace

Recorder::StepTask Recorder::act(const step::Roam& action) {
  const auto second = rig_.access_point->second_bssid();
  if (!second) {
    co_return Error{Fault::lab, "the access point has no second BSS", {}};
  }
  look_back_ = log_.mark();
  at_second_bss_ = !at_second_bss_;
  const MacAddress to = at_second_bss_ ? *second : rig_.access_point->bssid();
  auto done = co_await rig_.station->roam(to, action.over_ds);
  if (!done) {
    co_return done.error();
  }
  co_return StepResult(std::nullopt);
}

Recorder::StepTask Recorder::act(const step::StationInterface& action) {
  look_back_ = log_.mark();
  log_.emit(Witness::harness, "station_interface",
            {{"interface", rig_.station->interface()}, {"up", action.up}}, Side::station);
  if (auto done = rig_.set_station_interface(action.up); !done) {
    co_return done.error();
  }
  co_return StepResult(std::nullopt);
}

Recorder::StepTask Recorder::act(const step::Module& action) {
  look_back_ = log_.mark();
  auto done = co_await rig_.station->call_module(action.call);
  if (!done) {
    co_return done.error();
  }
  co_return StepResult(std::nullopt);
}

Recorder::StepTask Recorder::act(const step::OtherStations& action) {
  const std::size_t from = log_.mark();
  for (const auto& other : rig_.other_stations) {
    // Not inside the co_await: g++ 12 destroys the temporaries of a ?: there twice.
    Task<> task = action.associate ? other->associate() : other->disassociate();
    auto done = co_await std::move(task);
    if (!done) {
      co_return done.error();
    }
  }
  if (!action.associate) {
    co_return StepResult(std::nullopt);  // disassociate() has waited
  }
  std::set<std::string> missing;
  for (const auto& other : rig_.other_stations) {
    missing.insert(to_string(other->address()));
  }
  const EventPredicate all_connected = [&missing](const Event& event) {
    if (event.name == "other_station" &&
        event.detail.value("event", "") == "CTRL-EVENT-CONNECTED") {
      missing.erase(event.detail.value("station", ""));
    }
    return missing.empty();
  };
  auto outcome = co_await log_.await(all_connected, {}, from, kOthersLimit);
  if (!outcome) {
    co_return outcome.error();
  }
  if (std::holds_alternative<EventLog::Expired>(*outcome)) {
    co_return StepResult(
        StepFailed{false, fmt::format("{} of the other stations did not connect within {} s",
                                      missing.size(), kOthersLimit.count())});
  }
  co_return StepResult(std::nullopt);
}

}  // namespace postassoc
