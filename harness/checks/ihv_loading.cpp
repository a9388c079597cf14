#include <fmt/format.h>

#include <set>

#include "harness/checks/ihv_tally.h"
#include "harness/checks/registry.h"

/// Loading and handles: PA-01 to PA-04 of the IHV contract.
namespace postassoc::checks {
namespace {

void judge_version(IhvTally& tally, const IhvCall& init) {
  const IhvCall* asked = tally.trace().last_before(ihv::kGetVersionInfo, init.begin_at);
  if (asked == nullptr || !asked->returned()) {
    tally.breach(init, "InitService was called, and GetVersionInfo had not returned before");
    return;
  }
  const auto lowest = asked->out("version_min");
  const auto highest = asked->out("version_max");
  const auto used = init.argument("version");
  if (!lowest || !highest || !used) {
    tally.doubt("the trace does not hold the versions that were offered and used");
  } else if (*used < *lowest || *used > *highest) {
    tally.breach(init, fmt::format("InitService was given version {}, and the module offers {} to "
                                   "{}",
                                   *used, *lowest, *highest));
  }
}

void judge_before_adapter(IhvTally& tally, const IhvCall& init) {
  const IhvCall* service = tally.trace().last_before(ihv::kInitService, init.begin_at);
  if (service == nullptr || service->end_at > init.begin_at) {
    tally.breach(init, "InitAdapter was called, and InitService had not returned before");
  } else if (!service->succeeded()) {
    tally.breach(init, "InitAdapter was called although InitService had failed");
  }
}

/// DSTART; D:get_version_info, init_service, init_virtual_station.
Finding judge_load_order(const Evidence& evidence) {
  IhvTally tally("ihv.pa-01", evidence,
                 "GetVersionInfo, InitService with a version the module offers, InitAdapter");
  const IhvTrace& trace = tally.trace();
  if (!trace.calls().empty()) {
    const IhvCall& first = trace.calls().front();
    tally.occasion(first);
    if (first.function != ihv::kGetVersionInfo) {
      tally.breach(first, fmt::format("the first call was {}", first.function));
    }
  }
  for (const IhvCall* init : trace.calls_of(ihv::kInitService)) {
    judge_version(tally, *init);
  }
  for (const IhvCall* init : trace.calls_of(ihv::kInitAdapter)) {
    judge_before_adapter(tally, *init);
  }
  for (const IhvCall* station : trace.calls_of(ihv::kInitVirtualStation)) {
    if (trace.last_before(ihv::kInitService, station->begin_at) == nullptr ||
        trace.last_before(ihv::kInitAdapter, station->begin_at) != nullptr) {
      tally.breach(*station, "InitVirtualStation was not between InitService and InitAdapter");
    }
  }
  return tally.finish("load", "no function of the module was called");
}

/// What a table dump lacks; nothing when it is full, "?" when there is no dump.
std::string null_slots(const Event* event, const char* group) {
  if (event == nullptr || !event->detail.contains(group) || !event->detail[group].is_object()) {
    return "?";
  }
  const auto& dump = event->detail[group];
  const auto slots = dump.find("null_slots");
  if (slots == dump.end() || !slots->is_array()) {
    return "?";
  }
  return slots->empty() ? ""
                        : slots->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// D:DOT11EXT_IHV_HANDLERS, D:DOT11EXT_APIS.
Finding judge_tables(const Evidence& evidence) {
  IhvTally tally("ihv.pa-02", evidence,
                 "no NULL in the 22 slots of the API table on entry of "
                 "InitService and the 19 of the handler table on return");
  for (const IhvCall* init : tally.trace().calls_of(ihv::kInitService)) {
    const std::string given = null_slots(init->begin, "arguments");
    const std::string filled = init->succeeded() ? null_slots(init->end, "out") : "";
    if (given == "?" || filled == "?") {
      tally.doubt("the trace has no dump of the tables");
    } else if (!given.empty()) {
      tally.breach(*init, "the host's table has NULL in " + given);
    } else if (!filled.empty()) {
      tally.breach(*init->end, "the module's table has NULL in " + filled);
    } else if (init->succeeded()) {
      tally.occasion(*init);
    }
  }
  return tally.finish("table exchange", "InitService did not succeed, so there are no tables");
}

/// DSTART: the module copies the table.
Finding judge_own_table(const Evidence& evidence) {
  IhvTally tally("ihv.pa-03", evidence,
                 "API calls arrive after the host has overwritten the table that it passed");
  const IhvTrace& trace = tally.trace();
  for (const IhvCall* call : trace.calls_of(ihv::kPoisonedTable)) {
    tally.breach(*call,
                 "the module called through the host's table, not through a copy of its own");
  }
  const auto& poisoned = trace.marks("ihv_table_poisoned");
  if (poisoned.empty()) {
    tally.doubt("the host did not overwrite its table after InitService");
    return tally.finish("API call", "");
  }
  for (const IhvCall& call : trace.calls()) {
    if (call.by_module && call.begin_at > poisoned.front().at &&
        call.function != ihv::kPoisonedTable) {
      tally.occasion(call);
    }
  }
  const IhvMark* broke = trace.broke_after(poisoned.front().at);
  if (broke != nullptr && broke->event->name == "ihv_module_crash") {
    tally.doubt("the module crashed after the table was overwritten, and why is not shown");
  }
  return tally.finish("API call", "the module made no API call after InitService");
}

void judge_handles(IhvTally& tally, const IhvCall& call) {
  tally.occasion(call);
  for (const auto& [what, handle] :
       {std::pair{"adapter or service", &call.adapter}, std::pair{"session", &call.session},
        std::pair{"connection", &call.connection}}) {
    if (*handle == "foreign") {
      tally.breach(call,
                   fmt::format("{} carries a {} handle that was not issued", name_of(call), what));
    }
  }
}

/// A completion of a session that a newer one has replaced.
void judge_stale(IhvTally& tally, const IhvSession& session) {
  for (const IhvCall* completion : session.completions) {
    if (completion->begin_at > session.next_at()) {
      tally.breach(*completion, fmt::format("{} names session {}, which a newer one has replaced",
                                            name_of(*completion), session.id));
    }
  }
}

/// D: every page with a handle; ARR.
Finding judge_handles_unchanged(const Evidence& evidence) {
  IhvTally tally("ihv.pa-04", evidence, "every handle is one that was issued, and still in force");
  const IhvTrace& trace = tally.trace();
  std::set<std::string> adapters, sessions;
  for (const IhvCall& call : trace.calls()) {
    if (!call.adapter.empty() || !call.session.empty() || !call.connection.empty()) {
      judge_handles(tally, call);
    }
    const std::string adapter =
        call.function == ihv::kInitAdapter ? call.out_handle("adapter") : "";
    if (!adapter.empty()) {
      adapters.insert(adapter);
    }
    const bool known = call.adapter.empty() || call.adapter == "foreign" || adapters.empty() ||
                       adapters.contains(call.adapter) || call.function == ihv::kInitAdapter;
    if (!known && !call.by_module) {
      tally.breach(call, fmt::format("{} carries adapter {}, which InitAdapter did not give",
                                     name_of(call), call.adapter));
    }
  }
  for (const IhvSession& session : trace.sessions()) {
    judge_stale(tally, session);
    if (!session.id.empty() && !sessions.insert(session.id).second) {
      tally.breach(*session.perform,
                   fmt::format("session {} was given out a second time", session.id));
    }
  }
  return tally.finish("call", "no call carried a handle");
}

}  // namespace

std::vector<Check> ihv_loading_checks() {
  return {
      ihv_check(
          {.id = "ihv.pa-01",
           .rule = "The host calls GetVersionInfo first, then InitService with a version that "
                   "the module offers, then InitVirtualStation if exported, then InitAdapter.",
           .why = "A module that is asked for an adapter before its tables are exchanged has "
                  "nothing to answer with.",
           .source = "IHV contract PA-01 (host; documented): Dot11ExtIhvGetVersionInfo, "
                     "Dot11ExtIhvInitService; DLL Start Operations",
           .provoke = "any scenario with station.module"},
          judge_load_order),
      ihv_check(
          {.id = "ihv.pa-02",
           .rule = "No slot is NULL: neither in the host's API table on entry of InitService, "
                   "nor in the module's handler table after it succeeded.",
           .why = "Either side calls through the other's slots without looking: a NULL ends "
                  "the host process, with every adapter in it.",
           .source = "IHV contract PA-02 (both; documented): DOT11EXT_IHV_HANDLERS, "
                     "DOT11EXT_APIS; DLL Start Operations",
           .provoke = "any scenario with station.module",
           .needs = "the trace's dump of both tables at InitService"},
          judge_tables),
      ihv_check({.id = "ihv.pa-03",
                 .rule = "The module calls through a copy of the API table, not through the host's "
                         "memory.",
                 .why = "The host may free or change its table once InitService has returned.",
                 .source = "IHV contract PA-03 (module; documented): DLL Start Operations",
                 .provoke = "any scenario with station.module: the host overwrites its table",
                 .inconclusive = "the host did not overwrite its table (a trace of a real system), "
                                 "or the module crashed afterwards"},
                judge_own_table),
      ihv_check({.id = "ihv.pa-04",
                 .rule = "Handles come back unchanged: adapter, service, security session and "
                         "connection are those issued and still in force, and no session's handle "
                         "is given out twice.",
                 .why = "A completion under the handle of an old session opens, or closes, the "
                        "port of another association.",
                 .source = "IHV contract PA-04 (both; documented): hDot11SvcHandle, "
                           "hIhvExtAdapter, hSecuritySessionID; 802.11 WLAN Adapter Arrival",
                 .provoke = "any scenario with station.module; a reconnect while one is pending"},
                judge_handles_unchanged),
  };
}

}  // namespace postassoc::checks
