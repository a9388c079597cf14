#include "adapters/network/udp_data_path.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace postassoc {
namespace {

sockaddr_in endpoint(std::uint32_t address) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(UdpDataPath::kPort);
  out.sin_addr.s_addr = htonl(address);
  return out;
}

/// Longest payload that is told; tags are much shorter.
constexpr std::size_t kLongestTag = 64;

/// Options of a socket that sends and receives on this interface only.
bool prepare(int fd, const std::string& interface) {
  const int on = 1;
  const auto any = endpoint(INADDR_ANY);
  return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface.data(),
                    static_cast<socklen_t>(interface.size())) == 0 &&
         setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof on) == 0 &&
         bind(fd, reinterpret_cast<const sockaddr*>(&any), sizeof any) == 0;
}

/// Errors that say that the link can't carry data now.
bool is_an_attempt(int error) {
  switch (error) {
    case ENETUNREACH:
    case ENETDOWN:
    case EHOSTUNREACH:
    case EHOSTDOWN:
    case ENOBUFS:
    case EAGAIN:
    case EPERM:
    case ECONNREFUSED:
    case EADDRNOTAVAIL:
      return true;
    default:
      return false;
  }
}

}  // namespace

Result<int> UdpDataPath::open_socket(const End& end) {
  const auto scope = NamespaceScope::enter(end.where);
  if (!scope) {
    return scope.error();
  }
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0 || !prepare(fd, end.interface)) {
    const int error = errno;
    if (fd >= 0) {
      close(fd);
    }
    return Error{Fault::lab, std::string("can't open a data socket: ") + std::strerror(error),
                 end.interface};
  }
  return fd;
}

Result<std::unique_ptr<UdpDataPath>> UdpDataPath::create(asio::any_io_executor executor,
                                                         EventSink emit, End access_point,
                                                         End station) {
  const auto access_point_mac = interface_mac(access_point.where, access_point.interface);
  if (!access_point_mac) {
    return access_point_mac.error();
  }
  const auto station_mac = interface_mac(station.where, station.interface);
  if (!station_mac) {
    return station_mac.error();
  }
  std::unique_ptr<UdpDataPath> path(new UdpDataPath(std::move(emit)));
  path->access_point_ = {std::move(access_point), kAccessPointAddress,
                         kStationAddress,         *station_mac,
                         Side::access_point,      std::nullopt};
  path->station_ = {std::move(station), kStationAddress, kAccessPointAddress,
                    *access_point_mac,  Side::station,   std::nullopt};
  for (auto* socket : {&path->access_point_, &path->station_}) {
    if (const auto set = set_address(socket->end.where, socket->end.interface, socket->own); !set) {
      return set.error();
    }
    const auto fd = open_socket(socket->end);
    if (!fd) {
      return fd.error();
    }
    socket->descriptor.emplace(executor, *fd);
    path->listen(*socket);
  }
  return path;
}

UdpDataPath::~UdpDataPath() = default;

void UdpDataPath::listen(Socket& socket) {
  socket.descriptor->async_wait(
      asio::posix::stream_descriptor::wait_read,
      [this, &socket, alive = std::weak_ptr<int>(alive_)](const boost::system::error_code& error) {
        if (!error && !alive.expired()) {
          receive(socket);
          listen(socket);
        }
      });
}

void UdpDataPath::receive(Socket& socket) {
  std::array<char, 2048> buffer;
  for (;;) {
    sockaddr_in from{};
    socklen_t from_size = sizeof from;
    const auto size = recvfrom(socket.descriptor->native_handle(), buffer.data(), buffer.size(), 0,
                               reinterpret_cast<sockaddr*>(&from), &from_size);
    if (size < 0) {
      return;  // nothing more for now, or an error of an earlier datagram
    }
    if (ntohl(from.sin_addr.s_addr) == socket.own.address) {
      continue;  // the kernel gives a broadcast back to its sender
    }
    std::string tag(buffer.data(), std::min(static_cast<std::size_t>(size), kLongestTag));
    emit_({monotonic_now(),
           std::chrono::milliseconds(1),
           Witness::harness,
           socket.side,
           "data_received",
           {{"tag", std::move(tag)}}});
  }
}

Task<> UdpDataPath::send(Side from, bool to_group, std::string_view payload) {
  Socket& socket = from == Side::access_point ? access_point_ : station_;
  const auto& interface = socket.end.interface;
  // Each time: whoever set the interface down and up since took the neighbour away.
  (void)add_neighbour(socket.descriptor->native_handle(), interface, socket.peer.address,
                      socket.peer_mac);
  const auto to = endpoint(to_group ? socket.own.broadcast() : socket.peer.address);
  const auto sent = sendto(socket.descriptor->native_handle(), payload.data(), payload.size(), 0,
                           reinterpret_cast<const sockaddr*>(&to), sizeof to);
  if (sent < 0 && !is_an_attempt(errno)) {
    co_return Error{Fault::lab, std::string("can't send data: ") + std::strerror(errno), interface};
  }
  co_return Result<>{};
}

Task<> UdpDataPath::await_link(std::chrono::nanoseconds limit) {
  const auto deadline = monotonic_now() + limit;
  const std::array ends = {access_point_.end, station_.end};
  for (const End& end : ends) {
    const auto up = co_await await_carrier(end.where, end.interface, deadline - monotonic_now());
    if (!up && up.error().fault != Fault::timeout) {
      co_return up.error();
    }
  }
  co_return Result<>{};
}

}  // namespace postassoc
