#include "adapters/virtual_rig/virtual_rig.h"

#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <stdexcept>

#include "adapters/virtual_rig/cache.h"
#include "adapters/virtual_rig/channel.h"
#include "adapters/virtual_rig/image.h"
#include "adapters/virtual_rig/kvm_probe.h"
#include "adapters/virtual_rig/qemu.h"
#include "adapters/virtual_rig/snapshot.h"

namespace postassoc::virtual_rig {
namespace {

namespace fs = std::filesystem;
using std::chrono::steady_clock;
constexpr std::chrono::seconds kRestoreDeadline{10};
constexpr std::chrono::seconds kSyncDeadline{10};
constexpr std::chrono::seconds kSettleDeadline{3};
constexpr std::uintmax_t kSnapshotSpace = 512 * 1024 * 1024;

/// Tells the guest the date and gives it entropy.
Task<> send_sync(Machine& machine) {
  std::array<std::byte, 64> entropy;
  if (::getrandom(entropy.data(), entropy.size(), 0) != static_cast<ssize_t>(entropy.size())) {
    co_return Error{Fault::lab, "the host gives no random numbers", {}};
  }
  const auto now = std::chrono::duration_cast<std::chrono::nanoseconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
  const Bytes payload = encode_sync({static_cast<std::uint64_t>(now), entropy});
  co_return co_await machine.send(FrameType::sync, payload);
}

/// The next frame, which must be of this type.
Task<Bytes> expect(Machine& machine, FrameType type) {
  auto frame = co_await machine.receive();
  if (!frame) {
    co_return frame.error();
  }
  if (frame->type != type) {
    co_return Error{Fault::lab, "the guest sent a frame out of turn", "virtual rig"};
  }
  co_return std::move(frame->payload);
}

Task<> sync(Machine& machine) {
  if (auto sent = co_await send_sync(machine); !sent) {
    co_return sent.error();
  }
  const auto synced = co_await expect(machine, FrameType::synced);
  if (!synced) {
    co_return synced.error();
  }
  co_return Result<>{};
}

Error with_console(Error error, const Machine& machine) {
  if (error.fault == Fault::timeout) {
    error.what += "; last console lines: " + machine.console().last_lines();
  }
  return error;
}

Result<fs::path> own_binary() {
  std::error_code error;
  const fs::path binary = fs::canonical("/proc/self/exe", error);
  if (error || !fs::exists(binary)) {
    return Error{Fault::rig_unavailable, "this program's file was replaced since it started",
                 "/proc/self/exe"};
  }
  return binary;
}

/// A guest that has said that it is ready, and what it said.
struct ReadyMachine {
  std::unique_ptr<Machine> machine;
  std::string description;
};

/// Starts guests of one kind.
class Starter {
 public:
  Starter(Options options, MachineSpec spec, std::string image_key)
      : options_(std::move(options)),
        spec_(std::move(spec)),
        snapshot_(options_.cache_folder, spec_, image_key) {}

  /// Gives nothing when there is no snapshot that works; one that does not is removed.
  Task<std::optional<ReadyMachine>> restore() {
    if (!snapshot_.usable()) {
      co_return std::optional<ReadyMachine>{};
    }
    const int state = snapshot_.open_state();
    auto machine = co_await Machine::start(spec_, snapshot_.memory(), state, options_.console);
    ::close(state);
    std::optional<Error> trouble;
    if (!machine) {
      trouble = machine.error();
    } else if (auto synced = co_await with_deadline(sync(**machine), kRestoreDeadline,
                                                    "the restored guest to answer");
               !synced) {
      trouble = with_console(synced.error(), **machine);
    }
    if (!trouble) {
      co_return std::optional<ReadyMachine>(
          ReadyMachine{std::move(*machine), snapshot_.description()});
    }
    if (trouble->fault == Fault::interrupted) {
      co_return *trouble;
    }
    options_.say("virtual rig: the snapshot does not work, booting: " + to_string(*trouble));
    snapshot_.remove();
    co_return std::optional<ReadyMachine>{};
  }

  Task<ReadyMachine> boot(std::optional<MemoryFile> memory) {
    options_.say("virtual rig: booting");
    auto machine = co_await Machine::start(spec_, memory, -1, options_.console);
    if (!machine) {
      co_return machine.error();
    }
    auto ready = co_await with_deadline(expect(**machine, FrameType::ready), options_.boot_deadline,
                                        "the guest to boot");
    if (!ready) {
      co_return with_console(ready.error(), **machine);
    }
    co_return ReadyMachine{std::move(*machine), std::string(as_text(*ready))};
  }

  Task<> save() {
    std::error_code error;
    if (fs::space(options_.cache_folder, error).available < kSnapshotSpace && !error) {
      co_return Error{Fault::lab, "less than 512 MB free", options_.cache_folder.string()};
    }
    auto memory = snapshot_.prepare_save();
    if (!memory) {
      co_return memory.error();
    }
    auto booted = co_await boot(*memory);
    if (!booted) {
      co_return booted.error();
    }
    co_return co_await snapshot_.save(*booted->machine, booted->description);
  }

  /// From the snapshot, which is made first where there is none.
  Task<std::optional<ReadyMachine>> restore_or_make() {
    auto restored = co_await restore();
    if (!restored || *restored) {
      co_return std::move(restored);
    }
    {
      auto lock = co_await CacheLock::acquire(options_.cache_folder);
      if (!lock) {
        co_return lock.error();
      }
      Result<> saved;
      if (!snapshot_.usable()) {
        saved = co_await save();
      }
      if (!saved) {
        if (saved.error().fault != Fault::lab && saved.error().fault != Fault::rig_unavailable) {
          co_return saved.error();
        }
        options_.say("virtual rig: no snapshot: " + to_string(saved.error()));
        co_return std::optional<ReadyMachine>{};
      }
    }
    co_return co_await restore();
  }

 private:
  Options options_;
  MachineSpec spec_;
  Snapshot snapshot_;
};

/// Decides between KVM and TCG; says why.
Result<> choose_acceleration(const Options& options, Info& info) {
  switch (options.acceleration) {
    case Acceleration::tcg:
      info.acceleration_reason = "TCG as asked for";
      break;
    case Acceleration::kvm:
      info.kvm = true;
      info.acceleration_reason = "KVM as asked for";
      break;
    case Acceleration::automatic: {
      const KvmProbe probe = probe_kvm_cached(options.cache_folder / "kvm-probe");
      info.kvm = probe.usable;
      info.acceleration_reason =
          probe.usable ? "KVM, " + probe.reason : "TCG, because " + probe.reason;
      break;
    }
  }
  info.virtual_time = options.virtual_time && !info.kvm;
  options.say("virtual rig: " + info.acceleration_reason);
  return Result<>{};
}

Task<Image> locked_image(const Options& options) {
  auto lock = co_await CacheLock::acquire(options.cache_folder);
  if (!lock) {
    co_return lock.error();
  }
  co_return co_await prepare_image(options.cache_folder, options.binary, options.say);
}

}  // namespace

struct VirtualRig::State {
  std::unique_ptr<Machine> machine;
  Info info;
  std::string tail;  ///< console of a machine that is gone
  bool running_job = false;

  void bury() {
    if (machine) {
      tail = machine->console().tail();
      machine.reset();
    }
  }

  Task<> begin(ByteView job) {
    if (auto going = co_await machine->execute("cont"); !going) {
      co_return going.error();
    }
    if (auto sent = co_await send_sync(*machine); !sent) {
      co_return sent.error();
    }
    running_job = true;
    co_return co_await machine->send(FrameType::job, job);
  }

  /// Takes frames until the job has ended. Without `evidence` what the guest still sends is
  /// dropped.
  Task<Bytes> collect(EvidenceWriter* evidence, const std::function<void(std::string_view)>& say) {
    for (;;) {
      auto frame = co_await machine->receive();
      if (!frame) {
        co_return frame.error();
      }
      switch (frame->type) {
        case FrameType::evidence:
          if (auto kept = keep(evidence, frame->payload); !kept) {
            co_return kept.error();
          }
          continue;
        case FrameType::progress:
          if (say) {
            say(as_text(frame->payload));
          }
          continue;
        case FrameType::synced:
          continue;
        case FrameType::result:
          running_job = false;
          co_return std::move(frame->payload);
        case FrameType::failure: {
          running_job = false;
          const Failure failure = decode_failure(frame->payload);
          if (failure.bug) {
            throw std::runtime_error("in the virtual rig's guest: " + to_string(failure.error));
          }
          co_return failure.error;
        }
        case FrameType::ready:
        case FrameType::sync:
        case FrameType::job:
        case FrameType::cancel:
          break;
      }
      co_return Error{Fault::lab, "the guest sent a frame out of turn", "virtual rig"};
    }
  }

  static Result<> keep(EvidenceWriter* evidence, ByteView payload) {
    const auto decoded = decode_evidence(payload);
    if (!decoded) {
      return decoded.error();
    }
    return evidence != nullptr ? evidence->append(decoded->name, decoded->bytes) : Result<>{};
  }

  /// Ends a job that has not ended by itself: in peace, or with the guest.
  asio::awaitable<void> settle(EvidenceWriter* evidence,
                               const std::function<void(std::string_view)>& say) {
    auto asked = co_await with_deadline(machine->send(FrameType::cancel, {}), kSettleDeadline,
                                        "the guest to take a word");
    if (asked) {
      try {
        (void)co_await with_deadline(collect(evidence, say), kSettleDeadline, "the job to end");
      } catch (const std::runtime_error&) {
        // The job was given up anyway; its own trouble is not what the caller must hear of.
      }
    }
    if (running_job) {
      bury();
    }
  }

  /// A guest without a job does not run: under virtual time its clock would race.
  asio::awaitable<void> pause() {
    if (machine) {
      const auto paused =
          co_await with_deadline(machine->execute("stop"), kSettleDeadline, "QEMU to pause");
      if (!paused) {
        bury();
      }
    }
  }
};

VirtualRig::VirtualRig(std::unique_ptr<State> state) : state_(std::move(state)) {}
VirtualRig::~VirtualRig() = default;

Task<std::unique_ptr<VirtualRig>> VirtualRig::start(Options options) {
  const auto begin = steady_clock::now();
  if (!options.say) {
    options.say = [](std::string_view) {};
  }
  if (options.cache_folder.empty()) {
    options.cache_folder = default_cache_folder();
  }
  options.cache_folder /= "virtual-rig";
  if (options.binary.empty()) {
    const auto own = own_binary();
    if (!own) {
      co_return own.error();
    }
    options.binary = *own;
  }
  const auto qemu = find_program("qemu-system-x86_64");
  if (!qemu) {
    co_return Error{Fault::rig_unavailable,
                    "the virtual rig needs QEMU: run `sudo apt-get install qemu-system-x86`",
                    {}};
  }
  const auto image = co_await locked_image(options);
  if (!image) {
    co_return image.error();
  }
  auto state = std::make_unique<State>();
  Info& info = state->info;
  if (auto chosen = choose_acceleration(options, info); !chosen) {
    co_return chosen.error();
  }

  std::optional<ReadyMachine> ready;
  for (;;) {
    const MachineSpec spec{*qemu,          image->kernel, image->initrd,
                           options.radios, info.kvm,      info.virtual_time};
    Starter starter(options, spec, image->key);
    if (options.snapshot && !info.kvm) {
      auto restored = co_await starter.restore_or_make();
      if (!restored) {
        co_return restored.error();
      }
      ready = std::move(*restored);
      info.restored_from_snapshot = ready.has_value();
    }
    if (ready) {
      break;
    }
    auto booted = co_await starter.boot({});
    if (booted) {
      ready = std::move(*booted);
      if (auto synced =
              co_await with_deadline(sync(*ready->machine), kSyncDeadline, "the guest to answer");
          !synced) {
        co_return with_console(synced.error(), *ready->machine);
      }
      break;
    }
    if (!info.kvm || options.acceleration != Acceleration::automatic ||
        booted.error().fault == Fault::interrupted) {
      co_return booted.error();
    }
    info.kvm = false;
    info.virtual_time = options.virtual_time;
    info.acceleration_reason = "TCG, because KVM did not boot the guest";
    options.say("virtual rig: " + info.acceleration_reason + ": " + to_string(booted.error()));
  }
  const auto description = nlohmann::json::parse(ready->description, nullptr, false);
  if (description.is_object()) {
    info.kernel = description.value("kernel", "");
    info.clocksource = description.value("clocksource", "");
  }
  info.qemu = ready->machine->qemu_version();
  info.image_key = image->key;
  info.radios = options.radios;
  state->machine = std::move(ready->machine);
  co_await state->pause();
  info.start_duration =
      std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - begin);
  options.say("virtual rig: ready after " + std::to_string(info.start_duration.count()) + " ms" +
              (info.restored_from_snapshot ? " from a snapshot" : " from a boot"));
  co_return std::unique_ptr<VirtualRig>(new VirtualRig(std::move(state)));
}

Task<Bytes> VirtualRig::run_job(ByteView job, EvidenceWriter& evidence,
                                std::function<void(std::string_view)> progress,
                                std::chrono::nanoseconds deadline) {
  State& state = *state_;
  if (!state.machine) {
    co_return Error{Fault::lab, "the guest is gone", "virtual rig"};
  }
  if (job.size() > kLongestPayload) {
    co_return Error{Fault::invalid_input, "the job is too long for the guest", "virtual rig"};
  }
  // Once this task is cancelled it must still wait for the guest to end the job.
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  auto begun = co_await with_deadline(state.begin(job), kSyncDeadline, "the guest to take a job");
  Result<Bytes> result = Error{};
  std::exception_ptr bug;
  if (begun) {
    try {
      result = co_await with_deadline(state.collect(&evidence, progress), deadline, "the job");
    } catch (const std::exception&) {
      bug = std::current_exception();
    }
  } else {
    result = begun.error();
    state.running_job = true;
  }
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  const bool cancelled = cancellation.cancelled() != asio::cancellation_type::none;
  if (!bug && !result && state.running_job) {
    Error error = with_console(result.error(), *state.machine);
    const bool refused = !cancelled && error.fault != Fault::timeout;
    if (cancelled) {
      error = Error{Fault::interrupted, "interrupted", "virtual rig"};
    }
    co_await state.settle(refused ? nullptr : &evidence, progress);
    result = error;
  }
  state.running_job = false;
  co_await state.pause();
  co_await asio::this_coro::throw_if_cancelled(throws);
  if (bug) {
    std::rethrow_exception(bug);
  }
  co_return std::move(result);
}

Task<> VirtualRig::stop() {
  if (!state_->machine) {
    co_return Result<>{};
  }
  auto ended = co_await state_->machine->quit();
  state_->bury();
  co_return ended;
}

bool VirtualRig::alive() const {
  return state_->machine != nullptr;
}
const Info& VirtualRig::info() const {
  return state_->info;
}

std::string VirtualRig::console_tail() const {
  return state_->machine ? state_->machine->console().tail() : state_->tail;
}

int VirtualRig::pid() const {
  return state_->machine ? state_->machine->pid() : -1;
}

}  // namespace postassoc::virtual_rig
