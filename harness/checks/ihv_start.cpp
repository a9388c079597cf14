#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/ihv_lists.h"
#include "harness/checks/ihv_ports.h"
#include "harness/checks/registry.h"

/// Start of the operation, the host's part and the call itself: PA-08 to PA-13 of the IHV contract.
namespace postassoc::checks {
namespace {

constexpr std::int64_t kSmallestParameters = 88;  ///< of the Vista structure
constexpr std::chrono::nanoseconds kPromptly = std::chrono::milliseconds(500);

/// Calls of PerformPostAssociate after an indication and before the next one.
std::vector<const IhvCall*> answers_to(const IhvTrace& trace, const IhvMark& indication) {
  const IhvMark* next = trace.first_mark_after("ihv_association", indication.at);
  std::vector<const IhvCall*> answers;
  for (const IhvSession& session : trace.sessions()) {
    const std::size_t at = session.perform->begin_at;
    if (at > indication.at && (next == nullptr || at < next->at)) {
      answers.push_back(session.perform);
    }
  }
  return answers;
}

void judge_indication(IhvTally& tally, const IhvMark& indication) {
  const IhvTrace& trace = tally.trace();
  const auto answers = answers_to(trace, indication);
  const bool success = number(*indication.event, "status") == 0;
  tally.occasion(*indication.event);
  if (!success && !answers.empty()) {
    tally.breach(*answers.front(), "PerformPostAssociate was called after a failed association");
  } else if (success && answers.size() > 1) {
    tally.breach(*answers.back(), fmt::format("PerformPostAssociate was called {} times for one "
                                              "association",
                                              answers.size()));
  } else if (success && answers.empty()) {
    const bool ended = trace.first_mark_after("ihv_disassociation", indication.at) != nullptr ||
                       trace.broke_after(indication.at) != nullptr;
    if (ended || !trace.complete()) {
      tally.doubt(
          "an association was indicated, and it or the trace ended before "
          "PerformPostAssociate was due");
    } else {
      tally.breach(*indication.event, "PerformPostAssociate was not called for this association");
    }
  }
}

/// SEED; D:perform_post_associate.
Finding judge_called_once(const Evidence& evidence) {
  IhvTally tally("ihv.pa-08", evidence,
                 "one PerformPostAssociate for each successful association, after its indication");
  const IhvTrace& trace = tally.trace();
  const auto& indications = trace.marks("ihv_association");
  for (const IhvMark& indication : indications) {
    judge_indication(tally, indication);
  }
  for (const IhvSession& session : trace.sessions()) {
    const std::size_t at = session.perform->begin_at;
    if (indications.empty()) {
      tally.doubt("the trace has no association indications");
    } else if (indications.front().at > at) {
      tally.breach(*session.perform,
                   "PerformPostAssociate came before any association was "
                   "indicated");
    }
    const IhvPhase phase = phase_at(trace, at);
    if (phase != IhvPhase::pre_done) {
      tally.breach(
          *session.perform,
          "PerformPostAssociate without a pre-association that was completed successfully");
    }
  }
  return tally.finish("association", "no association was indicated");
}

void judge_port_arguments(IhvTally& tally, const IhvCall& perform) {
  const auto is = [&](const char* key) { return perform.argument_flag(key); };
  if (!is("port_controlled") || !is("port_authorized") || !is("ranges_valid")) {
    tally.doubt("the trace lacks arguments of PerformPostAssociate");
  } else if (*is("port_authorized") || !*is("port_controlled")) {
    tally.breach(perform,
                 "the port passed to PerformPostAssociate is not controlled, or authorized "
                 "already");
  } else if (!*is("ranges_valid")) {
    tally.breach(perform, "a part of the association parameters lies outside of their buffer");
  }
  if (perform.argument("status").value_or(0) != 0) {
    tally.breach(perform, fmt::format("the association parameters have status {}",
                                      *perform.argument("status")));
  }
  if (const auto bytes = perform.argument("bytes"); bytes && *bytes < kSmallestParameters) {
    tally.breach(perform, fmt::format("{} bytes of association parameters are less than the "
                                      "structure has",
                                      *bytes));
  }
}

void judge_peer(IhvTally& tally, const IhvSession& session) {
  const Evidence& evidence = tally.evidence();
  const IhvMark* indication =
      tally.trace().last_mark_before("ihv_association", session.perform->begin_at);
  const std::string indicated =
      indication == nullptr ? "" : ihv_address(text(*indication->event, "peer"));
  const std::string first = to_string(evidence.bssid);
  const std::string second = evidence.second_bssid ? to_string(*evidence.second_bssid) : "";
  const bool known =
      evidence.bssid == MacAddress{} || session.peer == first || session.peer == second;
  if (session.peer.empty() || (!indicated.empty() && indicated != session.peer) || !known) {
    tally.breach(*session.perform,
                 fmt::format("the peer passed to PerformPostAssociate is \"{}\", the access point "
                             "is {}",
                             session.peer, indicated.empty() ? first : indicated));
  }
}

void judge_port_event(IhvTally& tally, const IhvSession& session) {
  if (tally.trace().marks("ihv_port").empty()) {
    tally.doubt("the trace tells nothing of ports");
    return;
  }
  const std::string state = port_state_before(tally.trace(), session.id, session.perform->begin_at);
  if (state != "created" && state != "unauthorized") {
    tally.breach(*session.perform, state.empty() ? "no port had been created for the session"
                                                 : "the port was " + state + " already");
  }
}

/// SEED; D:DOT11_PORT_STATE, D:DOT11_ASSOCIATION_COMPLETION_PARAMETERS; O:Port Creation.
Finding judge_port_given(const Evidence& evidence) {
  IhvTally tally("ihv.pa-09", evidence,
                 "an unauthorized, controlled port of the access point that was associated with, "
                 "and association parameters that are whole");
  for (const IhvSession& session : tally.trace().sessions()) {
    tally.occasion(*session.perform);
    judge_port_arguments(tally, *session.perform);
    judge_peer(tally, session);
    judge_port_event(tally, session);
  }
  return tally.finish("PerformPostAssociate call", "PerformPostAssociate was not called");
}

/// D:DOT11_PORT_STATE; the second part is inferred.
Finding judge_buffers_kept(const Evidence& evidence) {
  IhvTally tally("ihv.pa-10", evidence,
                 "port state and association parameters are as they were, and not read later");
  for (const IhvSession& session : tally.trace().sessions()) {
    const IhvCall& perform = *session.perform;
    const auto changed = perform.out_flag("buffers_changed");
    if (!changed) {
      tally.doubt("the trace does not tell whether the buffers of PerformPostAssociate changed");
      continue;
    }
    tally.occasion(perform);
    if (*changed) {
      tally.breach(perform, "the module changed *pPortState or the association parameters");
    }
  }
  for (const IhvCall& call : tally.trace().calls()) {
    for (const char* key : {"peer", "address"}) {
      if (call.by_module && is_overwritten(call.argument_text(key))) {
        tally.breach(call, fmt::format("{} has the address {}: octets that the host wrote over a "
                                       "buffer after its call had returned",
                                       name_of(call), call.argument_text(key)));
      }
    }
  }
  return tally.finish("PerformPostAssociate call", "PerformPostAssociate was not called");
}

/// Anything that the module did for this session after the call began.
bool showed_work(const IhvTrace& trace, const IhvSession& session) {
  return std::any_of(trace.calls().begin(), trace.calls().end(), [&](const IhvCall& call) {
    return call.by_module && session.contains(call.begin_at);
  });
}

/// D:perform_post_associate.
Finding judge_started(const Evidence& evidence) {
  IhvTally tally("ihv.pa-11", evidence,
                 "ERROR_SUCCESS when the operation was started, an error and no completion when "
                 "not");
  for (const IhvSession& session : tally.trace().sessions()) {
    const IhvCall& perform = *session.perform;
    if (perform.refused()) {
      tally.occasion(perform);
      if (!session.completions.empty()) {
        tally.breach(*session.completions.front(),
                     fmt::format("session {} was refused with error {}, and then completed",
                                 session.id, *perform.error));
      }
    } else if (perform.succeeded() &&
               (showed_work(tally.trace(), session) || session.end_at() != kNever)) {
      tally.occasion(perform);
    } else {
      tally.doubt(
          "PerformPostAssociate did not return, or the trace shows nothing of what it "
          "started");
    }
  }
  return tally.finish("PerformPostAssociate call", "PerformPostAssociate was not called");
}

/// A packet that came during a call, and was held back until it returned.
bool packet_withheld(const IhvTrace& trace, const IhvCall& call) {
  const IhvMark* queued = trace.first_mark_after("ihv_packet_queued", call.begin_at);
  const IhvCall* indicated = trace.first_after(ihv::kReceivePacket, call.begin_at);
  return queued != nullptr && queued->at < call.end_at &&
         (indicated == nullptr || indicated->begin_at > call.end_at);
}

/// SEED: "initiates"; the bound is the harness's own.
Finding judge_returns(const Evidence& evidence) {
  IhvTally tally("ihv.pa-12", evidence,
                 "PerformPostAssociate returns without waiting for anybody, within 500 ms");
  tally.finding().tolerance("slower than 500 ms: told as a warning");
  for (const IhvSession& session : tally.trace().sessions()) {
    const IhvCall& perform = *session.perform;
    if (perform.returned()) {
      tally.occasion(perform);
      const auto took = perform.end->time - perform.begin->time;
      if (took > kPromptly && packet_withheld(tally.trace(), perform)) {
        tally.breach(perform, fmt::format("PerformPostAssociate took {} ms while a packet that had "
                                          "come was held back for it",
                                          to_ms_text(took)));
      } else if (took > kPromptly) {
        tally.warn(perform, fmt::format("PerformPostAssociate took {} ms", to_ms_text(took)));
      }
    } else if (const IhvMark* broke = tally.trace().broke_after(perform.begin_at)) {
      tally.breach(*broke->event, "PerformPostAssociate did not return");
    } else {
      tally.doubt("the trace ends inside PerformPostAssociate");
    }
  }
  return tally.finish("PerformPostAssociate call", "PerformPostAssociate was not called");
}

/// Buffers taken from the host and not given back, at a moment.
std::int64_t outstanding_at(const IhvTrace& trace, std::size_t at) {
  std::int64_t outstanding = 0;
  for (const IhvCall& call : trace.calls()) {
    if (call.begin_at < at && call.by_module) {
      const bool taken = call.function == ihv::kAllocateBuffer && call.succeeded();
      const bool given = call.function == ihv::kFreeBuffer && call.argument("buffer").has_value();
      outstanding += taken ? 1 : (given ? -1 : 0);
    }
  }
  return outstanding;
}

/// SEED; POA; STOP. What a module takes from its own heap nobody sees.
Finding judge_no_growth(const Evidence& evidence) {
  IhvTally tally("ihv.pa-13", evidence,
                 "what is taken from the host for a port is given back when the port goes");
  const IhvTrace& trace = tally.trace();
  std::vector<std::int64_t> levels;
  const Event* last = nullptr;
  for (const IhvSession& session : trace.sessions()) {
    const IhvCall* over = session.deinit;
    over = session.reset != nullptr ? session.reset : over;
    over = session.stop != nullptr && session.reset == nullptr ? session.stop : over;
    if (over != nullptr && over->returned()) {
      levels.push_back(outstanding_at(trace, over->end_at));
      last = over->begin;
      tally.occasion(*over);
    }
  }
  if (trace.calls_of(ihv::kAllocateBuffer).empty() || levels.size() < 3) {
    IhvTally none("ihv.pa-13", evidence, "");
    return none.finish("port", levels.size() < 3
                                   ? "fewer than 3 ports came and went: growth can't be seen"
                                   : "the module took no buffer from the host, and its own heap is "
                                     "not seen");
  }
  if (std::adjacent_find(levels.begin(), levels.end(), std::greater_equal<>()) == levels.end()) {
    tally.breach(*last, fmt::format("buffers not given back grew with each of {} ports, from {} to "
                                    "{}",
                                    levels.size(), levels.front(), levels.back()));
  }
  return tally.finish("port end", "");
}

}  // namespace

std::vector<Check> ihv_start_checks() {
  return {
      ihv_check(
          {.id = "ihv.pa-08",
           .rule = "The host calls PerformPostAssociate once for each successful association, "
                   "after its indication and a successful pre-association, and never after a "
                   "failed one.",
           .why = "A second start makes two operations fight for one port.",
           .source = "IHV contract PA-08 (host; seed): Performing a Post-Association "
                     "Operation; Dot11ExtIhvPerformPostAssociate",
           .provoke = "any scenario with station.module that associates",
           .inconclusive = "the trace has no indications, or ends right after one"},
          judge_called_once),
      ihv_check({.id = "ihv.pa-09",
                 .rule = "The port passed to PerformPostAssociate exists, is controlled and "
                         "unauthorized, its peer is the access point, and the association "
                         "parameters are whole and of status 0.",
                 .why = "A module that believes a port authorized opens the network without a "
                        "handshake; ranges out of bounds crash it.",
                 .source = "IHV contract PA-09 (host; documented): DOT11_PORT_STATE, "
                           "DOT11_ASSOCIATION_COMPLETION_PARAMETERS; Port Creation",
                 .provoke = "any scenario with station.module that associates",
                 .inconclusive = "the trace lacks port events or the dump of the arguments"},
                judge_port_given),
      ihv_check({.id = "ihv.pa-10",
                 .rule = "The module neither changes *pPortState and the association parameters, "
                         "nor uses them after PerformPostAssociate returned.",
                 .why = "The host's own view of the port lies in that memory, and is freed.",
                 .source = "IHV contract PA-10 (module; documented, later use inferred): "
                           "DOT11_PORT_STATE",
                 .provoke = "any scenario with station.module: the host compares the buffers, and "
                            "overwrites them afterwards",
                 .inconclusive = "the host did not compare the buffers"},
                judge_buffers_kept),
      ihv_check({.id = "ihv.pa-11",
                 .rule = "PerformPostAssociate returns ERROR_SUCCESS if and only if the operation "
                         "was started; a refused session is never completed.",
                 .why = "The host has given up a refused session; its completion hits nothing, or "
                        "the next one.",
                 .source = "IHV contract PA-11 (module; documented, absence inferred): "
                           "Dot11ExtIhvPerformPostAssociate",
                 .provoke = "any scenario with station.module that associates",
                 .inconclusive = "the call did not return, or nothing follows it"},
                judge_started),
      ihv_check({.id = "ihv.pa-12",
                 .rule = "PerformPostAssociate starts the operation and returns; it waits for no "
                         "packet, user or other handler (slower than 500 ms with no packet "
                         "waiting: a warning).",
                 .why = "Packets are indicated after it returned: a module that waits for one in "
                        "it waits for ever, and the host with it.",
                 .source = "IHV contract PA-12 (module; inferred from the seed's \"initiates\")",
                 .provoke = "any scenario with station.module that associates",
                 .inconclusive = "the trace ends inside the call"},
                judge_returns),
      ihv_check(
          {.id = "ihv.pa-13",
           .rule = "Buffers taken from the host for a port are given back when the port goes: "
                   "over three and more ports their number does not grow each time.",
           .why = "A laptop roams a hundred times a day; a few buffers each time end the "
                  "host process.",
           .source = "IHV contract PA-13 (module; seed): Performing a Post-Association "
                     "Operation; Stopping a Post-Association Operation",
           .provoke = "rounds of associate and disassociate",
           .inconclusive = "there is no trace; what a module takes from its own heap is not "
                           "seen at all"},
          judge_no_growth),
  };
}

}  // namespace postassoc::checks
