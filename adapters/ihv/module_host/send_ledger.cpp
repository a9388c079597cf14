#include "adapters/ihv/module_host/send_ledger.h"

#include <algorithm>
#include <chrono>
#include <cstring>

namespace postassoc::module_host {
namespace {

constexpr std::chrono::seconds kReturnLimit{1};

}  // namespace

bool SendLedger::is_open(HANDLE handle) const {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(open_,
                             [handle](const auto& entry) { return entry.second.handle == handle; });
}

void SendLedger::open(std::uint64_t number, HANDLE handle, const void* buffer, Octets copy) {
  const std::lock_guard lock(mutex_);
  open_.emplace(number, Entry{handle, buffer, std::move(copy)});
}

void SendLedger::accepted(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  if (const auto entry = open_.find(number); entry != open_.end()) {
    entry->second.accepted = true;
    changed_.notify_all();
  }
}

void SendLedger::refused(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  open_.erase(number);
}

std::optional<SendLedger::Packet> SendLedger::take(std::uint64_t number, std::uint64_t delay_ms) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, kReturnLimit, [&] {
    const auto entry = open_.find(number);
    return entry == open_.end() || entry->second.accepted;
  });
  changed_.wait_for(lock, std::chrono::milliseconds(delay_ms), [this] { return hurried_; });
  const auto entry = open_.find(number);
  if (entry == open_.end()) {
    return std::nullopt;
  }
  const Octets& copy = entry->second.copy;
  const bool changed = std::memcmp(entry->second.buffer, copy.data(), copy.size()) != 0;
  const Packet packet{number, entry->second.handle, changed};
  open_.erase(entry);
  return packet;
}

bool SendLedger::in_flight(std::uint64_t number) const {
  const std::lock_guard lock(mutex_);
  return open_.contains(number);
}

std::vector<std::uint64_t> SendLedger::in_flight() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::uint64_t> numbers;
  for (const auto& entry : open_) {
    numbers.push_back(entry.first);
  }
  return numbers;
}

void SendLedger::hurry(bool on) {
  const std::lock_guard lock(mutex_);
  hurried_ = on;
  changed_.notify_all();
}

}  // namespace postassoc::module_host
