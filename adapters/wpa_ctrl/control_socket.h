#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "adapters/wpa_ctrl/control_event.h"
#include "harness/clock.h"
#include "harness/run/task.h"

namespace postassoc {

/// A client of the control interface of hostapd or wpa_supplicant: UNIX datagram sockets, one for
/// each request (so that a late answer can never be taken for that of the next request) and one
/// for events. Our own ends are bound in a directory that only we can write, and are removed when
/// they close. Only the daemon can send to them: they are connected.
class ControlSocket {
 public:
  /// When a datagram was taken in, on the timeline's clock, and what it says.
  using EventCallback = std::function<void(Timestamp, ControlEvent)>;
  /// How much later than sent an event may be stamped: scheduling of both processes.
  static constexpr std::chrono::nanoseconds kUncertainty = std::chrono::milliseconds(1);

  struct Options {
    std::filesystem::path path;           ///< the daemon's socket
    std::filesystem::path own_directory;  ///< exists; our sockets are bound in it
    std::chrono::nanoseconds limit = std::chrono::seconds(5);
    /// Asked while waiting for the daemon: false ends the wait (it died). May be empty.
    std::function<bool()> alive;
  };
  /// Waits until the daemon answers PING on its socket. An Error when it does not within the limit
  /// or is not alive any more.
  static Task<std::unique_ptr<ControlSocket>> open(Options options);

  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;
  ~ControlSocket();

  /// Sends a command; gives the answer without its last line feed. What it says ("OK", "FAIL",
  /// "UNKNOWN COMMAND", ...) is not judged. An Error when there is none within the limit. The
  /// command's arguments are never part of an Error: they may be secret.
  Task<std::string> request(std::string command, std::chrono::nanoseconds limit);
  /// Sends a command that must be answered with OK; anything else is an Error that quotes it.
  Task<> command(std::string command, std::chrono::nanoseconds limit);

  /// Subscribes to events (ATTACH). From then on the callback gets every event, until close().
  Task<> attach(EventCallback callback, std::chrono::nanoseconds limit);
  /// Hands over the events that already lie in the socket.
  void take_buffered_events();
  /// Ends requests that are waiting (each with an Error) and the events; for when the daemon has
  /// died. No callback after this.
  void close();

 private:
  struct State;
  explicit ControlSocket(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace postassoc
