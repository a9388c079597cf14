// Runs the program as a person would, on the virtual rig, and compares what it says with what
// tools that are not ours say of the same evidence.

#include "ci/e2e/end_to_end.h"

#include <sys/mount.h>

namespace postassoc {
namespace {

TEST_F(EndToEnd, connect_passes_and_is_judged_again_byte_for_byte) {
  const Ended run_ended = run({connect_scenario()});
  ASSERT_EQ(run_ended.code, 0) << run_ended.output;
  const fs::path directory = evidence("wpa2-psk-connect");
  const Ended checked = postassoc({"check", "--findings", directory.string()});
  EXPECT_EQ(checked.code, 0) << checked.output;
  EXPECT_EQ(checked.output, read_file(directory / "findings.json"));
}

TEST_F(EndToEnd, tshark_shows_the_messages_of_the_ladder) {
  if (!find_program("tshark")) {
    GTEST_SKIP() << "tshark is missing: apt-get install tshark";
  }
  const Ended ended = run({connect_scenario()});
  ASSERT_EQ(ended.code, 0) << ended.output;
  const fs::path directory = evidence("wpa2-psk-connect");
  const std::string pmk = read_json(directory / "secrets.json")["pmk"];
  const Ended tshark = run_program(
      {"tshark", "-r", (directory / "air.pcap").string(), "-o", "wlan.enable_decryption:TRUE", "-o",
       "uat:80211_keys:\"wpa-psk\",\"" + pmk + "\"", "-Y", "eapol.keydes.type == 2", "-T", "fields",
       "-e", "frame.number", "-e", "wlan_rsna_eapol.keydes.msgnr"});
  std::vector<std::pair<int, int>> theirs;
  std::istringstream lines(tshark.output);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    int frame = 0;
    int message = 0;
    if (fields >> frame >> message) {
      theirs.emplace_back(frame, message);
    }
  }
  const json report = read_json(out_ / "latest" / "report.json");
  std::vector<std::pair<int, int>> ours;
  for (const json& row : report["scenarios"][0]["ladder"]) {
    const std::string text = row["text"];
    const auto at = text.find("essage ");
    if (text.find("of 4") != std::string::npos && at != std::string::npos) {
      ours.emplace_back(row["frame"].get<int>(), text[at + 7] - '0');
    }
  }
  EXPECT_EQ(ours, theirs) << tshark.output;
  ASSERT_EQ(ours.size(), 4U);

  const Ended decrypted = run_program(
      {"tshark", "-r", (directory / "air.pcap").string(), "-o", "wlan.enable_decryption:TRUE", "-o",
       "uat:80211_keys:\"wpa-psk\",\"" + pmk + "\"", "-Y", "udp && wlan.fc.protected == 1", "-T",
       "fields", "-e", "frame.number"});
  EXPECT_GT(std::count(decrypted.output.begin(), decrypted.output.end(), '\n'), 5)
      << "tshark decrypts no data with the PMK of the run";
}

TEST_F(EndToEnd, every_shipped_scenario_gives_the_verdict_it_expects) {
  const Ended ended = run({"--jobs", "2", (kSource / "scenarios").string()});
  EXPECT_EQ(ended.code, 0) << ended.output;
}

TEST_F(EndToEnd, two_jobs_say_what_one_says_and_the_sheet_is_filled) {
  const json suite = {{"purpose", "to be compared"},
                      {"scenarios", {"wpa2-psk/connect", "open/*"}},
                      {"sheet",
                       {{{"id", "handshake"},
                         {"item", "The handshake"},
                         {"asks", "Do the messages come in order?"},
                         {"sources", {"IEEE 802.11-2020, 12.7.6"}},
                         {"scenarios", {"wpa2-psk/connect"}},
                         {"checks", {"order.message-sequence"}}},
                        {{"id", "clear"},
                         {"item", "Nothing in clear"},
                         {"asks", "Is what is not encrypted dropped?"},
                         {"sources", {"CVE-2020-26140"}},
                         {"scenarios", {"open/*"}},
                         {"checks", {"excl.plain-unicast-dropped"}}}}},
                      {"expected", {{"clear", "fail"}}}};
  const std::string file = write_scenario("suite.json", suite).string();
  const auto verdicts = [&](const char* jobs) {
    const Ended ended = run({"--scenarios", (kSource / "scenarios").string(), "--suite", file,
                             "--jobs", jobs, "--seed", "1"});
    EXPECT_EQ(ended.code, 0) << ended.output;
    const json report = read_json(out_ / "latest/report.json");
    json said = json::array();
    for (const json& scenario : report["scenarios"]) {
      said.push_back(scenario["name"]);
      for (const json& one : scenario["findings"]) {
        said.push_back({one["check"], one["verdict"]});
      }
    }
    return said;
  };
  const json one = verdicts("1");
  EXPECT_GT(one.size(), 10U);
  EXPECT_EQ(verdicts("2"), one);
  const json lines = read_json(out_ / "latest/report.json")["sheet"]["lines"];
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0]["outcome"], "pass");
  EXPECT_EQ(lines[1]["outcome"], "fail");  // an open network has no keys
  EXPECT_NE(read_file(out_ / "latest/sheet.txt").find("Nothing in clear"), std::string::npos);
}

TEST_F(EndToEnd, a_wrong_passphrase_told_to_connect_fails_at_the_step) {
  const Ended ended = run({"--set", "station.credential=wrong", connect_scenario()});
  EXPECT_EQ(ended.code, 1) << ended.output;
  const json completed = finding(evidence("wpa2-psk-connect"), "run.completed");
  EXPECT_EQ(completed["verdict"], "fail");
  EXPECT_NE(completed["summary"].get<std::string>().find("await connected"), std::string::npos)
      << completed;
  EXPECT_NE(completed["summary"].get<std::string>().find("passphrase"), std::string::npos)
      << completed;
}

TEST_F(EndToEnd, hostapd_that_ends_in_mid_run_is_the_labs_fault) {
  const fs::path file = write_scenario(
      "hostapd-dies.json", {{"purpose", "hostapd ends while the station is connected"},
                            {"steps",
                             {{{"step", "associate"}},
                              {{"step", "await"}, {"event", "connected"}},
                              {{"step", "access_point_command"}, {"command", "TERMINATE"}},
                              {{"step", "wait"}, {"for_ms", 5000}}}},
                            {"checks", {"port.opens-once"}}});
  const Ended ended = run({file.string()});
  EXPECT_EQ(ended.code, 70) << ended.output;
  EXPECT_NE(ended.output.find("hostapd"), std::string::npos) << ended.output;
  const fs::path directory = evidence("hostapd-dies");
  EXPECT_TRUE(fs::exists(directory / "air.pcap"));
  EXPECT_TRUE(fs::exists(directory / "timeline.jsonl"));
}

/// What the medium did, without what differs from run to run.
std::vector<std::string> medium_actions(const fs::path& evidence) {
  std::vector<std::string> actions;
  std::istringstream lines(read_file(evidence / "timeline.jsonl"));
  for (std::string line; std::getline(lines, line);) {
    json event = json::parse(line, nullptr, false);
    if (event.value("event", "") == "medium_action") {
      event["detail"].erase("sequence");
      actions.push_back(event["detail"].dump());
    }
  }
  return actions;
}

TEST_F(EndToEnd, the_same_seed_loses_the_same_frames_and_the_kernels_medium_returns) {
  json document = {{"purpose", "half of the EAPOL frames are lost"},
                   {"medium", {{"seed", 11}, {"loss", json::array()}}},
                   {"steps", {{{"step", "associate"}}, {{"step", "wait"}, {"for_ms", 12000}}}},
                   {"checks", {"run.completed"}}};
  document["medium"]["loss"].push_back({{"match", {{"frame", "eapol"}, {"probability", 0.5}}}});
  const std::string once = write_scenario("once.json", document).string();
  const std::string again = write_scenario("again.json", document).string();
  const Ended ended = run({once, again, connect_scenario()});
  const auto actions = medium_actions(evidence("once"));
  EXPECT_GT(actions.size(), 3U) << ended.output;
  EXPECT_EQ(actions, medium_actions(evidence("again")));
  EXPECT_TRUE(medium_actions(evidence("wpa2-psk-connect")).empty());
  EXPECT_EQ(finding(evidence("wpa2-psk-connect"), "run.completed")["verdict"], "pass");
}

TEST_F(EndToEnd, a_rule_of_the_medium_that_never_matched_is_the_labs_fault) {
  const json rule = {{"match", {{"frame", "eapol.g1"}}}, {"action", "drop"}};
  const fs::path file = write_scenario(
      "no-g1.json",
      {{"purpose", "there is no group key handshake here"},
       {"medium", {{"rules", json::array({rule})}}},
       {"steps", {{{"step", "associate"}}, {{"step", "await"}, {"event", "connected"}}}},
       {"checks", {"port.opens-once"}}});
  const Ended ended = run({file.string()});
  EXPECT_EQ(ended.code, 70) << ended.output;
  EXPECT_NE(finding(evidence("no-g1"), "run.completed")["summary"].get<std::string>().find(
                "the rule at /medium/rules/0 (drop eapol.g1) never matched"),
            std::string::npos);
}

TEST_F(EndToEnd, a_hostapd_that_refuses_its_configuration_is_quoted) {
  const Ended ended =
      run({"--set", "access_point.hostapd_options=[\"no_such_option=1\"]", connect_scenario()});
  EXPECT_EQ(ended.code, 70) << ended.output;
  EXPECT_NE(ended.output.find("no_such_option"), std::string::npos) << ended.output;
}

TEST_F(EndToEnd, an_interruption_keeps_the_evidence_and_leaves_nothing) {
  const fs::path file =
      write_scenario("long.json", {{"purpose", "A long traffic, to be interrupted"},
                                   {"steps",
                                    {{{"step", "traffic"}, {"on", true}, {"interval_ms", 1}},
                                     {{"step", "associate"}},
                                     {{"step", "await"}, {"event", "connected"}},
                                     {{"step", "wait"}, {"for_ms", 600000}}}},
                                   {"checks", {"port.opens-once"}}});
  std::vector<int> children;
  const Ended ended = run({"-v", file.string()}, [&](Process& process, std::string_view line) {
    if (children.empty() && line.ends_with(": wait")) {
      children = children_of(process.pid());
      process.signal(SIGINT);
    }
  });
  EXPECT_EQ(ended.code, 2) << ended.output;
  ASSERT_FALSE(children.empty()) << "no guest was seen";
  EXPECT_EQ(left_of(children), std::vector<int>());
  EXPECT_GT(fs::file_size(evidence("long") / "air.pcap"), 1000U);
  const Ended checked = postassoc({"check", evidence("long").string()});
  EXPECT_EQ(checked.code, 70) << checked.output;
}

TEST_F(EndToEnd, a_killed_harness_leaves_no_guest_and_readable_evidence) {
  std::vector<int> children;
  const Ended ended = run({"-v", connect_scenario()}, [&](Process& process, std::string_view line) {
    if (children.empty() && line.find("exchange_data") != std::string_view::npos) {
      children = children_of(process.pid());
      process.signal(SIGKILL);
    }
  });
  EXPECT_EQ(ended.code, 128 + SIGKILL);
  ASSERT_FALSE(children.empty()) << "no guest was seen";
  EXPECT_EQ(left_of(children), std::vector<int>());
  const Ended checked = postassoc({"check", evidence("wpa2-psk-connect").string()});
  EXPECT_EQ(checked.code, 70) << checked.output;
  EXPECT_NE(checked.output.find("recording ended early"), std::string::npos) << checked.output;
}

TEST_F(EndToEnd, a_rig_that_is_not_there_is_told_from_a_lab_that_failed) {
  if (fs::exists("/sys/class/ieee80211")) {
    GTEST_SKIP() << "this host has radios";
  }
  const Ended ended =
      run({"--rig", (kSource / "fixtures/rigs/usb-adapter.json").string(), connect_scenario()});
  EXPECT_EQ(ended.code, 69) << ended.output;
}

TEST_F(EndToEnd, a_full_disk_is_named_and_the_guest_ends) {
  if (geteuid() != 0) {
    GTEST_SKIP() << "needs root to mount a small file system";
  }
  const fs::path small = out_ / "small";
  fs::create_directory(small);
  if (mount("none", small.c_str(), "tmpfs", 0, "size=96k") != 0) {
    GTEST_SKIP() << "can't mount a tmpfs here";
  }
  std::vector<int> children;
  const Ended ended = postassoc({"run", "-v", "--out", small.string(), connect_scenario()});
  umount(small.c_str());
  EXPECT_EQ(ended.code, 70) << ended.output;
  EXPECT_NE(ended.output.find("No space left"), std::string::npos) << ended.output;
}

TEST_F(EndToEnd, a_folder_that_may_not_be_written_is_named) {
  const Ended ended = postassoc({"run", "--out", "/proc/nowhere", connect_scenario()});
  EXPECT_NE(ended.code, 0);
  EXPECT_NE(ended.output.find("/proc/nowhere"), std::string::npos) << ended.output;
}

TEST_F(EndToEnd, bad_input_names_the_place_and_touches_nothing) {
  const fs::path file = write_scenario(
      "bad.json", {{"purpose", "x"}, {"steps", {{{"step", "asociate"}}}}, {"checks", {"order.*"}}});
  const Ended ended = run({file.string()});
  EXPECT_EQ(ended.code, 4) << ended.output;
  EXPECT_NE(ended.output.find("bad.json#/steps/0/step"), std::string::npos) << ended.output;
  EXPECT_NE(ended.output.find("associate"), std::string::npos) << ended.output;
  EXPECT_FALSE(fs::exists(out_ / "latest"));
}

}  // namespace
}  // namespace postassoc
