#include "adapters/inject/monitor_injector.h"

#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstring>

#include "harness/frames/build.h"

namespace postassoc {
namespace {

constexpr std::size_t kLongestFrame = 2304 + 64;  ///< MSDU, headers and trailers around it

Error unavailable(const std::string& interface, const std::string& what, bool with_errno = false) {
  return {Fault::rig_unavailable,
          "cannot be injected from: " + what +
              (with_errno ? std::string(": ") + std::strerror(errno) : std::string()),
          interface};
}

/// A monitor interface with radiotap headers, and up.
Result<> check_interface(int fd, const std::string& interface) {
  ifreq request{};
  interface.copy(request.ifr_name, IFNAMSIZ - 1);
  if (::ioctl(fd, SIOCGIFHWADDR, &request) != 0) {
    return unavailable(interface, "cannot be asked for its type", true);
  }
  if (request.ifr_hwaddr.sa_family != ARPHRD_IEEE80211_RADIOTAP) {
    return unavailable(interface, "it is no monitor interface (hardware type " +
                                      std::to_string(request.ifr_hwaddr.sa_family) +
                                      " instead of 803)");
  }
  if (::ioctl(fd, SIOCGIFFLAGS, &request) != 0) {
    return unavailable(interface, "cannot be asked for its state", true);
  }
  if ((request.ifr_flags & IFF_UP) == 0) {
    return unavailable(interface, "it is not up");
  }
  return {};
}

}  // namespace

MonitorInjector::MonitorInjector(const asio::any_io_executor& executor, Options options, int fd)
    : options_(std::move(options)), socket_(executor, fd) {}

Result<std::unique_ptr<MonitorInjector>> MonitorInjector::open(
    const asio::any_io_executor& executor, Options options) {
  auto scope = NamespaceScope::enter(options.network_namespace);
  if (!scope) {
    return scope.error();
  }
  // Protocol 0: the socket sends only; what the interface hears does not pile up in it.
  const int fd = ::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) {
    return unavailable(options.interface, "no packet socket (needs root or CAP_NET_RAW)", true);
  }
  const std::string interface = options.interface;
  std::unique_ptr<MonitorInjector> injector(new MonitorInjector(executor, std::move(options), fd));
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_ifindex = static_cast<int>(::if_nametoindex(interface.c_str()));
  if (address.sll_ifindex == 0) {
    return unavailable(interface, "no such interface", true);
  }
  if (auto checked = check_interface(fd, interface); !checked) {
    return checked.error();
  }
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return unavailable(interface, "cannot bind", true);
  }
  return injector;
}

Task<> MonitorInjector::inject(ByteView frame, std::optional<double> rate_mbps) {
  if (frame.size() > kLongestFrame) {
    co_return Error{Fault::lab,
                    "a frame of " + std::to_string(frame.size()) + " octets is too long to inject",
                    options_.interface};
  }
  const std::optional<int> rate =
      rate_mbps ? std::optional(static_cast<int>(std::lround(*rate_mbps * 2))) : std::nullopt;
  Bytes packet = build_injection_radiotap(kTxFlagNoSequence, rate);
  packet.insert(packet.end(), frame.begin(), frame.end());
  while (::send(socket_.native_handle(), packet.data(), packet.size(), 0) < 0) {
    if (errno == EINTR) {
      continue;
    }
    if (errno != EAGAIN && errno != ENOBUFS) {
      co_return Error{Fault::lab, std::string("cannot inject: ") + std::strerror(errno),
                      options_.interface};
    }
    const auto [error] =
        co_await socket_.async_wait(asio::posix::stream_descriptor::wait_write, kNoThrow);
    if (error) {
      co_return Error{Fault::interrupted, "stopped injecting: " + error.message(),
                      options_.interface};
    }
  }
  co_return Result<>{};
}

}  // namespace postassoc
