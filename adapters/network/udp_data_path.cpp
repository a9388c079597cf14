#include "adapters/network/udp_data_path.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

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

/// Options of a socket that sends from this interface only, to anybody, and drops what arrives.
bool prepare(int fd, const std::string& interface) {
  sock_filter nothing[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
  const sock_fprog drop_all{1, nothing};
  const int on = 1;
  const auto any = endpoint(INADDR_ANY);
  return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface.data(),
                    static_cast<socklen_t>(interface.size())) == 0 &&
         setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof on) == 0 &&
         setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &drop_all, sizeof drop_all) == 0 &&
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

Result<std::unique_ptr<UdpDataPath>> UdpDataPath::create(End access_point, End station) {
  const auto access_point_mac = interface_mac(access_point.where, access_point.interface);
  if (!access_point_mac) {
    return access_point_mac.error();
  }
  const auto station_mac = interface_mac(station.where, station.interface);
  if (!station_mac) {
    return station_mac.error();
  }
  std::unique_ptr<UdpDataPath> path(new UdpDataPath);
  path->access_point_ = {std::move(access_point), kAccessPointAddress, kStationAddress,
                         *station_mac, -1};
  path->station_ = {std::move(station), kStationAddress, kAccessPointAddress, *access_point_mac,
                    -1};
  for (auto* socket : {&path->access_point_, &path->station_}) {
    if (const auto set = set_address(socket->end.where, socket->end.interface, socket->own); !set) {
      return set.error();
    }
    const auto fd = open_socket(socket->end);
    if (!fd) {
      return fd.error();
    }
    socket->fd = *fd;
  }
  return path;
}

UdpDataPath::~UdpDataPath() {
  for (const auto* socket : {&access_point_, &station_}) {
    if (socket->fd >= 0) {
      close(socket->fd);
    }
  }
}

Task<> UdpDataPath::send(Side from, bool to_group, std::string_view payload) {
  const Socket& socket = from == Side::access_point ? access_point_ : station_;
  const auto& interface = socket.end.interface;
  // Each time: whoever set the interface down and up since took the neighbour away.
  (void)add_neighbour(socket.end.where, interface, socket.peer.address, socket.peer_mac);
  const auto to = endpoint(to_group ? socket.own.broadcast() : socket.peer.address);
  const auto sent = sendto(socket.fd, payload.data(), payload.size(), 0,
                           reinterpret_cast<const sockaddr*>(&to), sizeof to);
  if (sent < 0 && !is_an_attempt(errno)) {
    co_return Error{Fault::lab, std::string("can't send data: ") + std::strerror(errno), interface};
  }
  co_return Result<>{};
}

}  // namespace postassoc
