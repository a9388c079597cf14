#include "adapters/ihv/module_host/memory_ledger.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace postassoc::module_host {
namespace {

constexpr std::uint32_t kMaxBuffer = 16U << 20U;
constexpr std::size_t kMaxFreed = 4096;
constexpr std::size_t kMaxBuried = 256;

}  // namespace

void* MemoryLedger::allocate(std::uint32_t length, std::uint64_t& number) {
  void* memory = length <= kMaxBuffer ? std::malloc(std::max<std::size_t>(length, 1)) : nullptr;
  if (memory == nullptr) {
    return nullptr;
  }
  std::memset(memory, 0xcd, length);
  const std::lock_guard lock(mutex_);
  number = ++last_;
  open_.emplace(memory, number);
  freed_.erase(memory);
  return memory;
}

Json MemoryLedger::free(void* memory) {
  if (memory == nullptr) {
    return {{"buffer", "null"}};
  }
  std::uint64_t number = 0;
  {
    const std::lock_guard lock(mutex_);
    const auto found = open_.find(memory);
    if (found == open_.end()) {
      return {{"buffer", freed_.contains(memory) ? "again" : "foreign"}};
    }
    number = found->second;
    open_.erase(found);
    if (freed_.size() < kMaxFreed) {
      freed_.insert(memory);
    }
  }
  std::free(memory);
  return {{"buffer", number}};
}

std::size_t MemoryLedger::outstanding() const {
  const std::lock_guard lock(mutex_);
  return open_.size();
}

void Graveyard::bury(Octets&& buffer) {
  std::ranges::fill(buffer, kPattern);
  const std::lock_guard lock(mutex_);
  if (buried_.size() < kMaxBuried) {
    buried_.push_back(std::move(buffer));
    return;
  }
  buried_[next_] = std::move(buffer);
  next_ = (next_ + 1) % kMaxBuried;
}

}  // namespace postassoc::module_host
