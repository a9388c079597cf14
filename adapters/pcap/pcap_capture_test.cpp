#include "adapters/pcap/pcap_capture.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>
#include <list>
#include <thread>

#include "harness/frames/air_frame.h"
#include "harness/frames/build.h"
#include "harness/frames/byte_writer.h"
#include "harness/frames/capture_file.h"
#include "harness/run/run_task.h"

namespace postassoc {
namespace {

using std::chrono::milliseconds;

constexpr MacAddress kBssid{{0x02, 0, 0, 0, 0, 0}};
constexpr MacAddress kOtherBssid{{0x02, 0, 0, 0, 0x77, 0}};

/// Appends to files in a directory; fails when told that there is no space.
struct TestEvidence final : EvidenceWriter {
  std::filesystem::path directory;
  bool full = false;

  Result<> append(std::string_view name, ByteView bytes) override {
    if (full) {
      return Error{Fault::lab, "no space left on device", std::string(name)};
    }
    std::ofstream(directory / name, std::ios::binary | std::ios::app) << as_text(bytes);
    return {};
  }
};

/// A network namespace of the test's own, entered through NamespaceScope only.
NetworkNamespace make_namespace() {
  const int previous = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  if (previous < 0 || unshare(CLONE_NEWNET) != 0) {
    return {};
  }
  const int made = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  if (setns(previous, CLONE_NEWNET) != 0) {
    std::abort();
  }
  close(previous);
  return {"test", std::shared_ptr<int>(new int(made), [](int* fd) {
            close(*fd);
            delete fd;
          })};
}

bool set_up(const std::string& interface) {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq request{};
  interface.copy(request.ifr_name, IFNAMSIZ - 1);
  bool ok = ioctl(fd, SIOCGIFFLAGS, &request) == 0;
  request.ifr_flags |= IFF_UP;
  ok = ok && ioctl(fd, SIOCSIFFLAGS, &request) == 0;
  close(fd);
  return ok;
}

/// A TAP interface that says it is a monitor interface: what is written to the descriptor is what
/// it hears. The interface vanishes with the descriptor. -1 where that cannot be made.
int make_monitor(const std::string& name) {
  const int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
  ifreq request{};
  name.copy(request.ifr_name, IFNAMSIZ - 1);
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  if (fd < 0 || ioctl(fd, TUNSETIFF, &request) != 0 ||
      ioctl(fd, TUNSETLINK, ARPHRD_IEEE80211_RADIOTAP) != 0 || !set_up(name)) {
    close(fd);
    return -1;
  }
  return fd;
}

Bytes beacon(const MacAddress& bssid) {
  const Bytes body = ByteWriter().zeros(8).le16(100).le16(1).take();
  const Bytes frame = build_management_frame(kBeacon, kBroadcast, bssid, bssid, 1, body);
  return ByteWriter().bytes(build_capture_radiotap(1)).bytes(frame).take();
}

struct PcapCaptureTest : testing::Test {
  void SetUp() override {
    if (geteuid() != 0) {
      GTEST_SKIP() << "needs root for a network namespace";
    }
    network = make_namespace();
    if (!network.fd) {
      GTEST_SKIP() << "cannot make a network namespace here";
    }
    std::string pattern = testing::TempDir() + "pcap-XXXXXX";
    evidence.directory = mkdtemp(pattern.data());
  }
  void TearDown() override {
    if (monitor >= 0) {
      close(monitor);
    }
    if (!evidence.directory.empty()) {
      std::filesystem::remove_all(evidence.directory);
    }
  }
  void use_monitor() {
    auto scope = NamespaceScope::enter(network);
    monitor = make_monitor("mon0");
  }
  void hear(const Bytes& frame) {
    ASSERT_EQ(write(monitor, frame.data(), frame.size()), static_cast<ssize_t>(frame.size()));
  }
  Result<std::unique_ptr<PcapCapture>> start(const std::string& interface, bool of_monitor) {
    PcapCapture::Options options;
    options.interface = interface;
    options.network_namespace = network;
    options.side = Side::station;
    options.file = "capture.pcap";
    options.monitor = of_monitor;
    return PcapCapture::start(context.get_executor(), run_context, options);
  }
  template <class T>
  Result<T> run(Task<T> task) {
    return run_task(context, std::move(task));
  }
  /// The frames of the file; their bytes are kept in `kept`.
  std::vector<CapturedFrame> recorded() {
    std::vector<CapturedFrame> frames;
    auto file = CaptureFile::open(evidence.directory / "capture.pcap");
    EXPECT_TRUE(file);
    for (auto next = file->next(); next && *next; next = file->next()) {
      frames.push_back(**next);
      frames.back().data = kept.emplace_back(frames.back().data.begin(), frames.back().data.end());
    }
    EXPECT_FALSE(file->truncated());
    return frames;
  }

  asio::io_context context;
  NetworkNamespace network;
  int monitor = -1;
  std::list<Bytes> kept;
  TestEvidence evidence;
  Plan plan;
  Secrets secrets;
  std::vector<Event> events;
  RunContext run_context{plan, secrets, [this](Event event) { events.push_back(event); }, evidence};
};

TEST_F(PcapCaptureTest, records_every_frame_of_a_network_namespace) {
  int udp = -1;
  {
    auto scope = NamespaceScope::enter(network);
    ASSERT_TRUE(scope);
    ASSERT_TRUE(set_up("lo"));
    udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  }
  auto capture = start("lo", false);
  ASSERT_TRUE(capture) << to_string(capture.error());
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(9);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int receiver = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  for (int i = 0; i < 20; ++i) {
    const std::string text = "pa:0123abcd:" + std::to_string(i) + ";";
    sendto(udp, text.data(), text.size(), 0, reinterpret_cast<sockaddr*>(&to), sizeof to);
  }
  close(receiver);
  close(udp);
  ASSERT_TRUE(run((*capture)->stop()));
  std::vector<bool> seen(20);
  const auto frames = recorded();
  for (const auto& frame : frames) {
    for (int i = 0; i < 20; ++i) {
      // The port is closed: an ICMP error quotes each datagram. The datagram itself is shorter.
      const auto tag = "pa:0123abcd:" + std::to_string(i) + ";";
      seen[static_cast<std::size_t>(i)] =
          seen[static_cast<std::size_t>(i)] || as_text(frame.data).substr(42) == tag;
    }
  }
  EXPECT_THAT(seen, testing::Each(true));
  EXPECT_EQ((*capture)->stats().received, frames.size());
  EXPECT_EQ((*capture)->stats().dropped_by_kernel, 0U);
  EXPECT_TRUE(events.empty());
}

TEST_F(PcapCaptureTest, writes_a_file_without_frames_that_can_be_read) {
  auto capture = start("lo", false);
  ASSERT_FALSE(capture);  // lo of a new namespace is down
  EXPECT_EQ(capture.error().fault, Fault::rig_unavailable);
  {
    auto scope = NamespaceScope::enter(network);
    ASSERT_TRUE(set_up("lo"));
  }
  capture = start("lo", false);
  ASSERT_TRUE(capture);
  ASSERT_TRUE(run((*capture)->stop()));
  EXPECT_TRUE(recorded().empty());
}

TEST_F(PcapCaptureTest, refuses_an_interface_that_is_no_monitor) {
  {
    auto scope = NamespaceScope::enter(network);
    ASSERT_TRUE(set_up("lo"));
  }
  const auto capture = start("lo", true);
  ASSERT_FALSE(capture);
  EXPECT_EQ(capture.error().fault, Fault::rig_unavailable);
  EXPECT_THAT(to_string(capture.error()), testing::HasSubstr("lo: is no monitor interface"));
  EXPECT_THAT(to_string(capture.error()), testing::HasSubstr("EN10MB"));
}

TEST_F(PcapCaptureTest, refuses_an_interface_that_is_not_there) {
  const auto capture = start("no-such-if", true);
  ASSERT_FALSE(capture);
  EXPECT_EQ(capture.error().fault, Fault::rig_unavailable);
  EXPECT_THAT(to_string(capture.error()), testing::HasSubstr("no-such-if: cannot be captured"));
}

struct MonitorCaptureTest : PcapCaptureTest {
  void SetUp() override {
    PcapCaptureTest::SetUp();
    if (IsSkipped()) {
      return;
    }
    use_monitor();
    if (monitor < 0) {
      GTEST_SKIP() << "cannot make a TAP interface with radiotap frames here";
    }
    auto started = start("mon0", true);
    ASSERT_TRUE(started) << to_string(started.error());
    capture = std::move(*started);
  }
  void TearDown() override {
    capture.reset();
    PcapCaptureTest::TearDown();
  }
  /// Lets the interface hear a frame a little later.
  void hear_soon(const Bytes& frame) {
    later.expires_after(milliseconds(20));
    later.async_wait([this, frame](auto error) {
      if (!error) {
        hear(frame);
      }
    });
  }

  asio::steady_timer later{context};
  std::unique_ptr<PcapCapture> capture;
};

TEST_F(MonitorCaptureTest, sees_the_beacon_of_the_right_bss) {
  hear(beacon(kOtherBssid));
  hear_soon(beacon(kBssid));
  const auto seen = run(capture->await_beacon(kBssid, std::chrono::seconds(10)));
  EXPECT_TRUE(seen) << to_string(seen.error());
  ASSERT_TRUE(run(capture->stop()));
  const auto frames = recorded();
  ASSERT_EQ(frames.size(), 2U);
  const auto air = parse_air_frame(kLinkTypeRadiotap, frames[1].data);
  ASSERT_TRUE(air);
  EXPECT_EQ(air->dot11.bssid(), kBssid);
}

TEST_F(MonitorCaptureTest, does_not_count_a_beacon_from_before_the_call) {
  hear(beacon(kBssid));
  std::this_thread::sleep_for(milliseconds(2));
  const auto seen = run(capture->await_beacon(kBssid, milliseconds(50)));
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().fault, Fault::timeout);
  EXPECT_THAT(to_string(seen.error()), testing::HasSubstr("mon0: no beacon of 02:00:00:00:00:00"));
  EXPECT_THAT(to_string(seen.error()), testing::HasSubstr("1 frames"));
}

TEST_F(MonitorCaptureTest, survives_frames_that_are_no_frames) {
  hear(Bytes(14));
  hear(Bytes(40, std::byte{0xff}));
  hear_soon(beacon(kBssid));
  EXPECT_TRUE(run(capture->await_beacon(kBssid, std::chrono::seconds(10))));
  EXPECT_EQ(capture->stats().received, 3U);
}

TEST_F(MonitorCaptureTest, tells_once_that_the_interface_has_vanished) {
  hear(beacon(kBssid));
  later.expires_after(milliseconds(20));
  later.async_wait([this](auto) { close(std::exchange(monitor, -1)); });
  const auto seen = run(capture->await_beacon(kOtherBssid, std::chrono::seconds(10)));
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().fault, Fault::lab);
  EXPECT_FALSE(run(capture->await_beacon(kOtherBssid, std::chrono::seconds(10))));
  EXPECT_FALSE(run(capture->stop()));
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].name, "interface_gone");
  EXPECT_EQ(events[0].witness, Witness::host);
  EXPECT_EQ(events[0].side, Side::station);
  EXPECT_EQ(events[0].detail["interface"], "mon0");
  EXPECT_EQ(recorded().size(), 1U);
}

TEST_F(MonitorCaptureTest, tells_once_that_the_evidence_cannot_be_written) {
  evidence.full = true;
  hear(beacon(kBssid));
  hear_soon(beacon(kBssid));
  const auto seen = run(capture->await_beacon(kOtherBssid, std::chrono::seconds(10)));
  ASSERT_FALSE(seen);
  EXPECT_THAT(to_string(seen.error()), testing::HasSubstr("no space left"));
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].name, "evidence_write_failed");
}

TEST_F(MonitorCaptureTest, is_an_error_to_wait_after_the_end) {
  ASSERT_TRUE(run(capture->stop()));
  EXPECT_FALSE(run(capture->await_beacon(kBssid, milliseconds(10))));
}

}  // namespace
}  // namespace postassoc
