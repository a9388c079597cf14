#include "adapters/kernel_trace/kernel_trace.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <fstream>

#include "adapters/kernel_trace/tracefs.h"

namespace postassoc {
namespace {

namespace fs = std::filesystem;

TEST(KernelTrace, says_what_to_mount_when_tracefs_is_missing) {
  asio::io_context context;
  KernelTrace::Options options;
  options.tracefs = "/nonexistent/tracing";
  const auto trace = KernelTrace::start(
      context.get_executor(), [](Event) {}, options);
  ASSERT_FALSE(trace);
  EXPECT_EQ(trace.error().fault, Fault::rig_unavailable);
  EXPECT_NE(trace.error().what.find("mount -t tracefs"), std::string::npos);
  EXPECT_EQ(trace.error().where, "/nonexistent/tracing");
}

/// A folder with the files of tracefs that the adapter reads; what is missing from it is what a
/// kernel without cfg80211 is missing.
struct TracefsFolder : testing::Test {
  fs::path root;

  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "postassoc-tracefs-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root = name;
    fs::create_directories(root / "instances");
  }
  void TearDown() override { fs::remove_all(root); }
};

TEST_F(TracefsFolder, that_is_no_tracefs_is_an_error_and_is_left_as_it_was) {
  const auto instance = TracefsInstance::create(root);
  ASSERT_FALSE(instance);
  EXPECT_NE(instance.error().what.find("can't write \"mono\""), std::string::npos);
  EXPECT_TRUE(fs::is_empty(root / "instances"));
}

TEST_F(TracefsFolder, loses_instances_of_programs_that_are_gone) {
  fs::create_directory(root / "instances/postassoc-2147483646-1");
  const auto mine = root / "instances" / ("postassoc-" + std::to_string(getpid()) + "-77");
  fs::create_directory(mine);
  fs::create_directory(root / "instances/somebody-else");
  ASSERT_FALSE(TracefsInstance::create(root));
  EXPECT_FALSE(fs::exists(root / "instances/postassoc-2147483646-1"));
  EXPECT_TRUE(fs::exists(mine));
  EXPECT_TRUE(fs::exists(root / "instances/somebody-else"));
}

}  // namespace
}  // namespace postassoc
