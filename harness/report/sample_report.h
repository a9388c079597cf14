#pragma once

#include "harness/report/model.h"

namespace postassoc::report {

/// A report made by hand for the tests of the renderers: a connection whose message 4 was late.
inline ScenarioReport sample_report() {
  using std::chrono::microseconds;
  using std::chrono::milliseconds;
  ScenarioReport report;
  report.name = "wpa2-psk/connect";
  report.slug = "wpa2-psk-connect";
  report.purpose = "Associates with WPA2-PSK.";
  report.directory = "runs/latest/wpa2-psk-connect";
  report.verdict = Verdict::fail;
  report.summary = "timing.m3-m4: the station answered message 3 after 132.400 ms.";
  report.rig = "virtual";
  report.bssid = "02:00:00:00:00:00";
  report.station = "02:00:00:00:01:00";
  report.display_filter = "wlan.addr == 02:00:00:00:01:00 && eapol";
  report.started = "2026-01-31T12:00:00.000Z";
  report.start = milliseconds(1000);
  report.duration = milliseconds(412);
  report.clock_uncertainty = microseconds(20);

  Finding order;
  order.check = "order.message-sequence";
  order.verdict = Verdict::pass;
  order.summary = "M1, M2, M3, M4 in order.";
  order.frames = {35, 37, 39, 41};
  Finding quick;
  quick.check = "timing.m1-m2";
  quick.verdict = Verdict::pass;
  quick.summary = "The station answered message 1 in time.";
  quick.measurements = {{"m1-m2", microseconds(711), microseconds(2), milliseconds(100)}};
  Finding late;
  late.check = "timing.m3-m4";
  late.verdict = Verdict::fail;
  late.summary = "The station answered message 3 after 132.400 ms, later than hostapd's timer.";
  late.expected = "at most 100.000 ms";
  late.actual = "132.400 ms";
  late.tolerance = "0.002 ms";
  late.when = milliseconds(1140);
  late.frames = {39, 41};
  late.events = {17};
  late.pointer = "/limits/timing.m3-m4";
  late.measurements = {{"m3-m4", microseconds(132400), microseconds(2), milliseconds(100)}};
  report.findings = {order, quick, late};

  LadderRow response;
  response.frame = 33;
  response.lane = Lane::to_station;
  response.text = "Association Response, status 0";
  LadderRow m1;
  m1.since = microseconds(1842);
  m1.delta = microseconds(1842);
  m1.frame = 35;
  m1.lane = Lane::to_station;
  m1.text = "EAPOL-Key message 1 of 4";
  m1.replay_counter = 1;
  m1.acknowledged = true;
  LadderRow m2 = m1;
  m2.since = microseconds(2553);
  m2.delta = microseconds(711);
  m2.frame = 37;
  m2.lane = Lane::to_access_point;
  m2.text = "EAPOL-Key message 2 of 4";
  m2.mic = MicState::valid;
  m2.transmissions = 2;
  LadderRow ptk;
  ptk.since = microseconds(3001);
  ptk.delta = microseconds(448);
  ptk.event = 17;
  ptk.lane = Lane::at_station;
  ptk.text = "PTK installed";
  report.ladder = {response, m1, m2, ptk};
  report.environment = {{"kernel", "6.1.0"}, {"hostapd", {{"version", "2.10"}}}};
  return report;
}

}  // namespace postassoc::report
