#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>

#include "adapters/ihv/module_host/fields.h"

namespace postassoc::module_host {

/// A frame that the adapter received.
struct ReceivedPacket {
  std::uint64_t number = 0;
  Mac peer{};
  std::uint16_t ethertype = 0;
  Octets payload;
};

/// The frames that wait while one is being indicated: at most as many as the module asked for, the
/// oldest goes first when there are more.
class ReceiveQueue {
 public:
  /// Queues it. What had to go to make room comes back.
  std::optional<ReceivedPacket> push(ReceivedPacket packet, std::uint32_t max_backlog,
                                     bool drop_newest);
  /// The next one; from here to done() an indication runs.
  std::optional<ReceivedPacket> take();
  void done();
  /// Empties it. What was in it.
  std::deque<ReceivedPacket> clear();

 private:
  std::mutex mutex_;
  std::deque<ReceivedPacket> waiting_;
  bool indicating_ = false;
};

}  // namespace postassoc::module_host
