#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "harness/checks/ihv_lists.h"
#include "harness/checks/ihv_tally.h"
#include "harness/checks/registry.h"

/// 802.1X, memory, connections, secrets: PA-55 to PA-58 of the IHV contract.
namespace postassoc::checks {
namespace {

constexpr std::int64_t kPacketTypeKey = 3;     // EAPOL-Key
constexpr std::int64_t kResultInProgress = 2;  // DOT11_MSONEX_IN_PROGRESS
constexpr std::size_t kShortestSecret = 8;

/// Runs of the host's 802.1X state machine, followed through the trace.
class OnexRuns {
 public:
  explicit OnexRuns(IhvTally& tally) : tally_(&tally) {}

  void take(const IhvCall& call) {
    if (call.function == ihv::kStartOneX) {
      start(call);
    } else if (call.function == ihv::kStopOneX) {
      stop(call);
    } else if (call.function == ihv::kProcessSecurityPacket) {
      forward(call);
    } else if (call.function == ihv::kOnexIndicateResult) {
      running_ = running_ && call.argument("result") == kResultInProgress;
    } else if (call.function == ihv::kAdapterReset || call.function == ihv::kDeinitAdapter ||
               call.function == ihv::kStopPostAssociate) {
      running_ = false;
    }
  }

 private:
  void start(const IhvCall& call) {
    const IhvTrace& trace = tally_->trace();
    tally_->occasion(call);
    if (trace.session_at(call.begin_at) == nullptr) {
      tally_->breach(call, fmt::format("{} was made without a port", name_of(call)));
    } else if (!lists_at(trace, call.begin_at).registered("888e")) {
      tally_->breach(
          call, fmt::format("{} was made, and EtherType 888e is not registered", name_of(call)));
    }
    running_ = running_ || !call.refused();
  }

  void stop(const IhvCall& call) {
    tally_->occasion(call);
    if (!running_) {
      tally_->warn(call, fmt::format("{} was made with no run pending", name_of(call)));
    }
    running_ = false;
  }

  void forward(const IhvCall& call) {
    tally_->occasion(call);
    if (call.argument("packet_type") == kPacketTypeKey) {
      tally_->breach(call, fmt::format("{} forwards an EAPOL-Key frame", name_of(call)));
    } else if (!running_) {
      tally_->breach(call, fmt::format("{} was made with no run pending", name_of(call)));
    }
  }

  IhvTally* tally_;
  bool running_ = false;
};

/// ONEX; D:onex_start, process_onex_packet.
Finding judge_onex(const Evidence& evidence) {
  IhvTally tally("ihv.pa-55", evidence,
                 "StartOneX while a port is up and 888e is registered; forwarded while a run is "
                 "pending: EAPOL frames but EAPOL-Key");
  OnexRuns runs(tally);
  for (const IhvCall& call : tally.trace().calls()) {
    runs.take(call);
  }
  return tally.finish("802.1X call", "the module did not use the host's 802.1X");
}

/// D:allocate_buffer, free_buffer.
Finding judge_buffers(const Evidence& evidence) {
  IhvTally tally("ihv.pa-56", evidence,
                 "every FreeBuffer for a buffer of AllocateBuffer, once, or NULL");
  for (const IhvCall* call : tally.trace().calls_of(ihv::kAllocateBuffer)) {
    tally.occasion(*call);
  }
  for (const IhvCall* call : tally.trace().calls_of(ihv::kFreeBuffer)) {
    const std::string buffer = call->argument_handle("buffer");
    tally.occasion(*call);
    if (buffer == "again") {
      tally.breach(*call, fmt::format("{} frees a buffer a second time", name_of(*call)));
    } else if (buffer == "foreign") {
      tally.breach(*call, fmt::format("{} frees what AllocateBuffer did not give", name_of(*call)));
    }
  }
  return tally.finish("memory call",
                      "the module used neither AllocateBuffer nor "
                      "FreeBuffer");
}

bool takes_connection(std::string_view function) {
  return function == ihv::kSetProfileCustomUserData ||
         std::find(ihv::kConnectionClass.begin(), ihv::kConnectionClass.end(), function) !=
             ihv::kConnectionClass.end();
}

void judge_connection(IhvTally& tally, const IhvCall& call) {
  const IhvTrace& trace = tally.trace();
  const IhvCall* pre = trace.last_before(ihv::kPerformPreAssociate, call.begin_at);
  const IhvCall* done = trace.last_before(ihv::kPreAssociateCompletion, call.begin_at);
  tally.occasion(call);
  const bool over = done != nullptr && (pre == nullptr || done->begin_at > pre->begin_at);
  if (over) {
    tally.breach(call, fmt::format("{} uses a connection that PreAssociateCompletion has ended",
                                   name_of(call)));
  } else if (trace.enclosing(call, ihv::kPerformPreAssociate) != nullptr) {
    tally.breach(call, fmt::format("{} was made inside PerformPreAssociate", name_of(call)));
  } else if (pre == nullptr) {
    tally.breach(call, fmt::format("{} was made without a connection", name_of(call)));
  }
}

/// PREG; D:set_current_profile.
Finding judge_connection_use(const Evidence& evidence) {
  IhvTally tally("ihv.pa-57", evidence,
                 "hConnectSession only after PerformPreAssociate returned (or on another thread) "
                 "and up to PreAssociateCompletion");
  for (const IhvCall& call : tally.trace().calls()) {
    if (call.by_module && takes_connection(call.function)) {
      judge_connection(tally, call);
    }
  }
  return tally.finish("call", "no call used a connection's handle");
}

/// What must not be written down: passphrases and PMKs, and the keys that follow from them.
std::vector<std::string> secrets_of(const Evidence& evidence) {
  std::vector<std::string> secrets;
  const auto add = [&](std::string secret) {
    if (secret.size() >= kShortestSecret &&
        secret.find_first_not_of(secret.front()) != secret.npos) {
      secrets.push_back(ihv_lower(std::move(secret)));
    }
  };
  for (const std::string& secret : evidence.secrets) {
    add(secret);
  }
  for (const Association& association : evidence.air.associations) {
    for (const Handshake& handshake : association.handshakes) {
      add(handshake.tk ? to_hex(*handshake.tk) : "");
    }
    for (const AirGroupKey& key : association.group_keys) {
      add(to_hex(key.key));
    }
  }
  return secrets;
}

/// OVW.
Finding judge_secrets(const Evidence& evidence) {
  IhvTally tally("ihv.pa-58", evidence, "no passphrase and no key in any event of the trace");
  const auto secrets = secrets_of(evidence);
  if (!tally.trace().empty() && secrets.empty()) {
    tally.doubt("the evidence holds no secret to look for: no secrets.json, and no key is known");
  }
  for (const Event& event : evidence.timeline.events()) {
    if (event.witness != Witness::ihv) {
      continue;
    }
    tally.occasion(event);
    const std::string text = ihv_lower(to_json_line(event));
    if (std::any_of(secrets.begin(), secrets.end(),
                    [&](const std::string& secret) { return text.find(secret) != text.npos; })) {
      tally.breach(event, fmt::format("the event {} holds a passphrase or a key", event.name));
    }
  }
  return tally.finish("event", "the trace has no event");
}

}  // namespace

std::vector<Check> ihv_rest_checks() {
  return {
      ihv_check({.id = "ihv.pa-55",
                 .rule = "StartOneX is called while a port is up with EtherType 888e registered; "
                         "while the run is pending EAPOL frames other than EAPOL-Key go to "
                         "ProcessSecurityPacket, and none afterwards (StopOneX with no run "
                         "pending: a warning).",
                 .why = "An EAPOL-Key frame in the 802.1X module, or an EAP frame kept from it, "
                        "ends the authentication.",
                 .source = "IHV contract PA-55 (module; documented): Interface to the Native "
                           "802.11 802.1X Module; Dot11ExtStartOneX",
                 .provoke = "a module that uses the host's 802.1X",
                 .inconclusive = "there is no trace; that a frame was kept from the run is not "
                                 "seen, since the trace has no packet types of received frames"},
                judge_onex),
      ihv_check(
          {.id = "ihv.pa-56",
           .rule = "The module frees only buffers of AllocateBuffer, each once; FreeBuffer of "
                   "NULL does nothing.",
           .why = "A double or foreign free corrupts the host's heap.",
           .source = "IHV contract PA-56 (both; documented): Dot11ExtAllocateBuffer, "
                     "Dot11ExtFreeBuffer",
           .provoke = "a module that uses AllocateBuffer; leaks are of ihv.pa-34 and -35"},
          judge_buffers),
      ihv_check({.id = "ihv.pa-57",
                 .rule = "hConnectSession is not used after PreAssociateCompletion, and no call "
                         "with it is made inside PerformPreAssociate.",
                 .why = "The handle is dead then, or not yet alive.",
                 .source = "IHV contract PA-57 (module; documented): Pre-Association Operation "
                           "Guidelines; DOT11EXT_SET_CURRENT_PROFILE",
                 .provoke = "any scenario with station.module that associates"},
                judge_connection_use),
      ihv_check({.id = "ihv.pa-58",
                 .rule = "No passphrase, PMK, pairwise or group key stands in the trace.",
                 .why = "Traces are sent to strangers for help; a key in them gives the network "
                        "away.",
                 .source = "IHV contract PA-58 (both; documented): Overview of IHV Extensibility",
                 .provoke = "any scenario with station.module",
                 .needs = "the trace; the run's secrets, and the keys that the air capture gives",
                 .inconclusive = "no secret is known; what a module keeps in memory or writes "
                                 "elsewhere is not seen"},
                judge_secrets),
  };
}

}  // namespace postassoc::checks
