#include "adapters/hostapd/hostapd_access_point.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <map>

#include "adapters/process/process.h"

namespace postassoc {
namespace {

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
  ~HostapdTest() override { std::filesystem::remove_all(options.work_dir); }

  Result<std::unique_ptr<HostapdAccessPoint>> start() {
    std::optional<Result<std::unique_ptr<HostapdAccessPoint>>> result;
    asio::co_spawn(context, HostapdAccessPoint::start(run_context, options),
                   [&](std::exception_ptr error, auto value) {
                     ASSERT_FALSE(error);
                     result.emplace(std::move(value));
                   });
    context.restart();
    while (!result) {
      context.run_one();
    }
    return std::move(*result);
  }

  asio::io_context context;
  HostapdAccessPoint::Options options;
  MemoryEvidence evidence;
  Plan plan;
  Secrets secrets;
  std::vector<Event> events;
  RunContext run_context{plan, secrets, [this](Event event) { events.push_back(event); }, evidence};
};

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
