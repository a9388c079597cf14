#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/ihv_ports.h"
#include "harness/checks/registry.h"

/// Completions of the operation: PA-14 to PA-18, PA-22 and PA-23 of the IHV contract.
namespace postassoc::checks {
namespace {

constexpr std::string_view kBoundedCompletion = "ihv.pa-15";
constexpr std::chrono::nanoseconds kLongestPending = std::chrono::seconds(60);
constexpr const char* kNoCompletion = "PostAssociateCompletion was not called";

const std::vector<const IhvCall*>& completions(const IhvTrace& trace) {
  return trace.calls_of(ihv::kPostAssociateCompletion);
}

/// SEED; D:post_associate_completion.
Finding judge_asynchronous(const Evidence& evidence) {
  IhvTally tally("ihv.pa-14", evidence,
                 "no PostAssociateCompletion on the stack of PerformPostAssociate");
  const IhvTrace& trace = tally.trace();
  for (const IhvCall* completion : completions(trace)) {
    tally.occasion(*completion);
    const IhvCall* perform = trace.last_before(ihv::kPerformPostAssociate, completion->begin_at);
    const bool overlaps = perform != nullptr && perform->under_way_at(completion->begin_at);
    if (trace.enclosing(*completion, ihv::kPerformPostAssociate) != nullptr ||
        (overlaps && perform->thread == completion->thread && perform->thread >= 0)) {
      tally.breach(*completion,
                   fmt::format("{} was made inside PerformPostAssociate", name_of(*completion)));
    } else if (overlaps) {
      tally.warn(*completion, fmt::format("{} came from another thread before "
                                          "PerformPostAssociate had returned",
                                          name_of(*completion)));
    }
  }
  return tally.finish("completion", kNoCompletion);
}

std::chrono::nanoseconds longest_pending(const Evidence& evidence) {
  const auto& limits = evidence.plan.scenario.limits;
  const auto limit = limits.find(std::string(kBoundedCompletion));
  return limit == limits.end() ? kLongestPending : limit->second.max.value_or(kLongestPending);
}

/// The last thing that came to the module for a session before `until`.
Timestamp last_stimulus(const IhvTrace& trace, const IhvSession& session, std::size_t until) {
  Timestamp last = session.perform->end->time;
  for (const IhvCall& call : trace.calls()) {
    const bool stimulus =
        call.function == ihv::kReceivePacket || call.function == ihv::kSendPacketCompletion ||
        call.function == ihv::kProcessUIResponse || call.function == ihv::kOnexIndicateResult;
    if (stimulus && call.begin_at > session.perform->begin_at && call.begin_at < until) {
      last = std::max(last, call.begin->time);
    }
  }
  return last;
}

/// A session in which nothing was completed before Stop, Deinit, or the trace's end.
void judge_uncompleted(IhvTally& tally, const IhvSession& session, std::size_t until) {
  const Evidence& evidence = tally.evidence();
  const auto limit = longest_pending(evidence);
  const auto events = evidence.timeline.events();
  const IhvCall* over = session.stop != nullptr ? session.stop : session.deinit;
  const Timestamp end = over != nullptr ? over->begin->time : events.back().time;
  const auto waited = end - last_stimulus(tally.trace(), session, until);
  if (waited > limit) {
    tally.occasion(*session.perform);
    tally.breach(*session.perform,
                 fmt::format("session {} was not completed though nothing more came to it for {} "
                             "ms (limit {} ms)",
                             session.id, to_ms_text(waited), to_ms_text(limit)));
  } else if (over != nullptr) {
    tally.remark(fmt::format("session {} was ended by {} before a completion was due", session.id,
                             over->function));
  } else {
    tally.doubt(
        fmt::format("session {} was pending for only {} ms after its last stimulus when "
                    "the trace ended",
                    session.id, to_ms_text(waited)));
  }
}

/// SEED; D:perform_post_associate. The limit is the scenario's own.
Finding judge_completed(const Evidence& evidence) {
  IhvTally tally(kBoundedCompletion, evidence,
                 "a completion of every started operation, unless stopped or removed before");
  tally.finding().tolerance(fmt::format("{} ms after the last packet, answer or result",
                                        to_ms_text(longest_pending(evidence))));
  for (const IhvSession& session : tally.trace().sessions()) {
    if (!session.perform->succeeded()) {
      continue;
    }
    const std::size_t end = session.end_at();
    if (!session.pending_at(end)) {
      tally.occasion(*session.perform);
    } else if (session.reset != nullptr && session.reset->begin_at == end) {
      tally.remark(fmt::format("session {} was ended by a reset: see ihv.pa-29", session.id));
    } else {
      judge_uncompleted(tally, session, end);
    }
  }
  return tally.finish("started operation",
                      "no operation was started and left to itself long enough");
}

bool is_ihv_reason(std::int64_t reason) {
  return reason >= kReasonIhvFirst && reason <= kReasonIhvLast;
}

/// D:post_associate_completion.
Finding judge_success_codes(const Evidence& evidence) {
  IhvTally tally("ihv.pa-16", evidence,
                 "with dwWin32Error 0 a reason of 0 or in 0x90000 to 0x9FFFF");
  for (const IhvCall* completion : completions(tally.trace())) {
    const auto error = completion->argument("error");
    const auto reason = completion->argument("reason");
    if (!error || !reason) {
      tally.doubt("the trace lacks the codes of a completion");
    } else if (*error == 0) {
      tally.occasion(*completion);
      if (*reason != 0 && !is_ihv_reason(*reason)) {
        tally.breach(*completion, fmt::format("success was reported with reason {:#x}", *reason));
      }
    }
  }
  return tally.finish("completion", "no completion reported success");
}

Finding judge_failure_codes(const Evidence& evidence) {
  IhvTally tally("ihv.pa-17", evidence, "with an error a reason that is not success");
  for (const IhvCall* completion : completions(tally.trace())) {
    const auto error = completion->argument("error");
    const auto reason = completion->argument("reason");
    if (!error || !reason) {
      tally.doubt("the trace lacks the codes of a completion");
    } else if (*error != 0) {
      tally.occasion(*completion);
      if (*reason == 0) {
        tally.breach(*completion,
                     fmt::format("error {} was reported with the reason of success", *error));
      }
    }
  }
  return tally.finish("completion", "no completion reported a failure");
}

/// D:post_associate_completion, SMP; inferred.
Finding judge_completion_peer(const Evidence& evidence) {
  IhvTally tally("ihv.pa-18", evidence, "pPeer is NULL, zero or the session's peer");
  for (const IhvSession& session : tally.trace().sessions()) {
    for (const IhvCall* completion : session.completions) {
      tally.occasion(*completion);
      const std::string peer = ihv_address(completion->argument_text("peer"));
      if (!peer.empty() && peer != session.peer) {
        tally.breach(*completion, fmt::format("{} names the peer {}, the session's is {}",
                                              name_of(*completion), peer, session.peer));
      }
    }
  }
  return tally.finish("completion", kNoCompletion);
}

/// Whether the completion itself keeps the rules: else the host refuses it rightly.
bool is_sound(const IhvSession& session, const IhvCall& completion) {
  const auto error = completion.argument("error").value_or(0);
  const auto reason = completion.argument("reason").value_or(0);
  const std::string peer = ihv_address(completion.argument_text("peer"));
  const bool codes = error == 0 ? reason == 0 || is_ihv_reason(reason) : reason != 0;
  return codes && (peer.empty() || peer == session.peer);
}

void judge_change(IhvTally& tally, const IhvSession& session, const IhvCall& before,
                  const IhvCall& completion) {
  const bool opens = completion.argument("error") == 0;
  const bool opened = before.argument("error") == 0;
  tally.occasion(completion);
  if (completion.refused()) {
    tally.breach(completion, fmt::format("the host refused {}, a change of status, with error {}",
                                         name_of(completion), *completion.error));
  } else if (opens == opened) {
    tally.warn(completion,
               fmt::format("{} repeats the status of the one before", name_of(completion)));
  } else if (!tally.trace().marks("ihv_port").empty() &&
             port_event(tally.trace(), session.id, opens ? "authorized" : "unauthorized",
                        completion.begin_at, session.end_at()) == nullptr) {
    tally.breach(completion,
                 fmt::format("the port did not become {} with {}",
                             opens ? "authorized" : "unauthorized", name_of(completion)));
  }
}

/// SEED; D:post_associate_completion.
Finding judge_status_changes(const Evidence& evidence) {
  IhvTally tally("ihv.pa-22", evidence,
                 "the host accepts every later completion, and the port follows");
  for (const IhvSession& session : tally.trace().sessions()) {
    const IhvCall* before = nullptr;
    for (const IhvCall* completion : session.completions) {
      if (!session.contains(completion->begin_at) || !is_sound(session, *completion)) {
        continue;
      }
      if (before != nullptr) {
        judge_change(tally, session, *before, *completion);
      }
      before = completion;
    }
  }
  return tally.finish("later completion", "no session had a second completion");
}

/// Why a completion of a session lies outside of its window; empty when inside.
std::string outside(const IhvSession& session, const IhvCall& completion) {
  const std::size_t at = completion.begin_at;
  if (at < session.perform->begin_at) {
    return "before PerformPostAssociate";
  }
  if (session.stop != nullptr && at > session.stop->begin_at) {
    return "after StopPostAssociate was entered";
  }
  if (session.reset != nullptr && at > session.reset->end_at) {
    return "after AdapterReset had returned";
  }
  if (session.deinit != nullptr && at > session.deinit->begin_at) {
    return "after DeinitAdapter was entered";
  }
  return at > session.next_at() ? "after the next session began" : "";
}

/// EXT; STOP; SEED; REM.
Finding judge_window(const Evidence& evidence) {
  IhvTally tally("ihv.pa-23", evidence,
                 "completions only from PerformPostAssociate to Stop, the return of AdapterReset, "
                 "or DeinitAdapter");
  for (const IhvSession& session : tally.trace().sessions()) {
    for (const IhvCall* completion : session.completions) {
      tally.occasion(*completion);
      const std::string why = outside(session, *completion);
      if (!why.empty()) {
        tally.breach(*completion, fmt::format("{} came {}", name_of(*completion), why));
      }
    }
  }
  return tally.finish("completion", kNoCompletion);
}

}  // namespace

std::vector<Check> ihv_completion_checks() {
  return {
      ihv_check({.id = "ihv.pa-14",
                 .rule = "PostAssociateCompletion is not called inside PerformPostAssociate (from "
                         "another thread before it returned: a warning).",
                 .why = "The host may hold what the completion needs until the call returned: a "
                        "nested one deadlocks, or is lost.",
                 .source = "IHV contract PA-14 (module; seed): Performing a Post-Association "
                           "Operation; Dot11ExtPostAssociateCompletion",
                 .provoke = "any scenario with station.module that connects"},
                judge_asynchronous),
      ihv_check({.id = "ihv.pa-15",
                 .rule = "Every started operation is completed, unless StopPostAssociate or "
                         "DeinitAdapter came first: at the latest 60 s (or the limit of "
                         "timing.ihv-completion-bounded) after the last thing that came to it.",
                 .why = "The system shows \"connecting\" for ever, and the port stays closed.",
                 .source = "IHV contract PA-15 (module; seed; no time limit is documented): "
                           "Performing a Post-Association Operation",
                 .provoke = "a connect; an access point that falls silent, and a limit",
                 .inconclusive = "the trace ends while an operation is pending"},
                judge_completed),
      ihv_check({.id = "ihv.pa-16",
                 .rule = "A completion with ERROR_SUCCESS has the reason L2_REASON_CODE_SUCCESS or "
                         "one of the IHV range.",
                 .why = "A contradiction is read differently by the system and by its log.",
                 .source = "IHV contract PA-16 (module; documented): "
                           "Dot11ExtPostAssociateCompletion",
                 .provoke = "any scenario with station.module that connects"},
                judge_success_codes),
      ihv_check({.id = "ihv.pa-17",
                 .rule = "A completion with an error has a reason other than success.",
                 .why = "The user is told that the connection failed, for the reason: success.",
                 .source = "IHV contract PA-17 (module; documented): "
                           "Dot11ExtPostAssociateCompletion",
                 .provoke = "a wrong credential, or a reset while the operation is pending"},
                judge_failure_codes),
      ihv_check(
          {.id = "ihv.pa-18",
           .rule = "pPeer of a completion is NULL, all zero, or the session's peer.",
           .why = "Another address shows that the module has mixed up two associations.",
           .source = "IHV contract PA-18 (module; inferred): Dot11ExtPostAssociateCompletion; "
                     "Native Wifi IHV Service sample",
           .provoke = "any scenario with station.module that connects; roaming"},
          judge_completion_peer),
      ihv_check({.id = "ihv.pa-22",
                 .rule = "After the first completion the module may report any change of the "
                         "port's status, both ways, and the host follows each (the same status "
                         "again: a warning).",
                 .why = "A port that stays open after authentication was lost goes on sending.",
                 .source = "IHV contract PA-22 (both; seed): Performing a Post-Association "
                           "Operation; Dot11ExtPostAssociateCompletion",
                 .provoke = "a module that loses and regains authentication in one association"},
                judge_status_changes),
      ihv_check(
          {.id = "ihv.pa-23",
           .rule = "No completion before PerformPostAssociate, after StopPostAssociate was "
                   "entered, after AdapterReset returned, or after DeinitAdapter was entered.",
           .why = "It speaks of a port that is gone, and may open the one that took its "
                  "place.",
           .source = "IHV contract PA-23 (module; documented): Stopping a Post-Association "
                     "Operation; 802.11 WLAN Adapter Removal; IHV Extensibility functions",
           .provoke = "stop, reset and removal while the operation is pending"},
          judge_window),
  };
}

}  // namespace postassoc::checks
