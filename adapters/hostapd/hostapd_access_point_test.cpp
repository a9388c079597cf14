#include "adapters/hostapd/hostapd_access_point.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <fstream>
#include <map>

#include "adapters/process/process.h"
#include "harness/run/run_task.h"

namespace postassoc {
namespace {

/// A hostapd with behaviour: it is ENABLED at the third STATUS.
constexpr const char* kFakeHostapd = R"(#!/usr/bin/env python3
import os, socket, sys
conf = dict(l.split("=", 1) for l in open(sys.argv[-1]).read().splitlines())
os.makedirs(conf["ctrl_interface"])
path = os.path.join(conf["ctrl_interface"], conf["interface"])
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(path)
print("key file has mode %o" % (os.stat(conf["wpa_psk_file"]).st_mode & 0o777), flush=True)
asked, monitor = 0, None
while True:
    data, peer = s.recvfrom(4096)
    command, answer = data.decode(), "OK\n"
    if command == "PING": answer = "PONG\n"
    elif command == "ATTACH": monitor = peer
    elif command == "STATUS":
        asked += 1
        state = "ENABLED" if asked > 2 and "stuck" not in conf else "HT_SCAN"
        answer = "state=%s\nfreq=2412\nchannel=1\nbssid[0]=02:00:00:00:00:00\n" % state
    elif command == "GET_CONFIG": answer = "ssid=postassoc\nwpa=2\n"
    elif command == "DIE": sys.exit(9)
    elif command == "TERMINATE": s.sendto(b"<3>AP-DISABLED ", monitor)
    s.sendto(answer.encode(), peer)
    if command == "TERMINATE": sys.exit(0)
)";

struct MemoryEvidence final : EvidenceWriter {
  std::map<std::string, std::string> files;
  Result<> append(std::string_view name, ByteView bytes) override {
    files[std::string(name)] += as_text(bytes);
    return {};
  }
};

struct HostapdTest : testing::Test {
  HostapdTest() {
    std::string pattern = testing::TempDir() + "hostapd-XXXXXX";
    options.work_dir = mkdtemp(pattern.data());
    options.interface = "no-such-if";
    secrets.pmk = Bytes(32, std::byte{0xab});
  }
  ~HostapdTest() override {
    std::filesystem::remove_all(options.work_dir);
    std::filesystem::remove(fake);
  }

  template <class T>
  Result<T> run(Task<T> task) {
    return run_task(context, std::move(task));
  }
  Result<std::unique_ptr<HostapdAccessPoint>> start() {
    return run(HostapdAccessPoint::start(run_context, options));
  }
  void use_fake() {
    fake = testing::TempDir() + "fake-hostapd-" + std::to_string(getpid());
    options.program = fake;
    options.interface = "wlan0";
    std::ofstream(options.program) << kFakeHostapd;
    chmod(options.program.c_str(), 0700);
  }
  std::vector<std::string> names() {
    std::vector<std::string> all;
    for (const Event& event : events) {
      all.push_back(event.name);
    }
    return all;
  }

  asio::io_context context;
  HostapdAccessPoint::Options options;
  std::filesystem::path fake;
  MemoryEvidence evidence;
  Plan plan;
  Secrets secrets;
  std::vector<Event> events;
  RunContext run_context{plan, secrets, [this](Event event) { events.push_back(event); }, evidence};
};

TEST_F(HostapdTest, is_ready_when_hostapd_says_so_and_ends_in_order) {
  if (!find_program("python3")) {
    GTEST_SKIP() << "python3 is not installed: the fake hostapd needs it";
  }
  use_fake();
  auto access_point = start();
  ASSERT_TRUE(access_point) << to_string(access_point.error());
  EXPECT_EQ(run((*access_point)->command("GET_CONFIG")).value(), "ssid=postassoc\nwpa=2");
  ASSERT_TRUE(run((*access_point)->stop()));
  ASSERT_TRUE(run((*access_point)->stop()));
  EXPECT_THAT(names(), testing::ElementsAre("STATUS", "AP-DISABLED", "process_exited"));
  EXPECT_EQ(events[0].detail["state"], "ENABLED");
  EXPECT_EQ(events[2].detail["expected"], true);
  EXPECT_EQ(evidence.files["hostapd.log"], "key file has mode 600\n");
  EXPECT_TRUE(std::filesystem::is_empty(options.work_dir));
}

TEST_F(HostapdTest, is_an_error_when_hostapd_never_gets_ready) {
  if (!find_program("python3")) {
    GTEST_SKIP() << "python3 is not installed: the fake hostapd needs it";
  }
  use_fake();
  plan.scenario.access_point.hostapd_options = {"stuck=1"};
  options.limit = std::chrono::milliseconds(1500);
  const auto access_point = start();
  ASSERT_FALSE(access_point);
  EXPECT_EQ(access_point.error().fault, Fault::timeout);
  EXPECT_THAT(to_string(access_point.error()), testing::HasSubstr("its state is HT_SCAN"));
  EXPECT_THAT(names(), testing::Contains("process_exited"));
}

TEST_F(HostapdTest, reports_its_death_in_mid_run) {
  if (!find_program("python3")) {
    GTEST_SKIP() << "python3 is not installed: the fake hostapd needs it";
  }
  use_fake();
  auto access_point = start();
  ASSERT_TRUE(access_point) << to_string(access_point.error());
  const auto begin = std::chrono::steady_clock::now();
  const auto answer = run((*access_point)->command("DIE"));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(4));
  ASSERT_FALSE(answer);
  EXPECT_THAT(to_string(answer.error()), testing::HasSubstr("hostapd ended with code 9"));
  EXPECT_THAT(names(), testing::ElementsAre("STATUS", "process_exited"));
  EXPECT_EQ(events[1].detail["code"], 9);
  EXPECT_EQ(events[1].detail["expected"], false);
}

TEST_F(HostapdTest, says_how_to_install_what_is_missing) {
  options.program = "no-such-hostapd";
  const auto access_point = start();
  ASSERT_FALSE(access_point);
  EXPECT_EQ(access_point.error().fault, Fault::rig_unavailable);
  EXPECT_THAT(to_string(access_point.error()), testing::HasSubstr("apt-get install hostapd"));
  EXPECT_TRUE(std::filesystem::is_empty(options.work_dir));
}

TEST_F(HostapdTest, quotes_the_last_lines_of_the_real_hostapd_that_refuses) {
  if (!find_program("hostapd")) {
    GTEST_SKIP() << "hostapd is not installed";
  }
  plan.scenario.access_point.hostapd_options = {"no_such_option=1"};
  const auto access_point = start();
  ASSERT_FALSE(access_point);
  EXPECT_EQ(access_point.error().fault, Fault::lab);
  EXPECT_THAT(to_string(access_point.error()), testing::HasSubstr("hostapd ended with code 1"));
  EXPECT_THAT(to_string(access_point.error()),
              testing::HasSubstr("unknown configuration item 'no_such_option'"));
  EXPECT_THAT(evidence.files["hostapd.log"], testing::HasSubstr("no_such_option"));
  EXPECT_THAT(evidence.files["hostapd.conf"], testing::HasSubstr("no_such_option=1\n"));
}

TEST_F(HostapdTest, tells_that_the_real_hostapd_ended_without_the_interface) {
  if (!find_program("hostapd")) {
    GTEST_SKIP() << "hostapd is not installed";
  }
  const auto access_point = start();
  ASSERT_FALSE(access_point);
  EXPECT_THAT(to_string(access_point.error()), testing::HasSubstr("hostapd ended with code"));
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].name, "process_exited");
  EXPECT_EQ(events[0].witness, Witness::host);
  EXPECT_EQ(events[0].side, Side::access_point);
  EXPECT_EQ(events[0].detail["name"], "hostapd");
  EXPECT_EQ(events[0].detail["expected"], false);
  EXPECT_TRUE(std::filesystem::is_empty(options.work_dir));
}

TEST_F(HostapdTest, leaves_no_key_in_evidence_or_events) {
  if (!find_program("hostapd")) {
    GTEST_SKIP() << "hostapd is not installed";
  }
  ASSERT_FALSE(start());
  for (const auto& [name, text] : evidence.files) {
    EXPECT_THAT(text, testing::Not(testing::HasSubstr("abababab"))) << name;
  }
  for (const auto& event : events) {
    EXPECT_THAT(to_json_line(event), testing::Not(testing::HasSubstr("abababab")));
  }
}

}  // namespace
}  // namespace postassoc
