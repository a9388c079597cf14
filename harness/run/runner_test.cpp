#include "harness/run/runner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "adapters/fake/fake_rig.h"
#include "harness/evidence.h"

namespace postassoc {
namespace {

using fake::Behaviour;
using nlohmann::json;

/// Records steps on a fake rig and holds what came of it.
class RunnerTest : public testing::Test {
 protected:
  Plan plan_of(const std::vector<json>& steps) const {
    Plan plan;
    json document = {{"purpose", "a test"},
                     {"access_point", {{"security", security_}, {"second_bss", true}}},
                     {"steps", steps},
                     {"checks", json::array({"order.*"})}};
    if (!medium_.is_null()) {
      document["medium"] = medium_;
    }
    auto scenario = parse_scenario(document, "test.json", "test", {"order.message-sequence"});
    EXPECT_TRUE(scenario.has_value()) << (scenario ? "" : to_string(scenario.error()));
    plan.scenario = *scenario;
    plan.tag_nonce = "0badcafe";
    return plan;
  }

  void record(const std::vector<json>& steps, Behaviour behaviour,
              const std::function<void(Recorder&, asio::io_context&)>& meanwhile = {}) {
    const Plan plan = plan_of(steps);
    asio::io_context io(1);
    fake::FakeRigFactory factory(std::move(behaviour));
    Recorder recorder(io.get_executor(), plan, secrets_, factory, evidence_,
                      [this](std::string_view line) { progress_.emplace_back(line); });
    std::exception_ptr thrown;
    asio::co_spawn(io, recorder.record(), [&](std::exception_ptr error, Result<> result) {
      thrown = error;
      result_ = std::move(result);
    });
    if (meanwhile) {
      meanwhile(recorder, io);
    }
    io.run();
    if (thrown) {
      std::rethrow_exception(thrown);
    }
    journal_ = factory.journal();
    read_timeline();
  }

  void read_timeline() {
    const auto file = evidence_.files().find(evidence_file::kTimeline);
    ASSERT_NE(file, evidence_.files().end());
    std::istringstream lines(file->second);
    for (std::string line; std::getline(lines, line);) {
      auto event = event_from_json_line(line);
      ASSERT_TRUE(event) << line;
      events_.push_back(*event);
    }
  }

  std::vector<std::string> harness_events() const {
    std::vector<std::string> names;
    for (const Event& event : events_) {
      if (event.witness == Witness::harness) {
        names.push_back(event.name);
      }
    }
    return names;
  }

  const Event* find(const std::string& name) const {
    for (const Event& event : events_) {
      if (event.name == name) {
        return &event;
      }
    }
    return nullptr;
  }

  std::string security_ = "wpa2-psk";
  json medium_;
  Secrets secrets_;
  fake::MemoryEvidence evidence_;
  Result<> result_;
  fake::Journal journal_;
  std::vector<std::string> progress_;
  std::vector<Event> events_;
};

const json kAssociate = {{"step", "associate"}};
const json kConnected = {{"step", "await"}, {"event", "connected"}, {"within_ms", 500}};

TEST_F(RunnerTest, brackets_steps_between_readiness_and_drain_marks) {
  record({kAssociate, kConnected}, {});
  ASSERT_TRUE(result_);
  EXPECT_EQ(harness_events(),
            (std::vector<std::string>{"clock_sample", "run_started", "capture_ready",
                                      "step_started", "step_finished", "step_started",
                                      "step_finished", "capture_drained", "capture_drained",
                                      "capture_drained", "clock_sample", "run_finished"}));
  EXPECT_EQ(journal_.stopped_parts, 6);
  EXPECT_TRUE(journal_.released);
}

TEST_F(RunnerTest, says_that_the_device_did_not_get_there) {
  record({kAssociate, {{"step", "await"}, {"event", "connected"}, {"within_ms", 30}}},
         {.association = Behaviour::Association::silent});
  ASSERT_TRUE(result_);
  const Event* failed = find("step_failed");
  ASSERT_NE(failed, nullptr);
  EXPECT_EQ(failed->detail["fault"], "device");
  EXPECT_EQ(failed->detail["pointer"], "/steps/1");
  EXPECT_EQ(failed->detail["what"], "connected did not come within 30 ms");
  EXPECT_NE(find("run_finished"), nullptr);
}

TEST_F(RunnerTest, ends_at_a_forbidden_event) {
  json await = kConnected;
  await["forbid"] = {"disconnected"};
  record({kAssociate, await}, {.association = Behaviour::Association::wrong_key});
  const Event* failed = find("step_failed");
  ASSERT_NE(failed, nullptr);
  EXPECT_EQ(failed->detail["what"], "CTRL-EVENT-DISCONNECTED came while connected was awaited");
}

TEST_F(RunnerTest, a_dead_hostapd_ends_the_wait_at_once_and_is_the_labs_fault) {
  const auto before = std::chrono::steady_clock::now();
  record({kAssociate, {{"step", "await"}, {"event", "connected"}, {"within_ms", 60000}}},
         {.association = Behaviour::Association::hostapd_dies});
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(30));
  ASSERT_FALSE(result_);
  EXPECT_EQ(result_.error().fault, Fault::lab);
  EXPECT_EQ(find("step_failed")->detail["fault"], "lab");
  EXPECT_EQ(find("run_finished"), nullptr);
  EXPECT_EQ(journal_.stopped_parts, 6);
  EXPECT_TRUE(journal_.released);
}

TEST_F(RunnerTest, a_vanished_monitor_interface_is_the_labs_fault) {
  record({kAssociate, kConnected}, {.association = Behaviour::Association::monitor_gone});
  ASSERT_FALSE(result_);
  EXPECT_EQ(result_.error().where, "hwsim0");
}

TEST_F(RunnerTest, an_interruption_tears_down_and_keeps_the_evidence) {
  record({kAssociate, {{"step", "wait"}, {"for_ms", 60000}}}, {},
         [](Recorder& recorder, asio::io_context& io) {
           auto timer = std::make_shared<asio::steady_timer>(io, std::chrono::milliseconds(20));
           timer->async_wait([&recorder, timer](auto) { recorder.interrupt(); });
         });
  ASSERT_FALSE(result_);
  EXPECT_EQ(result_.error().fault, Fault::interrupted);
  EXPECT_NE(find("interrupted"), nullptr);
  EXPECT_TRUE(journal_.released);
}

TEST_F(RunnerTest, a_rig_that_does_not_come_up_is_torn_down_as_far_as_it_got) {
  record({kAssociate}, {.bring_up_error = "no such radio"});
  ASSERT_FALSE(result_);
  EXPECT_EQ(result_.error().fault, Fault::rig_unavailable);
  EXPECT_EQ(find("step_failed")->detail["step"], "bring_up");
  EXPECT_EQ(journal_.stopped_parts, 3);
  EXPECT_TRUE(journal_.released);
}

TEST_F(RunnerTest, no_beacon_means_no_readiness_mark) {
  record({kAssociate}, {.beacons = false});
  ASSERT_FALSE(result_);
  EXPECT_EQ(find("capture_ready"), nullptr);
}

TEST_F(RunnerTest, exchanges_data_both_ways_until_it_arrived) {
  record({kAssociate,
          kConnected,
          {{"step", "exchange_data"}, {"count", 2}, {"group_count", 1}, {"interval_ms", 1}}},
         {});
  ASSERT_TRUE(result_);
  int sent = 0;
  int group = 0;
  for (const Event& event : events_) {
    sent += event.name == "data_sent" ? 1 : 0;
    group += event.name == "data_sent" && event.detail["group"] == true ? 1 : 0;
  }
  EXPECT_EQ(sent, 5);
  EXPECT_EQ(group, 1);
}

TEST_F(RunnerTest, says_how_many_datagrams_did_not_arrive) {
  record({kAssociate,
          kConnected,
          {{"step", "exchange_data"}, {"count", 1}, {"group_count", 0}, {"within_ms", 20}}},
         {.datagrams_arrive = false});
  const Event* failed = find("step_failed");
  ASSERT_NE(failed, nullptr);
  EXPECT_EQ(failed->detail["what"], "2 of 2 datagrams did not arrive within 20 ms");
}

TEST_F(RunnerTest, is_connected_when_the_port_is_open_and_not_when_the_supplicant_says_so) {
  record({kAssociate, kConnected}, {.port_reports = 4});
  EXPECT_TRUE(result_);
  EXPECT_EQ(journal_.port_asked, 5);
}

TEST_F(RunnerTest, does_not_wait_for_ever_for_a_port_that_stays_closed) {
  record({kAssociate, kConnected}, {.port_reports = 1000000});
  EXPECT_TRUE(result_);
  EXPECT_EQ(find("step_failed"), nullptr) << "what the station lets pass is the checks' business";
}

TEST_F(RunnerTest, sends_no_datagram_before_the_link_is_reported_up) {
  record({kAssociate, kConnected, {{"step", "exchange_data"}, {"count", 1}}},
         {.link_report = std::chrono::milliseconds(30)});
  EXPECT_TRUE(result_);
  EXPECT_EQ(find("step_failed"), nullptr);
}

TEST_F(RunnerTest, does_not_wait_for_ever_for_a_link_that_stays_down) {
  record({kAssociate,
          kConnected,
          {{"step", "exchange_data"}, {"count", 1}, {"group_count", 0}, {"within_ms", 20}}},
         {.link_report = std::chrono::seconds(60)});
  const Event* failed = find("step_failed");
  ASSERT_NE(failed, nullptr);
  EXPECT_TRUE(failed->detail["what"].get<std::string>().ends_with("did not arrive within 20 ms"));
}

TEST_F(RunnerTest, a_refused_command_is_the_labs_fault) {
  record({kAssociate, {{"step", "access_point_command"}, {"command", "RESEND_M3 {station}"}}},
         {.command_answer = "UNKNOWN COMMAND"});
  EXPECT_EQ(journal_.commands, std::vector<std::string>{"RESEND_M3 02:00:00:00:01:00"});
  EXPECT_EQ(find("step_failed")->detail["fault"], "lab");
}

TEST_F(RunnerTest, keeps_the_pmk_that_only_the_access_point_knows) {
  security_ = "wpa3-sae";
  secrets_.passphrase = "password";
  record({kAssociate, kConnected}, {.command_answer = std::string(64, 'a')});
  EXPECT_EQ(journal_.commands, std::vector<std::string>(2, "GET_PMK 02:00:00:00:01:00"));
  const auto file = evidence_.files().find(evidence_file::kSecrets);
  ASSERT_NE(file, evidence_.files().end());
  const auto kept = secrets_from_json(json::parse(file->second));
  ASSERT_TRUE(kept) << to_string(kept.error());
  EXPECT_EQ(kept->passphrase, "password");
  EXPECT_EQ(kept->pmks, std::vector<Bytes>(1, Bytes(32, std::byte{0xaa})));
  ASSERT_NE(find("access_point_pmk"), nullptr);
  EXPECT_EQ(find("access_point_pmk")->detail.dump(), "{\"count\":1}");
}

TEST_F(RunnerTest, asks_for_no_pmk_that_follows_from_the_passphrase) {
  record({kAssociate, kConnected}, {.command_answer = std::string(64, 'a')});
  EXPECT_TRUE(journal_.commands.empty());
}

TEST_F(RunnerTest, injects_what_the_step_says) {
  record({kAssociate, {{"step", "inject"}, {"frame", "udp"}, {"count", 3}, {"interval_ms", 1}}},
         {});
  EXPECT_EQ(journal_.injected.size(), 3U);
  ASSERT_NE(find("injected"), nullptr);
  EXPECT_EQ(find("injected")->detail["tag"], "pa:0badcafe:1;");
}

TEST_F(RunnerTest, tells_the_medium_what_happens_and_puts_rules_in_force) {
  const json drop = {{"match", {{"frame", "eapol.m3"}}}, {"action", "drop"}};
  security_ = "wpa3-sae";
  record({kAssociate, kConnected, {{"step", "medium"}, {"rules", {drop, drop}}}},
         {.command_answer = std::string(64, 'a')});
  ASSERT_TRUE(result_);
  EXPECT_EQ(find("step_failed"), nullptr);
  EXPECT_EQ(journal_.replaced_rules, std::vector<std::size_t>{2});
  EXPECT_EQ(journal_.learned_pmks, std::vector<Bytes>{Bytes(32, std::byte{0xaa})});
  EXPECT_NE(std::find(journal_.noticed.begin(), journal_.noticed.end(), "CTRL-EVENT-CONNECTED"),
            journal_.noticed.end());
  EXPECT_EQ(journal_.stopped_parts, 7);
}

TEST_F(RunnerTest, a_rule_that_never_matched_is_the_labs_fault) {
  const Behaviour behaviour{.unmatched_rules = {{"/steps/0/rules/0", "the rule never matched"}}};
  const json drop = {{"match", {{"frame", "eapol.m3"}}}, {"action", "drop"}};
  const json medium = {{"step", "medium"}, {"rules", {drop}}};
  record({medium, kAssociate}, behaviour);
  const Event* failed = find("step_failed");
  ASSERT_NE(failed, nullptr);
  EXPECT_EQ(failed->detail["fault"], "lab");
  EXPECT_EQ(failed->detail["step"], "medium");
  EXPECT_EQ(failed->detail["what"], "the rule never matched");
  EXPECT_TRUE(journal_.replaced_rules.empty());
}

TEST_F(RunnerTest, rules_that_are_still_unmatched_at_the_end_fail_the_run) {
  medium_ = {{"rules", json::array({{{"match", {{"frame", "eapol.m3"}}}, {"action", "drop"}}})}};
  record({kAssociate, kConnected},
         {.unmatched_rules = {{"/medium/rules/0", "the rule never matched"}}});
  const Event* failed = find("step_failed");
  ASSERT_NE(failed, nullptr);
  EXPECT_EQ(failed->detail["fault"], "lab");
  EXPECT_EQ(failed->detail["pointer"], "/medium/rules/0");
}

TEST_F(RunnerTest, background_traffic_goes_on_beside_the_steps) {
  record({{{"step", "traffic"}, {"on", true}, {"interval_ms", 1}},
          kAssociate,
          {{"step", "wait"}, {"for_ms", 30}},
          {{"step", "traffic"}, {"on", false}}},
         {});
  ASSERT_TRUE(result_);
  int sent = 0;
  for (const Event& event : events_) {
    sent += event.name == "data_sent" ? 1 : 0;
  }
  EXPECT_GE(sent, 4);
}

TEST_F(RunnerTest, roams_to_the_other_bss_and_back) {
  record({{{"step", "associate"}},
          {{"step", "roam"}},
          {{"step", "await"}, {"event", "connected"}},
          {{"step", "roam"}, {"over_ds", true}}},
         {});
  ASSERT_TRUE(result_) << to_string(result_.error());
  ASSERT_EQ(journal_.roamed.size(), 2U);
  const Event* started = find("run_started");
  ASSERT_NE(started, nullptr);
  EXPECT_EQ(to_string(journal_.roamed[0].first), started->detail["second_bssid"]);
  EXPECT_FALSE(journal_.roamed[0].second);
  EXPECT_EQ(to_string(journal_.roamed[1].first), started->detail["bssid"]);
  EXPECT_TRUE(journal_.roamed[1].second);
}

TEST_F(RunnerTest, sets_the_interface_and_says_so) {
  record({{{"step", "associate"}},
          {{"step", "station_interface"}, {"up", false}},
          {{"step", "station_interface"}, {"up", true}}},
         {});
  ASSERT_TRUE(result_) << to_string(result_.error());
  EXPECT_EQ(journal_.interface_up, (std::vector<bool>{false, true}));
  const Event* told = find("station_interface");
  ASSERT_NE(told, nullptr);
  EXPECT_EQ(told->detail["up"], false);
  EXPECT_EQ(told->detail["interface"], "wlan1");
}

TEST_F(RunnerTest, evidence_that_cannot_be_written_ends_the_run) {
  evidence_.set_space(700);
  record({kAssociate, {{"step", "wait"}, {"for_ms", 60000}}}, {});
  ASSERT_FALSE(result_);
  EXPECT_EQ(result_.error().what, "no space left on device");
  EXPECT_TRUE(journal_.released);
}

}  // namespace
}  // namespace postassoc
