#include "adapters/ihv/module_host_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>

#include "adapters/process/process.h"
#include "harness/run/run_task.h"

namespace postassoc {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

/// A host with behaviour: its commands say what it is to do.
constexpr const char* kFakeHost = R"(#!/usr/bin/env python3
import json, os, sys, time
def say(o): print(json.dumps(o), flush=True)
print("words of the module", file=sys.stderr, flush=True)
for line in sys.stdin:
    c = json.loads(line)
    do = c.get("do")
    if do == "fine": say({"done": c["id"], "error": 5})
    elif do == "no": say({"done": c["id"], "refused": "not here"})
    elif do == "ask":
        say({"ask": 7, "what": "SendPacket"})
        a = json.loads(sys.stdin.readline())
        say({"done": c["id"], "error": a["error"] + a["answer"]})
    elif do == "record": say({"record": {"event": "ihv_port"}}); say({"done": c["id"]})
    elif do == "chat": print("no json"); print("[1]"); say({"wants": "disconnect"}); say({"done": c["id"]})
    elif do == "odd": say({"done": "x"}); say({"done": 999}); say({"done": c["id"], "error": -1})
    elif do == "crash": os.kill(os.getpid(), 11)
    elif do == "quit": sys.exit(0)
    elif do == "deaf": time.sleep(60)
)";

struct ModuleHostProcessTest : testing::Test {
  void SetUp() override {
    if (!find_program("python3")) {
      GTEST_SKIP() << "python3 is not installed: the fake host needs it";
    }
    program = testing::TempDir() + "fake-module-host-" + std::to_string(getpid());
    std::ofstream(program) << kFakeHost;
    chmod(program.c_str(), 0700);
    ModuleHostProcess::Handlers handlers;
    handlers.on_record = [this](const json& record) { records.push_back(record); };
    handlers.on_ask = [](const json& question) {
      return question.value("what", "") == "SendPacket" ? 31U : 0U;
    };
    handlers.on_message = [this](const json& message) { messages.push_back(message); };
    handlers.on_words = [this](std::string_view line) { words.emplace_back(line); };
    handlers.on_hang = [this](const std::string& command, milliseconds) { hung = command; };
    handlers.on_end = [this](ModuleHostProcess::End with) { end = with; };
    auto started = ModuleHostProcess::start(context.get_executor(), {program}, {}, handlers);
    ASSERT_TRUE(started) << to_string(started.error());
    host = std::move(*started);
  }
  void TearDown() override { std::filesystem::remove(program); }
  Result<ModuleHostProcess::Done> command(const char* word, int limit_ms = 5000) {
    json line = {{"do", word}};
    return run_task(context, host->command(line, milliseconds(limit_ms)));
  }

  asio::io_context context;
  std::string program;
  std::unique_ptr<ModuleHostProcess> host;
  std::vector<json> records, messages;
  std::vector<std::string> words;
  std::string hung;
  std::optional<ModuleHostProcess::End> end;
};

TEST_F(ModuleHostProcessTest, tells_how_a_command_ended) {
  const auto fine = command("fine");
  ASSERT_TRUE(fine);
  EXPECT_EQ(fine->error, 5U);
  EXPECT_FALSE(fine->succeeded());
  const auto refused = command("no");
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->refused, "not here");
  EXPECT_FALSE(refused->succeeded());
}

TEST_F(ModuleHostProcessTest, answers_questions_while_a_command_is_under_way) {
  const auto done = command("ask");
  ASSERT_TRUE(done);
  EXPECT_EQ(done->error, 38U) << "31, and the question's number 7";
}

TEST_F(ModuleHostProcessTest, hands_on_records_messages_and_words) {
  ASSERT_TRUE(command("record"));
  ASSERT_TRUE(command("chat"));
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0]["event"], "ihv_port");
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0]["wants"], "disconnect");
  std::sort(words.begin(), words.end());
  EXPECT_THAT(words, testing::ElementsAre("[1]", "no json", "words of the module"));
}

TEST_F(ModuleHostProcessTest, takes_nonsense_for_what_it_is) {
  const auto done = command("odd");
  ASSERT_TRUE(done);
  EXPECT_TRUE(done->succeeded()) << "a negative code is none";
}

TEST_F(ModuleHostProcessTest, notices_a_crash_at_once) {
  const auto done = command("crash");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().fault, Fault::lab);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->code, 128 + 11);
  EXPECT_FALSE(end->expected);
  EXPECT_FALSE(host->running());
  EXPECT_FALSE(command("fine")) << "nobody is there any more";
}

TEST_F(ModuleHostProcessTest, kills_what_does_not_return) {
  ASSERT_TRUE(command("fine"));
  const auto done = command("deaf", 100);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().fault, Fault::timeout);
  EXPECT_EQ(hung, "deaf");
  ASSERT_TRUE(run_task(context, host->quit(milliseconds(2000))));
  EXPECT_FALSE(host->running());
  ASSERT_TRUE(end);
  EXPECT_TRUE(end->expected);
}

TEST_F(ModuleHostProcessTest, ends_when_told) {
  ASSERT_TRUE(command("fine"));
  ASSERT_TRUE(run_task(context, host->quit(milliseconds(5000))));
  ASSERT_TRUE(end);
  EXPECT_EQ(end->code, 0);
  EXPECT_TRUE(end->expected);
}

TEST_F(ModuleHostProcessTest, leaves_nothing_behind) {
  ASSERT_TRUE(command("fine"));
  host.reset();
  context.restart();
  context.run();  // what was pending touches nothing that is gone
  EXPECT_FALSE(end) << "who is gone is told nothing";
}

}  // namespace
}  // namespace postassoc
