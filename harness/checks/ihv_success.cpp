#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/air_view.h"
#include "harness/checks/connection.h"
#include "harness/checks/ihv_keys.h"
#include "harness/checks/ihv_ports.h"
#include "harness/checks/registry.h"

/// What a completion has to rest on and to bring about: PA-19 to PA-21 of the IHV contract.
namespace postassoc::checks {
namespace {

constexpr std::chrono::nanoseconds kSentWithin = std::chrono::seconds(1);

/// The first key of a kind that was downloaded for a session, good or in time or not.
const IhvKeyCall* first_key(const std::vector<IhvKeyCall>& keys, const IhvSession& session,
                            bool pairwise) {
  for (const IhvKeyCall& key : keys) {
    if (!key.deletes && key.pairwise() == pairwise && !is_management_cipher(key.cipher) &&
        key.call->begin_at > session.perform->begin_at && key.call->begin_at < session.end_at() &&
        !key.call->refused()) {
      return &key;
    }
  }
  return nullptr;
}

void judge_key(IhvTally& tally, const IhvSession& session, const IhvCall& success,
               const std::vector<IhvKeyCall>& keys, bool pairwise) {
  const auto cipher = session.perform->argument(pairwise ? "unicast" : "multicast");
  if (!cipher) {
    tally.doubt("the trace does not tell the ciphers of the association");
    return;
  }
  const std::string_view noun = pairwise ? "pairwise" : "group";
  const IhvKeyCall* key = *cipher == 0 ? nullptr : first_key(keys, session, pairwise);
  if (*cipher != 0 && key == nullptr) {
    tally.breach(success, fmt::format("success was reported, and no {} key was downloaded in this "
                                      "session",
                                      noun));
  } else if (key != nullptr && !key->call->returned()) {
    tally.doubt(fmt::format("the trace does not hold the return of {}", name_of(*key->call)));
  } else if (key != nullptr && key->call->end_at > success.begin_at) {
    tally.breach(success, fmt::format("success was reported before {}, which downloaded the {} "
                                      "key, had returned",
                                      name_of(*key->call), noun));
  }
}

/// DOT11_AUTH_ALGO_RSNA and later, and those of WPA: a four-way handshake ends them.
bool ends_with_handshake(std::int64_t auth) {
  return auth == 3 || auth == 4 || (auth >= 6 && auth <= 11);
}

/// Whether message 4 follows message 3 on the air, around a completion.
void judge_exchange(IhvTally& tally, const IhvCall& success) {
  const Evidence& evidence = tally.evidence();
  const Timestamp done = success.begin->time;
  if (const auto why = missing(evidence, evidence_file::kAir)) {
    tally.doubt("that the exchange had ended is not shown: " + *why);
    return;
  }
  const AirView air(evidence);
  const Association* association = association_at(evidence, done);
  const AirEapol* asked = nullptr;
  const AirEapol* answered = nullptr;
  for (const HandshakeView& handshake : air.handshakes()) {
    if (handshake.association != association || association == nullptr) {
      continue;
    }
    for (const AirEapol* m3 : handshake.m3) {
      asked = m3->time <= done ? m3 : asked;
    }
    for (const AirEapol* m4 : handshake.m4) {
      answered = m4->time <= done + kSentWithin ? m4 : answered;
    }
  }
  if (association == nullptr || association->eapol.empty()) {
    tally.doubt("the air capture has no handshake around the completion");
  } else if (asked == nullptr) {
    tally.breach(success, "success was reported before message 3 of a handshake was on the air");
  } else if (answered == nullptr) {
    tally.breach(success, "success was reported, and no message 4 was on the air within 1 s");
  } else {
    tally.finding().frame(*asked).frame(*answered);
  }
}

/// SEED; ONEX. That keys come before is inferred.
Finding judge_authenticated(const Evidence& evidence) {
  IhvTally tally("ihv.pa-19", evidence,
                 "success only after the exchange has ended and all keys are downloaded");
  tally.finding().tolerance("message 4 on the air at most 1 s later");
  const auto keys = ihv_key_calls(tally.trace());
  for (const IhvSession& session : tally.trace().sessions()) {
    const IhvCall* success = session.success();
    if (success == nullptr) {
      continue;
    }
    tally.occasion(*success);
    judge_key(tally, session, *success, keys, true);
    judge_key(tally, session, *success, keys, false);
    if (ends_with_handshake(session.perform->argument("auth").value_or(0))) {
      judge_exchange(tally, *success);
    }
  }
  return tally.finish("completion", "no completion reported success");
}

/// Completions that the host took while the session was up.
std::vector<const IhvCall*> taken(const IhvSession& session) {
  std::vector<const IhvCall*> taken;
  std::copy_if(session.completions.begin(), session.completions.end(), std::back_inserter(taken),
               [&](const IhvCall* c) { return session.contains(c->begin_at) && c->succeeded(); });
  return taken;
}

/// Where the next completion, or the end of the session, changes the port again.
std::size_t next_change(const IhvSession& session, const IhvCall& completion) {
  for (const IhvCall* other : session.completions) {
    if (other->begin_at > completion.begin_at) {
      return std::min(other->begin_at, session.end_at());
    }
  }
  return session.end_at();
}

/// The moment of a position: that of the call that began there, or the timeline's end.
Timestamp time_of(const IhvTrace& trace, const Evidence& evidence, std::size_t at) {
  for (const IhvCall& call : trace.calls()) {
    if (call.begin_at == at) {
      return call.begin->time;
    }
  }
  return evidence.timeline.events().back().time;
}

void judge_opened(IhvTally& tally, const IhvSession& session, const IhvCall& completion) {
  const Evidence& evidence = tally.evidence();
  const std::size_t next = next_change(session, completion);
  const bool told =
      port_event(tally.trace(), session.id, "authorized", completion.begin_at, next) != nullptr;
  tally.occasion(completion);
  if (!told && !tally.trace().marks("ihv_port").empty()) {
    tally.breach(completion, fmt::format("{} reported success, and the host did not authorize the "
                                         "port",
                                         name_of(completion)));
    return;
  }
  if (const auto why = trace_unusable(evidence)) {
    tally.doubt("that the port opened is not shown: " + *why);
    return;
  }
  const Timestamp from = completion.begin->time;
  const Event* opening = kernel_opening(evidence, from, from + kPortFollows);
  if (opening != nullptr) {
    tally.finding().event(*opening);
  } else if (!kernel_port_open(evidence, from)) {
    const bool brief = time_of(tally.trace(), evidence, next) < from + kPortFollows;
    if (brief) {
      tally.doubt("the session ended before its port had to be open");
    } else {
      tally.breach(completion, fmt::format("{} reported success, and the station's port was not "
                                           "open within 500 ms",
                                           name_of(completion)));
    }
  }
}

/// D:post_associate_completion; O:Port Creation.
Finding judge_opens(const Evidence& evidence) {
  IhvTally tally("ihv.pa-20", evidence, "the port is authorized, and opens within 500 ms");
  tally.finding().tolerance("500 ms");
  for (const IhvSession& session : tally.trace().sessions()) {
    for (const IhvCall* completion : taken(session)) {
      if (completion->argument("error") == 0) {
        judge_opened(tally, session, *completion);
      }
    }
  }
  return tally.finish("completion", "no completion reported success");
}

/// Packets have to go on both ways.
void judge_security_packets(IhvTally& tally, const IhvCall& completion, std::size_t until) {
  for (const IhvCall* send : tally.trace().calls_of(ihv::kSendPacket)) {
    if (send->begin_at > completion.begin_at && send->begin_at < until && send->refused() &&
        !scenario_has(tally.evidence(), "send_errors")) {
      tally.breach(*send,
                   fmt::format("{} was refused while the port was unauthorized", name_of(*send)));
    }
  }
}

void judge_closed(IhvTally& tally, const IhvSession& session, const IhvCall& completion) {
  const Evidence& evidence = tally.evidence();
  const std::size_t next = next_change(session, completion);
  tally.occasion(completion);
  judge_security_packets(tally, completion, next);
  if (port_state_before(tally.trace(), session.id, next) == "authorized") {
    tally.breach(completion, fmt::format("{} reported a failure, and the host left the port "
                                         "authorized",
                                         name_of(completion)));
    return;
  }
  if (const auto why = trace_unusable(evidence)) {
    tally.doubt("that the port is closed is not shown: " + *why);
    return;
  }
  const Timestamp from = completion.end->time;
  const Timestamp until = time_of(tally.trace(), evidence, next);
  const Event* opening = kernel_opening(evidence, from, until);
  if (opening != nullptr) {
    tally.breach(*opening, fmt::format("the station's port opened after {} had reported a failure",
                                       name_of(completion)));
    return;
  }
  if (!kernel_port_open(evidence, std::min(until, from + kPortFollows))) {
    return;
  }
  if (!tells_leaving(evidence)) {
    tally.doubt("the kernel trace does not tell of ports that close");
  } else {
    tally.breach(completion, fmt::format("the station's port was still open 500 ms after {} had "
                                         "reported a failure, or when the session ended",
                                         name_of(completion)));
  }
}

/// D:post_associate_completion.
Finding judge_closes(const Evidence& evidence) {
  IhvTally tally("ihv.pa-21", evidence,
                 "the port is unauthorized and closed; security packets still pass");
  tally.finding().tolerance("500 ms");
  for (const IhvSession& session : tally.trace().sessions()) {
    for (const IhvCall* completion : taken(session)) {
      if (completion->argument("error").value_or(0) != 0) {
        judge_closed(tally, session, *completion);
      }
    }
  }
  return tally.finish("completion", "no completion reported a failure while a port was up");
}

constexpr std::string_view kNeedsKernel =
    "the trace of calls; kernel trace: the opening and closing of the station's port";
constexpr std::string_view kNoKernel =
    "there is no kernel trace of the station (a real system), or the session ended at once";

}  // namespace

std::vector<Check> ihv_success_checks() {
  return {
      ihv_check({.id = "ihv.pa-19",
                 .rule = "Success is reported only after the exchange with the access point ended "
                         "and every key that the ciphers need was downloaded.",
                 .why = "The port opens before the keys are there: the first packets go out in "
                        "clear, or are lost.",
                 .source = "IHV contract PA-19 (module; seed, keys inferred): Performing a "
                           "Post-Association Operation; Interface to the Native 802.11 802.1X "
                           "Module",
                 .provoke = "any scenario with station.module that connects",
                 .needs = "the trace of calls; air capture: messages 3 and 4",
                 .inconclusive = "no air capture, or no handshake in it around the completion",
                 .gates = {"gate.clock-aligned"}},
                judge_authenticated),
      ihv_check(
          {.id = "ihv.pa-20",
           .rule = "On a completion with success the host authorizes the port, and it opens.",
           .why = "The module says connected, and nothing passes.",
           .source = "IHV contract PA-20 (host; documented): Dot11ExtPostAssociateCompletion; "
                     "Port Creation",
           .provoke = "any scenario with station.module that connects",
           .needs = kNeedsKernel,
           .inconclusive = kNoKernel,
           .gates = {"gate.clock-aligned"}},
          judge_opens),
      ihv_check(
          {.id = "ihv.pa-21",
           .rule = "On a completion with a failure the port is unauthorized and closed, while "
                   "security packets still pass.",
           .why = "Data goes on after authentication was lost; or the module can't "
                  "authenticate again.",
           .source = "IHV contract PA-21 (host; documented): Dot11ExtPostAssociateCompletion",
           .provoke = "a wrong credential; a module that loses authentication",
           .needs = kNeedsKernel,
           .inconclusive = kNoKernel,
           .gates = {"gate.clock-aligned"}},
          judge_closes),
  };
}

}  // namespace postassoc::checks
