#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace postassoc::module_host {

/// A thread of the host that does what it is given, one after the other. Lives until the process
/// ends.
class Worker {
 public:
  /// `on_start` runs on the thread first.
  explicit Worker(std::function<void()> on_start);

  void post(std::function<void()> work);
  /// Waits until nothing is left to do; false when that took longer than `limit`.
  bool wait_until_idle(std::chrono::milliseconds limit);
  /// Whether the caller is this worker.
  bool is_here() const { return thread_.get_id() == std::this_thread::get_id(); }

 private:
  void run(const std::function<void()>& on_start);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> work_;
  bool busy_ = false;
  std::thread thread_;
};

}  // namespace postassoc::module_host
