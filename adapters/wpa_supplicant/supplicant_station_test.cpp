#include "adapters/wpa_supplicant/supplicant_station.h"

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

using std::chrono::milliseconds;

/// A supplicant with behaviour: it answers on its control socket as wpa_supplicant does and leaves
/// the network 30 ms after DISCONNECT. Writes each command that it got to the file
/// FAKE_LOG.
constexpr const char* kFakeSupplicant = R"(#!/usr/bin/env python3
import os, socket, sys, time
conf = sys.argv[sys.argv.index("-c") + 1]
interface = next(a for a in sys.argv if a.startswith("-i"))[2:]
directory = open(conf).read().split("ctrl_interface=")[1].split("\n")[0]
os.makedirs(directory)
commands = open(os.path.join(os.environ["FAKE_LOG"]), "w")
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(os.path.join(directory, interface))
print("Successfully initialized wpa_supplicant", flush=True)
monitor, state, left = None, "INACTIVE", 0
def event(text):
    if monitor: s.sendto(("<3>" + text).encode(), monitor)
while True:
    data, peer = s.recvfrom(4096)
    command = data.decode()
    if command not in ("PING", "STATUS"):
        print(command, file=commands, flush=True)
    answer = "OK\n"
    if command == "PING": answer = "PONG\n"
    elif command == "ATTACH": monitor = peer
    elif command == "ADD_NETWORK": answer = "0\n"
    elif command == "STATUS":
        if left and time.monotonic() > left:
            state, left = "DISCONNECTED", 0
            event("CTRL-EVENT-DISCONNECTED bssid=02:00:00:00:00:00 reason=3 locally_generated=1")
        answer = "wpa_state=" + state + "\naddress=02:00:00:00:01:00\n"
    elif command.startswith("SELECT_NETWORK") or command == "REASSOCIATE":
        state = "COMPLETED"
        event("CTRL-EVENT-CONNECTED - Connection to 02:00:00:00:00:00 completed [id=0 id_str=]")
    elif command == "DISCONNECT": left = time.monotonic() + 0.03
    elif command.startswith("SET_NETWORK 0 scan_freq 5180"): answer = "FAIL\n"
    s.sendto(answer.encode(), peer)
    if command == "TERMINATE":
        event("CTRL-EVENT-TERMINATING ")
        print("bye", flush=True)
        os.unlink(os.path.join(directory, interface))
        sys.exit(0)
)";

struct MemoryEvidence final : EvidenceWriter {
  std::map<std::string, std::string> files;
  Result<> append(std::string_view name, ByteView bytes) override {
    files[std::string(name)] += as_text(bytes);
    return {};
  }
};

struct SupplicantTest : testing::Test {
  void SetUp() override {
    if (!find_program("python3")) {
      GTEST_SKIP() << "python3 is not installed: the fake supplicant needs it";
    }
    std::string pattern = testing::TempDir() + "supplicant-XXXXXX";
    directory = mkdtemp(pattern.data());
    options.work_dir = directory / "work";
    options.interface = "wlan1";
    options.bssid = MacAddress{{0x02, 0, 0, 0, 0, 0}};
    options.program = directory / "fake-supplicant";
    std::ofstream(options.program) << kFakeSupplicant;
    chmod(options.program.c_str(), 0700);
    setenv("FAKE_LOG", (directory / "commands").c_str(), 1);
    secrets.station_pmk = Bytes(32, std::byte{0xab});
  }
  void TearDown() override {
    if (!directory.empty()) {
      std::filesystem::remove_all(directory);
    }
  }
  template <class T>
  Result<T> run(Task<T> task) {
    return run_task(context, std::move(task));
  }
  std::unique_ptr<SupplicantStation> start() {
    auto station = run(SupplicantStation::start(run_context, options));
    EXPECT_TRUE(station) << to_string(station.error());
    return station ? std::move(*station) : nullptr;
  }
  std::string commands() {
    std::ifstream in(directory / "commands");
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::vector<std::string> names() {
    std::vector<std::string> all;
    for (const Event& event : events) {
      all.push_back(event.name);
    }
    return all;
  }

  asio::io_context context;
  std::filesystem::path directory;
  SupplicantStation::Options options;
  MemoryEvidence evidence;
  Plan plan;
  Secrets secrets;
  std::vector<Event> events;
  RunContext run_context{plan, secrets, [this](Event event) { events.push_back(event); }, evidence};
};

TEST_F(SupplicantTest, joins_leaves_joins_again_and_ends) {
  auto station = start();
  ASSERT_NE(station, nullptr);
  ASSERT_TRUE(run(station->associate()));
  ASSERT_TRUE(run(station->disassociate()));
  ASSERT_TRUE(run(station->associate()));
  ASSERT_TRUE(run(station->stop()));
  EXPECT_THAT(names(), testing::ElementsAre("CTRL-EVENT-CONNECTED", "CTRL-EVENT-DISCONNECTED",
                                            "CTRL-EVENT-CONNECTED", "CTRL-EVENT-TERMINATING",
                                            "process_exited"));
  EXPECT_EQ(events[0].witness, Witness::supplicant);
  EXPECT_EQ(events[0].side, Side::station);
  EXPECT_EQ(events[1].detail["reason"], 3);
  EXPECT_EQ(events[4].witness, Witness::host);
  EXPECT_EQ(events[4].detail["name"], "wpa_supplicant");
  EXPECT_EQ(events[4].detail["code"], 0);
  EXPECT_EQ(events[4].detail["expected"], true);
  EXPECT_THAT(evidence.files["wpa_supplicant.log"], testing::HasSubstr("bye\n"));
  EXPECT_THAT(commands(),
              testing::EndsWith("SELECT_NETWORK 0\nDISCONNECT\nSELECT_NETWORK 0\nTERMINATE\n"));
  EXPECT_FALSE(std::filesystem::exists(options.work_dir / "wpa_supplicant"));
}

TEST_F(SupplicantTest, joins_anew_when_it_is_connected) {
  auto station = start();
  ASSERT_NE(station, nullptr);
  ASSERT_TRUE(run(station->associate()));
  ASSERT_TRUE(run(station->associate()));
  ASSERT_TRUE(run(station->stop()));
  EXPECT_THAT(commands(), testing::HasSubstr("SELECT_NETWORK 0\nREASSOCIATE\n"));
}

TEST_F(SupplicantTest, gives_the_key_through_the_socket_and_leaves_it_nowhere) {
  auto station = start();
  ASSERT_NE(station, nullptr);
  ASSERT_TRUE(run(station->stop()));
  EXPECT_THAT(commands(), testing::HasSubstr("SET_NETWORK 0 psk abababab"));
  for (const auto& [name, text] : evidence.files) {
    EXPECT_THAT(text, testing::Not(testing::HasSubstr("abababab"))) << name;
  }
  for (const auto& event : events) {
    EXPECT_THAT(to_json_line(event), testing::Not(testing::HasSubstr("abababab")));
  }
}

TEST_F(SupplicantTest, names_the_variable_that_the_supplicant_refuses) {
  plan.scenario.access_point.channel = 36;
  const auto station = run(SupplicantStation::start(run_context, options));
  ASSERT_FALSE(station);
  EXPECT_THAT(to_string(station.error()), testing::HasSubstr("network variable scan_freq"));
  EXPECT_THAT(names(), testing::Contains("process_exited"));
  EXPECT_FALSE(std::filesystem::exists(options.work_dir / "wpa_supplicant"));
}

TEST_F(SupplicantTest, reports_its_death_in_mid_run) {
  auto station = start();
  ASSERT_NE(station, nullptr);
  const std::string self = std::to_string(getpid());
  std::ifstream children("/proc/self/task/" + self + "/children");
  int child = 0;
  if (!(children >> child)) {
    GTEST_SKIP() << "the kernel does not list children";
  }
  kill(child, SIGKILL);
  const auto left = run(station->disassociate());
  ASSERT_FALSE(left);
  EXPECT_EQ(left.error().fault, Fault::lab);
  ASSERT_TRUE(run(sleep_for(std::chrono::milliseconds(50))));
  ASSERT_THAT(names(), testing::ElementsAre("process_exited"));
  EXPECT_EQ(events[0].detail["code"], 128 + SIGKILL);
  EXPECT_EQ(events[0].detail["expected"], false);
  const auto later = run(station->associate());
  ASSERT_FALSE(later);
  EXPECT_THAT(to_string(later.error()), testing::HasSubstr("wpa_supplicant ended with code 137"));
  EXPECT_TRUE(run(station->stop()));
}

TEST_F(SupplicantTest, is_killed_with_its_owner) {
  auto station = start();
  ASSERT_NE(station, nullptr);
  events.clear();
  station.reset();
  context.restart();
  context.run();
  EXPECT_TRUE(events.empty());
  EXPECT_FALSE(std::filesystem::exists(options.work_dir / "wpa_supplicant"));
}

TEST_F(SupplicantTest, quotes_the_real_wpa_supplicant_that_has_no_interface) {
  if (!find_program("wpa_supplicant")) {
    GTEST_SKIP() << "wpa_supplicant is not installed";
  }
  options.program = "wpa_supplicant";
  options.interface = "no-such-if";
  const auto station = run(SupplicantStation::start(run_context, options));
  ASSERT_FALSE(station);
  EXPECT_THAT(to_string(station.error()), testing::HasSubstr("wpa_supplicant ended with code"));
  EXPECT_THAT(to_string(station.error()), testing::HasSubstr("no-such-if"));
}

}  // namespace
}  // namespace postassoc
