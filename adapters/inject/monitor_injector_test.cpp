#include "adapters/inject/monitor_injector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>

namespace postassoc {
namespace {

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
