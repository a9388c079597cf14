#include <chrono>
#include <cstring>

#include "adapters/ihv/module_host/handler_call.h"
#include "adapters/ihv/module_host/operations.h"
#include "adapters/ihv/module_host/triggers.h"

namespace postassoc::module_host {
namespace {

using Parameters = DOT11_ASSOCIATION_COMPLETION_PARAMETERS;

constexpr std::chrono::seconds kDrainLimit{2};

std::uint32_t word(const Json& command, const char* name, std::uint32_t otherwise = 0) {
  return static_cast<std::uint32_t>(number_of(command, name, otherwise));
}

/// The two buffers of PerformPostAssociate.
struct Buffers {
  Octets port;
  Octets association;
};

/// Puts a block behind what is there; 0/0 for an empty one.
void append(Octets& buffer, const Octets& block, ULONG& offset, ULONG& size) {
  size = static_cast<ULONG>(block.size());
  offset = block.empty() ? 0 : static_cast<ULONG>(buffer.size());
  buffer.insert(buffer.end(), block.begin(), block.end());
}

Buffers make_buffers(const Json& command, std::uint64_t session) {
  DOT11_PORT_STATE port{};
  const Mac peer = mac_of(command, "peer");
  std::memcpy(port.PeerMacAddress, peer.data(), peer.size());
  port.uSessionId = static_cast<ULONG>(session);
  port.bPortControlled = TRUE;
  port.bPortAuthorized = host().has_fault(HostFault::authorized_at_start) ? TRUE : FALSE;
  Parameters fixed{};
  fixed.Header = {kNdisObjectTypeDefault, DOT11_ASSOCIATION_COMPLETION_PARAMETERS_REVISION_2,
                  sizeof(Parameters)};
  std::memcpy(fixed.MacAddr, peer.data(), peer.size());
  fixed.bReAssocReq = fixed.bReAssocResp = flag_of(command, "reassociation") ? 1 : 0;
  fixed.AuthAlgo = static_cast<DOT11_AUTH_ALGORITHM>(word(command, "auth"));
  fixed.UnicastCipher = static_cast<DOT11_CIPHER_ALGORITHM>(word(command, "unicast"));
  fixed.MulticastCipher = static_cast<DOT11_CIPHER_ALGORITHM>(word(command, "multicast"));
  fixed.MulticastMgmtCipher = static_cast<DOT11_CIPHER_ALGORITHM>(word(command, "management"));
  fixed.DSInfo = DOT11_DS_UNKNOWN;
  Buffers buffers{Octets(sizeof(port)), Octets(sizeof(fixed))};
  append(buffers.association, octets_of(command, "assoc_request"), fixed.uAssocReqOffset,
         fixed.uAssocReqSize);
  append(buffers.association, octets_of(command, "assoc_response"), fixed.uAssocRespOffset,
         fixed.uAssocRespSize);
  append(buffers.association, octets_of(command, "beacon"), fixed.uBeaconOffset, fixed.uBeaconSize);
  const Mac own = mac_of(command, "own");  // the adapter's private block: its address
  append(buffers.association, Octets(own.begin(), own.end()), fixed.uIHVDataOffset,
         fixed.uIHVDataSize);
  std::memcpy(buffers.port.data(), &port, sizeof(port));
  std::memcpy(buffers.association.data(), &fixed, sizeof(fixed));
  return buffers;
}

bool range_valid(ULONG offset, ULONG size, std::size_t bytes) {
  return size == 0 || (offset >= sizeof(Parameters) && offset <= bytes && size <= bytes - offset);
}

/// What the record shows is read back from the buffers that the module gets.
Json shown_arguments(const Buffers& buffers) {
  DOT11_PORT_STATE port;
  Parameters fixed;
  std::memcpy(&port, buffers.port.data(), sizeof(port));
  std::memcpy(&fixed, buffers.association.data(), sizeof(fixed));
  const std::size_t bytes = buffers.association.size();
  const bool valid = range_valid(fixed.uAssocReqOffset, fixed.uAssocReqSize, bytes) &&
                     range_valid(fixed.uAssocRespOffset, fixed.uAssocRespSize, bytes) &&
                     range_valid(fixed.uBeaconOffset, fixed.uBeaconSize, bytes) &&
                     range_valid(fixed.uIHVDataOffset, fixed.uIHVDataSize, bytes);
  return {{"peer", to_text(*mac_at(port.PeerMacAddress))},
          {"association_peer", to_text(*mac_at(fixed.MacAddr))},
          {"session_id", port.uSessionId},
          {"port_controlled", port.bPortControlled != FALSE},
          {"port_authorized", port.bPortAuthorized != FALSE},
          {"status", fixed.uStatus},
          {"auth", static_cast<std::uint32_t>(fixed.AuthAlgo)},
          {"unicast", static_cast<std::uint32_t>(fixed.UnicastCipher)},
          {"multicast", static_cast<std::uint32_t>(fixed.MulticastCipher)},
          {"bytes", bytes},
          {"ranges_valid", valid}};
}

Port make_port(const Json& command, std::uint64_t session) {
  Port port;
  port.session = session;
  port.peer = mac_of(command, "peer");
  port.unicast = static_cast<DOT11_CIPHER_ALGORITHM>(word(command, "unicast"));
  port.multicast = static_cast<DOT11_CIPHER_ALGORITHM>(word(command, "multicast"));
  port.management = static_cast<DOT11_CIPHER_ALGORITHM>(word(command, "management"));
  port.takes_packets = true;
  return port;
}

/// Keys that were not static go with every association and disconnect. Needs Host::mutex.
void erase_session_keys(Adapter& adapter) {
  std::erase_if(adapter.default_keys, [](const auto& key) { return !key.second; });
  std::erase_if(adapter.mapping_keys, [](const auto& key) { return !key.second; });
}

void clear_keys(const char* why) {
  if (host().has_fault(HostFault::keeps_keys)) {
    return;
  }
  {
    const std::lock_guard lock(host().mutex);
    erase_session_keys(*host().state.adapter);
  }
  host().recorder.event("ihv_keys_cleared", {{"why", why}});
}

Handled call_perform(const Adapter& adapter, std::uint64_t session, const Buffers& given,
                     Buffers& shown) {
  const auto out = [&] {
    const bool changed = shown.port != given.port || shown.association != given.association;
    return Json{{"buffers_changed", changed}};
  };
  return handler_call(
      "Dot11ExtIhvPerformPostAssociate",
      {{"adapter", adapter.number}, {"session", session}, {"arguments", shown_arguments(given)}},
      [] {},
      [&] {
        return host().handlers.Dot11ExtIhvPerformPostAssociate(
            adapter.module_handle, handle_of(HandleKind::session, session),
            reinterpret_cast<PDOT11_PORT_STATE>(shown.port.data()),
            static_cast<ULONG>(shown.association.size()),
            reinterpret_cast<Parameters*>(shown.association.data()));
      },
      out);
}

/// Enters the new port into the state; nothing when there can be none.
std::optional<Adapter> open_port(const Json& command, std::uint64_t& session) {
  const std::lock_guard lock(host().mutex);
  auto& adapter = host().state.adapter;
  if (!adapter || adapter->connection.preparation != Preparation::done) {
    return std::nullopt;
  }
  session = ++host().state.last_session;
  adapter->port = make_port(command, session);
  host().performing = true;
  return *adapter;
}

void note_performed(DWORD error) {
  const std::lock_guard lock(host().mutex);
  host().performing = false;
  host().performed.notify_all();
  auto& port = host().state.adapter->port;
  if (port && port->state == PortState::starting) {
    port->state = error == ERROR_SUCCESS ? PortState::pending : PortState::refused;
  }
}

void delete_port() {
  std::uint64_t session = 0;
  {
    const std::lock_guard lock(host().mutex);
    session = host().state.adapter->port->session;
    host().state.adapter->port.reset();
  }
  host().recorder.event("ihv_port", {{"session", session}, {"state", "deleted"}});
}

/// Marks the present port as stopping when it is this peer's. Whether it is.
bool mark_stopping(const Mac& peer) {
  const std::lock_guard lock(host().mutex);
  auto& port = host().state.adapter->port;
  if (!port || port->peer != peer) {
    return false;
  }
  port->stopping = true;
  return true;
}

Handled call_stop(Mac peer, std::uint32_t status, bool known) {
  HANDLE handle = nullptr;
  Json fields{{"arguments", {{"status", status}}}};
  {
    const std::lock_guard lock(host().mutex);
    const Adapter& adapter = *host().state.adapter;
    handle = adapter.module_handle;
    fields["adapter"] = adapter.number;
    if (known) {
      fields["session"] = adapter.port->session;
    }
  }
  if (host().has_fault(HostFault::wrong_stop_peer)) {
    peer[5] ^= 0xffU;
  }
  if (host().has_fault(HostFault::foreign_adapter_handle)) {
    handle = handle_of(HandleKind::adapter, 99);
    fields["adapter"] = "foreign";
  }
  fields["arguments"]["peer"] = to_text(peer);
  return handler_call(
      "Dot11ExtIhvStopPostAssociate", std::move(fields), [&] { mark_stopping(peer); },
      [&] {
        return host().handlers.Dot11ExtIhvStopPostAssociate(
            handle, reinterpret_cast<PDOT11_MAC_ADDRESS>(peer.data()), status);
      },
      [] { return Json::object(); });
}

}  // namespace

Json perform_post_associate(const Json& command) {
  if (host().handlers.Dot11ExtIhvPerformPostAssociate == nullptr) {
    return not_done("there is no service, or no Dot11ExtIhvPerformPostAssociate");
  }
  if (host().state.adapter) {
    stop_open_port(DOT11_ASSOC_STATUS_DISASSOCIATED_BY_ROAMING);
    clear_keys("association");
  }
  std::uint64_t session = 0;
  const auto adapter = open_port(command, session);
  if (!adapter) {
    return not_done("no pre-association was completed with success");
  }
  host().recorder.event(
      "ihv_port",
      {{"session", session}, {"state", "created"}, {"peer", to_text(mac_of(command, "peer"))}});
  const Buffers given = make_buffers(command, session);
  Buffers shown = given;
  const Handled handled = call_perform(*adapter, session, given, shown);
  if (host().has_fault(HostFault::second_perform)) {
    (void)call_perform(*adapter, session, given, shown);
  }
  poison(handled.call, std::move(shown.port));
  poison(handled.call, std::move(shown.association));
  note_performed(handled.error);
  if (handled.error == ERROR_SUCCESS) {
    fire_triggers("associated", Edge::returned);
  }
  return done(handled);
}

Json stop_post_associate(const Mac& peer, std::uint32_t status) {
  if (!host().state.adapter || host().handlers.Dot11ExtIhvStopPostAssociate == nullptr) {
    return not_done("there is no adapter, or no Dot11ExtIhvStopPostAssociate");
  }
  bool known = false;
  {
    const std::lock_guard lock(host().mutex);
    const auto& port = host().state.adapter->port;
    known = port && port->peer == peer;
  }
  if (known) {
    drop_received();
    drain_sends();
    clear_keys("disconnect");
  }
  Handled handled;
  if (!known || !host().has_fault(HostFault::no_stop)) {
    handled = call_stop(peer, status, known);
  }
  if (known) {
    delete_port();
  }
  return done(handled);
}

bool stop_open_port(std::uint32_t status) {
  std::optional<Mac> peer;
  {
    const std::lock_guard lock(host().mutex);
    const auto& adapter = host().state.adapter;
    if (adapter && adapter->port) {
      peer = adapter->port->peer;
    }
  }
  if (peer) {
    stop_post_associate(*peer, status);
  }
  return peer.has_value();
}

void drain_sends() {
  host().sends.hurry(true);
  for (int round = 0; round < 3 && !host().sends.in_flight().empty(); ++round) {
    for (const std::uint64_t number : host().sends.in_flight()) {
      host().completion.post([number] { complete_send(number); });
    }
    (void)host().completion.wait_until_idle(kDrainLimit);
  }
  {
    const std::lock_guard lock(host().mutex);
    if (auto& adapter = host().state.adapter; adapter && adapter->port) {
      adapter->port->takes_packets = false;
    }
  }
  host().sends.hurry(false);
}

}  // namespace postassoc::module_host
