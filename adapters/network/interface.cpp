#include "adapters/network/interface.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace postassoc {
namespace {

Error trouble(const std::string& interface, std::string_view doing, int error) {
  return Error{Fault::lab, fmt::format("can't {}: {}", doing, std::strerror(error)), interface};
}

void copy_name(const std::string& interface, char (&name)[IFNAMSIZ]) {
  std::copy_n(interface.data(), std::min<std::size_t>(interface.size(), IFNAMSIZ - 1), name);
}

sockaddr in_sockaddr(std::uint32_t address) {
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_addr.s_addr = htonl(address);
  sockaddr out{};
  static_assert(sizeof out == sizeof in);
  std::memcpy(&out, &in, sizeof out);
  return out;
}

/// An ioctl on any socket of the namespace.
Result<> control(const NetworkNamespace& where, const std::string& interface, unsigned long request,
                 void* argument, std::string_view doing) {
  if (interface.empty() || interface.size() >= IFNAMSIZ) {
    return Error{Fault::invalid_input, "that can't be the name of an interface", interface};
  }
  const auto scope = NamespaceScope::enter(where);
  if (!scope) {
    return scope.error();
  }
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    return trouble(interface, "open a socket", errno);
  }
  const int status = ioctl(fd, request, argument);
  const int error = errno;
  close(fd);
  if (status != 0) {
    return trouble(interface, doing, error);
  }
  return {};
}

Result<> change_flags(const NetworkNamespace& where, const std::string& interface, bool up) {
  ifreq request{};
  copy_name(interface, request.ifr_name);
  if (const auto got = control(where, interface, SIOCGIFFLAGS, &request, "read its flags"); !got) {
    return got.error();
  }
  const auto flags =
      static_cast<short>(up ? request.ifr_flags | IFF_UP : request.ifr_flags & ~IFF_UP);
  if (flags == request.ifr_flags) {
    return {};
  }
  request.ifr_flags = flags;
  return control(where, interface, SIOCSIFFLAGS, &request,
                 up ? "set the interface up" : "set the interface down");
}

}  // namespace

Result<int> interface_index(const NetworkNamespace& where, const std::string& interface) {
  ifreq request{};
  copy_name(interface, request.ifr_name);
  if (const auto got = control(where, interface, SIOCGIFINDEX, &request, "find the interface");
      !got) {
    return got.error();
  }
  return request.ifr_ifindex;
}

Result<MacAddress> interface_mac(const NetworkNamespace& where, const std::string& interface) {
  ifreq request{};
  copy_name(interface, request.ifr_name);
  if (const auto got = control(where, interface, SIOCGIFHWADDR, &request, "read its address");
      !got) {
    return got.error();
  }
  MacAddress mac;
  std::memcpy(mac.octets.data(), request.ifr_hwaddr.sa_data, mac.octets.size());
  return mac;
}

Result<> set_mac(const NetworkNamespace& where, const std::string& interface, MacAddress mac) {
  ifreq request{};
  copy_name(interface, request.ifr_name);
  request.ifr_hwaddr.sa_family = ARPHRD_ETHER;
  std::memcpy(request.ifr_hwaddr.sa_data, mac.octets.data(), mac.octets.size());
  return control(where, interface, SIOCSIFHWADDR, &request, "set its address");
}

Result<> set_up(const NetworkNamespace& where, const std::string& interface) {
  return change_flags(where, interface, true);
}

Result<> set_down(const NetworkNamespace& where, const std::string& interface) {
  return change_flags(where, interface, false);
}

Result<bool> has_carrier(const NetworkNamespace& where, const std::string& interface) {
  ifreq request{};
  copy_name(interface, request.ifr_name);
  if (const auto got = control(where, interface, SIOCGIFFLAGS, &request, "read its flags"); !got) {
    return got.error();
  }
  return (request.ifr_flags & IFF_UP) != 0 && (request.ifr_flags & IFF_RUNNING) != 0;
}

Result<> set_address(const NetworkNamespace& where, const std::string& interface,
                     Ipv4Address address) {
  struct Step {
    unsigned long request;
    std::uint32_t value;
    std::string_view doing;
  };
  const Step steps[] = {{SIOCSIFADDR, address.address, "set the IPv4 address"},
                        {SIOCSIFNETMASK, address.netmask(), "set the IPv4 mask"},
                        {SIOCSIFBRDADDR, address.broadcast(), "set the broadcast address"}};
  for (const auto& step : steps) {
    ifreq request{};
    copy_name(interface, request.ifr_name);
    request.ifr_addr = in_sockaddr(step.value);
    if (const auto done = control(where, interface, step.request, &request, step.doing); !done) {
      return done.error();
    }
  }
  return {};
}

Result<> add_neighbour(int socket, const std::string& interface, std::uint32_t neighbour,
                       MacAddress mac) {
  arpreq request{};
  request.arp_pa = in_sockaddr(neighbour);
  request.arp_ha.sa_family = ARPHRD_ETHER;
  std::memcpy(request.arp_ha.sa_data, mac.octets.data(), mac.octets.size());
  request.arp_flags = ATF_PERM | ATF_COM;
  copy_name(interface, request.arp_dev);
  if (ioctl(socket, SIOCSARP, &request) != 0) {
    return Error{Fault::lab, std::string("can't add a neighbour: ") + std::strerror(errno),
                 interface};
  }
  return {};
}

Task<> await_carrier(NetworkNamespace where, std::string interface,
                     std::chrono::nanoseconds limit) {
  constexpr auto kInterval = std::chrono::milliseconds(5);
  const auto deadline = monotonic_now() + limit;
  for (;;) {
    const auto carrier = has_carrier(where, interface);
    if (!carrier) {
      co_return carrier.error();
    }
    if (*carrier) {
      co_return Result<>{};
    }
    if (monotonic_now() >= deadline) {
      co_return Error{Fault::timeout, "no carrier in time", interface};
    }
    asio::steady_timer timer(co_await asio::this_coro::executor, kInterval);
    if (const auto [error] = co_await timer.async_wait(kNoThrow); error) {
      co_return Error{Fault::interrupted, "the wait for a carrier was given up", interface};
    }
  }
}

}  // namespace postassoc
