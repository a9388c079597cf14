#include "adapters/ihv/module_host/host.h"

#include <memory>

namespace postassoc::module_host {
namespace {

constexpr std::chrono::seconds kPerformLimit{5};

std::unique_ptr<Host>& the_host() {
  static std::unique_ptr<Host> only;
  return only;
}

}  // namespace

Host::Host(int protocol_output)
    : channel(protocol_output),
      recorder(channel),
      control(Recorder::this_thread_is_ours),
      receive(Recorder::this_thread_is_ours),
      completion(Recorder::this_thread_is_ours),
      user(Recorder::this_thread_is_ours) {}

void Host::wait_until_performed() {
  std::unique_lock lock(mutex);
  performed.wait_for(lock, kPerformLimit, [this] { return !performing; });
}

Host& host() {
  return *the_host();
}

void make_host(int protocol_output) {
  the_host() = std::make_unique<Host>(protocol_output);
}

}  // namespace postassoc::module_host
