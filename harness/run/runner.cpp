#include "harness/run/runner.h"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "harness/evidence.h"

namespace postassoc {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

/// A beacon must come within this time or there is no access point on the air. 20 intervals of
/// 100 TU, and room for a busy host.
constexpr auto kBeaconLimit = 5s;
/// For each part of the rig that is stopped.
constexpr auto kStopLimit = 5s;

std::chrono::nanoseconds processor_time() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

json step_detail(const Step& step, std::size_t index) {
  return {{"index", index}, {"pointer", step.pointer}, {"step", word_of(step.action)}};
}

}  // namespace

Recorder::Recorder(asio::any_io_executor executor, const Plan& plan, const Secrets& secrets,
                   RigFactory& factory, EvidenceWriter& evidence, Progress progress)
    : executor_(executor),
      plan_(plan),
      secrets_(secrets),
      factory_(factory),
      evidence_(evidence),
      progress_(std::move(progress)),
      live_air_(evidence),
      log_(executor, evidence),
      forge_(plan.scenario.access_point.pairwise) {}

void Recorder::sample_clock() {
  const ClockSample sample = sample_clocks();
  log_.emit(Event{sample.monotonic, sample.uncertainty, Witness::harness, Side::none,
                  "clock_sample",
                  json{{"realtime_ns", sample.realtime.count()},
                       {"uncertainty_ns", sample.uncertainty.count()}}});
}

void Recorder::fail_step(const json& step, std::string_view fault, const std::string& what) {
  json detail = step;
  detail["fault"] = fault;
  detail["what"] = what;
  log_.emit(Witness::harness, "step_failed", std::move(detail));
}

Task<> Recorder::record() {
  const auto processor_before = processor_time();
  sample_clock();
  auto ran = co_await run_rig();
  sample_clock();
  log_.expect_exits();
  auto torn_down = co_await tear_down();
  if (ran && !log_.trouble()) {
    log_.emit(Witness::harness, "run_finished",
              {{"cpu_ns", (processor_time() - processor_before).count()}});
  }
  if (!ran) {
    co_return ran.error();
  }
  if (log_.trouble()) {
    co_return *log_.trouble();
  }
  co_return torn_down;
}

Task<> Recorder::run_rig() {
  const json bring_up = {{"index", 0}, {"pointer", ""}, {"step", "bring_up"}};
  progress_("bringing up the rig");
  if (needs_live_air(plan_)) {
    if (auto kept = live_air_.keep_air(); !kept) {
      co_return kept.error();
    }
  }
  const RunContext context{plan_, secrets_, [this](Event event) { log_.emit(std::move(event)); },
                           live_air_};
  auto up = co_await factory_.bring_up(context, rig_);
  if (!up) {
    fail_step(bring_up, "lab", to_string(up.error()));
    co_return up.error();
  }
  if (rig_.medium) {
    log_.watch([this](const Event& event) {
      if (rig_.medium) {
        rig_.medium->notice(event);
      }
    });
  }
  json addresses = {{"bssid", to_string(rig_.access_point->bssid())},
                    {"station", to_string(rig_.station->address())}};
  if (const auto second = rig_.access_point->second_bssid()) {
    addresses["second_bssid"] = to_string(*second);
  }
  log_.emit(Witness::harness, "run_started", std::move(addresses));
  auto beacon = co_await rig_.air->await_beacon(rig_.access_point->bssid(), kBeaconLimit);
  if (!beacon) {
    fail_step(bring_up, "lab", to_string(beacon.error()));
    co_return beacon.error();
  }
  log_.emit(Witness::harness, "capture_ready", {{"file", evidence_file::kAir}});

  auto [order, steps_exception, steps, traffic_exception, traffic] =
      co_await asio::experimental::make_parallel_group(
          asio::co_spawn(executor_, run_steps(), asio::deferred),
          asio::co_spawn(executor_, run_traffic(), asio::deferred))
          .async_wait(asio::experimental::wait_for_all(), asio::use_awaitable);
  for (const std::exception_ptr& exception : {steps_exception, traffic_exception}) {
    if (exception) {
      std::rethrow_exception(exception);
    }
  }
  if (!steps) {
    co_return steps.error();
  }
  if (!traffic) {
    co_return traffic.error();
  }
  co_return co_await drain();
}

Task<> Recorder::run_steps() {
  Result<bool> go_on = true;
  for (std::size_t i = 0; i < plan_.scenario.steps.size() && go_on && *go_on; ++i) {
    go_on = co_await run_step(i);
  }
  if (go_on && *go_on) {
    judge_last_rules();
  }
  steps_done_ = true;
  if (!go_on) {
    co_return go_on.error();
  }
  co_return Result<>{};
}

/// hostapd forgets the key with the station, so it is asked after every step.
Task<> Recorder::ask_for_pmk() {
  const Security security = plan_.scenario.access_point.security;
  if (!uses_sae(security) && !uses_eap(security) && security != Security::owe) {
    co_return Result<>{};
  }
  auto answer =
      co_await rig_.access_point->command("GET_PMK " + to_string(rig_.station->address()));
  if (!answer) {
    co_return answer.error();
  }
  auto pmk = pmk_from_hex(*answer);  // "FAIL" while there is none
  if (!pmk || std::find(secrets_.pmks.begin(), secrets_.pmks.end(), *pmk) != secrets_.pmks.end()) {
    co_return Result<>{};
  }
  if (rig_.medium) {
    rig_.medium->learn(*pmk);
  }
  secrets_.pmks.push_back(std::move(*pmk));
  log_.emit(Witness::harness, "access_point_pmk", {{"count", secrets_.pmks.size()}});
  const std::string document = to_json(secrets_).dump(2) + "\n";
  co_return evidence_.append(evidence_file::kSecrets, as_bytes(document));
}

Task<bool> Recorder::run_step(std::size_t index) {
  const Step& step = plan_.scenario.steps[index];
  const json detail = step_detail(step, index);
  progress_(
      fmt::format("step {}/{}: {}", index + 1, plan_.scenario.steps.size(), word_of(step.action)));
  step_pointer_ = step.pointer;
  log_.emit(Witness::harness, "step_started", detail);
  auto done = co_await std::visit([this](const auto& action) { return act(action); }, step.action);
  auto asked = co_await ask_for_pmk();
  if (!asked && done) {
    done = asked.error();
  }
  if (log_.trouble() && done && *done) {
    done = StepResult(*log_.trouble());
  }
  if (!done) {
    if (done.error().fault != Fault::interrupted) {
      fail_step(detail, "lab", to_string(done.error()));
    }
    co_return done.error();
  }
  if (*done) {
    fail_step(detail, (*done)->device ? "device" : "lab", (*done)->what);
    co_return false;
  }
  log_.emit(Witness::harness, "step_finished", detail);
  co_return true;
}

/// Everything sent before the drain beacon is in the capture file once that beacon is.
Task<> Recorder::drain() {
  auto beacon = co_await rig_.air->await_beacon(rig_.access_point->bssid(), kBeaconLimit);
  if (!beacon) {
    co_return beacon.error();
  }
  const std::array<std::pair<Capture*, std::string_view>, 3> captures = {
      std::pair{rig_.air.get(), evidence_file::kAir},
      std::pair{rig_.station_netdev.get(), evidence_file::kStationNetdev},
      std::pair{rig_.access_point_netdev.get(), evidence_file::kAccessPointNetdev}};
  for (const auto& [capture, file] : captures) {
    if (capture == nullptr) {
      continue;
    }
    const CaptureStats stats = capture->stats();
    log_.emit(Witness::harness, "capture_drained",
              {{"file", file},
               {"received", stats.received},
               {"dropped_by_kernel", stats.dropped_by_kernel},
               {"dropped_by_interface", stats.dropped_by_interface}});
  }
  co_return Result<>{};
}

/// Every part is stopped whatever became of the others; the first trouble is returned.
Task<> Recorder::tear_down() {
  Result<> first;
  std::vector<std::pair<std::string_view, Task<>>> parts;
  if (rig_.data_path) {
    rig_.data_path.reset();
  }
  rig_.injector.reset();
  // Before what makes their interfaces go away.
  for (Capture* capture : {rig_.station_netdev.get(), rig_.access_point_netdev.get()}) {
    if (capture != nullptr) {
      parts.emplace_back("stopping a capture", capture->stop());
    }
  }
  if (rig_.station) {
    parts.emplace_back("stopping the station", rig_.station->stop());
  }
  for (const auto& other : rig_.other_stations) {
    parts.emplace_back("stopping another station", other->stop());
  }
  if (rig_.access_point) {
    parts.emplace_back("stopping the access point", rig_.access_point->stop());
  }
  if (rig_.medium) {
    parts.emplace_back("giving back the medium", rig_.medium->stop());
  }
  if (rig_.air) {
    parts.emplace_back("stopping a capture", rig_.air->stop());
  }
  if (rig_.key_trace) {
    parts.emplace_back("stopping the kernel trace", rig_.key_trace->stop());
  }
  if (rig_.release) {
    parts.emplace_back("giving back the radios", rig_.release());
  }
  for (auto& [what, task] : parts) {
    auto stopped = co_await with_deadline(std::move(task), kStopLimit, std::string(what));
    if (!stopped && first) {
      first = stopped.error();
    }
  }
  rig_ = Rig{};
  co_return first;
}

}  // namespace postassoc
