#include "adapters/nl80211/netlink.h"

#include <fmt/format.h>
#include <netlink/errno.h>
#include <netlink/genl/ctrl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace postassoc {
namespace {

template <class T>
std::optional<T> number(const nlattr* attribute) {
  if (!attribute || nla_len(attribute) < static_cast<int>(sizeof(T))) {
    return std::nullopt;
  }
  T value{};
  std::memcpy(&value, nla_data(attribute), sizeof value);
  return value;
}

/// What came of one exchange; filled in by libnl's callbacks.
struct Progress {
  const Nl80211Socket::OnMessage* on_message;
  int status = 1;  ///< 1: goes on, 0: done, negative: -errno
};

int on_valid(nl_msg* message, void* argument) {
  const auto& progress = *static_cast<Progress*>(argument);
  const auto attributes = Attributes::parse(nlmsg_hdr(message));
  if (attributes && *progress.on_message) {
    (*progress.on_message)(*attributes);
  }
  return NL_OK;
}

int on_end(nl_msg*, void* argument) {
  static_cast<Progress*>(argument)->status = 0;
  return NL_STOP;
}

int on_error(sockaddr_nl*, nlmsgerr* error, void* argument) {
  static_cast<Progress*>(argument)->status = error->error;
  return NL_STOP;
}

}  // namespace

std::optional<Attributes> Attributes::parse(const nlmsghdr* header) {
  if (!genlmsg_valid_hdr(const_cast<nlmsghdr*>(header), 0)) {
    return std::nullopt;
  }
  const auto* generic = static_cast<const genlmsghdr*>(nlmsg_data(header));
  Attributes out;
  nla_parse(const_cast<nlattr**>(out.table_.data()), NL80211_ATTR_MAX, genlmsg_attrdata(generic, 0),
            genlmsg_attrlen(generic, 0), nullptr);
  return out;
}

Attributes Attributes::nested(const nlattr* attribute) {
  Attributes out;
  if (attribute) {
    nla_parse(const_cast<nlattr**>(out.table_.data()), NL80211_ATTR_MAX,
              static_cast<nlattr*>(nla_data(attribute)), nla_len(attribute), nullptr);
  }
  return out;
}

const nlattr* Attributes::get(int type) const {
  return type >= 0 && type <= NL80211_ATTR_MAX ? table_[static_cast<std::size_t>(type)] : nullptr;
}

std::optional<std::uint32_t> Attributes::u32(int type) const {
  return number<std::uint32_t>(get(type));
}
std::optional<std::uint16_t> Attributes::u16(int type) const {
  return number<std::uint16_t>(get(type));
}
std::optional<std::uint8_t> Attributes::u8(int type) const {
  return number<std::uint8_t>(get(type));
}

std::optional<std::string> Attributes::text(int type) const {
  const auto view = bytes(type);
  if (!has(type)) {
    return std::nullopt;
  }
  std::string out(reinterpret_cast<const char*>(view.data()), view.size());
  out.resize(std::min(out.find('\0'), out.size()));
  return out;
}

ByteView Attributes::bytes(int type) const {
  const auto* attribute = get(type);
  if (!attribute) {
    return {};
  }
  return {static_cast<const std::byte*>(nla_data(attribute)),
          static_cast<std::size_t>(nla_len(attribute))};
}

Nl80211Request::Nl80211Request(int family, nl80211_commands command, int flags)
    : message_(nlmsg_alloc(), &nlmsg_free) {
  genlmsg_put(message_.get(), NL_AUTO_PORT, NL_AUTO_SEQ, family, 0, flags,
              static_cast<std::uint8_t>(command), 0);
}

Nl80211Request& Nl80211Request::u8(int type, std::uint8_t value) {
  nla_put_u8(message_.get(), type, value);
  return *this;
}

Nl80211Request& Nl80211Request::u16(int type, std::uint16_t value) {
  nla_put_u16(message_.get(), type, value);
  return *this;
}

Nl80211Request& Nl80211Request::bytes(int type, ByteView value) {
  nla_put(message_.get(), type, static_cast<int>(value.size()), value.data());
  return *this;
}

Nl80211Request& Nl80211Request::nested(int type, const std::function<void(Nl80211Request&)>& fill) {
  nlattr* start = nla_nest_start(message_.get(), type);
  fill(*this);
  nla_nest_end(message_.get(), start);
  return *this;
}

Nl80211Request& Nl80211Request::u32(int type, std::uint32_t value) {
  nla_put_u32(message_.get(), type, value);
  return *this;
}

Nl80211Request& Nl80211Request::text(int type, const std::string& value) {
  nla_put_string(message_.get(), type, value.c_str());
  return *this;
}

Nl80211Request& Nl80211Request::flag(int type) {
  nla_put_flag(message_.get(), type);
  return *this;
}

Result<Nl80211Socket> Nl80211Socket::open(const NetworkNamespace& where) {
  const auto scope = NamespaceScope::enter(where);
  if (!scope) {
    return scope.error();
  }
  Nl80211Socket socket(nl_socket_alloc(), -1);
  if (const int status = genl_connect(socket.raw()); status < 0) {
    return Error{Fault::rig_unavailable,
                 fmt::format("can't open a generic-netlink socket: {}", nl_geterror(status)),
                 where.name};
  }
  socket.family_ = genl_ctrl_resolve(socket.raw(), NL80211_GENL_NAME);
  if (socket.family_ < 0) {
    return Error{Fault::rig_unavailable,
                 "the kernel has no nl80211: load the driver of a WLAN adapter (cfg80211 comes "
                 "with it), or use the virtual rig",
                 "nl80211"};
  }
  constexpr int kBuffer = 1 << 20;
  nl_socket_set_buffer_size(socket.raw(), kBuffer, 0);
  return socket;
}

Result<> Nl80211Socket::exchange(const Nl80211Request& request, std::string_view doing,
                                 std::string where, const OnMessage& on_message) {
  const auto failed = [&](std::string_view why) {
    return Error{Fault::lab, fmt::format("can't {}: {}", doing, why), std::move(where)};
  };
  if (const int sent = nl_send_auto(raw(), request.message()); sent < 0) {
    return failed(nl_geterror(sent));
  }
  Progress progress{&on_message};
  const std::unique_ptr<nl_cb, decltype(&nl_cb_put)> callbacks(nl_cb_alloc(NL_CB_DEFAULT),
                                                               &nl_cb_put);
  nl_cb_set(callbacks.get(), NL_CB_VALID, NL_CB_CUSTOM, on_valid, &progress);
  nl_cb_set(callbacks.get(), NL_CB_FINISH, NL_CB_CUSTOM, on_end, &progress);
  nl_cb_set(callbacks.get(), NL_CB_ACK, NL_CB_CUSTOM, on_end, &progress);
  nl_cb_err(callbacks.get(), NL_CB_CUSTOM, on_error, &progress);
  while (progress.status > 0) {
    if (const int status = nl_recvmsgs(raw(), callbacks.get()); status < 0 && progress.status > 0) {
      return failed(nl_geterror(status));
    }
  }
  if (progress.status < 0) {
    return failed(std::strerror(-progress.status));
  }
  return {};
}

}  // namespace postassoc
