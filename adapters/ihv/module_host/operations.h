#pragma once

#include <cstdint>
#include <string>

#include "adapters/ihv/module_host/host.h"

namespace postassoc::module_host {

/// What the host does to the module. Each gives the members of the line {"done": ...}: "error", the
/// handler's code, or "refused", why the host did not make the call. All but the packet functions
/// run on Host::control.

// operations_service.cpp
Json load(const Json& command);
Json deinit_service();

// operations_adapter.cpp
Json init_adapter(const Json& command);
Json perform_pre_associate(const Json& command);
Json adapter_reset();
/// Stops an open port first.
Json deinit_adapter();
Json process_session_change(std::uint32_t event);

// operations_port.cpp
/// Stops an open port first.
Json perform_post_associate(const Json& command);
/// Also for a peer that has no port.
Json stop_post_associate(const Mac& peer, std::uint32_t status);
/// Stops the port if there is one that was not stopped. Whether it was.
bool stop_open_port(std::uint32_t status);
/// Completes every packet in flight, then lets no more through.
void drain_sends();
/// Empties the queue of received packets: their port is gone.
void drop_received();

// operations_packets.cpp
/// A frame came in: filters, queues, has it indicated. Any thread.
Json receive_packet(const Json& command);
/// Tells the module that a packet left. On Host::completion.
void complete_send(std::uint64_t number);

// operations_ui.cpp
/// Has the user answer as the scenario says. Any thread.
void answer_ui_request(std::uint64_t number);
Json is_ui_request_pending();

// commands.cpp
/// Carries out one line of the station.
void run_command(const Json& line);

}  // namespace postassoc::module_host
