#include "adapters/ihv/module_host/api.h"

namespace postassoc::module_host {
namespace {

constexpr DWORD kIhvReasons = 0x90000;
constexpr DWORD kIhvReasonsEnd = 0x9ffff;

/// What is wrong with the pair of codes, or an empty text (contract: the combination rules).
std::string wrong_codes(DWORD reason, DWORD error) {
  const bool own_reason = reason >= kIhvReasons && reason <= kIhvReasonsEnd;
  if (error == ERROR_SUCCESS && reason != L2_REASON_CODE_SUCCESS && !own_reason) {
    return "success with a reason code of failure";
  }
  return error != ERROR_SUCCESS && reason == L2_REASON_CODE_SUCCESS
             ? "an error with the reason code of success"
             : "";
}

std::optional<Answer> refuse_pre_completion(HANDLE service, HANDLE connection, DWORD reason,
                                            DWORD error) {
  if (auto refused = refuse_adapter(service)) {
    return refused;
  }
  const State& state = host().state;
  const Connection& open = state.adapter->connection;
  if (!open.handle_open ||
      number_of(HandleKind::connection, connection, state.last_connection) != open.number) {
    return refusal(ERROR_INVALID_HANDLE, "this is not the handle of a pending pre-association");
  }
  if (Recorder::inside("Dot11ExtIhvPerformPreAssociate")) {
    return refusal(ERROR_INVALID_STATE, "completed inside PerformPreAssociate");
  }
  if (const std::string wrong = wrong_codes(reason, error); !wrong.empty()) {
    return refusal(ERROR_INVALID_PARAMETER, wrong);
  }
  return std::nullopt;
}

/// The codes and the peer of a post-association completion.
std::optional<Answer> refuse_arguments(const Port& port, const std::optional<Mac>& peer,
                                       DWORD reason, DWORD error) {
  if (peer && *peer != Mac{} && *peer != port.peer) {
    return refusal(ERROR_INVALID_PARAMETER, "the peer is not this session's");
  }
  if (const std::string wrong = wrong_codes(reason, error); !wrong.empty()) {
    return refusal(ERROR_INVALID_PARAMETER, wrong);
  }
  return std::nullopt;
}

/// Nothing when the completion is legal where it stands. Needs Host::mutex.
std::optional<Answer> refuse_completion(HANDLE service, HANDLE session, bool success) {
  if (auto refused = refuse_adapter(service)) {
    return refused;
  }
  const State& state = host().state;
  const auto& port = state.adapter->port;
  if (!port || number_of(HandleKind::session, session, state.last_session) != port->session) {
    return refusal(ERROR_INVALID_HANDLE, "this is not the handle of the present session");
  }
  if (Recorder::inside("Dot11ExtIhvPerformPostAssociate")) {
    return refusal(ERROR_INVALID_STATE, "completed inside PerformPostAssociate");
  }
  if (port->stopping || port->was_reset) {
    return refusal(ERROR_INVALID_STATE,
                   port->stopping ? "StopPostAssociate was entered" : "AdapterReset has returned");
  }
  if (port->state == PortState::refused) {
    return refusal(ERROR_INVALID_STATE, "PerformPostAssociate returned an error");
  }
  if (state.adapter->resetting && success) {
    return refusal(ERROR_INVALID_STATE, "AdapterReset was entered");
  }
  if (port->completed && host().has_fault(HostFault::one_completion_only)) {
    return refusal(ERROR_INVALID_STATE, "the operation was completed before");
  }
  return std::nullopt;
}

/// What a legal completion sets off.
struct Effect {
  std::uint64_t session = 0;
  bool authorized = false;
  bool ask_radio = true;  ///< not in a reset, when the radio goes down anyway
};

/// Has the radio follow, then writes the port's event.
DWORD follow(const Effect& effect) {
  if (host().has_fault(HostFault::closed_after_success) && effect.authorized) {
    return ERROR_SUCCESS;
  }
  const bool open = effect.authorized || host().has_fault(HostFault::open_after_failure);
  if (effect.ask_radio) {
    const DWORD error =
        host().channel.ask({{"what", "port"}, {"session", effect.session}, {"authorized", open}});
    if (error != ERROR_SUCCESS && effect.authorized) {
      return error;
    }
  }
  host().recorder.event(
      "ihv_port", {{"session", effect.session}, {"state", open ? "authorized" : "unauthorized"}});
  return ERROR_SUCCESS;
}

Answer complete_port(HANDLE service, HANDLE session, const std::optional<Mac>& peer, DWORD reason,
                     DWORD error) {
  Effect effect;
  {
    const std::lock_guard lock(host().mutex);
    if (auto refused = refuse_completion(service, session, error == ERROR_SUCCESS)) {
      return *refused;
    }
    Adapter& adapter = *host().state.adapter;
    if (auto refused = refuse_arguments(*adapter.port, peer, reason, error)) {
      return *refused;
    }
    adapter.port->completed = true;
    adapter.port->state = error == ERROR_SUCCESS ? PortState::authorized : PortState::unauthorized;
    effect = {adapter.port->session, error == ERROR_SUCCESS, !adapter.resetting};
  }
  return {follow(effect), "", Json::object()};
}

}  // namespace

DWORD WINAPI pre_associate_completion(HANDLE service, HANDLE connection, DWORD reason,
                                      DWORD error) {
  Json fields = fields_for(service, {{"reason", reason}, {"error", error}});
  {
    const std::lock_guard lock(host().mutex);
    fields["arguments"]["connection"] =
        shown(HandleKind::connection, connection, host().state.last_connection);
  }
  return api_call("Dot11ExtPreAssociateCompletion", std::move(fields), [&]() -> Answer {
    Connection done;
    {
      const std::lock_guard lock(host().mutex);
      if (auto refused = refuse_pre_completion(service, connection, reason, error)) {
        return *refused;
      }
      Connection& open = host().state.adapter->connection;
      open.handle_open = false;
      open.preparation = error == ERROR_SUCCESS ? Preparation::done : Preparation::none;
      done = open;
    }
    host().channel.send({{"pre_associated",
                          {{"reason", reason},
                           {"error", error},
                           {"auth", done.auth},
                           {"unicast", done.unicast},
                           {"multicast", done.multicast}}}});
    return {};
  });
}

DWORD WINAPI post_associate_completion(HANDLE service, HANDLE session, PDOT11_MAC_ADDRESS peer,
                                       DWORD reason, DWORD error) {
  const std::optional<Mac> mac = mac_at(peer);
  Json fields = fields_for(
      service, {{"peer", mac ? to_text(*mac) : ""}, {"reason", reason}, {"error", error}});
  {
    const std::lock_guard lock(host().mutex);
    fields["session"] = shown(HandleKind::session, session, host().state.last_session);
  }
  return api_call("Dot11ExtPostAssociateCompletion", std::move(fields),
                  [&] { return complete_port(service, session, mac, reason, error); });
}

}  // namespace postassoc::module_host
