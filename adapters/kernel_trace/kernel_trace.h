#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "harness/run/ports.h"

namespace postassoc {

/// What the kernel does with keys and ports, from its tracepoints, as events with Witness::kernel
/// and an uncertainty of 1 microsecond (what the trace prints). Names and details:
///
///   rdev_add_key             interface mac key_index pairwise mode   a request, not an install
///   key_link                 return, and of the rdev_add_key that caused it: interface mac
///                            key_index pairwise. 0: installed; -114 (EALREADY): same key, ignored
///   rdev_del_key             interface mac key_index pairwise
///   rdev_set_default_key     interface key_index unicast multicast
///   rdev_change_station      interface mac mask set aid              AUTHORIZED is bit 1
///   drv_sta_state            interface mac old_state new_state       4: authorized, 0: gone
///   drv_set_key              interface mac key_index                 never with mac80211_hwsim
///   rdev_tx_control_port     interface mac unencrypted               EAPOL sent
///   cfg80211_rx_control_port interface mac unencrypted length        EAPOL taken in
///   rdev_auth rdev_assoc cfg80211_send_rx_assoc                      interface mac
///   rdev_deauth rdev_disassoc rdev_disconnect                        interface mac reason
///
/// and in each: phy (where told), comm and pid (the task that ran), text (the line). mac is the
/// peer; all zeros for a group key. drv_sta_state goes down when a station leaves: its pairwise key
/// goes with it, without rdev_del_key. Side::none: a radio that is not of this run.
///
/// With Witness::host: trace_lost {count} when the buffer overran, trace_unreadable {text} for a
/// line that can't be read, key_link_unavailable {text} and trace_event_unavailable {event, text}
/// when this kernel lacks a probe or a tracepoint, trace_failed {text} when reading ended.
class KernelTrace : public KeyTrace {
 public:
  struct Options {
    /// Side by phy ("phy0") and by interface name ("wlan0"): some events tell only one of them.
    std::map<std::string, Side> sides;
    std::filesystem::path tracefs = "/sys/kernel/tracing";
    /// The buffer is read this often and not at each event: a reader that wakes up in the middle
    /// of a handshake would slow down what it measures.
    std::chrono::nanoseconds read_interval = std::chrono::milliseconds(20);
  };

  /// Events that happen after this returns are recorded. An Error (tracefs is missing, no
  /// permission, no WLAN tracepoints at all) says what mends it; the caller decides whether a run
  /// without a key trace makes sense.
  static Result<std::unique_ptr<KernelTrace>> start(asio::any_io_executor executor, EventSink emit,
                                                    Options options);
  ~KernelTrace() override;
  Task<> stop() override;

  /// Makes what start() needs ahead of time and keeps it, asleep between traces, for as long as
  /// the program runs: making and removing it takes the kernel a tenth of a second each on a slow
  /// machine. For a machine that is all this program's; elsewhere it would stay until the program
  /// ends. One trace at a time has the benefit.
  static Result<> prepare(const std::filesystem::path& tracefs = "/sys/kernel/tracing");

 private:
  struct Source;
  struct State;
  static std::optional<Source>& prepared();
  static Result<Source> open(const std::filesystem::path& tracefs);
  static Result<Source> take(const std::filesystem::path& tracefs);
  explicit KernelTrace(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace postassoc
