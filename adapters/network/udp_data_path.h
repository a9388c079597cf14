#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <memory>
#include <optional>

#include "adapters/network/interface.h"
#include "harness/run/ports.h"

namespace postassoc {

/// Sends UDP datagrams from one side's interface to the other's, each from its own namespace:
/// access point 10.77.0.1/24, station 10.77.0.2/24, both ports 7777. Neighbours are permanent, so
/// that a datagram is one frame and never waits for ARP. What arrives is told as harness event
/// data_received {tag}, for those who wait for it; the proof of delivery is in the netdev captures.
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
  static Result<std::unique_ptr<UdpDataPath>> create(asio::any_io_executor executor, EventSink emit,
                                                     End access_point, End station);
  ~UdpDataPath() override;
  UdpDataPath(const UdpDataPath&) = delete;
  UdpDataPath& operator=(const UdpDataPath&) = delete;

  /// An attempt: an interface that is down, no route, a full queue or a closed port is no Error; an
  /// interface that has gone is. `from` is not Side::none.
  Task<> send(Side from, bool to_group, std::string_view payload) override;
  Task<> await_link(std::chrono::nanoseconds limit) override;

 private:
  struct Socket {
    End end;
    Ipv4Address own;
    Ipv4Address peer;
    MacAddress peer_mac;
    Side side = Side::none;
    std::optional<asio::posix::stream_descriptor> descriptor;
  };
  explicit UdpDataPath(EventSink emit) : emit_(std::move(emit)) {}
  static Result<int> open_socket(const End& end);
  void listen(Socket& socket);
  void receive(Socket& socket);

  EventSink emit_;
  Socket access_point_;
  Socket station_;
  std::shared_ptr<int> alive_ = std::make_shared<int>();  ///< gone: handlers do nothing
};

}  // namespace postassoc
