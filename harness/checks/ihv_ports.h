#pragma once

#include <optional>

#include "harness/checks/ihv_tally.h"
#include "harness/checks/kernel_events.h"

namespace postassoc::checks {

/// A port follows a completion within this time.
inline constexpr std::chrono::nanoseconds kPortFollows = std::chrono::milliseconds(500);

/// Whether the station's kernel had the port open at a moment, by the latest that it told.
bool kernel_port_open(const Evidence& evidence, Timestamp time);
/// The first opening of the station's port in the kernel within a span of time; null without.
const Event* kernel_opening(const Evidence& evidence, Timestamp from, Timestamp until);

/// The state of a session's port by the last `ihv_port` event before a moment; empty without.
std::string port_state_before(const IhvTrace& trace, const std::string& session, std::size_t at);
/// The first `ihv_port` event of a session with this state between two positions; null without.
const Event* port_event(const IhvTrace& trace, const std::string& session, std::string_view state,
                        std::size_t from, std::size_t until);

/// An address of six equal octets (not those of broadcast, nor zeros), as a host writes over a
/// buffer that it has taken back.
bool is_overwritten(const std::string& address);

}  // namespace postassoc::checks
