#include "harness/report/console.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "harness/report/sample_report.h"

namespace postassoc::report {
namespace {

TEST(Console, ShowsAScenarioInFull) {
  EXPECT_EQ(render_scenario(sample_report(), ConsoleStyle{}),
            R"(FAIL  wpa2-psk/connect  on rig virtual, recorded in 412.000 ms
  Associates with WPA2-PSK.

  timing.m3-m4: the station answered message 3 after 132.400 ms.

Findings: 1 fail, 2 pass
  fail          timing.m3-m4
                The station answered message 3 after 132.400 ms, later than hostapd's timer.
                expected   at most 100.000 ms
                actual     132.400 ms
                tolerance  0.002 ms
                m3-m4      132.400 ms +- 0.002 ms, limit 100.000 ms
                where      140.000 ms into the record; frames 39, 41; timeline line 17
                scenario   /limits/timing.m3-m4

  pass          order.message-sequence  M1, M2, M3, M4 in order.
  pass          timing.m1-m2            0.711 ms +- 0.002 ms, limit 100.000 ms

Association and 4-way handshake
  station 02:00:00:00:01:00, access point 02:00:00:00:00:00; kernel rows +- 20.0 us against the air
          ms  delta ms  station          air          access point  frame
       0.000            |<-- Association Response, status 0 -----|  #33
       1.842    +1.842  |<-- EAPOL-Key message 1 of 4 -----------|  #35      rc 1
       2.553    +0.711  |--- EAPOL-Key message 2 of 4 ---------->|  #37      rc 1  MIC ok  sent 2 times
       3.001    +0.448  * PTK installed                          |  line 17

Evidence
  folder        runs/latest/wpa2-psk-connect
  Wireshark     wireshark -Y 'wlan.addr == 02:00:00:00:01:00 && eapol' runs/latest/wpa2-psk-connect/air.pcap
  judge again   postassoc check runs/latest/wpa2-psk-connect
  the rule      postassoc explain timing.m3-m4
)");
}

TEST(Console, DoesNotSayTheDecidingSentenceTwice) {
  ScenarioReport scenario = sample_report();
  scenario.summary = "timing.m3-m4: " + scenario.findings.back().summary;
  const std::string text = render_scenario(scenario, ConsoleStyle{});
  const std::size_t first = text.find("later than hostapd's timer");
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(text.find("later than hostapd's timer", first + 1), std::string::npos);
}

TEST(Console, DrawsWithBoxCharactersOnAUtf8Terminal) {
  ConsoleStyle style;
  style.charset = Charset::utf8;
  const std::string text = render_scenario(sample_report(), style);
  EXPECT_NE(text.find("│─── EAPOL-Key message 2 of 4 ──────────▶│"), std::string::npos) << text;
  EXPECT_NE(text.find("│◀── EAPOL-Key message 1 of 4 ───────────│"), std::string::npos);
  EXPECT_NE(text.find("132.400 ms ± 0.002 ms"), std::string::npos);
}

TEST(Console, ColoursOnlyWhenAsked) {
  EXPECT_EQ(render_scenario(sample_report(), ConsoleStyle{}).find('\x1b'), std::string::npos);
  ConsoleStyle style;
  style.color = true;
  const std::string text = render_scenario(sample_report(), style);
  EXPECT_TRUE(text.starts_with("\x1b[1;31mFAIL\x1b[0m")) << text.substr(0, 40);
}

TEST(Console, KeepsTerminalEscapesOfTheAirFromTheTerminal) {
  ScenarioReport scenario = sample_report();
  const std::string evil = "\x1b]0;owned\x07\r\n";
  scenario.name += evil;
  scenario.purpose += evil;
  scenario.summary += evil;
  scenario.rig += evil;
  scenario.station += evil;
  scenario.directory += evil;
  scenario.missing = {evil};
  scenario.ladder.front().text += evil;
  for (Finding& finding : scenario.findings) {
    finding.check += evil;
    finding.summary += evil;
    finding.expected += evil;
    finding.actual += evil;
    finding.tolerance += evil;
    finding.pointer += evil;
    for (Measurement& measurement : finding.measurements) {
      measurement.name += evil;
    }
  }
  ScenarioReport other = scenario;
  other.verdict = Verdict::pass;
  ConsoleStyle style;
  style.verbose = true;
  const std::string text = render_scenario(scenario, style) +
                           render_scenario_line(scenario, 1, 2, style) +
                           render_run(make_run_report({scenario, other}, evil), style);
  for (const char c : {'\x1b', '\x07', '\r'}) {
    EXPECT_EQ(text.find(c), std::string::npos);
  }
}

TEST(Console, StaysWithinTheWidthWhereItCan) {
  ScenarioReport scenario = sample_report();
  scenario.findings.back().summary = std::string(300, 'x') + " " + std::string(30, 'y');
  ConsoleStyle style;
  style.width = 80;
  const std::string findings =
      render_scenario(scenario, style).substr(0, render_scenario(scenario, style).find("Assoc"));
  std::size_t begin = 0;
  for (std::size_t end; (end = findings.find('\n', begin)) != std::string::npos; begin = end + 1) {
    EXPECT_LE(end - begin, 80U) << findings.substr(begin, end - begin);
  }
}

TEST(Console, ShowsOfSeveralOnlyThoseThatDidNotPassInFull) {
  ScenarioReport pass = sample_report();
  pass.name = "wpa2-psk/retry";
  pass.verdict = Verdict::pass;
  pass.findings.pop_back();
  RunReport run = make_run_report(
      {sample_report(), pass, make_skip_report({"excl/plain", "no injector"}, "virtual")},
      "runs/latest");
  const std::string text = render_run(run, ConsoleStyle{});
  EXPECT_TRUE(text.starts_with("FAIL  wpa2-psk/connect"));
  EXPECT_EQ(text.find("PASS  wpa2-psk/retry"), std::string::npos);
  EXPECT_TRUE(text.ends_with(
      R"(
Summary
  fail          wpa2-psk/connect  timing.m3-m4: the station answered message 3 after 132.400 ms.
  pass          wpa2-psk/retry    2 pass
  skip          excl/plain        no injector

3 scenarios: 1 fail, 1 pass, 1 skip  on rig virtual  evidence in runs/latest
)")) << text;
  ConsoleStyle verbose;
  verbose.verbose = true;
  EXPECT_NE(render_run(run, verbose).find("PASS  wpa2-psk/retry"), std::string::npos);
}

TEST(Console, ShowsALineForEachScenarioOfSeveral) {
  EXPECT_EQ(
      render_scenario_line(sample_report(), 3, 12, ConsoleStyle{}),
      "[ 3/12]  fail          wpa2-psk/connect  412.000 ms  timing.m3-m4: the station answered "
      "message 3 after 132.400 ms.\n");
}

TEST(Console, SaysAnErrorWithoutEvidence) {
  Plan plan;
  plan.scenario.name = "wpa2-psk/connect";
  plan.rig.id = "virtual";
  const ScenarioReport scenario =
      make_error_report(plan, {Fault::lab, "hostapd ended with code 1", "hostapd.conf"});
  EXPECT_EQ(
      render_scenario(scenario, ConsoleStyle{}),
      "ERROR  wpa2-psk/connect  on rig virtual\n\n  hostapd.conf: hostapd ended with code 1\n");
}

TEST(ConsoleStyle, FollowsTheLocaleAndIsPlainOffATerminal) {
  ::setenv("LC_ALL", "C.UTF-8", 1);
  EXPECT_EQ(console_style(-1, ColorWhen::automatic).charset, Charset::utf8);
  ::setenv("LC_ALL", "C", 1);
  EXPECT_EQ(console_style(-1, ColorWhen::automatic).charset, Charset::ascii);
  EXPECT_FALSE(console_style(-1, ColorWhen::automatic).color);
  EXPECT_TRUE(console_style(-1, ColorWhen::always).color);
  EXPECT_EQ(console_style(-1, ColorWhen::automatic).width, 100U);
}

TEST(Text, IsWrappedAtBlanksAndCutWhereItMust) {
  EXPECT_EQ(wrapped("one two three", 7), (std::vector<std::string>{"one two", "three"}));
  EXPECT_EQ(wrapped("abcdefgh ij", 4), (std::vector<std::string>{"abcd", "efgh", "ij"}));
  EXPECT_EQ(wrapped("", 4), (std::vector<std::string>{""}));
  EXPECT_EQ(shortened("abcdef", 4, Charset::ascii), "abc~");
  EXPECT_EQ(shortened("abcdef", 4, Charset::utf8), "abc…");
  EXPECT_EQ(shortened("abcd", 4, Charset::ascii), "abcd");
}

}  // namespace
}  // namespace postassoc::report
