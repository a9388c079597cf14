#pragma once

#include <netlink/msg.h>

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <optional>

#include "harness/run/namespace.h"
#include "harness/run/task.h"
#include "harness/timeline.h"

namespace postassoc {

/// Which interface's events are wanted, and whose it is.
struct Nl80211Interface {
  int index = 0;
  std::string name;
  Side side = Side::none;
};

/// A message of the "mlme" multicast group as an event with Witness::kernel, without its time;
/// nothing if it is none of those below, is another interface's, or is cut short.
///
///   NL80211_CMD_AUTHENTICATE, NL80211_CMD_ASSOCIATE     mac, status (of the response frame);
///                                                       timed_out: true where there was none
///   NL80211_CMD_CONNECT                                 mac, status
///   NL80211_CMD_DISCONNECT                              reason, by_access_point
///   NL80211_CMD_DEAUTHENTICATE, NL80211_CMD_DISASSOCIATE and
///   NL80211_CMD_UNPROT_DEAUTHENTICATE, ..._DISASSOCIATE mac (BSSID), transmitter, reason
///   NL80211_CMD_PORT_AUTHORIZED, NL80211_CMD_NEW_STATION, NL80211_CMD_DEL_STATION    mac
/// and in each: interface.
std::optional<Event> decode_nl80211_event(const nlmsghdr* message, const Nl80211Interface& of);

/// Reports these events from now on until it is destroyed. They are stamped when they are read,
/// with an uncertainty of 1 ms; where a limit is judged there is a tracepoint or a frame for it.
/// When the socket overran: nl80211_lost (Witness::host).
class Nl80211Events {
 public:
  static Result<Nl80211Events> start(asio::any_io_executor executor, const NetworkNamespace& where,
                                     Nl80211Interface interface, EventSink emit);
  Nl80211Events(Nl80211Events&&) noexcept = default;
  Nl80211Events& operator=(Nl80211Events&&) = delete;
  ~Nl80211Events();

 private:
  struct State;
  explicit Nl80211Events(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace postassoc
