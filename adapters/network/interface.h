#pragma once

#include <cstdint>
#include <string>

#include "harness/clock.h"
#include "harness/frames/mac_address.h"
#include "harness/run/namespace.h"
#include "harness/run/task.h"

/// Network interfaces by name, each in its namespace. An Error names the interface; one that is
/// not there is Fault::lab.
namespace postassoc {

/// An IPv4 address in host byte order with the length of its prefix.
struct Ipv4Address {
  std::uint32_t address = 0;
  int prefix_length = 24;

  std::uint32_t netmask() const {
    return prefix_length == 0 ? 0 : ~std::uint32_t{0} << (32 - prefix_length);
  }
  std::uint32_t broadcast() const { return address | ~netmask(); }
};

Result<int> interface_index(const NetworkNamespace& where, const std::string& interface);
Result<MacAddress> interface_mac(const NetworkNamespace& where, const std::string& interface);
Result<> set_up(const NetworkNamespace& where, const std::string& interface);
Result<> set_down(const NetworkNamespace& where, const std::string& interface);
/// Gives the interface, which must be down, another MAC address.
Result<> set_mac(const NetworkNamespace& where, const std::string& interface, MacAddress mac);
/// Up and with a carrier: for a station this is when its port is authorized.
Result<bool> has_carrier(const NetworkNamespace& where, const std::string& interface);
/// Replaces the interface's address, and sets mask and broadcast address.
Result<> set_address(const NetworkNamespace& where, const std::string& interface,
                     Ipv4Address address);
/// A permanent neighbour, so that nothing waits for ARP. The kernel forgets it when the interface
/// goes down. `neighbour` in host byte order; `socket`: any IPv4 socket of the interface's
/// namespace, so that this is one system call and can be done before each datagram.
Result<> add_neighbour(int socket, const std::string& interface, std::uint32_t neighbour,
                       MacAddress mac);
/// Waits for has_carrier(); Fault::timeout past the limit.
Task<> await_carrier(NetworkNamespace where, std::string interface, std::chrono::nanoseconds limit);

}  // namespace postassoc
