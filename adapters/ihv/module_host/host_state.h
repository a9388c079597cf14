#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "adapters/ihv/abi/ihv_abi.h"
#include "adapters/ihv/module_host/fields.h"

namespace postassoc::module_host {

/// Where a data port is. Stop, reset and removal are marks beside it.
enum class PortState {
  starting,      ///< PerformPostAssociate was entered
  pending,       ///< it returned ERROR_SUCCESS
  refused,       ///< it returned an error
  authorized,    ///< completed with success
  unauthorized,  ///< completed with a failure
};

/// The data port of one association, from its creation to the return of StopPostAssociate.
struct Port {
  std::uint64_t session = 0;
  Mac peer{};
  PortState state = PortState::starting;
  DOT11_CIPHER_ALGORITHM unicast = DOT11_CIPHER_ALGO_NONE;
  DOT11_CIPHER_ALGORITHM multicast = DOT11_CIPHER_ALGO_NONE;
  DOT11_CIPHER_ALGORITHM management = DOT11_CIPHER_ALGO_NONE;
  bool completed = false;      ///< at least once
  bool takes_packets = false;  ///< SendPacket and indications are legal
  bool stopping = false;       ///< StopPostAssociate was entered
  bool was_reset = false;      ///< AdapterReset returned
};

/// What SetEtherTypeHandling set. EtherTypes here are plain numbers.
struct EtherTypeHandling {
  struct Exemption {
    std::uint16_t ethertype;
    std::uint16_t action;
    std::uint16_t packets;
  };
  std::uint32_t max_backlog = 0;
  std::vector<Exemption> exemptions;
  std::vector<std::uint16_t> registrations;
};

enum class Preparation { none, pending, done };

/// The pre-association of a connection.
struct Connection {
  std::uint64_t number = 0;
  Preparation preparation = Preparation::none;
  bool handle_open = false;  ///< hConnectSession may be used
  std::uint32_t auth = 0, unicast = 0, multicast = 0;
};

/// The adapter between InitAdapter and DeinitAdapter.
struct Adapter {
  std::uint64_t number = 0;
  HANDLE module_handle = nullptr;
  bool initialising = true;  ///< inside InitAdapter
  bool removed = false;      ///< DeinitAdapter was entered
  bool resetting = false;    ///< inside AdapterReset
  Connection connection;
  std::optional<Port> port;
  EtherTypeHandling handling;
  bool exclude_unencrypted = false;
  std::map<std::uint32_t, bool> default_keys;  ///< index -> static
  std::map<Mac, bool> mapping_keys;            ///< peer -> static
};

/// What the host knows of the module. Guarded by Host::mutex.
struct State {
  bool service_open = false;  ///< InitService was called, DeinitService not yet left
  std::optional<Adapter> adapter;
  std::uint64_t last_adapter = 0, last_session = 0, last_connection = 0;
  std::vector<std::uint32_t> supported_auth, supported_ciphers;
  std::map<std::uint32_t, Octets> custom_data;  ///< user's profile data by session id
};

/// Handles that the host gives out: distinct in every bit pattern that a module may confuse, and
/// never used again.
enum class HandleKind : std::uintptr_t {
  adapter = 0x5a000000,
  connection = 0x5c000000,
  session = 0x5e000000,
};
HANDLE handle_of(HandleKind kind, std::uint64_t number);
/// The number of a handle of which `last` were given out; 0 for a foreign value.
std::uint64_t number_of(HandleKind kind, HANDLE handle, std::uint64_t last);
/// How the trace shows it: the number or "foreign".
Json shown(HandleKind kind, HANDLE handle, std::uint64_t last);

}  // namespace postassoc::module_host
