#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "harness/run/runner.h"

// What each step of a scenario does.
namespace postassoc {
namespace {

/// How often idle background traffic looks whether it is wanted.
constexpr auto kTrafficIdle = std::chrono::milliseconds(5);
/// Linux reports a link that comes up again within a second only when that second is over.
constexpr auto kLinkReport = std::chrono::milliseconds(1500);
/// A supplicant tells of its connection a moment before it opens the port; one that is closed this
/// much later stays so.
constexpr auto kPortReport = std::chrono::milliseconds(1000);
constexpr auto kPortInterval = std::chrono::milliseconds(2);

/// A port that stays closed is no Error: what the station lets pass tells.
Task<> await_port(const Rig& rig, EventLog& log) {
  const auto give_up = monotonic_now() + kPortReport;
  for (;;) {
    const auto open = rig.station_port_open();
    if (!open) {
      co_return open.error();
    }
    if (*open || monotonic_now() >= give_up) {
      co_return Result<>{};
    }
    if (auto waited = co_await log.wait(kPortInterval); !waited) {
      co_return waited.error();
    }
  }
}

}  // namespace

Recorder::StepTask Recorder::act(const step::Associate&) {
  look_back_ = log_.mark();
  auto done = co_await rig_.station->associate();
  if (!done) {
    co_return done.error();
  }
  co_return StepResult(std::nullopt);
}

Recorder::StepTask Recorder::act(const step::Await& action) {
  const EventPredicate wanted = [&action](const Event& event) {
    return matches(action.event, event);
  };
  const EventPredicate forbidden = [&action](const Event& event) {
    return std::any_of(action.forbid.begin(), action.forbid.end(),
                       [&](AwaitedEvent forbid) { return matches(forbid, event); });
  };
  auto outcome = co_await log_.await(wanted, forbidden, look_back_, action.within);
  if (!outcome) {
    co_return outcome.error();
  }
  if (const auto* forbidden_event = std::get_if<EventLog::Forbidden>(&*outcome)) {
    const Event& event = log_.since(forbidden_event->index).front();
    co_return StepResult(StepFailed{
        true, fmt::format("{} came while {} was awaited", event.name, to_string(action.event))});
  }
  if (std::holds_alternative<EventLog::Expired>(*outcome)) {
    co_return StepResult(
        StepFailed{true, fmt::format("{} did not come within {} ms", to_string(action.event),
                                     action.within.count())});
  }
  if (action.event == AwaitedEvent::connected) {
    auto open = co_await await_port(rig_, log_);
    if (!open) {
      co_return open.error();
    }
  }
  co_return StepResult(std::nullopt);
}

std::string Recorder::next_tag() {
  return fmt::format("pa:{}:{};", plan_.tag_nonce, ++tags_);
}

Task<> Recorder::send_tagged(Side from, bool group) {
  const std::string tag = next_tag();
  log_.emit(Witness::harness, "data_sent",
            {{"tag", tag}, {"from", to_string(from)}, {"group", group}});
  co_return co_await rig_.data_path->send(from, group, tag);
}

Recorder::StepTask Recorder::act(const step::ExchangeData& action) {
  // The datagrams' own wait tells of a link that stays down.
  auto link = co_await rig_.data_path->await_link(
      std::min<std::chrono::nanoseconds>(action.within, kLinkReport));
  if (!link) {
    co_return link.error();
  }
  const std::size_t from = log_.mark();
  const std::uint64_t first_tag = tags_ + 1;
  for (int i = 0; i < std::max(action.count, action.group_count); ++i) {
    if (i < action.count) {
      for (const Side side : {Side::station, Side::access_point}) {
        auto sent = co_await send_tagged(side, false);
        if (!sent) {
          co_return sent.error();
        }
      }
    }
    if (i < action.group_count) {
      auto sent = co_await send_tagged(Side::access_point, true);
      if (!sent) {
        co_return sent.error();
      }
    }
    auto waited = co_await log_.wait(action.interval);
    if (!waited) {
      co_return waited.error();
    }
  }
  const std::uint64_t last_tag = tags_;
  std::set<std::string> missing;
  for (const Event& event : log_.since(from)) {
    if (event.name == "data_sent") {
      missing.insert(event.detail.value("tag", ""));
    }
  }
  for (const Event& event : log_.since(from)) {
    if (event.name == "data_received") {
      missing.erase(event.detail.value("tag", ""));
    }
  }
  const std::size_t sent_count = last_tag - first_tag + 1;
  const EventPredicate all_here = [&missing](const Event& event) {
    if (event.name == "data_received") {
      missing.erase(event.detail.value("tag", ""));
    }
    return missing.empty();
  };
  if (!missing.empty()) {
    auto outcome = co_await log_.await(all_here, {}, log_.mark(), action.within);
    if (!outcome) {
      co_return outcome.error();
    }
    if (std::holds_alternative<EventLog::Expired>(*outcome)) {
      co_return StepResult(
          StepFailed{true, fmt::format("{} of {} datagrams did not arrive within {} ms",
                                       missing.size(), sent_count, action.within.count())});
    }
  }
  co_return StepResult(std::nullopt);
}

Recorder::StepTask Recorder::act(const step::Traffic& action) {
  traffic_interval_ =
      action.on ? std::optional<std::chrono::nanoseconds>(action.interval) : std::nullopt;
  co_return StepResult(std::nullopt);
}

/// Beside the steps, until they are done.
Task<> Recorder::run_traffic() {
  while (!steps_done_) {
    if (traffic_interval_) {
      for (const Side side : {Side::station, Side::access_point}) {
        auto sent = co_await send_tagged(side, false);
        if (!sent) {
          co_return sent.error();
        }
      }
    }
    auto waited = co_await log_.wait(traffic_interval_.value_or(kTrafficIdle));
    if (!waited) {
      co_return Result<>{};  // the steps meet the same trouble and report it
    }
  }
  co_return Result<>{};
}

Recorder::StepTask Recorder::act(const step::AccessPointCommand& action) {
  std::string command = action.command;
  constexpr std::string_view kPlaceholder = "{station}";
  if (const auto at = command.find(kPlaceholder); at != std::string::npos) {
    command.replace(at, kPlaceholder.size(), to_string(rig_.station->address()));
  }
  auto answer = co_await rig_.access_point->command(command);
  if (!answer) {
    co_return answer.error();
  }
  log_.emit(Witness::harness, "access_point_command", {{"command", command}, {"answer", *answer}});
  if (*answer != "OK") {
    co_return StepResult(
        StepFailed{false, fmt::format("hostapd answered '{}' to {}", *answer, command)});
  }
  co_return StepResult(std::nullopt);
}

Recorder::StepTask Recorder::act(const step::Disassociate&) {
  look_back_ = log_.mark();
  auto done = co_await rig_.station->disassociate();
  if (!done) {
    co_return done.error();
  }
  co_return StepResult(std::nullopt);
}

Recorder::StepTask Recorder::act(const step::Wait& action) {
  auto waited = co_await log_.wait(action.duration);
  if (!waited) {
    co_return waited.error();
  }
  co_return StepResult(std::nullopt);
}

}  // namespace postassoc
