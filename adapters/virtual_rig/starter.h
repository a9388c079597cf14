#pragma once

#include <memory>
#include <optional>
#include <string>

#include "adapters/virtual_rig/qemu.h"
#include "adapters/virtual_rig/snapshot.h"
#include "adapters/virtual_rig/virtual_rig.h"

namespace postassoc::virtual_rig {

/// Tells the guest the date and gives it entropy; its answer is FrameType::synced.
Task<> send_sync(Machine& machine);

/// A time-out's Error with what was last on the console.
Error with_console(Error error, const Machine& machine);

/// A guest that has said that it is ready, and what it said.
struct ReadyMachine {
  std::unique_ptr<Machine> machine;
  std::string description;
};

/// Starts guests of one kind. `options` are complete: folder and program are set, `say` can be
/// called.
class Starter {
 public:
  Starter(Options options, MachineSpec spec, const std::string& image_key);

  /// From the snapshot, which is made first where there is none. Gives nothing when there is no way
  /// to a snapshot that works; one that does not is removed.
  Task<std::optional<ReadyMachine>> restore_or_make();
  /// From a boot.
  Task<ReadyMachine> boot();

 private:
  Task<std::optional<ReadyMachine>> restore();
  Task<ReadyMachine> boot_on(std::optional<MemoryFile> memory);
  Task<> save();

  Options options_;
  MachineSpec spec_;
  Snapshot snapshot_;
};

}  // namespace postassoc::virtual_rig
