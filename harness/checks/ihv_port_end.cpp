#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/ihv_ports.h"
#include "harness/checks/registry.h"

/// End of the port, stop and roam: PA-24 to PA-27 of the IHV contract.
namespace postassoc::checks {
namespace {

constexpr std::int64_t kByRoaming = 8;  // dot11_assoc_status_disassociated_by_roaming

std::string peer_of(const IhvCall& stop) {
  return ihv_address(stop.argument_text("peer"));
}

/// The scenario makes extra calls of its own, to see that they do no harm.
bool extra_stops(const Evidence& evidence) {
  return scenario_calls(evidence, "StopPostAssociate") ||
         scenario_calls(evidence, "stop_unknown_peer");
}

/// What told that a session's port went down, before the next session; null without.
const Event* loss_of(const IhvTrace& trace, const IhvSession& session) {
  const IhvMark* left = trace.first_mark_after("ihv_disassociation", session.perform->begin_at);
  if (left != nullptr && left->at < session.next_at()) {
    return left->event;
  }
  if (session.deinit != nullptr) {
    return session.deinit->begin;
  }
  return session.next_at() == kNever ? nullptr : session.perform->begin;
}

std::vector<const IhvCall*> stops_of(const IhvTrace& trace, const IhvSession& session) {
  std::vector<const IhvCall*> stops = trace.calls_of(ihv::kStopPostAssociate);
  std::erase_if(stops, [&](const IhvCall* stop) {
    return stop->begin_at < session.perform->begin_at || stop->begin_at > session.next_at();
  });
  return stops;
}

void judge_stops(IhvTally& tally, const IhvSession& session) {
  const auto stops = stops_of(tally.trace(), session);
  const bool extra = extra_stops(tally.evidence());
  const auto own = std::count_if(stops.begin(), stops.end(), [&](const IhvCall* stop) {
    return peer_of(*stop) == session.peer;
  });
  for (const IhvCall* stop : stops) {
    if (peer_of(*stop) != session.peer && !extra) {
      tally.breach(*stop, fmt::format("StopPostAssociate names the peer \"{}\", the port's is {}",
                                      peer_of(*stop), session.peer));
    }
    if (stop->argument("status") == 0) {
      tally.breach(*stop, "StopPostAssociate was given the status of success");
    }
  }
  if (own > 1 && !extra) {
    tally.breach(*stops.back(),
                 fmt::format("StopPostAssociate was called {} times for one port", own));
  }
}

void judge_after_stop(IhvTally& tally, const IhvSession& session) {
  for (const IhvCall* packet : tally.trace().calls_of(ihv::kReceivePacket)) {
    if (session.stop->returned() && packet->begin_at > session.stop->end_at &&
        packet->begin_at < session.next_at()) {
      tally.warn(*packet, "a packet was indicated after the port had been stopped");
    }
  }
}

/// STOP; D:stop_post_associate; O:Port Deletion.
Finding judge_stop_called(const Evidence& evidence) {
  IhvTally tally("ihv.pa-24", evidence,
                 "one StopPostAssociate for each port that goes down, with its peer and a status");
  const IhvTrace& trace = tally.trace();
  for (const IhvSession& session : trace.sessions()) {
    const Event* loss = loss_of(trace, session);
    judge_stops(tally, session);
    if (session.stop != nullptr) {
      tally.occasion(*session.stop);
      judge_after_stop(tally, session);
    } else if (loss != nullptr && trace.broke_after(session.perform->begin_at) == nullptr) {
      if (trace.complete()) {
        tally.breach(*loss, fmt::format("the port of session {} went down, and StopPostAssociate "
                                        "was not called",
                                        session.id));
      } else {
        tally.doubt("the trace ends after a port went down, before StopPostAssociate was due");
      }
    }
  }
  return tally.finish("port end", "no port went down");
}

/// STOP.
Finding judge_stop_silent(const Evidence& evidence) {
  IhvTally tally("ihv.pa-25", evidence, "no PostAssociateCompletion from the entry of Stop on");
  for (const IhvSession& session : tally.trace().sessions()) {
    if (session.stop == nullptr) {
      continue;
    }
    tally.occasion(*session.stop);
    for (const IhvCall* completion : session.completions) {
      if (completion->begin_at > session.stop->begin_at) {
        tally.breach(*completion, fmt::format("{} came after StopPostAssociate of session {} was "
                                              "entered",
                                              name_of(*completion), session.id));
      }
    }
  }
  return tally.finish("stop", "StopPostAssociate was not called for a port");
}

/// A port of this peer is up when it is called: then it is no extra one.
bool stops_a_port(const IhvTrace& trace, const IhvCall& stop) {
  const IhvSession* session = trace.latest_session(stop.begin_at);
  return session != nullptr && session->stop == &stop &&
         (session->reset == nullptr || session->reset->begin_at > stop.begin_at) &&
         (session->deinit == nullptr || session->deinit->begin_at > stop.begin_at);
}

/// SMP; inferred.
Finding judge_stop_harmless(const Evidence& evidence) {
  IhvTally tally("ihv.pa-26", evidence, "Stop without a port returns, and nothing comes of it");
  const IhvTrace& trace = tally.trace();
  for (const IhvCall* stop : trace.calls_of(ihv::kStopPostAssociate)) {
    if (stops_a_port(trace, *stop)) {
      continue;
    }
    if (!stop->returned()) {
      if (const IhvMark* broke = trace.broke_after(stop->begin_at)) {
        tally.breach(*broke->event, "StopPostAssociate without a port did not return");
      } else {
        tally.doubt("the trace ends inside StopPostAssociate");
      }
      continue;
    }
    tally.occasion(*stop);
    const IhvCall* completion = trace.first_after(ihv::kPostAssociateCompletion, stop->begin_at);
    if (completion != nullptr && completion->begin_at < stop->end_at) {
      tally.breach(*completion, "a completion came inside StopPostAssociate without a port");
    }
  }
  return tally.finish("extra stop", "StopPostAssociate was called only for ports that were up");
}

void judge_change_over(IhvTally& tally, const IhvSession& before, const IhvSession& next) {
  const IhvTrace& trace = tally.trace();
  const std::size_t at = next.perform->begin_at;
  const IhvCall* pre = trace.first_after(ihv::kPerformPreAssociate, before.perform->begin_at);
  const bool roamed = pre == nullptr || pre->begin_at > at;
  if (before.end_at() >= at) {
    tally.breach(*next.perform, fmt::format("PerformPostAssociate of session {} came while the "
                                            "port of session {} was up",
                                            next.id, before.id));
  }
  if (!roamed) {
    return;
  }
  tally.occasion(*next.perform);
  if (next.id == before.id) {
    tally.breach(*next.perform, "the new port has the session handle of the old one");
  }
  const IhvMark* cleared = trace.first_mark_after("ihv_lists_cleared", before.perform->begin_at);
  const bool reset = before.reset != nullptr;
  if (cleared != nullptr && cleared->at < at && !reset) {
    tally.breach(*cleared->event, "the EtherType lists were cleared by a roam");
  }
  if (next.perform->refused()) {
    tally.breach(*next.perform, fmt::format("the module refused the port after a roam with error "
                                            "{}",
                                            *next.perform->error));
  }
  if (before.stop != nullptr && before.stop->argument("status") != kByRoaming) {
    tally.remark(fmt::format("the old port was stopped with status {:#x}",
                             before.stop->argument("status").value_or(0)));
  }
}

/// O:Port Deletion; ETH.
Finding judge_roam(const Evidence& evidence) {
  IhvTally tally("ihv.pa-27", evidence,
                 "on a roam Stop of the old port before PerformPostAssociate of the new, without "
                 "a pre-association");
  const auto& sessions = tally.trace().sessions();
  for (std::size_t i = 1; i < sessions.size(); ++i) {
    judge_change_over(tally, sessions[i - 1], sessions[i]);
  }
  return tally.finish("roam", "the station did not roam");
}

}  // namespace

std::vector<Check> ihv_port_end_checks() {
  return {
      ihv_check({.id = "ihv.pa-24",
                 .rule = "The host calls StopPostAssociate once for each port that goes down, "
                         "completed or not, with the access point's address and a status that says "
                         "why.",
                 .why = "A module that is not told keeps timers and keys of a dead port.",
                 .source = "IHV contract PA-24 (host; documented): Stopping a Post-Association "
                           "Operation; Dot11ExtIhvStopPostAssociate; Port Deletion",
                 .provoke = "a disassociate step, a deauthentication, a roam, a removal",
                 .inconclusive = "the trace ends right after a port went down"},
                judge_stop_called),
      ihv_check({.id = "ihv.pa-25",
                 .rule = "On StopPostAssociate the module cancels silently: no completion of that "
                         "session from its entry on.",
                 .why = "The port is deleted behind the call; a completion would speak of nothing, "
                        "or of its successor.",
                 .source = "IHV contract PA-25 (module; documented): Stopping a Post-Association "
                           "Operation",
                 .provoke = "StopPostAssociate while the operation is pending"},
                judge_stop_silent),
      ihv_check({.id = "ihv.pa-26",
                 .rule = "StopPostAssociate does no harm after a reset, for an unknown peer, or "
                         "twice.",
                 .why = "Both orders of Stop and Reset occur on a disconnect.",
                 .source = "IHV contract PA-26 (module; inferred): Native Wifi IHV Service sample",
                 .provoke = "station.ihv.order reset_then_stop; a module step stop_unknown_peer"},
                judge_stop_harmless),
      ihv_check({.id = "ihv.pa-27",
                 .rule = "On a roam the old port is stopped before the new one is started under "
                         "another session handle; there is no pre-association between, and the "
                         "lists stay.",
                 .why = "Two ports of one connection: keys and completions of one hit the other.",
                 .source = "IHV contract PA-27 (host; documented): Port Deletion; IEEE EtherType "
                           "Handling",
                 .provoke = "a roam step"},
                judge_roam),
  };
}

}  // namespace postassoc::checks
