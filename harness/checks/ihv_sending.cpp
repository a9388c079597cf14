#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "harness/checks/air_view.h"
#include "harness/checks/connection.h"
#include "harness/checks/ihv_tally.h"
#include "harness/checks/registry.h"

/// Sending: PA-36 to PA-40 of the IHV contract.
namespace postassoc::checks {
namespace {

constexpr std::int64_t kShortestPacket = 9;  // address, EtherType and an octet
constexpr const char* kNoSend = "SendPacket was not called";
constexpr std::size_t kManyWaiting = 16;  // a flood: the adapter's own queue is full
constexpr std::chrono::nanoseconds kSendReturns = std::chrono::seconds(1);
constexpr std::chrono::nanoseconds kOnAirWithin = std::chrono::seconds(1);

const std::vector<const IhvCall*>& sends(const IhvTrace& trace) {
  return trace.calls_of(ihv::kSendPacket);
}

/// D:send_packet; SEND; CLI.
Finding judge_packet(const Evidence& evidence) {
  IhvTally tally("ihv.pa-36", evidence, "a unicast destination, 9 octets and more, a port");
  for (const IhvCall* send : sends(tally.trace())) {
    tally.occasion(*send);
    const auto length = send->argument("length");
    const auto destination = MacAddress::parse(send->argument_text("destination"));
    const IhvSession* session = tally.trace().session_at(send->begin_at);
    if (!length || (!destination && *length >= kShortestPacket)) {
      tally.doubt("the trace lacks length or destination of a sent packet");
    } else if (*length < kShortestPacket) {
      tally.breach(*send,
                   fmt::format("{} is given a packet of {} octets", name_of(*send), *length));
    } else if (destination->is_group()) {
      tally.breach(*send, fmt::format("{} sends to the group address {}", name_of(*send),
                                      to_string(*destination)));
    } else if (session == nullptr) {
      tally.warn(*send, fmt::format("{} was made without a port", name_of(*send)));
    } else if (to_string(*destination) != session->peer) {
      tally.warn(*send, fmt::format("{} sends to {}, which is not the port's peer", name_of(*send),
                                    to_string(*destination)));
    }
  }
  return tally.finish("sent packet", kNoSend);
}

/// D:send_packet.
Finding judge_unique_handle(const Evidence& evidence) {
  IhvTally tally("ihv.pa-37", evidence, "no two packets in flight with one hSendCompletion");
  std::set<std::string> nulls;  // in flight under the handle NULL, by number
  for (const IhvCall& call : tally.trace().calls()) {
    if (call.function == ihv::kSendPacketCompletion) {
      nulls.erase(call.argument_handle("send"));
    } else if (call.function == ihv::kSendPacket) {
      tally.occasion(call);
      const auto in_flight = call.argument_flag("handle_open");
      const bool null = call.argument_flag("null_handle").value_or(false) && !call.refused();
      if (null) {
        nulls.insert(call.argument_handle("send"));
      }
      if (!in_flight) {
        tally.doubt("the trace does not tell whether a handle was in use");
      } else if (*in_flight || nulls.size() > 1) {
        tally.breach(call,
                     fmt::format("{} uses {} that is in flight", name_of(call),
                                 null ? "the handle NULL of a packet" : "the handle of a packet"));
      }
    }
  }
  return tally.finish("sent packet", kNoSend);
}

void judge_completions(IhvTally& tally, const IhvCall& send,
                       const std::vector<const IhvCall*>& completions) {
  if (send.refused()) {
    if (!completions.empty()) {
      tally.breach(*completions.front(),
                   fmt::format("{} was refused, and then completed", name_of(send)));
    }
    return;
  }
  tally.occasion(send);
  if (completions.size() > 1) {
    tally.breach(*completions[1],
                 fmt::format("{} was completed {} times", name_of(send), completions.size()));
  } else if (!completions.empty() && completions.front()->begin_at < send.begin_at) {
    tally.breach(*completions.front(), fmt::format("a completion came before {}", name_of(send)));
  } else if (completions.empty()) {
    const IhvTrace& trace = tally.trace();
    if (!trace.complete() || !send.returned() || trace.broke_after(send.begin_at) != nullptr) {
      tally.doubt(fmt::format("the trace ends before {} was completed", name_of(send)));
    } else {
      tally.breach(send, fmt::format("{} was accepted and never completed", name_of(send)));
    }
  }
}

/// SEED; SEND. "None for a refused one" is inferred.
Finding judge_one_completion(const Evidence& evidence) {
  IhvTally tally("ihv.pa-38", evidence, "one SendPacketCompletion for each accepted packet");
  std::map<std::string, std::vector<const IhvCall*>> completions;
  for (const IhvCall* call : tally.trace().calls_of(ihv::kSendPacketCompletion)) {
    completions[call->argument_handle("send")].push_back(call);
  }
  std::set<std::string> sent;
  for (const IhvCall* send : sends(tally.trace())) {
    const std::string handle = send->argument_handle("send");
    sent.insert(handle);
    judge_completions(tally, *send, completions[handle]);
  }
  for (const auto& [handle, calls] : completions) {
    if (!calls.empty() && !sent.contains(handle)) {
      tally.breach(*calls.front(), "SendPacketCompletion carries a handle that no packet has");
    }
  }
  return tally.finish("accepted packet", kNoSend);
}

/// D:send_packet; SEND.
Finding judge_send_buffer(const Evidence& evidence) {
  IhvTally tally("ihv.pa-39", evidence,
                 "the packet's buffer is unchanged when SendPacketCompletion comes");
  for (const IhvCall* call : tally.trace().calls_of(ihv::kSendPacketCompletion)) {
    const auto changed = call->argument_flag("buffer_changed");
    if (!changed) {
      tally.doubt("the trace does not tell whether the packet's buffer had changed");
      continue;
    }
    tally.occasion(*call);
    if (*changed) {
      tally.breach(*call, fmt::format("the buffer of send {} was changed or freed before its "
                                      "completion",
                                      call->argument_handle("send")));
    }
  }
  return tally.finish("completed packet", "SendPacketCompletion was not called");
}

/// The port is not yet authorized, or not any more, or a received packet is being handled.
bool is_asked_to_pass(const IhvTrace& trace, const IhvCall& send) {
  const IhvSession* session = trace.session_at(send.begin_at);
  if (session == nullptr) {
    return false;
  }
  bool authorized = false;
  for (const IhvCall* completion : session->completions) {
    if (completion->begin_at < send.begin_at) {
      authorized = completion->argument("error") == 0;
    }
  }
  return !authorized || trace.enclosing(send, ihv::kReceivePacket) != nullptr;
}

/// Refused for what it is: another rule tells.
bool is_sound(const IhvCall& send) {
  const auto destination = MacAddress::parse(send.argument_text("destination"));
  return destination && !destination->is_group() && send.adapter != "foreign" &&
         send.argument("length").value_or(0) >= kShortestPacket &&
         send.argument_flag("handle_open") != true;
}

bool on_air(const Evidence& evidence, const IhvCall& send) {
  for (const Association& association : evidence.air.associations) {
    for (const AirEapol& frame : association.eapol) {
      if (frame.direction == Direction::from_station &&
          frame.time >= send.begin->time - kAirStampUncertainty &&
          frame.time <= send.begin->time + kOnAirWithin) {
        return true;
      }
    }
  }
  return false;
}

/// `waiting`: packets that the host had taken and not completed when this one came.
void judge_passes(IhvTally& tally, const IhvCall& send, std::size_t waiting) {
  const Evidence& evidence = tally.evidence();
  if (!send.returned()) {
    if (const IhvMark* broke = tally.trace().broke_after(send.begin_at)) {
      tally.breach(*broke->event, fmt::format("{} did not return", name_of(send)));
    } else {
      tally.doubt(fmt::format("the trace ends inside {}", name_of(send)));
    }
    return;
  }
  tally.occasion(send);
  if (send.refused()) {
    if (waiting >= kManyWaiting) {
      tally.warn(send,
                 fmt::format("{} was refused while {} packets waited", name_of(send), waiting));
    } else if (!scenario_has(evidence, "send_errors")) {
      tally.breach(send, fmt::format("{} was refused with error {}", name_of(send), *send.error));
    }
    return;
  }
  if (send.end->time - send.begin->time > kSendReturns) {
    tally.breach(send, fmt::format("{} took {} ms to return", name_of(send),
                                   to_ms_text(send.end->time - send.begin->time)));
  }
  if (send.argument_text("ethertype") != "888e") {
    return;
  }
  if (const auto why = missing(evidence, evidence_file::kAir)) {
    tally.doubt("that the packet went out is not shown: " + *why);
  } else if (!on_air(evidence, send)) {
    tally.doubt(
        fmt::format("{} was accepted, and the air capture has no EAPOL frame of the "
                    "station within 1 s",
                    name_of(send)));
  }
}

/// D:send_packet, D:post_associate_completion; RECV.
Finding judge_send_accepted(const Evidence& evidence) {
  IhvTally tally("ihv.pa-40", evidence,
                 "packets are taken while the port is unauthorized and inside ReceivePacket");
  tally.finding().tolerance("1 s to return, 1 s to the air");
  std::set<std::string> in_flight;
  for (const IhvCall& call : tally.trace().calls()) {
    if (call.function == ihv::kSendPacketCompletion) {
      in_flight.erase(call.argument_handle("send"));
    } else if (call.function == ihv::kSendPacket) {
      if (is_sound(call) && is_asked_to_pass(tally.trace(), call)) {
        judge_passes(tally, call, in_flight.size());
      }
      if (call.succeeded()) {
        in_flight.insert(call.argument_handle("send"));
      }
    }
  }
  return tally.finish("packet",
                      "no packet was sent on an unauthorized port or inside ReceivePacket");
}

}  // namespace

std::vector<Check> ihv_sending_checks() {
  return {
      ihv_check({.id = "ihv.pa-36",
                 .rule = "SendPacket is given a unicast destination, an EtherType and a payload, 9 "
                         "octets at least (without a port, or to another than its peer: a "
                         "warning).",
                 .why = "Group frames under a pairwise exchange and short buffers are dropped, or "
                        "read past their end.",
                 .source = "IHV contract PA-36 (module; documented): DOT11EXT_SEND_PACKET; Send "
                           "Operations; DOT11_SECURITY_PACKET_HEADER",
                 .provoke = "any scenario with station.module that associates"},
                judge_packet),
      ihv_check({.id = "ihv.pa-37",
                 .rule = "hSendCompletion is unique among the packets in flight.",
                 .why = "The completion names only the handle: the module frees the wrong packet.",
                 .source = "IHV contract PA-37 (module; documented): DOT11EXT_SEND_PACKET",
                 .provoke = "station.ihv.send_completion_delay_ms, so that several are in flight"},
                judge_unique_handle),
      ihv_check({.id = "ihv.pa-38",
                 .rule = "The host completes every accepted packet exactly once, and a refused one "
                         "never.",
                 .why = "A lost completion leaks a packet, a second one frees it twice.",
                 .source = "IHV contract PA-38 (host; seed): Performing a Post-Association "
                           "Operation; Send Operations",
                 .provoke = "any scenario with station.module; station.ihv.send_errors",
                 .inconclusive = "the trace ends while a packet is in flight"},
                judge_one_completion),
      ihv_check({.id = "ihv.pa-39",
                 .rule = "The module neither frees nor changes a packet's buffer before its "
                         "SendPacketCompletion.",
                 .why = "What goes out is then whatever the memory holds by that time: parts of a "
                        "key, for instance.",
                 .source = "IHV contract PA-39 (module; documented): DOT11EXT_SEND_PACKET; Send "
                           "Operations",
                 .provoke = "station.ihv.send_completion_delay_ms",
                 .needs = "the trace, with the host's comparison of the buffer",
                 .inconclusive = "the host can't compare buffers"},
                judge_send_buffer),
      ihv_check({.id = "ihv.pa-40",
                 .rule = "The host takes a packet while the port is unauthorized, and from inside "
                         "ReceivePacket, without delay (refused when 16 and more wait: a warning).",
                 .why = "Authentication itself runs over the unauthorized port.",
                 .source = "IHV contract PA-40 (host; documented): "
                           "Dot11ExtPostAssociateCompletion; Receive Operations",
                 .provoke = "any scenario with station.module that associates",
                 .needs = "the trace of calls; air capture: EAPOL frames of the station",
                 .inconclusive = "no air capture, or the packet is not in it",
                 .gates = {"gate.clock-aligned"}},
                judge_send_accepted),
  };
}

}  // namespace postassoc::checks
