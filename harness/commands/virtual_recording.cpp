#include "harness/commands/virtual_recording.h"

#include <fmt/format.h>

#include <utility>

#include "adapters/kernel_trace/kernel_trace.h"
#include "adapters/virtual_rig/guest.h"
#include "harness/commands/module_files.h"
#include "harness/evidence.h"

namespace postassoc {
namespace {

using nlohmann::json;

/// Wall time for a job beyond what its steps may wait for. Waiting costs no wall time under
/// virtual time, but a busy host can make computing slow.
constexpr auto kJobSlack = std::chrono::seconds(90);

/// Of a step that proves exclusion: wall time to build, send and capture a frame, and how many
/// cells its grid has.
constexpr auto kForging = std::chrono::milliseconds(10);
constexpr int kCells = 90;

/// Where the guest keeps a module and its host while they are used.
constexpr const char* kCarriedFiles = "/run/postassoc-module";

std::chrono::nanoseconds waiting_time(const Plan& plan) {
  std::chrono::nanoseconds sum{};
  for (const Step& step : plan.scenario.steps) {
    if (const auto* await = std::get_if<step::Await>(&step.action)) {
      sum += await->within;
    } else if (const auto* exchange = std::get_if<step::ExchangeData>(&step.action)) {
      sum +=
          exchange->within + exchange->interval * std::max(exchange->count, exchange->group_count);
    } else if (const auto* inject = std::get_if<step::Inject>(&step.action)) {
      sum += inject->interval * inject->count;
    } else if (const auto* prove = std::get_if<step::ProveExclusion>(&step.action)) {
      sum += (prove->interval + kForging) * prove->count * kCells;
    } else if (const auto* wait = std::get_if<step::Wait>(&step.action)) {
      sum += wait->duration;
    }
  }
  return sum;
}

virtual_rig::Acceleration acceleration_of(const std::string& word) {
  if (word == "kvm") {
    return virtual_rig::Acceleration::kvm;
  }
  return word == "tcg" ? virtual_rig::Acceleration::tcg : virtual_rig::Acceleration::automatic;
}

/// The guest's radios, and the host's programs where they are in the guest.
RigSpec guest_rig(const RigSpec& host) {
  RigSpec rig = hwsim_rig_spec();
  rig.capabilities = host.capabilities;
  for (const auto& [name, program] : host.programs) {
    ProgramSpec& inside = rig.programs[name];  // what has a path is in the program's usual place
    for (const std::filesystem::path& library : program.preload) {
      inside.preload.push_back(virtual_rig::preload_in_guest(library));
    }
  }
  return rig;
}

/// The guest's half of a job.
Task<Bytes> serve(Bytes job, EvidenceWriter& evidence,
                  std::function<void(std::string_view)> progress) {
  const auto unpacked = unpack_job(job);
  if (!unpacked) {
    co_return unpacked.error();
  }
  const json& document = unpacked->document;
  if (!document.contains("plan") || !document.contains("secrets")) {
    co_return Error{Fault::lab, "the guest was sent a job it does not understand", {}};
  }
  auto plan = plan_from_json(document["plan"], "plan.json");
  if (!plan) {
    co_return plan.error();
  }
  auto secrets = secrets_from_json(document["secrets"]);
  if (!secrets) {
    co_return secrets.error();
  }
  plan->rig = guest_rig(plan->rig);
  if (auto placed = place_files(unpacked->files, kCarriedFiles, *plan); !placed) {
    co_return placed.error();
  }
  auto recorded = co_await record_here(*plan, *secrets, evidence, std::move(progress),
                                       document.value("environment", json::object()));
  if (!recorded) {
    co_return recorded.error();
  }
  co_return Bytes();
}

}  // namespace

Task<> VirtualRecording::start() {
  virtual_rig::Options options;
  options.acceleration = acceleration_of(options_.acceleration);
  options.virtual_time = options_.virtual_time;
  options.snapshot = options_.snapshot;
  for (const auto& [name, program] : programs_) {
    options.programs.push_back({name, program.path.value_or(""), program.preload});
  }
  options.say = options_.say;
  auto rig = co_await virtual_rig::VirtualRig::start(std::move(options));
  if (!rig) {
    co_return rig.error();
  }
  rig_ = std::move(*rig);
  co_return Result<>{};
}

json VirtualRecording::environment() const {
  json environment = options_.environment;
  environment["rig"] = "virtual";
  if (rig_) {
    const virtual_rig::Info& info = rig_->info();
    environment["virtual_machine"] = {{"qemu", info.qemu},
                                      {"acceleration", info.kvm ? "kvm" : "tcg"},
                                      {"virtual_time", info.virtual_time},
                                      {"clocksource", info.clocksource},
                                      {"from_snapshot", info.restored_from_snapshot},
                                      {"image", info.image_key}};
  }
  return environment;
}

Task<> VirtualRecording::record(const Plan& plan, const Secrets& secrets,
                                EvidenceWriter& evidence) {
  const json job = {
      {"plan", to_json(plan)}, {"secrets", to_json(secrets)}, {"environment", environment()}};
  const auto files = co_await files_of_module(plan);
  if (!files) {
    co_return files.error();
  }
  const Bytes packed = pack_job(job, *files);
  auto done =
      co_await rig_->run_job(packed, evidence, options_.progress, kJobSlack + waiting_time(plan));
  if (done) {
    co_return Result<>{};
  }
  (void)evidence.append(evidence_file::kConsole, as_bytes(rig_->console_tail()));
  const Error error = done.error();
  if (!rig_->alive() && error.fault != Fault::interrupted) {
    auto restarted = co_await start();  // the next scenario gets a guest of its own
    if (!restarted) {
      options_.say("the virtual rig does not start again: " + to_string(restarted.error()));
    }
  }
  co_return error;
}

Task<> VirtualRecording::stop() {
  if (!rig_) {
    co_return Result<>{};
  }
  auto stopped = co_await rig_->stop();
  rig_.reset();
  co_return stopped;
}

int run_guest() {
  // A kernel that can't be traced says so when a run asks for it.
  return virtual_rig::guest_main(serve, [] { (void)KernelTrace::prepare(); });
}

}  // namespace postassoc
