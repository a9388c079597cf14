#pragma once

#include <cstdint>

#include "adapters/network/interface.h"
#include "harness/run/ports.h"

namespace postassoc {

/// Sends UDP datagrams from one side's interface to the other's, each from its own namespace:
/// access point 10.77.0.1/24, station 10.77.0.2/24, both ports 7777. Neighbours are permanent, so
/// that a datagram is one frame and never waits for ARP. What arrives is dropped in the kernel (a
/// socket takes it, so that no ICMP answer is made): captures are what records it.
class UdpDataPath : public DataPath {
 public:
  static constexpr std::uint16_t kPort = 7777;
  static constexpr Ipv4Address kAccessPointAddress{0x0a4d0001, 24};
  static constexpr Ipv4Address kStationAddress{0x0a4d0002, 24};

  struct End {
    NetworkNamespace where;
    std::string interface;
  };

  /// Sets the addresses of both interfaces, which must exist. Create it when they have their final
  /// MAC addresses and namespaces; whether they are up doesn't matter.
  static Result<std::unique_ptr<UdpDataPath>> create(End access_point, End station);
  ~UdpDataPath() override;
  UdpDataPath(const UdpDataPath&) = delete;
  UdpDataPath& operator=(const UdpDataPath&) = delete;

  /// An attempt: an interface that is down, no route, a full queue or a closed port is no Error; an
  /// interface that has gone is. `from` is not Side::none.
  Task<> send(Side from, bool to_group, std::string_view payload) override;

 private:
  struct Socket {
    End end;
    Ipv4Address own;
    Ipv4Address peer;
    MacAddress peer_mac;
    int fd = -1;
  };
  UdpDataPath() = default;
  static Result<int> open_socket(const End& end);

  Socket access_point_;
  Socket station_;
};

}  // namespace postassoc
