#include "adapters/ihv/module_host/triggers.h"

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "adapters/ihv/module_host/operations.h"

namespace postassoc::module_host {
namespace {

constexpr std::chrono::milliseconds kBeginLimit{200};
constexpr std::chrono::milliseconds kEntered{20};  ///< from the begin record into the module
constexpr std::uint32_t kLogoff = 6;

std::mutex counting;
std::condition_variable begun;
std::map<std::pair<std::string, Edge>, std::uint64_t> counts;

std::uint64_t times_begun(const std::string& function) {
  const auto count = counts.find({function, Edge::begin});
  return count == counts.end() ? 0 : count->second;
}

/// The record that a planned call begins with.
std::string function_of(const std::string& call) {
  return call == "ProcessSessionLogoff" ? "Dot11ExtIhvProcessSessionChange" : "Dot11ExtIhv" + call;
}

/// Counts the record and gives the calls that it sets off.
std::vector<std::string> due(const std::string& function, Edge edge) {
  const std::lock_guard lock(counting);
  const std::uint64_t nth = ++counts[{function, edge}];
  begun.notify_all();
  std::vector<std::string> calls;
  for (const PlannedCall& planned : host().options.calls) {
    if (planned.on == function && planned.nth == nth && planned.at_begin == (edge == Edge::begin)) {
      calls.push_back(planned.call);
    }
  }
  return calls;
}

std::optional<Mac> open_peer() {
  const std::lock_guard lock(host().mutex);
  const auto& adapter = host().state.adapter;
  return adapter && adapter->port ? std::optional(adapter->port->peer) : std::nullopt;
}

}  // namespace

void fire_triggers(const std::string& function, Edge edge) {
  for (const std::string& call : due(function, edge)) {
    std::unique_lock lock(counting);
    const std::uint64_t before = times_begun(function_of(call));
    host().control.post([call] { make_planned_call(call); });
    if (!host().control.is_here()) {
      begun.wait_for(lock, kBeginLimit, [&] { return times_begun(function_of(call)) > before; });
      lock.unlock();
      std::this_thread::sleep_for(kEntered);
    }
  }
}

void make_planned_call(const std::string& call) {
  constexpr std::uint32_t kStatus = DOT11_ASSOC_STATUS_DISASSOCIATED_BY_OS;
  Json made = Json::array();
  if (call == "ProcessSessionLogoff") {
    process_session_change(kLogoff);
    return;
  }
  const auto peer = open_peer();
  if (call == "AdapterReset") {
    adapter_reset();
  } else if (call == "DeinitAdapter") {
    if (peer) {
      made.push_back("StopPostAssociate");
    }
    deinit_adapter();
  } else if (call == "StopPostAssociate" && peer) {
    stop_post_associate(*peer, kStatus);
  } else {
    return;
  }
  made.push_back(call);
  host().channel.send({{"wants", "disconnect"}, {"status", kStatus}, {"made", made}});
}

}  // namespace postassoc::module_host
