#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <fstream>
#include <optional>

#include "adapters/network/create_namespace.h"
#include "adapters/network/udp_data_path.h"

namespace postassoc {
namespace {

using std::chrono::milliseconds;

Result<> run(Task<> task) {
  asio::io_context context;
  std::optional<Result<>> result;
  asio::co_spawn(context, std::move(task),
                 [&](std::exception_ptr, Result<> value) { result.emplace(std::move(value)); });
  context.run();
  return std::move(*result);
}

/// Everything that an interface takes in from outside.
class Tap {
 public:
  Tap(const NetworkNamespace& where, const std::string& interface) {
    const auto scope = NamespaceScope::enter(where);
    fd_ = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL));
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons(ETH_P_ALL);
    address.sll_ifindex = static_cast<int>(if_nametoindex(interface.c_str()));
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  ~Tap() { close(fd_); }

  /// The next frame from outside, or nothing within the limit.
  std::optional<std::string> next(milliseconds limit = milliseconds(200)) {
    pollfd ready{fd_, POLLIN, 0};
    while (poll(&ready, 1, static_cast<int>(limit.count())) == 1) {
      std::string frame(2048, '\0');
      sockaddr_ll from{};
      socklen_t length = sizeof from;
      const auto size =
          recvfrom(fd_, frame.data(), frame.size(), 0, reinterpret_cast<sockaddr*>(&from), &length);
      if (size >= 0 && from.sll_pkttype != PACKET_OUTGOING) {
        frame.resize(static_cast<std::size_t>(size));
        return frame;
      }
    }
    return std::nullopt;
  }

 private:
  int fd_ = -1;
};

/// Two namespaces and a cable between them.
struct TwoNamespaces : testing::Test {
  asio::io_context io{1};
  std::vector<Event> told;
  NetworkNamespace access_point;
  NetworkNamespace station;

  void SetUp() override {
    if (geteuid() != 0) {
      GTEST_SKIP() << "needs root to make network namespaces";
    }
    auto first = create_namespace("test-access-point");
    auto second = create_namespace("test-station");
    if (!first || !second) {
      GTEST_SKIP() << to_string((first ? second : first).error());
    }
    access_point = std::move(*first);
    station = std::move(*second);
    const auto scope = NamespaceScope::enter(access_point);
    const auto cable = "ip link add veth-ap type veth peer name veth-sta netns /proc/" +
                       std::to_string(getpid()) + "/fd/" + std::to_string(station.get()) +
                       " 2>/dev/null";
    if (std::system(cable.c_str()) != 0) {
      GTEST_SKIP() << "can't make a veth pair (ip, or the kernel's veth, is missing)";
    }
  }

  Result<std::unique_ptr<UdpDataPath>> create_path(UdpDataPath::End first,
                                                   UdpDataPath::End second) {
    return UdpDataPath::create(
        io.get_executor(), [this](Event event) { told.push_back(std::move(event)); },
        std::move(first), std::move(second));
  }

  std::unique_ptr<UdpDataPath> connect() {
    auto path = create_path({access_point, "veth-ap"}, {station, "veth-sta"});
    EXPECT_TRUE(path) << to_string(path.error());
    EXPECT_TRUE(set_up(access_point, "veth-ap"));
    EXPECT_TRUE(set_up(station, "veth-sta"));
    EXPECT_TRUE(run(await_carrier(station, "veth-sta", milliseconds(5000))));
    EXPECT_TRUE(run(await_carrier(access_point, "veth-ap", milliseconds(5000))));
    return path ? std::move(*path) : nullptr;
  }
};

TEST_F(TwoNamespaces, are_apart_and_leave_this_thread_where_it_was) {
  EXPECT_TRUE(interface_index(access_point, "veth-ap"));
  EXPECT_FALSE(interface_index(station, "veth-ap"));
  EXPECT_FALSE(interface_index({}, "veth-ap"));
  EXPECT_TRUE(has_carrier(station, "lo").value());
}

TEST_F(TwoNamespaces, have_ipv6_switched_off_and_this_one_has_not_changed) {
  const auto read = [] {
    std::ifstream file("/proc/sys/net/ipv6/conf/default/disable_ipv6");
    std::string text;
    file >> text;
    return text;
  };
  const auto before = read();
  if (before.empty()) {
    GTEST_SKIP() << "this kernel has no IPv6";
  }
  const auto again = create_namespace("another");
  EXPECT_EQ(read(), before);
  const auto scope = NamespaceScope::enter(again.value());
  EXPECT_EQ(read(), "1");
}

TEST_F(TwoNamespaces, carry_unicast_both_ways_without_arp) {
  const auto path = connect();
  ASSERT_TRUE(path);
  Tap at_station(station, "veth-sta");
  Tap at_access_point(access_point, "veth-ap");
  ASSERT_TRUE(run(path->send(Side::access_point, false, "to-the-station")));
  const auto down = at_station.next();
  ASSERT_TRUE(down);
  EXPECT_TRUE(down->ends_with("to-the-station"));
  const auto station_mac = interface_mac(station, "veth-sta").value();
  EXPECT_EQ(MacAddress::from(as_bytes(*down)), station_mac);
  ASSERT_TRUE(run(path->send(Side::station, false, "to-the-access-point")));
  const auto up = at_access_point.next();
  ASSERT_TRUE(up);
  EXPECT_TRUE(up->ends_with("to-the-access-point"));
  EXPECT_FALSE(at_access_point.next(milliseconds(50))) << "an answer was made";
  EXPECT_FALSE(at_station.next(milliseconds(50))) << "an answer was made";
}

TEST_F(TwoNamespaces, carry_datagrams_to_the_group) {
  const auto path = connect();
  ASSERT_TRUE(path);
  Tap at_station(station, "veth-sta");
  ASSERT_TRUE(run(path->send(Side::access_point, true, "to-all")));
  const auto frame = at_station.next();
  ASSERT_TRUE(frame);
  EXPECT_EQ(MacAddress::from(as_bytes(*frame)), kBroadcast);
  EXPECT_TRUE(frame->ends_with("to-all"));
}

TEST_F(TwoNamespaces, tell_what_arrived_and_where) {
  const auto path = connect();
  ASSERT_TRUE(path);
  // A cable that has just been plugged in may lose what is sent first, and nobody says so.
  for (int tries = 0; tries < 100 && told.empty(); ++tries) {
    ASSERT_TRUE(run(path->send(Side::access_point, false, "to-the-station")));
    io.run_for(milliseconds(20));
  }
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told.front().name, "data_received");
  EXPECT_EQ(told.front().side, Side::station);
  EXPECT_EQ(told.front().detail["tag"], "to-the-station");

  const std::size_t before = told.size();
  ASSERT_TRUE(run(path->send(Side::station, true, "to-all")));
  io.run_for(milliseconds(200));
  ASSERT_EQ(told.size(), before + 1) << "the sender's own copy of a broadcast does not count";
  EXPECT_EQ(told.back().side, Side::access_point);
  EXPECT_EQ(told.back().detail["tag"], "to-all");
}

TEST_F(TwoNamespaces, survive_an_interface_that_goes_down_and_comes_back) {
  const auto path = connect();
  ASSERT_TRUE(path);
  ASSERT_TRUE(set_down(station, "veth-sta"));
  EXPECT_TRUE(run(path->send(Side::station, false, "nowhere")));
  EXPECT_TRUE(run(path->send(Side::station, true, "nowhere")));
  ASSERT_TRUE(set_up(station, "veth-sta"));
  ASSERT_TRUE(run(await_carrier(station, "veth-sta", milliseconds(5000))));
  Tap at_access_point(access_point, "veth-ap");
  ASSERT_TRUE(run(path->send(Side::station, false, "again")));
  const auto frame = at_access_point.next();
  ASSERT_TRUE(frame);
  EXPECT_TRUE(frame->ends_with("again"));
}

TEST_F(TwoNamespaces, give_an_interface_another_address) {
  const MacAddress mac{{0x02, 0x50, 0x41, 0, 0, 1}};
  ASSERT_TRUE(set_down(station, "veth-sta"));
  ASSERT_TRUE(set_mac(station, "veth-sta", mac));
  EXPECT_EQ(interface_mac(station, "veth-sta").value(), mac);
  EXPECT_FALSE(set_mac(station, "veth-sta", kBroadcast));
}

TEST_F(TwoNamespaces, say_which_interface_is_missing) {
  const auto path = create_path({access_point, "wlan7"}, {station, "veth-sta"});
  ASSERT_FALSE(path);
  EXPECT_EQ(path.error().where, "wlan7");
  EXPECT_EQ(set_up(station, "a-name-that-is-too-long").error().fault, Fault::invalid_input);
}

TEST_F(TwoNamespaces, carry_data_as_soon_as_both_links_are_up) {
  auto path = create_path({access_point, "veth-ap"}, {station, "veth-sta"});
  ASSERT_TRUE(path) << to_string(path.error());
  EXPECT_TRUE(run((*path)->await_link(milliseconds(20)))) << "a link that stays down is no error";
  ASSERT_TRUE(set_up(access_point, "veth-ap"));
  ASSERT_TRUE(set_up(station, "veth-sta"));
  EXPECT_TRUE(run((*path)->await_link(milliseconds(5000))));
  EXPECT_TRUE(has_carrier(access_point, "veth-ap").value());
  EXPECT_TRUE(has_carrier(station, "veth-sta").value());
}

TEST_F(TwoNamespaces, report_a_carrier_that_does_not_come) {
  const auto waited = run(await_carrier(station, "veth-sta", milliseconds(20)));
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().fault, Fault::timeout);
  EXPECT_EQ(waited.error().where, "veth-sta");
}

}  // namespace
}  // namespace postassoc
