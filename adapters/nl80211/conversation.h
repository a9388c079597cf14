#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "adapters/nl80211/netlink.h"
#include "harness/run/task.h"

namespace postassoc {

/// One nl80211 socket for requests and for events, as the kernel wants it of who owns a connection:
/// EAPOL frames are sent to the socket that associated, and the connection ends with it.
class Nl80211Conversation {
 public:
  using OnEvent = std::function<void(int command, const Attributes&)>;

  /// Joins the multicast groups ("mlme", "scan"). `on_event` gets every event, in the order in
  /// which they came, never from inside exchange(); it may call exchange().
  static Result<std::unique_ptr<Nl80211Conversation>> start(
      asio::any_io_executor executor, const NetworkNamespace& where,
      std::initializer_list<const char*> groups, OnEvent on_event);
  ~Nl80211Conversation();

  Nl80211Request request(nl80211_commands command, int flags = 0) const;
  /// As Nl80211Socket::exchange; events that come meanwhile are kept for `on_event`. An Error's
  /// text ends with the kernel's reason.
  Result<> exchange(const Nl80211Request& request, std::string_view doing, std::string where,
                    const Nl80211Socket::OnMessage& on_message = {});

 private:
  struct State;
  explicit Nl80211Conversation(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace postassoc
