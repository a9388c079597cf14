#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>

#include "adapters/ihv/module_host/channel.h"
#include "adapters/ihv/module_host/host_fault.h"
#include "adapters/ihv/module_host/host_state.h"
#include "adapters/ihv/module_host/memory_ledger.h"
#include "adapters/ihv/module_host/options.h"
#include "adapters/ihv/module_host/platform.h"
#include "adapters/ihv/module_host/receive_queue.h"
#include "adapters/ihv/module_host/recorder.h"
#include "adapters/ihv/module_host/send_ledger.h"
#include "adapters/ihv/module_host/ui_requests.h"
#include "adapters/ihv/module_host/worker.h"

namespace postassoc::module_host {

/// Everything that the two directions share. One for the process: the API of the contract has no
/// place for a context. `mutex` guards `state` and is never held across a call into the module nor
/// while the station is asked.
struct Host {
  explicit Host(int protocol_output);

  Channel channel;
  Recorder recorder;
  MemoryLedger memory;
  Graveyard graveyard;
  SendLedger sends;
  ReceiveQueue packets;
  UiRequests ui;
  Options options;
  HostFault fault = HostFault::none;
  int own_threads = 0;  ///< before a module was loaded

  std::optional<Library> library;
  DOT11EXT_IHV_HANDLERS handlers{};

  std::mutex mutex;
  State state;
  std::condition_variable performed;  ///< PerformPostAssociate returned
  bool performing = false;            ///< inside PerformPostAssociate

  /// Threads of the host that call the module: the life of adapter and port; received packets;
  /// completed sends; the user's answers.
  Worker control;
  Worker receive;
  Worker completion;
  Worker user;

  bool has_fault(HostFault asked) const { return fault == asked; }
  /// Waits while PerformPostAssociate runs: nothing is to come to the module meanwhile.
  void wait_until_performed();
};

/// The one host.
Host& host();
/// Makes it.
void make_host(int protocol_output);

}  // namespace postassoc::module_host
