#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/ihv_lists.h"
#include "harness/checks/ihv_tally.h"
#include "harness/checks/kernel_events.h"
#include "harness/checks/registry.h"

/// Adapter reset: PA-28 to PA-31 of the IHV contract.
namespace postassoc::checks {
namespace {

constexpr std::int64_t kByRoaming = 8;  // dot11_assoc_status_disassociated_by_roaming
constexpr std::chrono::nanoseconds kLongestPreparation = std::chrono::seconds(10);
constexpr const char* kNoReset = "AdapterReset was not called";

void judge_lists_cleared(IhvTally& tally, const IhvCall& reset) {
  const IhvTrace& trace = tally.trace();
  const IhvCall* set = trace.last_before(ihv::kSetEtherTypeHandling, reset.begin_at);
  const IhvMark* cleared = trace.last_mark_before("ihv_lists_cleared", reset.begin_at);
  if (trace.marks("ihv_lists_cleared").empty()) {
    tally.doubt("the trace does not tell when the lists are cleared");
  } else if (set != nullptr && (cleared == nullptr || cleared->at < set->begin_at)) {
    tally.breach(reset, "AdapterReset was called and the EtherType lists had not been cleared");
  }
  const IhvCall* next_set = trace.first_after(ihv::kSetEtherTypeHandling, reset.begin_at);
  for (const IhvCall* packet : trace.calls_of(ihv::kReceivePacket)) {
    if (packet->begin_at > reset.end_at &&
        (next_set == nullptr || packet->begin_at < next_set->begin_at)) {
      tally.breach(*packet, "a packet was indicated after a reset, before a new registration");
    }
  }
}

/// A disconnection is followed by AdapterReset (or removal) before the next connection.
void judge_disconnection(IhvTally& tally, const IhvMark& left) {
  const IhvTrace& trace = tally.trace();
  if (number(*left.event, "status") == kByRoaming) {
    return;
  }
  const IhvCall* next = trace.first_after(ihv::kPerformPreAssociate, left.at);
  const auto between = [&](std::string_view function) {
    const IhvSession* session = trace.latest_session(left.at);
    const std::size_t from = session == nullptr ? left.at : session->perform->begin_at;
    const IhvCall* call = trace.first_after(function, from);
    return call != nullptr && (next == nullptr || call->begin_at < next->begin_at);
  };
  if (next != nullptr && !between(ihv::kAdapterReset) && !between(ihv::kDeinitAdapter)) {
    tally.breach(*left.event, "the adapter disconnected and connected anew without AdapterReset");
  }
}

/// RST; ETH; D:adapter_reset.
Finding judge_reset_called(const Evidence& evidence) {
  IhvTally tally("ihv.pa-28", evidence,
                 "AdapterReset on each disconnection, after the EtherType lists were cleared");
  for (const IhvCall* reset : tally.trace().calls_of(ihv::kAdapterReset)) {
    tally.occasion(*reset);
    judge_lists_cleared(tally, *reset);
  }
  for (const IhvMark& left : tally.trace().marks("ihv_disassociation")) {
    judge_disconnection(tally, left);
  }
  return tally.finish("reset", kNoReset);
}

/// The first completion of a session from a position on; null without.
const IhvCall* completion_from(const IhvSession& session, std::size_t at) {
  for (const IhvCall* completion : session.completions) {
    if (completion->begin_at > at) {
      return completion;
    }
  }
  return nullptr;
}

void judge_cancelled(IhvTally& tally, const IhvSession& session, const IhvCall& reset) {
  const IhvCall* completion = completion_from(session, reset.begin_at);
  tally.occasion(reset);
  if (!reset.returned()) {
    if (const IhvMark* broke = tally.trace().broke_after(reset.begin_at)) {
      tally.breach(*broke->event, "AdapterReset did not return while an operation was pending");
    } else {
      tally.doubt("the trace ends inside AdapterReset");
    }
  } else if (completion == nullptr) {
    tally.breach(reset, fmt::format("session {} was pending, and AdapterReset returned without its "
                                    "completion",
                                    session.id));
  } else if (completion->begin_at > reset.end_at) {
    tally.breach(*completion, fmt::format("session {} was completed only after AdapterReset had "
                                          "returned",
                                          session.id));
  } else if (completion->argument("error") != kErrorCancelled ||
             completion->argument("reason") == 0) {
    tally.breach(*completion,
                 fmt::format("session {} was cancelled with error {} and reason {:#x}, expected "
                             "ERROR_CANCELLED (1223) and a reason other than success",
                             session.id, completion->argument("error").value_or(-1),
                             completion->argument("reason").value_or(0)));
  }
}

void warn_of_extra(IhvTally& tally, const IhvCall& reset) {
  for (const IhvCall* completion : tally.trace().calls_of(ihv::kPostAssociateCompletion)) {
    if (reset.under_way_at(completion->begin_at)) {
      tally.warn(*completion, "a completion was made inside AdapterReset, and nothing was pending");
    }
  }
}

/// SEED; RST; "before it returns" from EXT.
Finding judge_reset_cancels(const Evidence& evidence) {
  IhvTally tally("ihv.pa-29", evidence,
                 "each pending operation completed with ERROR_CANCELLED (1223) before AdapterReset "
                 "returns");
  for (const IhvCall* reset : tally.trace().calls_of(ihv::kAdapterReset)) {
    const IhvSession* session = tally.trace().latest_session(reset->begin_at);
    if (session != nullptr && session->pending_at(reset->begin_at)) {
      judge_cancelled(tally, *session, *reset);
    } else if (reset->returned()) {
      warn_of_extra(tally, *reset);
    }
  }
  return tally.finish("such reset", "no operation was pending at a reset");
}

/// What became of a pre-association that followed a reset.
void judge_fresh_start(IhvTally& tally, const IhvCall& pre) {
  const IhvTrace& trace = tally.trace();
  const IhvCall* completion = trace.first_after(ihv::kPreAssociateCompletion, pre.begin_at);
  std::size_t until = kNever;
  for (const auto function : {ihv::kAdapterReset, ihv::kDeinitAdapter, ihv::kPerformPreAssociate}) {
    const IhvCall* end = trace.first_after(function, pre.begin_at);
    until = end == nullptr ? until : std::min(until, end->begin_at);
  }
  if (pre.refused()) {
    tally.breach(pre, fmt::format("after a reset PerformPreAssociate was refused with error {}",
                                  *pre.error));
  } else if (completion != nullptr && completion->begin_at < until) {
    tally.occasion(pre);
    if (completion->argument("error").value_or(0) != 0) {
      tally.breach(*completion, fmt::format("after a reset pre-association failed with error {}",
                                            *completion->argument("error")));
    }
  } else if (trace.complete() && until == kNever &&
             tally.evidence().timeline.events().back().time - pre.begin->time >
                 kLongestPreparation) {
    tally.breach(pre, "after a reset pre-association was not completed");
  } else {
    tally.doubt(
        "the trace ends, or the host ends the connection, before pre-association after a "
        "reset was due");
  }
}

/// RST; D:adapter_reset.
Finding judge_reset_complete(const Evidence& evidence) {
  IhvTally tally("ihv.pa-30", evidence,
                 "after AdapterReset a new connection starts as the first one did");
  const IhvTrace& trace = tally.trace();
  for (const IhvCall* reset : trace.calls_of(ihv::kAdapterReset)) {
    const IhvCall* pre = trace.first_after(ihv::kPerformPreAssociate, reset->end_at);
    const IhvCall* before = trace.last_before(ihv::kPreAssociateCompletion, reset->begin_at);
    const IhvCall* next = trace.first_after(ihv::kAdapterReset, reset->begin_at);
    const bool its_own = pre != nullptr && (next == nullptr || pre->begin_at < next->begin_at);
    if (!reset->returned() || !its_own) {
      continue;
    }
    if (before == nullptr || before->argument("error") != 0) {
      tally.remark("no pre-association had succeeded before the reset, to compare with");
      continue;
    }
    judge_fresh_start(tally, *pre);
  }
  return tally.finish("new connection", "no connection followed a reset");
}

template <class Names>
void judge_class(IhvTally& tally, const IhvCall& reset, const Names& names,
                 std::string_view opened_by) {
  const IhvCall* opened = tally.trace().first_after(opened_by, reset.begin_at);
  for (const IhvCall& call : tally.trace().calls()) {
    const bool closed =
        call.begin_at > reset.end_at && (opened == nullptr || call.begin_at < opened->begin_at);
    if (closed && call.by_module &&
        std::find(names.begin(), names.end(), call.function) != names.end()) {
      tally.breach(
          call, fmt::format("{} was made after AdapterReset, before {}", name_of(call), opened_by));
    }
  }
}

/// EXT; ONEX.
Finding judge_closed_classes(const Evidence& evidence) {
  IhvTally tally("ihv.pa-31", evidence,
                 "after AdapterReset no call that belongs to a connection or a port");
  for (const IhvCall* reset : tally.trace().calls_of(ihv::kAdapterReset)) {
    if (reset->returned()) {
      tally.occasion(*reset);
      judge_class(tally, *reset, ihv::kConnectionClass, ihv::kPerformPreAssociate);
      judge_class(tally, *reset, ihv::kPostAssociationClass, ihv::kPerformPostAssociate);
    }
  }
  return tally.finish("reset", kNoReset);
}

}  // namespace

std::vector<Check> ihv_reset_checks() {
  return {
      ihv_check({.id = "ihv.pa-28",
                 .rule = "The host calls AdapterReset on a disconnection or a reset, clears the "
                         "EtherType and exemption lists before, and indicates no packet until new "
                         "ones are set.",
                 .why = "Exemptions that survive let unencrypted frames into the next connection.",
                 .source = "IHV contract PA-28 (host; documented): 802.11 WLAN Adapter Reset; IEEE "
                           "EtherType Handling; Dot11ExtIhvAdapterReset",
                 .provoke = "a disassociate step; a module step AdapterReset",
                 .inconclusive = "the trace does not tell of lists (a real system)"},
                judge_reset_called),
      ihv_check({.id = "ihv.pa-29",
                 .rule = "On AdapterReset the module completes every pending operation with "
                         "ERROR_CANCELLED and a reason other than success, before it returns (a "
                         "completion though nothing was pending: a warning).",
                 .why = "The system waits for the completion: without it the adapter can't connect "
                        "again.",
                 .source = "IHV contract PA-29 (module; seed): Performing a Post-Association "
                           "Operation; 802.11 WLAN Adapter Reset",
                 .provoke = "station.ihv.calls with AdapterReset at a moment of the operation"},
                judge_reset_cancels),
      ihv_check({.id = "ihv.pa-30",
                 .rule = "After AdapterReset the module is as after InitAdapter: the next "
                         "pre-association is accepted and succeeds as one did before.",
                 .why = "A module with leftovers connects once after each start of the machine.",
                 .source = "IHV contract PA-30 (module; documented): 802.11 WLAN Adapter Reset; "
                           "Dot11ExtIhvAdapterReset",
                 .provoke = "associate, a reset, associate again",
                 .inconclusive = "the next pre-association was cut off"},
                judge_reset_complete),
      ihv_check({.id = "ihv.pa-31",
                 .rule = "After AdapterReset returned the module calls nothing that belongs to a "
                         "connection until PerformPreAssociate, and nothing that belongs to a port "
                         "until PerformPostAssociate.",
                 .why = "The handles are dead; the call hits whatever took their place.",
                 .source = "IHV contract PA-31 (module; documented): IHV Extensibility functions; "
                           "Interface to the Native 802.11 802.1X Module",
                 .provoke = "a reset while the operation is pending"},
                judge_closed_classes),
  };
}

}  // namespace postassoc::checks
