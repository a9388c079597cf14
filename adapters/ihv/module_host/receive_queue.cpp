#include "adapters/ihv/module_host/receive_queue.h"

#include <algorithm>
#include <utility>

namespace postassoc::module_host {
namespace {

constexpr std::size_t kMostEver = 1024;  // whatever a module asks for

}  // namespace

std::optional<ReceivedPacket> ReceiveQueue::push(ReceivedPacket packet, std::uint32_t max_backlog,
                                                 bool drop_newest) {
  const std::lock_guard lock(mutex_);
  const std::size_t asked = std::min<std::size_t>(max_backlog, kMostEver);
  const std::size_t room = indicating_ ? asked : std::max<std::size_t>(asked, 1);
  if (waiting_.size() >= room && (drop_newest || room == 0)) {
    return packet;
  }
  waiting_.push_back(std::move(packet));
  if (waiting_.size() <= room) {
    return std::nullopt;
  }
  ReceivedPacket oldest = std::move(waiting_.front());
  waiting_.pop_front();
  return oldest;
}

std::optional<ReceivedPacket> ReceiveQueue::take() {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty()) {
    return std::nullopt;
  }
  ReceivedPacket next = std::move(waiting_.front());
  waiting_.pop_front();
  indicating_ = true;
  return next;
}

void ReceiveQueue::done() {
  const std::lock_guard lock(mutex_);
  indicating_ = false;
}

std::deque<ReceivedPacket> ReceiveQueue::clear() {
  const std::lock_guard lock(mutex_);
  return std::exchange(waiting_, {});
}

}  // namespace postassoc::module_host
