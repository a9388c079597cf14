#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "adapters/virtual_rig/qemu.h"

namespace postassoc::virtual_rig {

/// A saved guest in the cache: its memory in one file, the rest of the machine in another. The
/// memory is mapped copy on write: no start ever changes the files.
class Snapshot {
 public:
  /// The snapshot that fits this machine and image, saved or not.
  Snapshot(const std::filesystem::path& cache, const MachineSpec& spec,
           const std::string& image_key);

  /// Whether it was saved and its files have the size they were saved with.
  bool usable() const;
  MemoryFile memory() const;
  /// Descriptor of the saved state, or -1.
  int open_state() const;
  /// What the guest told when it was ready.
  std::string description() const;
  void remove() const;

  /// Memory file for a machine that is to be saved; in a fresh folder of its own.
  Result<MemoryFile> prepare_save() const;
  /// Saves a machine that was started on prepare_save(), and ends it. Needs the cache's lock.
  Task<> save(Machine& machine, std::string description) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace postassoc::virtual_rig
