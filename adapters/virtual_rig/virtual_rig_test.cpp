// The test program is its own guest: as init of the virtual machine it serves the jobs of
// guest_job(), as a test on the host it starts virtual machines of itself.
#include "adapters/virtual_rig/virtual_rig.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

#include "adapters/process/process.h"
#include "adapters/virtual_rig/cache.h"
#include "adapters/virtual_rig/guest.h"

namespace postassoc::virtual_rig {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using testing::HasSubstr;

// ---- in the guest ----

Bytes to_bytes(std::string_view text) {
  const ByteView view = as_bytes(text);
  return Bytes(view.begin(), view.end());
}

std::string first_line(const std::string& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

/// Smallest step seen between two readings of CLOCK_MONOTONIC that differ.
long clock_step_ns() {
  long step = 1'000'000'000;
  auto last = steady_clock::now();
  for (int i = 0; i < 1000; ++i) {
    const auto now = steady_clock::now();
    if (now != last) {
      step = std::min<long>(step, static_cast<long>((now - last).count()));
    }
    last = now;
  }
  return step;
}

json describe() {
  json facts;
  unsigned char random[8] = {};
  const int fd = ::open("/dev/urandom", O_RDONLY);
  [[maybe_unused]] const auto size = ::read(fd, random, sizeof random);
  ::close(fd);
  facts["random"] = to_hex(std::as_bytes(std::span(random)));
  facts["now_ms"] =
      std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  facts["step_ns"] = clock_step_ns();
  facts["wlan2"] = first_line("/sys/class/net/wlan2/address");
  facts["lo"] = first_line("/sys/class/net/lo/operstate");
  facts["trace_clock"] = first_line("/sys/kernel/tracing/trace_clock");
  facts["add_key"] = ::access("/sys/kernel/tracing/events/cfg80211/rdev_add_key/enable", W_OK) == 0;
  std::ofstream probe("/sys/kernel/tracing/kprobe_events");
  probe << "p:test ieee80211_add_key\n";
  probe.flush();
  facts["kprobe"] = probe.good();
  std::ofstream("/sys/kernel/tracing/kprobe_events") << "-:test\n";
  return facts;
}

Task<Bytes> run_hostapd_version() {
  std::string output;
  ProcessOptions options;
  options.argv.assign({"hostapd", "-v"});
  options.on_line = [&output](std::string_view line) { output += line; };
  auto process = Process::start(co_await asio::this_coro::executor, std::move(options));
  if (!process) {
    co_return process.error();
  }
  (void)co_await process->wait();
  co_return to_bytes(output);
}

Task<Bytes> send_bulk(EvidenceWriter& evidence, std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<std::byte>(i * 7 + i / 256);
  }
  if (auto done = evidence.append("bulk.bin", bytes); !done) {
    co_return done.error();
  }
  co_return to_bytes("sent");
}

Task<Bytes> guest_job(Bytes job, EvidenceWriter& evidence,
                      std::function<void(std::string_view)> progress) {
  const std::string word(as_text(job));
  if (word == "describe") {
    co_return to_bytes(describe().dump());
  }
  if (word == "hostapd") {
    co_return co_await run_hostapd_version();
  }
  if (word.starts_with("bulk ")) {
    co_return co_await send_bulk(evidence, std::stoul(word.substr(5)));
  }
  if (word == "fail") {
    co_return Error{Fault::rig_unavailable, "as told", "job"};
  }
  if (word == "throw") {
    throw std::logic_error("a bug, as told");
  }
  (void)evidence.append("timeline.jsonl", as_bytes("begun\n"));
  if (word == "panic") {
    std::ofstream("/proc/sysrq-trigger") << 'c' << std::flush;
  }
  if (word == "exit") {
    ::_exit(3);
  }
  if (word == "spin") {
    for (;;) {
    }
  }
  if (word == "sleep") {
    (void)co_await sleep_for(std::chrono::hours(24 * 365 * 20));
  }
  progress("working");
  co_return job;
}

// ---- on the host ----

struct MemoryEvidence : EvidenceWriter {
  std::map<std::string, std::string> files;
  std::size_t space = SIZE_MAX;
  Result<> append(std::string_view name, ByteView bytes) override {
    if (bytes.size() > space) {
      return Error{Fault::lab, "no space left", std::string(name)};
    }
    space -= bytes.size();
    files[std::string(name)] += as_text(bytes);
    return Result<>{};
  }
};

struct VirtualRigTest : testing::Test {
  asio::io_context context;
  asio::cancellation_signal cancel;
  MemoryEvidence evidence;
  std::vector<std::string> said;
  std::vector<std::string> progress;
  std::unique_ptr<VirtualRig> rig;
  int pid = -1;

  void SetUp() override {
    if (!find_program("qemu-system-x86_64") || !find_program("hostapd") ||
        !find_program("wpa_supplicant") || !find_program("iw")) {
      GTEST_SKIP() << "needs qemu-system-x86, hostapd, wpasupplicant and iw";
    }
#ifdef __SANITIZE_ADDRESS__
    GTEST_SKIP() << "a program built with AddressSanitizer cannot be the guest's init";
#endif
  }
  void TearDown() override {
    rig.reset();
    if (pid > 0) {
      EXPECT_EQ(::kill(pid, 0), -1) << "QEMU is still there";
    }
  }

  template <class T>
  Result<T> run(Task<T> task) {
    std::optional<Result<T>> result;
    std::exception_ptr exception;
    asio::co_spawn(context, std::move(task),
                   asio::bind_cancellation_slot(cancel.slot(),
                                                [&](std::exception_ptr thrown, Result<T> value) {
                                                  exception = thrown;
                                                  result.emplace(std::move(value));
                                                }));
    context.restart();
    while (!result) {
      context.run_one();
    }
    if (exception) {
      std::rethrow_exception(exception);
    }
    return std::move(*result);
  }

  Options options() {
    Options chosen;
    chosen.acceleration = Acceleration::tcg;
    chosen.say = [this](std::string_view line) {
      said.emplace_back(line);
      std::cout << line << std::endl;
    };
    return chosen;
  }
  void start(Options chosen) {
    auto started = run(VirtualRig::start(std::move(chosen)));
    if (!started) {
      throw std::runtime_error(to_string(started.error()));
    }
    rig = std::move(*started);
    pid = rig->pid();
  }
  Result<Bytes> job(std::string_view word, milliseconds deadline = seconds(20)) {
    return run(rig->run_job(
        as_bytes(word), evidence, [this](std::string_view line) { progress.emplace_back(line); },
        deadline));
  }
  json facts() {
    const auto result = job("describe");
    return result ? json::parse(as_text(*result)) : json(to_string(result.error()));
  }
};

TEST_F(VirtualRigTest, serves_jobs_one_after_the_other) {
  start(options());
  EXPECT_EQ(rig->info().clocksource, "tsc");
  EXPECT_THAT(rig->info().kernel, HasSubstr("amd64"));
  EXPECT_TRUE(rig->info().virtual_time);
  for (const char* word : {"one", "two", "three"}) {
    const auto result = job(word);
    ASSERT_TRUE(result) << to_string(result.error());
    EXPECT_EQ(as_text(*result), word);
  }
  EXPECT_EQ(evidence.files["timeline.jsonl"], "begun\nbegun\nbegun\n");
  EXPECT_THAT(progress, testing::Each("working"));
  const auto hostapd = job("hostapd");
  ASSERT_TRUE(hostapd) << to_string(hostapd.error());
  EXPECT_THAT(std::string(as_text(*hostapd)), HasSubstr("hostapd v2."));
  EXPECT_TRUE(run(rig->stop()));
  EXPECT_FALSE(rig->alive());
  EXPECT_FALSE(job("four"));
}

TEST_F(VirtualRigTest, guest_is_fit_to_measure) {
  start(options());
  const json found = facts();
  ASSERT_TRUE(found.is_object()) << found;
  EXPECT_EQ(found["wlan2"], "02:00:00:00:02:00");
  EXPECT_THAT(found["trace_clock"].get<std::string>(), HasSubstr("mono"));
  EXPECT_EQ(found["add_key"], true);
  EXPECT_EQ(found["kprobe"], true);
  EXPECT_LT(found["step_ns"].get<long>(), 100'000);  // no 4 ms steps of a coarse clock
}

TEST_F(VirtualRigTest, restored_guests_differ_in_random_numbers_and_know_the_date) {
  start(options());
  const json first = facts();
  rig.reset();
  start(options());
  EXPECT_TRUE(rig->info().restored_from_snapshot);
  const json second = facts();
  ASSERT_TRUE(first.is_object() && second.is_object()) << first << second;
  EXPECT_NE(first["random"], second["random"]);
  const auto now =
      std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  EXPECT_NEAR(static_cast<double>(second["now_ms"].get<long>()), static_cast<double>(now), 5000);
}

TEST_F(VirtualRigTest, carries_large_evidence_whole) {
  start(options());
  constexpr std::size_t kSize = 5'000'000;
  const auto begin = steady_clock::now();
  const auto result = job("bulk " + std::to_string(kSize));
  const auto took = std::chrono::duration_cast<milliseconds>(steady_clock::now() - begin);
  ASSERT_TRUE(result) << to_string(result.error());
  const std::string& bulk = evidence.files["bulk.bin"];
  ASSERT_EQ(bulk.size(), kSize);
  for (std::size_t i = 0; i < kSize; ++i) {
    ASSERT_EQ(static_cast<unsigned char>(bulk[i]), (i * 7 + i / 256) % 256) << i;
  }
  std::cout << "5 MB of evidence in " << took.count() << " ms" << std::endl;
}

TEST_F(VirtualRigTest, errors_of_a_job_arrive_and_leave_the_guest_usable) {
  start(options());
  const auto failed = job("fail");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().fault, Fault::rig_unavailable);
  EXPECT_EQ(to_string(failed.error()), "job: as told");
  EXPECT_THROW((void)job("throw"), std::runtime_error);
  EXPECT_TRUE(job("again"));
}

TEST_F(VirtualRigTest, panic_is_noticed_at_once_and_evidence_is_kept) {
  start(options());
  const auto begin = steady_clock::now();
  const auto result = job("panic", seconds(30));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().fault, Fault::lab);
  EXPECT_THAT(result.error().what, HasSubstr("Kernel panic"));
  EXPECT_LT(steady_clock::now() - begin, seconds(15));
  EXPECT_EQ(evidence.files["timeline.jsonl"], "begun\n");
  EXPECT_FALSE(rig->alive());
  EXPECT_THAT(rig->console_tail(), HasSubstr("sysrq"));
}

TEST_F(VirtualRigTest, end_of_init_is_noticed) {
  start(options());
  const auto result = job("exit", seconds(30));
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().what, HasSubstr("Attempted to kill init"));
}

TEST_F(VirtualRigTest, hung_guest_is_ended_by_the_deadline) {
  start(options());
  const auto begin = steady_clock::now();
  const auto result = job("spin", milliseconds(500));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().fault, Fault::timeout);
  EXPECT_LT(steady_clock::now() - begin, seconds(10));
  EXPECT_FALSE(rig->alive());
  EXPECT_EQ(evidence.files["timeline.jsonl"], "begun\n");
}

TEST_F(VirtualRigTest, job_past_its_deadline_is_cancelled_and_the_guest_goes_on) {
  start(options());
  const auto result = job("sleep", milliseconds(500));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().fault, Fault::timeout);
  ASSERT_TRUE(rig->alive());
  EXPECT_TRUE(job("next"));
}

TEST_F(VirtualRigTest, interruption_ends_the_job) {
  start(options());
  asio::steady_timer timer(context, milliseconds(300));
  timer.async_wait([this](auto) { cancel.emit(asio::cancellation_type::terminal); });
  bool interrupted = false;
  try {
    const auto result = job("sleep");
    interrupted = !result && result.error().fault == Fault::interrupted;
  } catch (const boost::system::system_error& error) {
    interrupted = error.code() == asio::error::operation_aborted;
  }
  EXPECT_TRUE(interrupted);
  EXPECT_TRUE(rig->alive());
}

TEST_F(VirtualRigTest, full_disk_surfaces_and_ends_the_job) {
  start(options());
  evidence.space = 100'000;
  const auto result = job("bulk 1000000");
  ASSERT_FALSE(result);
  EXPECT_EQ(to_string(result.error()), "bulk.bin: no space left");
  evidence.space = SIZE_MAX;
  EXPECT_TRUE(job("next"));
}

TEST_F(VirtualRigTest, broken_snapshot_falls_back_to_a_boot) {
  Options two = options();
  two.radios = 2;            // a snapshot of its own, so that other tests may run at the same time
  two.virtual_time = false;  // boots in half the time
  start(two);
  rig.reset();
  const auto cache = default_cache_folder() / "virtual-rig";
  // The youngest snapshot is the one just used.
  std::filesystem::path youngest;
  for (const auto& entry : std::filesystem::directory_iterator(cache)) {
    if (entry.path().filename().string().starts_with("snapshot-") &&
        (youngest.empty() ||
         std::filesystem::last_write_time(youngest) < entry.last_write_time())) {
      youngest = entry.path();
    }
  }
  ASSERT_FALSE(youngest.empty());
  const auto size = std::filesystem::file_size(youngest / "state");
  std::ofstream(youngest / "state", std::ios::binary) << std::string(size, 'x');
  said.clear();
  start(two);
  EXPECT_THAT(said, testing::Contains(HasSubstr("snapshot does not work")));
  EXPECT_TRUE(job("next"));
}

TEST_F(VirtualRigTest, boots_without_a_snapshot_and_without_virtual_time) {
  Options plain = options();
  plain.snapshot = false;
  plain.virtual_time = false;
  start(plain);
  EXPECT_FALSE(rig->info().restored_from_snapshot);
  EXPECT_FALSE(rig->info().virtual_time);
  EXPECT_TRUE(job("one"));
}

TEST_F(VirtualRigTest, boot_has_a_deadline) {
  Options hasty = options();
  hasty.snapshot = false;
  hasty.boot_deadline = milliseconds(200);
  const auto started = run(VirtualRig::start(hasty));
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().fault, Fault::timeout);
}

}  // namespace
}  // namespace postassoc::virtual_rig

int main(int argc, char** argv) {
  if (postassoc::virtual_rig::is_guest_init()) {
    return postassoc::virtual_rig::guest_main(postassoc::virtual_rig::guest_job);
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
