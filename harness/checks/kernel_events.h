#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/event_detail.h"
#include "harness/evidence.h"

namespace postassoc::checks {

/// A predicate for one kind of event.
EventPredicate named(Witness witness, std::string_view name);
EventPredicate named(Witness witness, Side side, std::string_view name);

/// Why the station's kernel trace can't carry a verdict: it is missing or has no event of the
/// station, events were lost, or the recording broke off. Nothing when it can.
std::optional<std::string> trace_unusable(const Evidence& evidence);
/// That key tracepoints were recorded at all, on either side, and the station's kernel did not
/// answer requests that the trace lacks. Else an absent key event proves nothing.
bool key_trace_alive(const Evidence& evidence);
/// Why it can't carry a verdict about keys: either of these.
std::optional<std::string> key_trace_unusable(const Evidence& evidence);

/// A key the supplicant asked for (`rdev_add_key`) and what the kernel answered (`key_link`, the
/// return of ieee80211_key_link: 0, or -114 for a key it already had and left alone).
struct KeyInstall {
  const Event* request = nullptr;
  const Event* answer = nullptr;  ///< null: the probe was not there
  bool pairwise = false;
  int key_index = 0;
  std::int64_t result = 0;

  Timestamp time() const { return request->time; }
  bool effective() const { return result == 0; }
};
std::vector<KeyInstall> key_installs(const Evidence& evidence, Side side,
                                     Timestamp from = Timestamp::min(),
                                     Timestamp until = Timestamp::max());
/// Pairwise keys that the station's kernel installed.
std::vector<KeyInstall> pairwise_installed(const Evidence& evidence, Timestamp from,
                                           Timestamp until);

/// A station entry in the kernel from association to its end, and how its port went meanwhile.
struct PortSession {
  const Event* associated = nullptr;  ///< null: the trace began later
  std::vector<const Event*> opened;   ///< AUTHORIZED set
  std::vector<const Event*> closed;   ///< AUTHORIZED cleared
  const Event* left = nullptr;        ///< below the associated state again
};
/// From drv_sta_state; where a driver has none, from cfg80211_send_rx_assoc and
/// rdev_change_station.
std::vector<PortSession> port_sessions(const Evidence& evidence, Side side);
/// When the station's port opened, in order.
std::vector<const Event*> port_openings(const Evidence& evidence, Side side);

}  // namespace postassoc::checks
