#include <fmt/format.h>

#include <optional>

#include "harness/checks/ihv_tally.h"
#include "harness/checks/kernel_events.h"
#include "harness/checks/registry.h"

/// Removal and unload: PA-32 to PA-35 of the IHV contract.
namespace postassoc::checks {
namespace {

void judge_port_stopped(IhvTally& tally, const IhvCall& deinit) {
  const IhvSession* session = tally.trace().latest_session(deinit.begin_at);
  if (session == nullptr || session->deinit != &deinit) {
    return;
  }
  const auto before = [&](const IhvCall* call) {
    return call != nullptr && call->begin_at < deinit.begin_at;
  };
  if (!before(session->stop) && !before(session->reset)) {
    tally.breach(deinit, fmt::format("DeinitAdapter was called with the port of session {} up",
                                     session->id));
  }
}

/// Every adapter that was given is taken back before DeinitService.
void judge_adapters(IhvTally& tally, std::size_t until, const Event& where) {
  std::size_t there = 0;
  for (const IhvCall& call : tally.trace().calls()) {
    if (call.begin_at < until) {
      there += call.function == ihv::kInitAdapter && call.succeeded() ? 1U : 0U;
      there -= call.function == ihv::kDeinitAdapter && there > 0 ? 1U : 0U;
    }
  }
  if (there > 0) {
    tally.breach(where, "an adapter did not get DeinitAdapter before the module was unloaded");
  }
}

/// STOP; REM; DSTOP.
Finding judge_removal_order(const Evidence& evidence) {
  IhvTally tally("ihv.pa-32", evidence,
                 "StopPostAssociate, DeinitAdapter, DeinitService, unload, in this order");
  const IhvTrace& trace = tally.trace();
  for (const IhvCall* deinit : trace.calls_of(ihv::kDeinitAdapter)) {
    tally.occasion(*deinit);
    judge_port_stopped(tally, *deinit);
  }
  const auto& services = trace.calls_of(ihv::kDeinitService);
  for (const IhvCall* service : services) {
    tally.occasion(*service);
    judge_adapters(tally, service->begin_at, *service->begin);
  }
  const auto& ended = trace.marks("ihv_host_ended");
  const bool broke = trace.broke_after(0) != nullptr;
  if (!ended.empty() && services.empty() && !broke && !trace.calls_of(ihv::kInitService).empty()) {
    tally.breach(*ended.front().event, "the module was unloaded without DeinitService");
  }
  return tally.finish("removal", "the adapter was not removed, nor the module unloaded");
}

bool outlives_adapter(std::string_view function) {
  return function == ihv::kAllocateBuffer || function == ihv::kFreeBuffer;
}

/// SEED; REM; DSTOP; EXT.
Finding judge_silence(const Evidence& evidence) {
  IhvTally tally("ihv.pa-33", evidence,
                 "from the entry of DeinitAdapter no call but AllocateBuffer and FreeBuffer");
  const IhvCall* removed = nullptr;
  for (const IhvCall& call : tally.trace().calls()) {
    if (call.function == ihv::kDeinitAdapter) {
      removed = &call;
      tally.occasion(call);
    } else if (call.function == ihv::kInitAdapter) {
      removed = nullptr;
    } else if (removed != nullptr && call.by_module && !outlives_adapter(call.function)) {
      tally.breach(call, fmt::format("{} was made after DeinitAdapter was entered", name_of(call)));
    }
  }
  return tally.finish("removal", "DeinitAdapter was not called");
}

/// Buffers out of AllocateBuffer, by the host's ledger, or else by the calls; nothing: not known.
std::optional<std::int64_t> outstanding(const IhvTrace& trace, std::string_view when,
                                        const IhvCall& handler) {
  for (const IhvMark& ledger : trace.marks("ihv_ledger")) {
    if (ledger.at > handler.begin_at && text(*ledger.event, "when") == when) {
      return number(*ledger.event, "outstanding");
    }
  }
  std::int64_t count = 0;
  for (const IhvCall& call : trace.calls()) {
    if (call.begin_at < handler.end_at) {
      count += call.function == ihv::kAllocateBuffer && call.succeeded() ? 1 : 0;
      count -= call.function == ihv::kFreeBuffer && call.argument("buffer") ? 1 : 0;
    }
  }
  return count;
}

void judge_ledger(IhvTally& tally, const IhvCall& handler, std::string_view when) {
  const auto left = outstanding(tally.trace(), when, handler);
  if (!handler.returned()) {
    if (const IhvMark* broke = tally.trace().broke_after(handler.begin_at)) {
      tally.breach(*broke->event, fmt::format("{} did not return", handler.function));
    } else {
      tally.doubt(fmt::format("the trace ends inside {}", handler.function));
    }
  } else if (!left) {
    tally.doubt("the trace does not tell how many buffers are outstanding");
  } else if (*left > 0) {
    tally.breach(handler, fmt::format("{} returned with {} not freed", handler.function,
                                      count_of(static_cast<std::size_t>(*left), "buffer")));
  }
}

/// REM.
Finding judge_adapter_freed(const Evidence& evidence) {
  IhvTally tally("ihv.pa-34", evidence,
                 "no buffer of the adapter is left when DeinitAdapter "
                 "returns");
  for (const IhvCall* deinit : tally.trace().calls_of(ihv::kDeinitAdapter)) {
    tally.occasion(*deinit);
    judge_ledger(tally, *deinit, "deinit_adapter");
  }
  return tally.finish("removal", "DeinitAdapter was not called");
}

std::optional<std::int64_t> threads_left(const IhvTrace& trace) {
  for (const IhvMark& mark : trace.marks("ihv_threads")) {
    if (text(*mark.event, "when") == "deinit_service") {
      return number(*mark.event, "module_threads");
    }
  }
  return std::nullopt;
}

/// D:deinit_service; DSTOP.
Finding judge_unload(const Evidence& evidence) {
  IhvTally tally("ihv.pa-35", evidence,
                 "when DeinitService returns no thread and no buffer of the module is left");
  const IhvTrace& trace = tally.trace();
  for (const IhvCall* deinit : trace.calls_of(ihv::kDeinitService)) {
    tally.occasion(*deinit);
    judge_ledger(tally, *deinit, "deinit_service");
    const auto left = threads_left(trace);
    if (deinit->returned() && !left) {
      tally.doubt("the trace does not tell which threads of the module are left");
    } else if (deinit->returned() && *left > 0) {
      tally.breach(*deinit, fmt::format("DeinitService returned with {} of the module running",
                                        count_of(static_cast<std::size_t>(*left), "thread")));
    }
    for (const IhvCall& call : trace.calls()) {
      if (call.by_module && call.begin_at > deinit->end_at) {
        tally.breach(call,
                     fmt::format("{} was made after DeinitService had returned", name_of(call)));
      }
    }
  }
  return tally.finish("unload", "DeinitService was not called");
}

}  // namespace

std::vector<Check> ihv_removal_checks() {
  return {
      ihv_check(
          {.id = "ihv.pa-32",
           .rule = "The host stops a port before it calls DeinitAdapter, calls that for every "
                   "adapter before DeinitService, and that before it unloads the module.",
           .why = "A module that is unloaded under a running port crashes the host process.",
           .source = "IHV contract PA-32 (host; documented): 802.11 WLAN Adapter Removal; DLL "
                     "Stop Operations; Dot11ExtIhvDeinitService",
           .provoke = "any scenario with station.module; a module step DeinitAdapter"},
          judge_removal_order),
      ihv_check({.id = "ihv.pa-33",
                 .rule = "From the entry of DeinitAdapter the module calls no API of the adapter, "
                         "PostAssociateCompletion included; pending work is cancelled internally.",
                 .why = "The service handle is dead from that moment: the call reaches freed "
                        "memory.",
                 .source = "IHV contract PA-33 (module; seed): Performing a Post-Association "
                           "Operation; 802.11 WLAN Adapter Removal; DLL Stop Operations",
                 .provoke = "station.ihv.calls with DeinitAdapter while the operation is pending"},
                judge_silence),
      ihv_check({.id = "ihv.pa-34",
                 .rule = "When DeinitAdapter returns, everything of the adapter is freed, buffers "
                         "from AllocateBuffer included.",
                 .why = "Adapters come and go with every sleep and every removal; what each leaves "
                        "behind adds up.",
                 .source = "IHV contract PA-34 (module; documented): 802.11 WLAN Adapter Removal",
                 .provoke = "any scenario with station.module"},
                judge_adapter_freed),
      ihv_check({.id = "ihv.pa-35",
                 .rule = "DeinitService returns when all threads of the module have ended and all "
                         "its buffers are freed; no API is called afterwards.",
                 .why = "A thread that runs on when the module is unloaded runs in memory that is "
                        "gone.",
                 .source = "IHV contract PA-35 (module; documented): Dot11ExtIhvDeinitService; DLL "
                           "Stop Operations",
                 .provoke = "any scenario with station.module",
                 .needs = "the trace of calls; the host's count of threads and ledger of buffers",
                 .inconclusive = "the host did not count threads"},
                judge_unload),
  };
}

}  // namespace postassoc::checks
