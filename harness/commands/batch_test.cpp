#include "harness/commands/batch.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>

#include <map>
#include <set>
#include <thread>

#include "harness/commands/selection.h"

namespace postassoc {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

/// What the fake rigs of a test do and have done.
struct Lab {
  std::map<std::string, milliseconds> takes;  ///< scenario -> how long its record takes
  std::map<std::string, Error> fails;         ///< scenario -> how its record ends
  std::set<std::size_t> absent;               ///< workers whose rig can't be had
  std::map<std::string, std::string> rig_of;  ///< scenario -> rig in its plan
  std::size_t at_once = 0, most_at_once = 0;
  std::vector<std::string> interrupted;
  std::size_t stopped = 0;
};

class FakeRecording final : public Recording {
 public:
  FakeRecording(Lab& lab, std::size_t worker) : lab_(lab), worker_(worker) {}
  Task<> start() override {
    if (lab_.absent.contains(worker_)) {
      co_return Error{Fault::rig_unavailable, "no such rig", {}};
    }
    co_return Result<>{};
  }
  Task<> record(const Plan& plan, const Secrets&, EvidenceWriter&) override {
    const std::string name = plan.scenario.name;
    lab_.rig_of[name] = plan.rig.id;
    lab_.most_at_once = std::max(lab_.most_at_once, ++lab_.at_once);
    co_await asio::this_coro::throw_if_cancelled(false);
    (void)co_await sleep_for(lab_.takes[name]);
    --lab_.at_once;
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) {
      lab_.interrupted.push_back(name);
      co_return Error{Fault::interrupted, "interrupted", {}};
    }
    if (lab_.fails.contains(name)) {
      co_return lab_.fails[name];
    }
    co_return Result<>{};
  }
  Task<> stop() override {
    ++lab_.stopped;
    co_return Result<>{};
  }
  nlohmann::json environment() const override { return {}; }

 private:
  Lab& lab_;
  std::size_t worker_;
};

class BatchTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "postassoc-batch-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  Result<> run(std::size_t jobs, std::vector<std::string> names) {
    std::vector<Planned> planned;
    for (const std::string& name : names) {
      if (name.starts_with("skip")) {
        planned.emplace_back(Skip{name, "no injector"});
        continue;
      }
      Plan plan;
      plan.scenario.name = plan.slug = name;
      planned.emplace_back(std::move(plan));
    }
    std::vector<Worker> workers;
    for (std::size_t i = 0; i < jobs; ++i) {
      Worker worker;
      worker.rig.id = "rig " + std::to_string(i);
      worker.recording = std::make_unique<FakeRecording>(lab_, i);
      workers.push_back(std::move(worker));
    }
    Batch::Callbacks callbacks;
    const auto main_thread = std::this_thread::get_id();
    callbacks.judge = [this, main_thread](const Planned& one,
                                          const std::optional<Error>& error) -> Batch::Tell {
      EXPECT_NE(std::this_thread::get_id(), main_thread);
      const auto* plan = std::get_if<Plan>(&one);
      std::string text = plan != nullptr ? plan->scenario.name : std::get<Skip>(one).scenario;
      if (text == judging_bug_) {
        throw std::logic_error("a bug");
      }
      text += error ? ": " + error->what : "";
      return [this, text, main_thread] {
        EXPECT_EQ(std::this_thread::get_id(), main_thread);
        told_.push_back(text);
        if (text == interrupt_after_) {
          raise(SIGINT);
        }
      };
    };
    callbacks.on_lost = [this](std::size_t worker, const Error&) { lost_.push_back(worker); };
    return Batch(std::move(planned), folder_, std::move(workers), std::move(callbacks)).run();
  }

  fs::path folder_;
  Lab lab_;
  std::vector<std::string> told_;
  std::vector<std::size_t> lost_;
  std::string interrupt_after_, judging_bug_;
};

using Names = std::vector<std::string>;

TEST_F(BatchTest, TellsInTheOrderOfThePlanWhateverEndsFirst) {
  lab_.takes = {{"a", milliseconds(60)}, {"b", milliseconds(5)}, {"c", milliseconds(1)}};
  EXPECT_TRUE(run(3, {"a", "b", "skip", "c", "d"}));
  EXPECT_EQ(told_, (Names{"a", "b", "skip", "c", "d"}));
  EXPECT_EQ(lab_.most_at_once, 3U);
  EXPECT_EQ(lab_.stopped, 3U);
  EXPECT_EQ(lab_.rig_of["a"], "rig 0");
  EXPECT_EQ(lab_.rig_of["b"], "rig 1");
}

TEST_F(BatchTest, RecordsOneAtATimeWithOneWorker) {
  lab_.takes = {{"a", milliseconds(5)}, {"b", milliseconds(5)}};
  EXPECT_TRUE(run(1, {"a", "b"}));
  EXPECT_EQ(lab_.most_at_once, 1U);
  EXPECT_EQ(told_, (Names{"a", "b"}));
}

TEST_F(BatchTest, DoesNotLetOneScenariosTroubleTouchTheOthers) {
  lab_.fails = {{"b", Error{Fault::lab, "the guest died", {}}}};
  EXPECT_TRUE(run(2, {"a", "b", "c", "d"}));
  EXPECT_EQ(told_, (Names{"a", "b: the guest died", "c", "d"}));
}

TEST_F(BatchTest, GoesOnWithoutAWorkerWhoseRigIsGone) {
  lab_.absent = {1};
  EXPECT_TRUE(run(2, {"a", "b", "c"}));
  EXPECT_EQ(told_, (Names{"a", "b", "c"}));
  EXPECT_EQ(lost_, std::vector<std::size_t>{1});
  EXPECT_EQ(lab_.rig_of["c"], "rig 0");
}

TEST_F(BatchTest, SaysSoWhenNoRigIsLeft) {
  lab_.fails = {{"a", Error{Fault::rig_unavailable, "unplugged", {}}}};
  const auto ended = run(1, {"a", "b"});
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().fault, Fault::rig_unavailable);
  EXPECT_EQ(told_, Names{"a: unplugged"});
  lab_.absent = {0, 1};
  EXPECT_FALSE(run(2, {"c", "d"}));
}

TEST_F(BatchTest, EndsAllInOrderWhenInterrupted) {
  interrupt_after_ = "a";
  lab_.takes = {{"b", std::chrono::hours(1)}, {"c", std::chrono::hours(1)}};
  const auto ended = run(2, {"a", "b", "c", "d"});
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().fault, Fault::interrupted);
  EXPECT_EQ(lab_.interrupted.size(), 2U);
  EXPECT_EQ(lab_.stopped, 2U);
  EXPECT_EQ(told_, (Names{"a", "b: interrupted", "c: interrupted"}));
}

TEST_F(BatchTest, EndsTheOthersInOrderOnABug) {
  judging_bug_ = "a";
  lab_.takes = {{"b", std::chrono::hours(1)}};
  EXPECT_THROW((void)run(2, {"a", "b"}), std::logic_error);
  EXPECT_EQ(lab_.interrupted, Names{"b"});
  EXPECT_EQ(lab_.stopped, 2U);
}

TEST(RigsForJobs, MultipliesOnlyTheVirtualRig) {
  EXPECT_EQ(rigs_for_jobs({}, 0)->size(), 1U);
  EXPECT_EQ(rigs_for_jobs({}, 3)->size(), 3U);
  const std::string rig = std::string(POSTASSOC_SOURCE_DIR) + "/fixtures/rigs/hwsim.json";
  EXPECT_EQ(rigs_for_jobs({rig}, 1)->size(), 1U);
  EXPECT_EQ(rigs_for_jobs({rig, rig}, 0)->size(), 2U);
  const auto refused = rigs_for_jobs({rig}, 2);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().what.find("repeat --rig"), std::string::npos);
}

}  // namespace
}  // namespace postassoc
