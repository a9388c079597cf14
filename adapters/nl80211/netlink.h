#pragma once

#include <linux/nl80211.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "harness/frames/bytes.h"
#include "harness/run/namespace.h"

namespace postassoc {

/// The attributes of one nl80211 message, each checked for its length before it is read.
class Attributes {
 public:
  static std::optional<Attributes> parse(const nlmsghdr* header);
  /// Of a nested attribute with no more than NL80211_ATTR_MAX kinds.
  static Attributes nested(const nlattr* attribute);

  bool has(int type) const { return get(type) != nullptr; }
  const nlattr* get(int type) const;
  std::optional<std::uint32_t> u32(int type) const;
  std::optional<std::uint16_t> u16(int type) const;
  std::optional<std::uint8_t> u8(int type) const;
  std::optional<std::string> text(int type) const;
  ByteView bytes(int type) const;

 private:
  std::array<const nlattr*, NL80211_ATTR_MAX + 1> table_{};
};

/// A request under construction.
class Nl80211Request {
 public:
  Nl80211Request(int family, nl80211_commands command, int flags = 0);
  Nl80211Request& u8(int type, std::uint8_t value);
  Nl80211Request& u16(int type, std::uint16_t value);
  Nl80211Request& u32(int type, std::uint32_t value);
  Nl80211Request& bytes(int type, ByteView value);
  Nl80211Request& text(int type, const std::string& value);
  Nl80211Request& flag(int type);
  /// An attribute that holds what `fill` adds to the request.
  Nl80211Request& nested(int type, const std::function<void(Nl80211Request&)>& fill);
  nl_msg* message() const { return message_.get(); }

 private:
  std::unique_ptr<nl_msg, decltype(&nlmsg_free)> message_;
};

/// A generic-netlink socket of a namespace that knows nl80211's number.
class Nl80211Socket {
 public:
  using OnMessage = std::function<void(const Attributes&)>;

  /// An Error if the kernel has no nl80211 (cfg80211 isn't loaded).
  static Result<Nl80211Socket> open(const NetworkNamespace& where);

  int family() const { return family_; }
  nl_sock* raw() const { return socket_.get(); }
  Nl80211Request request(nl80211_commands command, int flags = 0) const {
    return {family_, command, flags};
  }
  /// Sends, gives each answer to `on_message`, and waits for the acknowledgement. `doing` and
  /// `where` say in an Error what failed: "can't set the channel: Device or resource busy".
  Result<> exchange(const Nl80211Request& request, std::string_view doing, std::string where,
                    const OnMessage& on_message = {});

 private:
  Nl80211Socket(nl_sock* socket, int family) : socket_(socket, &nl_socket_free), family_(family) {}
  std::unique_ptr<nl_sock, decltype(&nl_socket_free)> socket_;
  int family_;
};

}  // namespace postassoc
