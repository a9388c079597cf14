#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/checks/evidence_editor.h"
#include "harness/frames/elements.h"

/// Test support: hand-made evidence of a normal WPA2-PSK connect with data both ways, as all
/// witnesses of a run would have told it, to be bent by a test. Header only, used by tests only.
namespace postassoc::checks {

class EvidenceBuilder : public EvidenceEditor {
 public:
  EvidenceBuilder() = default;
  explicit EvidenceBuilder(const Evidence& original) : EvidenceEditor(original) {}

  /// The connect: association at 110 ms, handshake from 115 ms, port open at 128 ms, data from
  /// 200 ms, end at 1000 ms.
  static EvidenceBuilder connect();
  /// The same with another passphrase: four times M1 and M2, a second apart, then reason 15.
  static EvidenceBuilder wrong_passphrase();
  /// An open network: association, port, data.
  static EvidenceBuilder open_network();

  /// hostapd repeats message 3 at 500 ms; the station answers and goes on sending.
  EvidenceBuilder& repeat_m3();
  /// Five unencrypted UDP frames and three EAPOL frames are injected from 300 ms.
  EvidenceBuilder& inject();

  // As the editor's, to be chained; times in milliseconds.
  EvidenceBuilder& add(double at_ms, Witness witness, Side side, std::string name,
                       nlohmann::json detail = nlohmann::json::object()) {
    EvidenceEditor::add(ms(at_ms), witness, side, std::move(name), std::move(detail));
    return *this;
  }
  EvidenceBuilder& erase(const EventPredicate& predicate) {
    EvidenceEditor::erase(predicate);
    return *this;
  }
  EvidenceBuilder& erase(std::string_view name) {
    EvidenceEditor::erase(name);
    return *this;
  }
  EvidenceBuilder& lose(KeyMessage kind) {
    EvidenceEditor::lose(kind);
    return *this;
  }
  /// Sorts the EAPOL frames into the one handshake again.
  void index_handshake();

  static Timestamp ms(double at_ms) {
    return std::chrono::duration_cast<Timestamp>(std::chrono::duration<double, std::milli>(at_ms));
  }

  // The parts, for tests that build further evidence.
  AirEapol& air_eapol(double at_ms, KeyMessage message, std::uint64_t counter);
  void air_protected(double at_ms, Direction direction, std::uint64_t pn, bool group = false);
  void exchange(double at_ms, Side from, bool group = false);
  void inject_frame(double at_ms, std::string_view frame);
  void station_key(double at_ms, bool pairwise, int index, std::int64_t result = 0);

 private:
  void base(Security security);
  void associate(Security security);
  void steps(std::initializer_list<std::pair<step::Await, bool>> awaits);
  void ending(double at_ms = 1000);

  std::uint64_t next_frame_ = 10;
  std::uint64_t next_tag_ = 0;
  std::uint64_t station_pn_ = 0;
  std::uint64_t access_point_pn_ = 0;
  std::uint64_t group_pn_ = 0;
};

inline Bytes test_rsne() {
  return from_hex("30140100000fac040100000fac040100000fac020000").value();
}

/// RSN element and a GTK KDE of key index 1, as message 3 has them.
inline Bytes test_m3_key_data() {
  Bytes data = test_rsne();
  const Bytes gtk = from_hex("dd16000fac010100" + std::string(32, '7')).value();
  data.insert(data.end(), gtk.begin(), gtk.end());
  return data;
}

inline void EvidenceBuilder::base(Security security) {
  auto& scenario = evidence.plan.scenario;
  scenario.name = "test";
  scenario.access_point.security = security;
  evidence.plan.checks = check_ids();
  evidence.plan.tag_nonce = "0a0b0c0d";
  evidence.bssid = *MacAddress::parse("02:00:00:00:00:00");
  evidence.station = *MacAddress::parse("02:00:00:00:01:00");
  const auto sample = [](double at) {
    return ClockSample{ms(at), ms(at) + std::chrono::hours(24), std::chrono::microseconds(2)};
  };
  evidence.clock_samples = {sample(0), sample(1000)};
  auto& quality = evidence.air.quality;
  quality.frames = 200;
  quality.beacons = quality.beacons_expected = 10;
  quality.sequence_total = 60;
  quality.first_beacon = ms(10);
  quality.last_beacon = ms(990);
  add(0, Witness::harness, Side::none, "clock_sample");
  add(5, Witness::harness, Side::none, "run_started");
  add(6, Witness::access_point, Side::access_point, "AP-ENABLED");
  add(10, Witness::harness, Side::none, "capture_ready", {{"file", "air.pcap"}});
}

inline void EvidenceBuilder::ending(double at_ms) {
  for (const char* file : {"air.pcap", "station.pcap", "access_point.pcap"}) {
    add(at_ms - 10, Witness::harness, Side::none, "capture_drained",
        {{"file", file}, {"dropped_by_kernel", 0}, {"dropped_by_interface", 0}});
  }
  evidence.air.quality.last_beacon = ms(at_ms - 10);
  evidence.clock_samples.back() = {ms(at_ms), ms(at_ms) + std::chrono::hours(24),
                                   std::chrono::microseconds(2)};
  add(at_ms, Witness::harness, Side::none, "clock_sample");
  add(at_ms + 100, Witness::kernel, Side::station, "drv_sta_state",
      {{"old_state", 4}, {"new_state", 3}});
  add(at_ms + 100, Witness::kernel, Side::station, "drv_sta_state",
      {{"old_state", 3}, {"new_state", 2}});
  add(at_ms + 200, Witness::harness, Side::none, "run_finished");
}

inline void EvidenceBuilder::associate(Security security) {
  auto& steps = evidence.plan.scenario.steps;
  steps.push_back({step::Associate{}, "/steps/0"});
  add(100, Witness::harness, Side::none, "step_started",
      {{"index", 0}, {"pointer", "/steps/0"}, {"step", "associate"}});
  add(101, Witness::harness, Side::none, "step_finished",
      {{"index", 0}, {"pointer", "/steps/0"}, {"step", "associate"}});
  add(110, Witness::kernel, Side::station, "rdev_assoc");
  Association association;
  association.bssid = evidence.bssid;
  association.station = evidence.station;
  association.request_frame = 8;
  association.request_time = ms(110.1);
  association.response_frame = 9;
  association.response_time = ms(111);
  association.status = 0;
  association.rsne = security == Security::open ? Bytes{} : test_rsne();
  association.beacon_rsne = association.rsne;
  evidence.air.associations = {association};
  add(111.1, Witness::kernel, Side::station, "drv_sta_state", {{"old_state", 2}, {"new_state", 3}});
  add(111.2, Witness::kernel, Side::station, "cfg80211_send_rx_assoc");
}

inline AirEapol& EvidenceBuilder::air_eapol(double at_ms, KeyMessage message,
                                            std::uint64_t counter) {
  AirEapol frame;
  frame.frame = next_frame_++;
  frame.time = ms(at_ms + 0.03);
  frame.message = message;
  frame.acknowledged = true;
  EapolKey key;
  key.replay_counter = counter;
  const bool from_station = message == KeyMessage::m2 || message == KeyMessage::m4;
  key.key_length = from_station ? 0 : 16;
  frame.direction = from_station ? Direction::from_station : Direction::from_access_point;
  key.nonce.fill(from_station ? std::byte{0x5a} : std::byte{0xa5});
  switch (message) {
    case KeyMessage::m1:
      key.key_info = 0x008a;
      break;
    case KeyMessage::m2:
      key.key_info = 0x010a;
      key.key_data = test_rsne();
      break;
    case KeyMessage::m3:
      key.key_info = 0x13ca;
      frame.key_data_plain = test_m3_key_data();
      break;
    default:
      key.key_info = 0x030a;
  }
  frame.mic_valid = message == KeyMessage::m1 ? std::optional<bool>{} : true;
  frame.key = key;
  association().eapol.push_back(frame);
  if (message == KeyMessage::m3) {
    association().group_keys.push_back(
        {AirGroupKey::Kind::gtk, 1, 0, frame.frame, frame.time, 0, Bytes(16, std::byte{7})});
  }
  index_handshake();
  const Side sender = from_station ? Side::station : Side::access_point;
  const Side receiver = from_station ? Side::access_point : Side::station;
  add(at_ms, Witness::kernel, sender, "rdev_tx_control_port", {{"unencrypted", true}});
  add(at_ms + 0.06, Witness::kernel, receiver, "cfg80211_rx_control_port", {{"unencrypted", true}});
  return association().eapol.back();
}

inline void EvidenceBuilder::index_handshake() {
  auto& handshakes = association().handshakes;
  handshakes.resize(1);
  handshakes[0] = {};
  handshakes[0].tk = Bytes(16);
  const auto& frames = association().eapol;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    switch (frames[i].message) {
      case KeyMessage::m1:
        handshakes[0].m1.push_back(i);
        break;
      case KeyMessage::m2:
        handshakes[0].m2.push_back(i);
        break;
      case KeyMessage::m3:
        handshakes[0].m3.push_back(i);
        break;
      case KeyMessage::m4:
        handshakes[0].m4.push_back(i);
        break;
      default:
        break;
    }
  }
}

inline void EvidenceBuilder::air_protected(double at_ms, Direction direction, std::uint64_t pn,
                                           bool group) {
  AirProtected data;
  data.frame = next_frame_++;
  data.time = ms(at_ms);
  data.direction = direction;
  data.group = group;
  data.sequence_number = static_cast<std::uint16_t>(data.frame);
  data.pn = pn;
  data.key_id = group ? 1 : 0;
  data.plaintext = Bytes(8, static_cast<std::byte>(data.frame));
  association().protected_data.push_back(data);
  ++evidence.air.quality.protected_total;
  ++evidence.air.quality.protected_decrypted;
}

/// A tagged datagram that is sent, seen on the air and delivered.
inline void EvidenceBuilder::exchange(double at_ms, Side from, bool group) {
  const std::string tag = "pa:0a0b0c0d:" + std::to_string(++next_tag_) + ";";
  const bool open = evidence.plan.scenario.access_point.security == Security::open;
  const bool down = from == Side::access_point;
  add(at_ms, Witness::harness, Side::none, "data_sent",
      {{"tag", tag}, {"from", to_string(from)}, {"group", group}});
  Air::Tagged seen{next_frame_, ms(at_ms + 0.1), tag, !open, !group, down, false};
  evidence.air.tagged.push_back(seen);
  if (open) {
    ++next_frame_;
  } else {
    std::uint64_t& pn = group ? group_pn_ : (down ? access_point_pn_ : station_pn_);
    air_protected(at_ms + 0.1, down ? Direction::from_access_point : Direction::from_station, ++pn,
                  group);
  }
  auto& sink = down ? evidence.station_netdev : evidence.access_point_netdev;
  NetdevFrame delivered;
  delivered.frame = sink.size() + 1;
  delivered.time = ms(at_ms + 0.2);
  delivered.ethertype = 0x0800;
  delivered.tag = tag;
  sink.push_back(delivered);
}

inline void EvidenceBuilder::station_key(double at_ms, bool pairwise, int index,
                                         std::int64_t result) {
  add(at_ms, Witness::kernel, Side::station, "rdev_add_key",
      {{"pairwise", pairwise}, {"key_index", index}});
  add(at_ms + 0.01, Witness::kernel, Side::station, "key_link", {{"return", result}});
}

inline void EvidenceBuilder::inject_frame(double at_ms, std::string_view frame) {
  const bool eapol = frame == "eapol";
  const bool open = evidence.plan.scenario.access_point.security == Security::open;
  const std::string tag = "pa:0a0b0c0d:" + std::to_string(++next_tag_) + ";";
  add(at_ms, Witness::harness, Side::none, "injected",
      {{"tag", tag}, {"frame", frame}, {"to_group", false}, {"length", 100}});
  if (eapol) {
    AirEapol seen;
    seen.frame = next_frame_++;
    seen.time = ms(at_ms + 0.1);
    seen.direction = Direction::from_access_point;
    seen.acknowledged = true;
    seen.unknown_reason = "not an EAPOL-Key frame";
    seen.eapol = {1, 3, 4, from_hex("0103000470617061").value()};
    association().eapol.push_back(seen);
    add(at_ms + 0.2, Witness::kernel, Side::station, "cfg80211_rx_control_port",
        {{"unencrypted", true}});
    return;
  }
  evidence.air.tagged.push_back({next_frame_++, ms(at_ms + 0.1), tag, false, true, true, false});
  if (open) {
    NetdevFrame delivered;
    delivered.time = ms(at_ms + 0.2);
    delivered.tag = tag;
    evidence.station_netdev.push_back(delivered);
  }
}

inline EvidenceBuilder EvidenceBuilder::connect() {
  EvidenceBuilder b;
  b.base(Security::wpa2_psk);
  b.associate(Security::wpa2_psk);
  b.evidence.plan.scenario.steps.push_back({step::Await{}, "/steps/1"});
  b.add(102, Witness::harness, Side::none, "step_started",
        {{"index", 1}, {"pointer", "/steps/1"}, {"step", "await"}});
  b.air_eapol(115, KeyMessage::m1, 1);
  b.air_eapol(116.4, KeyMessage::m2, 1);
  b.air_eapol(117, KeyMessage::m3, 2);
  b.air_eapol(117.5, KeyMessage::m4, 2);
  b.add(117.9, Witness::kernel, Side::access_point, "rdev_add_key",
        {{"pairwise", true}, {"key_index", 0}});
  b.add(117.91, Witness::kernel, Side::access_point, "key_link", {{"return", 0}});
  b.station_key(118.2, true, 0);
  b.station_key(127, false, 1);
  b.add(127.9, Witness::kernel, Side::station, "rdev_change_station", {{"mask", 2}, {"set", 2}});
  b.add(128, Witness::kernel, Side::station, "drv_sta_state", {{"old_state", 3}, {"new_state", 4}});
  b.add(118, Witness::access_point, Side::access_point, "EAPOL-4WAY-HS-COMPLETED");
  b.add(129, Witness::supplicant, Side::station, "CTRL-EVENT-CONNECTED");
  b.add(130, Witness::harness, Side::none, "step_finished",
        {{"index", 1}, {"pointer", "/steps/1"}, {"step", "await"}});
  for (int i = 0; i < 5; ++i) {
    b.exchange(200 + 5 * i, Side::station);
    b.exchange(201 + 5 * i, Side::access_point);
    b.exchange(202 + 5 * i, Side::access_point, true);
  }
  b.ending();
  return b;
}

inline EvidenceBuilder EvidenceBuilder::wrong_passphrase() {
  EvidenceBuilder b;
  b.base(Security::wpa2_psk);
  b.evidence.plan.scenario.station.credential = Credential::wrong;
  b.associate(Security::wpa2_psk);
  // The access point's group key, from before.
  b.add(7, Witness::kernel, Side::access_point, "rdev_add_key",
        {{"pairwise", false}, {"key_index", 1}});
  for (std::uint64_t i = 0; i < 4; ++i) {
    const double at = 115 + 1005 * static_cast<double>(i);
    b.air_eapol(at, KeyMessage::m1, i + 1);
    b.air_eapol(at + 1, KeyMessage::m2, i + 1).mic_valid = false;
  }
  b.association().handshakes[0].tk.reset();
  b.association().end_frame = 40;
  b.association().end_time = ms(4140);
  b.association().end_reason = 15;
  b.association().ended_by = Direction::from_access_point;
  b.add(117, Witness::access_point, Side::access_point, "AP-STA-POSSIBLE-PSK-MISMATCH");
  b.ending(5000);
  b.erase([](const Event& e) { return e.name == "drv_sta_state" && e.detail["old_state"] == 4; });
  return b;
}

inline EvidenceBuilder EvidenceBuilder::open_network() {
  EvidenceBuilder b;
  b.base(Security::open);
  b.associate(Security::open);
  b.add(111.15, Witness::kernel, Side::station, "drv_sta_state",
        {{"old_state", 3}, {"new_state", 4}});
  b.add(129, Witness::supplicant, Side::station, "CTRL-EVENT-CONNECTED");
  b.exchange(200, Side::station);
  b.exchange(201, Side::access_point);
  b.ending();
  return b;
}

inline EvidenceBuilder& EvidenceBuilder::repeat_m3() {
  evidence.plan.scenario.steps.push_back(
      {step::AccessPointCommand{"RESEND_M3 {station}"}, "/steps/2"});
  add(499, Witness::harness, Side::none, "step_finished",
      {{"index", 2}, {"pointer", "/steps/2"}, {"step", "access_point_command"}});
  air_eapol(500, KeyMessage::m3, 3).protected_frame = true;
  air_eapol(500.6, KeyMessage::m4, 3).protected_frame = true;
  for (int i = 0; i < 6; ++i) {
    exchange(510 + 5 * i, Side::station);
  }
  return *this;
}

inline EvidenceBuilder& EvidenceBuilder::inject() {
  evidence.plan.scenario.steps.push_back({step::Inject{}, "/steps/2"});
  add(299, Witness::harness, Side::none, "step_finished",
      {{"index", 2}, {"pointer", "/steps/2"}, {"step", "inject"}});
  for (int i = 0; i < 5; ++i) {
    inject_frame(300 + 3 * i, "udp");
  }
  for (int i = 0; i < 3; ++i) {
    inject_frame(330 + 3 * i, "eapol");
  }
  return *this;
}

}  // namespace postassoc::checks
