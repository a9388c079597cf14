#include "adapters/inject/monitor_injector.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>

#include "harness/frames/air_frame.h"
#include "harness/frames/build.h"
#include "harness/frames/link_type.h"

namespace postassoc {
namespace {

/// A network namespace with a TAP interface in it that says it is a monitor interface: what is
/// injected can be read from `tap`.
struct TapMonitor {
  TapMonitor() {
    const int previous = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (geteuid() != 0 || unshare(CLONE_NEWNET) != 0) {
      close(previous);
      return;
    }
    network = {"test", std::make_shared<int>(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC))};
    tap = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
    ifreq request{};
    std::string("mon0").copy(request.ifr_name, IFNAMSIZ - 1);
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    made = tap >= 0 && ioctl(tap, TUNSETIFF, &request) == 0 &&
           ioctl(tap, TUNSETLINK, ARPHRD_IEEE80211_RADIOTAP) == 0;
    if (setns(previous, CLONE_NEWNET) != 0) {
      std::abort();
    }
    close(previous);
  }
  ~TapMonitor() {
    close(tap);
    if (network.fd) {
      close(*network.fd);
    }
  }
  void set_up() const {
    auto scope = NamespaceScope::enter(network);
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ifreq request{};
    std::string("mon0").copy(request.ifr_name, IFNAMSIZ - 1);
    request.ifr_flags = IFF_UP;
    EXPECT_EQ(ioctl(fd, SIOCSIFFLAGS, &request), 0);
    close(fd);
  }

  NetworkNamespace network;
  int tap = -1;
  bool made = false;
};

TEST(MonitorInjector, sends_the_frame_as_it_is_behind_a_radiotap_header) {
  TapMonitor monitor;
  if (!monitor.made) {
    GTEST_SKIP() << "needs root, and a TAP interface with radiotap frames";
  }
  asio::io_context context;
  const MonitorInjector::Options options{"mon0", monitor.network};
  const auto down = MonitorInjector::open(context.get_executor(), options);
  ASSERT_FALSE(down);
  EXPECT_THAT(to_string(down.error()), testing::HasSubstr("not up"));
  monitor.set_up();
  auto injector = MonitorInjector::open(context.get_executor(), options);
  ASSERT_TRUE(injector) << to_string(injector.error());

  DataHeader header;
  header.from_ds = true;
  header.sequence_number = 0x801;
  const Bytes frame = build_data_frame(header, build_llc_snap(0x88b5, Bytes(20)));
  bool done = false;
  asio::co_spawn(context, (*injector)->inject(frame, std::nullopt),
                 [&](std::exception_ptr, Result<> result) {
                   EXPECT_TRUE(result) << to_string(result.error());
                   done = true;
                 });
  context.run();
  ASSERT_TRUE(done);

  // The network stack may send frames of its own, so look for ours.
  std::array<std::byte, 4096> buffer{};
  pollfd readable{monitor.tap, POLLIN, 0};
  bool seen = false;
  while (!seen && poll(&readable, 1, 1000) == 1) {
    const auto size = read(monitor.tap, buffer.data(), buffer.size());
    ASSERT_GT(size, 0);
    const ByteView packet = ByteView(buffer).first(static_cast<std::size_t>(size));
    const auto air = parse_air_frame(kLinkTypeRadiotap, packet);
    seen = air && air->link.radiotap->tx_flags == kTxFlagNoSequence &&
           as_text(packet.subspan(air->link.radiotap->length)) == as_text(frame);
  }
  EXPECT_TRUE(seen);
}

TEST(MonitorInjector, refuses_an_interface_that_is_not_there) {
  if (geteuid() != 0) {
    GTEST_SKIP() << "needs root for a packet socket";
  }
  asio::io_context context;
  const auto injector = MonitorInjector::open(context.get_executor(), {"no-such-if", {}});
  ASSERT_FALSE(injector);
  EXPECT_EQ(injector.error().fault, Fault::rig_unavailable);
  EXPECT_THAT(to_string(injector.error()), testing::HasSubstr("no-such-if"));
  EXPECT_THAT(to_string(injector.error()), testing::HasSubstr("no such interface"));
}

TEST(MonitorInjector, refuses_an_interface_that_is_no_monitor) {
  if (geteuid() != 0) {
    GTEST_SKIP() << "needs root for a packet socket";
  }
  asio::io_context context;
  const auto injector = MonitorInjector::open(context.get_executor(), {"lo", {}});
  ASSERT_FALSE(injector);
  EXPECT_EQ(injector.error().fault, Fault::rig_unavailable);
  EXPECT_THAT(to_string(injector.error()), testing::HasSubstr("no monitor interface"));
}

TEST(MonitorInjector, says_that_it_needs_permission) {
  if (geteuid() == 0) {
    GTEST_SKIP() << "runs as root";
  }
  asio::io_context context;
  const auto injector = MonitorInjector::open(context.get_executor(), {"lo", {}});
  ASSERT_FALSE(injector);
  EXPECT_THAT(to_string(injector.error()), testing::HasSubstr("CAP_NET_RAW"));
}

}  // namespace
}  // namespace postassoc
