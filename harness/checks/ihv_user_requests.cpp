#include <fmt/format.h>

#include <map>

#include "harness/checks/ihv_tally.h"
#include "harness/checks/registry.h"

/// User interface requests: PA-53 and PA-54 of the IHV contract.
namespace postassoc::checks {
namespace {

constexpr std::int64_t kLogoff = 6;  // WTS_SESSION_LOGOFF

bool cancels_requests(const IhvCall& call) {
  if (call.function == ihv::kProcessSessionChange) {
    return call.argument("session_event") == kLogoff;
  }
  return call.function == ihv::kAdapterReset || call.function == ihv::kDeinitAdapter;
}

/// What became of one request.
struct Request {
  const IhvCall* sent = nullptr;
  const IhvCall* answered = nullptr;
  const IhvCall* cancelled = nullptr;

  bool pending() const { return answered == nullptr && cancelled == nullptr; }
};
using Requests = std::map<std::string, Request>;

void cancel_all(Requests& requests, const IhvCall& by) {
  for (auto& [number, request] : requests) {
    request.cancelled = request.pending() ? &by : request.cancelled;
  }
}

void judge_sent(IhvTally& tally, Requests& requests, const IhvCall& call) {
  tally.occasion(call);
  if (call.argument_flag("duplicate") == true) {
    tally.breach(call, fmt::format("{} has the GUID of a request that is pending", name_of(call)));
  }
  if (!call.refused()) {
    requests[call.argument_handle("request")] = {&call, nullptr, nullptr};
  }
}

void judge_answer(IhvTally& tally, Requests& requests, const IhvCall& call) {
  const auto request = requests.find(call.argument_handle("request"));
  if (request == requests.end()) {
    tally.breach(call, "an answer came for a request that was not sent");
    return;
  }
  if (request->second.answered != nullptr) {
    tally.breach(call, fmt::format("request {} was answered a second time", request->first));
  }
  if (tally.trace().enclosing(call, ihv::kSendUIRequest) != nullptr) {
    tally.breach(call, fmt::format("request {} was answered inside SendUIRequest", request->first));
  }
  if (call.argument_flag("request_changed") == true) {
    tally.breach(call, fmt::format("the memory of request {} was changed or freed before its "
                                   "answer",
                                   request->first));
  }
  request->second.answered = &call;
}

void judge_pending(IhvTally& tally, const Requests& requests, const IhvCall& call) {
  const auto told = call.out_flag("pending");
  const auto request = requests.find(call.argument_handle("request"));
  const bool pending = request != requests.end() && request->second.pending();
  if (told && *told != pending) {
    tally.breach(call, fmt::format("the module says that request {} is {}pending, and it is {}",
                                   call.argument_handle("request"), *told ? "" : "not ",
                                   pending ? "pending" : "not"));
  }
}

/// SEED; D:send_ui_request; UI.
Finding judge_requests(const Evidence& evidence) {
  IhvTally tally("ihv.pa-53", evidence,
                 "one answer for each request, its memory untouched until then, and the truth "
                 "about what is pending");
  Requests requests;
  for (const IhvCall& call : tally.trace().calls()) {
    if (call.function == ihv::kSendUIRequest) {
      judge_sent(tally, requests, call);
    } else if (call.function == ihv::kProcessUIResponse) {
      judge_answer(tally, requests, call);
    } else if (call.function == ihv::kIsUIRequestPending) {
      judge_pending(tally, requests, call);
    } else if (cancels_requests(call)) {
      cancel_all(requests, call);
    }
  }
  return tally.finish("request", "the module sent no request to the user");
}

void judge_cancelled(IhvTally& tally, const std::string& number, const Request& request) {
  const IhvCall& by = *request.cancelled;
  const IhvTrace& trace = tally.trace();
  tally.occasion(by);
  if (!by.returned()) {
    if (const IhvMark* broke = trace.broke_after(by.begin_at)) {
      tally.breach(*broke->event, fmt::format("{} did not return while request {} was pending",
                                              by.function, number));
    } else {
      tally.doubt(fmt::format("the trace ends inside {}", by.function));
    }
    return;
  }
  for (const IhvCall* asked : trace.calls_of(ihv::kIsUIRequestPending)) {
    if (asked->begin_at > by.end_at && asked->argument_handle("request") == number &&
        asked->out_flag("pending") == true) {
      tally.breach(*asked,
                   fmt::format("request {} is still pending after {}", number, by.function));
    }
  }
  for (const IhvMark& ledger : trace.marks("ihv_ledger")) {
    const auto left = ledger.event->detail.find("outstanding");
    if (ledger.at > by.begin_at && left != ledger.event->detail.end() &&
        left->is_number_integer() && left->get<std::int64_t>() > 0) {
      tally.breach(*ledger.event, "buffers were left behind after a request was cancelled");
    }
  }
}

/// UI; SESS; D:process_session_change.
Finding judge_cancelling(const Evidence& evidence) {
  IhvTally tally("ihv.pa-54", evidence,
                 "reset, removal and logoff cancel every pending request, and return");
  Requests requests;
  for (const IhvCall& call : tally.trace().calls()) {
    const std::string number = call.argument_handle("request");
    if (call.function == ihv::kSendUIRequest && !call.refused()) {
      requests[number] = {&call, nullptr, nullptr};
    } else if (call.function == ihv::kProcessUIResponse && requests.contains(number)) {
      requests[number].answered = &call;
    } else if (cancels_requests(call)) {
      cancel_all(requests, call);
    }
  }
  for (const auto& [number, request] : requests) {
    if (request.cancelled != nullptr) {
      judge_cancelled(tally, number, request);
    }
  }
  return tally.finish("cancelled request",
                      "no request was pending at a reset, a removal or a logoff");
}

}  // namespace

std::vector<Check> ihv_user_request_checks() {
  return {
      ihv_check({.id = "ihv.pa-53",
                 .rule = "The GUID of a user interface request is unique among those pending, its "
                         "memory stays untouched until the answer, each gets one answer at most "
                         "and not inside SendUIRequest, and IsUIRequestPending tells the truth.",
                 .why = "The answer, a passphrase perhaps, goes to the wrong question.",
                 .source = "IHV contract PA-53 (both; seed): Performing a Post-Association "
                           "Operation; Requesting User Interaction; Dot11ExtSendUIRequest",
                 .provoke = "a module that asks the user; station.ihv.ui"},
                judge_requests),
      ihv_check({.id = "ihv.pa-54",
                 .rule = "AdapterReset, DeinitAdapter and a logoff cancel all pending user "
                         "interface requests inside the module, and nothing hangs.",
                 .why = "A module that waits for a user who is gone blocks the reset, and the "
                        "adapter.",
                 .source = "IHV contract PA-54 (module; documented): Requesting User Interaction; "
                           "Processing Session Changes",
                 .provoke = "station.ihv.ui cancel; a module step ProcessSessionLogoff",
                 .inconclusive = "the trace ends inside the call that cancels; whether a thread of "
                                 "the module waits on unseen is not shown"},
                judge_cancelling),
  };
}

}  // namespace postassoc::checks
