#include "adapters/process/process.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>

#include "harness/run/run_task.h"

namespace postassoc {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

struct ProcessTest : testing::Test {
  asio::io_context context;
  std::vector<std::string> lines;

  Result<Process> shell(std::string script) {
    ProcessOptions options;
    options.argv = {"sh", "-c", std::move(script)};
    options.on_line = [this](std::string_view line) { lines.emplace_back(line); };
    return Process::start(context.get_executor(), std::move(options));
  }
};

TEST_F(ProcessTest, gives_exit_code_and_output_of_both_streams) {
  auto process = shell("echo one; echo two >&2; printf three; exit 7");
  ASSERT_TRUE(process);
  const auto code = run_task(context, process->wait());
  ASSERT_TRUE(code);
  EXPECT_EQ(*code, 7);
  EXPECT_THAT(lines, testing::ElementsAre("one", "two", "three"));
  EXPECT_FALSE(process->running());
}

TEST_F(ProcessTest, gives_signal_as_128_plus_number) {
  auto process = shell("kill -KILL $$");
  ASSERT_TRUE(process);
  EXPECT_EQ(run_task(context, process->wait()).value(), 128 + SIGKILL);
}

TEST_F(ProcessTest, carries_large_output_whole) {
  auto process = shell("i=0; while [ $i -lt 20000 ]; do echo line-$i; i=$((i+1)); done");
  ASSERT_TRUE(process);
  EXPECT_EQ(run_task(context, process->wait()).value(), 0);
  ASSERT_EQ(lines.size(), 20000u);
  EXPECT_EQ(lines.back(), "line-19999");
}

TEST_F(ProcessTest, output_is_whole_however_end_and_output_race) {
  for (int i = 0; i < 200; ++i) {
    lines.clear();
    auto process = shell("echo one; echo two; exit 0");
    ASSERT_TRUE(process);
    if (i % 2 == 0) {
      ::usleep(3000);  // both the output and the end are there before the first wait
    }
    EXPECT_EQ(run_task(context, process->wait()).value(), 0);
    ASSERT_THAT(lines, testing::ElementsAre("one", "two")) << "round " << i;
  }
}

TEST_F(ProcessTest, terminate_ends_a_willing_process_at_once) {
  auto process = shell("exec sleep 60");
  ASSERT_TRUE(process);
  const auto begin = steady_clock::now();
  EXPECT_EQ(run_task(context, process->terminate(milliseconds(5000))).value(), 128 + SIGTERM);
  EXPECT_LT(steady_clock::now() - begin, milliseconds(4000));
}

TEST_F(ProcessTest, terminate_kills_an_unwilling_process) {
  auto process = shell("trap '' TERM; echo ready; while :; do sleep 0.05; done");
  ASSERT_TRUE(process);
  while (lines.empty()) {
    context.run_one();
  }
  EXPECT_EQ(run_task(context, process->terminate(milliseconds(100))).value(), 128 + SIGKILL);
}

TEST_F(ProcessTest, wait_ends_although_a_grandchild_keeps_the_pipe) {
  auto process = shell("echo started; sleep 3 & exit 0");
  ASSERT_TRUE(process);
  const auto begin = steady_clock::now();
  EXPECT_EQ(run_task(context, process->wait()).value(), 0);
  EXPECT_LT(steady_clock::now() - begin, milliseconds(2500));
  EXPECT_THAT(lines, testing::ElementsAre("started"));
}

TEST_F(ProcessTest, wait_honours_a_deadline) {
  auto process = shell("exec sleep 60");
  ASSERT_TRUE(process);
  const auto code = run_task(context, with_deadline(process->wait(), milliseconds(30), "sleep"));
  ASSERT_FALSE(code);
  EXPECT_EQ(code.error().fault, Fault::timeout);
  EXPECT_TRUE(process->running());
}

TEST_F(ProcessTest, destruction_kills_and_reaps) {
  pid_t pid = 0;
  {
    auto process = shell("exec sleep 60");
    ASSERT_TRUE(process);
    pid = process->pid();
  }
  EXPECT_EQ(::kill(pid, 0), -1);
  EXPECT_EQ(errno, ESRCH);
  context.run();  // the pending read completes without touching anything that is gone
}

TEST_F(ProcessTest, missing_program_is_named) {
  const auto process = Process::start(context.get_executor(), {.argv = {"no-such-program-at-all"}});
  ASSERT_FALSE(process);
  EXPECT_EQ(process.error().fault, Fault::rig_unavailable);
  EXPECT_EQ(process.error().where, "no-such-program-at-all");
}

TEST_F(ProcessTest, program_that_cannot_be_executed_says_why) {
  const auto process = Process::start(context.get_executor(), {.argv = {"/etc/passwd"}});
  ASSERT_FALSE(process);
  EXPECT_THAT(process.error().what, testing::HasSubstr("Permission denied"));
}

TEST_F(ProcessTest, wrong_namespace_descriptor_is_an_error) {
  const int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  const auto process =
      Process::start(context.get_executor(), {.argv = {"true"}, .network_namespace = fd});
  ::close(fd);
  ASSERT_FALSE(process);
  EXPECT_THAT(process.error().what, testing::HasSubstr("network namespace"));
}

TEST_F(ProcessTest, only_kept_descriptors_reach_the_child) {
  int pair[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  ProcessOptions options;
  options.argv = {"sh", "-c",
                  "for fd in " + std::to_string(pair[0]) + " " + std::to_string(pair[1]) +
                      "; do test -e /proc/self/fd/$fd && echo $fd; done"};
  options.kept_descriptors = {pair[1]};
  options.on_line = [this](std::string_view line) { lines.emplace_back(line); };
  auto process = Process::start(context.get_executor(), std::move(options));
  ASSERT_TRUE(process);
  (void)run_task(context, process->wait());
  EXPECT_THAT(lines, testing::ElementsAre(std::to_string(pair[1])));
  ::close(pair[0]);
  ::close(pair[1]);
}

TEST_F(ProcessTest, input_and_standard_error_are_ways_of_their_own) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  std::vector<std::string> errors;
  ProcessOptions options;
  options.argv = {"sh", "-c", "read word; echo out $word; echo error $word >&2"};
  options.standard_input = ends[0];
  options.on_line = [this](std::string_view line) { lines.emplace_back(line); };
  options.on_error_line = [&errors](std::string_view line) { errors.emplace_back(line); };
  auto process = Process::start(context.get_executor(), std::move(options));
  ::close(ends[0]);
  ASSERT_TRUE(process);
  ASSERT_EQ(::write(ends[1], "hello\n", 6), 6);
  EXPECT_EQ(run_task(context, process->wait()).value(), 0);
  ::close(ends[1]);
  EXPECT_THAT(lines, testing::ElementsAre("out hello"));
  EXPECT_THAT(errors, testing::ElementsAre("error hello"));
}

}  // namespace
}  // namespace postassoc
