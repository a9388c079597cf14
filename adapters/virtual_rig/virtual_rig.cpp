#include "adapters/virtual_rig/virtual_rig.h"

#include <optional>
#include <stdexcept>

#include "adapters/virtual_rig/cache.h"
#include "adapters/virtual_rig/channel.h"
#include "adapters/virtual_rig/image.h"
#include "adapters/virtual_rig/kvm_probe.h"
#include "adapters/virtual_rig/qemu.h"
#include "adapters/virtual_rig/starter.h"

namespace postassoc::virtual_rig {
namespace {

namespace fs = std::filesystem;
using std::chrono::steady_clock;
constexpr std::chrono::seconds kSyncDeadline{10};
constexpr std::chrono::seconds kSettleDeadline{3};

Result<fs::path> own_binary() {
  std::error_code error;
  const fs::path binary = fs::canonical("/proc/self/exe", error);
  if (error || !fs::exists(binary)) {
    return Error{Fault::rig_unavailable, "this program's file was replaced since it started",
                 "/proc/self/exe"};
  }
  return binary;
}

/// Decides between KVM and TCG; says why.
void choose_acceleration(const Options& options, Info& info) {
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
}

void fall_back_to_tcg(const Options& options, Info& info, const Error& trouble) {
  info.kvm = false;
  info.virtual_time = options.virtual_time;
  info.acceleration_reason = "TCG, because KVM did not boot the guest";
  options.say("virtual rig: " + info.acceleration_reason + ": " + to_string(trouble));
}

/// Fills in what the caller left open.
Result<> complete(Options& options) {
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
      return own.error();
    }
    options.binary = *own;
  }
  return Result<>{};
}

/// Snapshots are for TCG: under KVM a boot is quick, and the guest's clock is the host's.
Task<ReadyMachine> start_guest(const Options& options, std::string qemu, const Image& image,
                               Info& info) {
  Starter starter(options,
                  {qemu, image.kernel, image.initrd, options.radios, info.kvm, info.virtual_time},
                  image.key);
  if (options.snapshot && !info.kvm) {
    auto restored = co_await starter.restore_or_make();
    if (!restored) {
      co_return restored.error();
    }
    if (*restored) {
      info.restored_from_snapshot = true;
      co_return std::move(**restored);
    }
  }
  co_return co_await starter.boot();
}

void describe(const ReadyMachine& ready, const Image& image, const Options& options, Info& info) {
  const auto description = nlohmann::json::parse(ready.description, nullptr, false);
  if (description.is_object()) {
    info.kernel = description.value("kernel", "");
    info.clocksource = description.value("clocksource", "");
  }
  info.qemu = ready.machine->qemu_version();
  info.image_key = image.key;
  info.radios = options.radios;
}

Task<Image> locked_image(const Options& options) {
  auto lock = co_await CacheLock::acquire(options.cache_folder);
  if (!lock) {
    co_return lock.error();
  }
  co_return co_await prepare_image(options.cache_folder, options.binary, options.programs,
                                   options.say);
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
  if (auto done = complete(options); !done) {
    co_return done.error();
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
  choose_acceleration(options, info);
  auto ready = co_await start_guest(options, *qemu, *image, info);
  const bool kvm_failed = !ready && info.kvm && options.acceleration == Acceleration::automatic &&
                          ready.error().fault != Fault::interrupted;
  if (kvm_failed) {
    fall_back_to_tcg(options, info, ready.error());
    ready = co_await start_guest(options, *qemu, *image, info);
  }
  if (!ready) {
    co_return ready.error();
  }
  describe(*ready, *image, options, info);
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
