#include "adapters/virtual_rig/starter.h"

#include <sys/random.h>
#include <unistd.h>

#include <array>

#include "adapters/virtual_rig/cache.h"
#include "adapters/virtual_rig/channel.h"

namespace postassoc::virtual_rig {
namespace {

namespace fs = std::filesystem;
constexpr std::chrono::seconds kAnswerDeadline{10};
constexpr std::uintmax_t kSnapshotSpace = std::uintmax_t{512} * 1024 * 1024;

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

}  // namespace

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

Error with_console(Error error, const Machine& machine) {
  if (error.fault == Fault::timeout) {
    error.what += "; last console lines: " + machine.console().last_lines();
  }
  return error;
}

Starter::Starter(Options options, MachineSpec spec, const std::string& image_key)
    : options_(std::move(options)),
      spec_(std::move(spec)),
      snapshot_(options_.cache_folder, spec_, image_key) {}

Task<std::optional<ReadyMachine>> Starter::restore() {
  if (!snapshot_.usable()) {
    co_return std::optional<ReadyMachine>{};
  }
  const int state = snapshot_.open_state();
  auto machine = co_await Machine::start(spec_, snapshot_.memory(), state, options_.console);
  ::close(state);
  std::optional<Error> trouble;
  if (!machine) {
    trouble = machine.error();
  } else if (auto synced = co_await with_deadline(sync(**machine), kAnswerDeadline,
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

Task<ReadyMachine> Starter::boot_on(std::optional<MemoryFile> memory) {
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

Task<> Starter::save() {
  std::error_code error;
  if (fs::space(options_.cache_folder, error).available < kSnapshotSpace && !error) {
    co_return Error{Fault::lab, "less than 512 MB free", options_.cache_folder.string()};
  }
  auto memory = snapshot_.prepare_save();
  if (!memory) {
    co_return memory.error();
  }
  auto booted = co_await boot_on(*memory);
  if (!booted) {
    co_return booted.error();
  }
  co_return co_await snapshot_.save(*booted->machine, booted->description);
}

Task<std::optional<ReadyMachine>> Starter::restore_or_make() {
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

Task<ReadyMachine> Starter::boot() {
  auto booted = co_await boot_on({});
  if (!booted) {
    co_return booted.error();
  }
  auto synced =
      co_await with_deadline(sync(*booted->machine), kAnswerDeadline, "the booted guest to answer");
  if (!synced) {
    co_return with_console(synced.error(), *booted->machine);
  }
  co_return std::move(booted);
}

}  // namespace postassoc::virtual_rig
