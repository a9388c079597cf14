#pragma once

#include <boost/asio/steady_timer.hpp>

#include "adapters/nl80211/conversation.h"
#include "adapters/nl80211/station_radio.h"

namespace postassoc {

struct StationRadio::State {
  explicit State(asio::any_io_executor executor) : changed(executor) {}

  std::string interface;
  int index = 0;
  MacAddress own;
  Handlers handlers;
  std::optional<MacAddress> current;  ///< BSSID of the connection
  bool moving = false;                ///< the connection is given up for another one
  bool scan_ended = false;
  std::optional<int> awaited;  ///< command whose event is waited for
  JoinResult answer;
  asio::steady_timer changed;                         ///< cancelled by every event
  std::unique_ptr<Nl80211Conversation> conversation;  ///< last: its events use all of the above

  void on_event(int command, const Attributes& attributes);
  void take_response(int command, const Attributes& attributes);
  void take_leaving(int command, const Attributes& attributes);
  void take_frame(const Attributes& attributes);
  static std::uint64_t cookie_of(const Attributes& attributes);
  /// For one task at a time.
  Task<> wait_for(std::function<bool()> ready, std::chrono::nanoseconds limit, std::string what);
  Nl80211Request request(nl80211_commands command) const;
};

}  // namespace postassoc
