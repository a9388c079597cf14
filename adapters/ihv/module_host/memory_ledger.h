#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <set>

#include "adapters/ihv/module_host/fields.h"

namespace postassoc::module_host {

/// The buffers of Dot11ExtAllocateBuffer.
class MemoryLedger {
 public:
  /// A buffer of `length` octets filled with a pattern, and its number; nullptr when there is none
  /// to be had (also above 16 MiB).
  void* allocate(std::uint32_t length, std::uint64_t& number);

  /// Frees it: {"buffer": its number}, or "foreign", "again" (was freed before), "null". Only what
  /// was allocated here is touched.
  Json free(void* memory);

  std::size_t outstanding() const;

 private:
  mutable std::mutex mutex_;
  std::uint64_t last_ = 0;
  std::map<void*, std::uint64_t> open_;
  std::set<void*> freed_;  ///< addresses that were freed and not given out again
};

/// Buffers that were shown to the module for one call only: overwritten afterwards and kept for a
/// while, so that a module that goes on reading reads the pattern and harms nobody.
class Graveyard {
 public:
  static constexpr std::uint8_t kPattern = 0xa5;
  void bury(Octets&& buffer);

 private:
  std::mutex mutex_;
  std::vector<Octets> buried_;  ///< a ring
  std::size_t next_ = 0;
};

}  // namespace postassoc::module_host
