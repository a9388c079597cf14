#include "adapters/nl80211/radio.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <net/if.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <iterator>

#include "adapters/nl80211/netlink.h"

namespace postassoc {
namespace {

std::string describe(const RadioSpec& spec) {
  std::vector<std::string> words;
  const auto add = [&](std::string_view name, const std::optional<std::string>& value) {
    if (value) {
      words.push_back(fmt::format("{} {}", name, *value));
    }
  };
  add("interface", spec.interface);
  add("phy", spec.phy);
  add("mac", spec.mac ? std::optional(to_string(*spec.mac)) : std::nullopt);
  add("driver", spec.driver);
  add("usb_path", spec.usb_path);
  return fmt::format("{}", fmt::join(words, ", "));
}

std::string describe(const std::vector<Wiphy>& wiphys) {
  std::vector<std::string> words;
  words.reserve(wiphys.size());
  for (const auto& wiphy : wiphys) {
    words.push_back(to_string(wiphy));
  }
  return words.empty() ? "none" : fmt::format("{}", fmt::join(words, "; "));
}

bool matches(const RadioSpec& spec, const Wiphy& wiphy) {
  const auto has_mac = [&](const WirelessInterface& one) { return one.mac == *spec.mac; };
  const auto has_name = [&](const WirelessInterface& one) { return one.name == *spec.interface; };
  const auto& all = wiphy.interfaces;
  return (!spec.phy || *spec.phy == wiphy.name) && (!spec.driver || *spec.driver == wiphy.driver) &&
         (!spec.usb_path || *spec.usb_path == wiphy.usb_path) &&
         (!spec.interface || std::any_of(all.begin(), all.end(), has_name)) &&
         (!spec.mac || *spec.mac == wiphy.mac || std::any_of(all.begin(), all.end(), has_mac));
}

bool name_is_taken(const std::string& name, const NetworkNamespace& where) {
  const auto scope = NamespaceScope::enter(where);
  return scope && if_nametoindex(name.c_str()) != 0;
}

/// `flags`: struct nl80211_sta_flag_update.
bool is_authorized(ByteView flags) {
  nl80211_sta_flag_update update{};
  if (flags.size() < sizeof update) {
    return false;
  }
  std::memcpy(&update, flags.data(), sizeof update);
  return (update.mask & update.set & (1U << NL80211_STA_FLAG_AUTHORIZED)) != 0;
}

}  // namespace

std::vector<Wiphy> matching(const RadioSpec& spec, const std::vector<Wiphy>& wiphys) {
  std::vector<Wiphy> out;
  std::copy_if(wiphys.begin(), wiphys.end(), std::back_inserter(out),
               [&](const Wiphy& wiphy) { return matches(spec, wiphy); });
  return out;
}

Result<Radio> find_radio(const RadioSpec& spec, const NetworkNamespace& where) {
  const auto wiphys = list_wiphys(where);
  if (!wiphys) {
    return wiphys.error();
  }
  auto found = matching(spec, *wiphys);
  if (found.size() != 1) {
    return Error{Fault::rig_unavailable,
                 found.empty() ? fmt::format("no such radio; there are: {}", describe(*wiphys))
                               : fmt::format("several radios match: {}", describe(found)),
                 describe(spec)};
  }
  Radio radio{std::move(found.front()), {}};
  if (radio.wiphy.interfaces.empty()) {
    const auto made = create_interface(radio.wiphy, fmt::format("pa{}", radio.wiphy.index),
                                       NL80211_IFTYPE_STATION, where);
    if (!made) {
      return made.error();
    }
    radio.wiphy.interfaces.push_back(*made);
  }
  const auto& all = radio.wiphy.interfaces;
  const auto named = std::find_if(all.begin(), all.end(), [&](const auto& one) {
    return spec.interface && one.name == *spec.interface;
  });
  radio.interface = named == all.end() ? all.front() : *named;
  return radio;
}

Result<WirelessInterface> create_interface(const Wiphy& wiphy, const std::string& name,
                                           nl80211_iftype type, const NetworkNamespace& where) {
  if (name_is_taken(name, where)) {  // the kernel's own word for it is ENFILE
    return Error{Fault::rig_unavailable,
                 fmt::format("there is an interface of this name already: iw dev {} del", name),
                 name};
  }
  auto socket = Nl80211Socket::open(where);
  if (!socket) {
    return socket.error();
  }
  auto request = socket->request(NL80211_CMD_NEW_INTERFACE);
  request.u32(NL80211_ATTR_WIPHY, wiphy.index)
      .text(NL80211_ATTR_IFNAME, name)
      .u32(NL80211_ATTR_IFTYPE, type);
  std::optional<WirelessInterface> made;
  const auto done =
      socket->exchange(request, fmt::format("make interface {}", name), to_string(wiphy),
                       [&](const Attributes& one) { made = read_interface(one); });
  if (!done) {
    return done.error();
  }
  if (!made) {
    return Error{Fault::lab, fmt::format("the kernel made no interface {}", name),
                 to_string(wiphy)};
  }
  return *made;
}

Result<WirelessInterface> create_monitor(const Wiphy& wiphy, const std::string& name,
                                         const NetworkNamespace& where) {
  for (const auto& left : wiphy.interfaces) {
    if (left.name == name && left.type == NL80211_IFTYPE_MONITOR) {
      if (const auto deleted = delete_interface(left, where); !deleted) {
        return deleted.error();
      }
    }
  }
  return create_interface(wiphy, name, NL80211_IFTYPE_MONITOR, where);
}

Result<> delete_interface(const WirelessInterface& interface, const NetworkNamespace& where) {
  auto socket = Nl80211Socket::open(where);
  if (!socket) {
    return socket.error();
  }
  auto request = socket->request(NL80211_CMD_DEL_INTERFACE);
  request.u32(NL80211_ATTR_IFINDEX, static_cast<std::uint32_t>(interface.index));
  return socket->exchange(request, "delete the interface", interface.name);
}

Result<> set_channel(const WirelessInterface& interface, int frequency_mhz,
                     const NetworkNamespace& where) {
  auto socket = Nl80211Socket::open(where);
  if (!socket) {
    return socket.error();
  }
  const auto mhz = static_cast<std::uint32_t>(frequency_mhz);
  auto request = socket->request(NL80211_CMD_SET_WIPHY);
  request.u32(NL80211_ATTR_IFINDEX, static_cast<std::uint32_t>(interface.index))
      .u32(NL80211_ATTR_WIPHY_FREQ, mhz)
      .u32(NL80211_ATTR_CHANNEL_WIDTH, NL80211_CHAN_WIDTH_20)
      .u32(NL80211_ATTR_CENTER_FREQ1, mhz);
  return socket->exchange(request, fmt::format("tune to {} MHz", frequency_mhz), interface.name);
}

Result<bool> port_is_open(const WirelessInterface& interface, const NetworkNamespace& where) {
  auto socket = Nl80211Socket::open(where);
  if (!socket) {
    return socket.error();
  }
  auto request = socket->request(NL80211_CMD_GET_STATION, NLM_F_DUMP);
  request.u32(NL80211_ATTR_IFINDEX, static_cast<std::uint32_t>(interface.index));
  bool open = false;
  const auto asked =
      socket->exchange(request, "ask for the peers", interface.name, [&](const Attributes& one) {
        const nlattr* peer = one.get(NL80211_ATTR_STA_INFO);
        const ByteView flags = peer == nullptr
                                   ? ByteView{}
                                   : Attributes::nested(peer).bytes(NL80211_STA_INFO_STA_FLAGS);
        open = open || is_authorized(flags);
      });
  return asked ? Result<bool>(open) : asked.error();
}

Result<> set_wiphy_namespace(const Wiphy& wiphy, const NetworkNamespace& from,
                             const NetworkNamespace& to) {
  auto socket = Nl80211Socket::open(from);
  if (!socket) {
    return socket.error();
  }
  const int own = to.fd ? -1 : open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  auto request = socket->request(NL80211_CMD_SET_WIPHY_NETNS);
  request.u32(NL80211_ATTR_WIPHY, wiphy.index)
      .u32(NL80211_ATTR_NETNS_FD, static_cast<std::uint32_t>(to.fd ? to.get() : own));
  auto moved =
      socket->exchange(request, "move the radio to another network namespace", to_string(wiphy));
  if (own >= 0) {
    close(own);
  }
  return moved;
}

}  // namespace postassoc
