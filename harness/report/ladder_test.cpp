#include "harness/report/ladder.h"

#include <gtest/gtest.h>

namespace postassoc::report {
namespace {

using std::chrono::microseconds;

AirEapol key_frame(std::uint64_t frame, int us, Direction direction, KeyMessage message,
                   std::uint64_t replay_counter) {
  AirEapol eapol;
  eapol.frame = frame;
  eapol.time = microseconds(us);
  eapol.direction = direction;
  eapol.acknowledged = true;
  eapol.eapol.type = kEapolKey;
  eapol.key.emplace();
  eapol.key->replay_counter = replay_counter;
  eapol.message = message;
  return eapol;
}

Event kernel(int us, const char* name, nlohmann::json detail) {
  return {microseconds(us), {}, Witness::kernel, Side::station, name, std::move(detail)};
}

/// Association at 1 ms, M1 to M4 with M3 twice, keys, the port, data.
Evidence connection() {
  Evidence evidence;
  Association association;
  association.request_frame = 8;
  association.request_time = microseconds(900);
  association.response_frame = 10;
  association.response_time = microseconds(1000);
  association.status = 0;
  constexpr auto kAp = Direction::from_access_point;
  constexpr auto kStation = Direction::from_station;
  association.eapol = {
      key_frame(12, 2000, kAp, KeyMessage::m1, 1), key_frame(14, 2500, kStation, KeyMessage::m2, 1),
      key_frame(16, 3000, kAp, KeyMessage::m3, 2), key_frame(18, 4000, kAp, KeyMessage::m3, 3),
      key_frame(20, 4300, kStation, KeyMessage::m4, 3)};
  association.eapol[1].key->key_info = EapolKey::kKeyMic;
  association.eapol[1].mic_valid = false;
  association.eapol[1].transmissions = 3;
  association.eapol[4].key->key_info = EapolKey::kKeyMic;
  association.eapol[4].acknowledged = false;
  association.handshakes.resize(1);
  association.handshakes[0].m1 = {0};
  association.handshakes[0].m2 = {1};
  association.handshakes[0].m3 = {2, 3};
  association.handshakes[0].m4 = {4};
  AirProtected up;
  up.frame = 30;
  up.time = microseconds(6000);
  AirProtected later = up;
  later.frame = 32;
  later.time = microseconds(6500);
  association.protected_data = {up, later};
  evidence.air.associations = {association};
  evidence.timeline = Timeline({
      kernel(4400, "rdev_add_key", {{"pairwise", true}, {"key_index", 0}}),
      kernel(4450, "key_link", {{"return", 0}}),
      kernel(4500, "rdev_add_key", {{"pairwise", false}, {"key_index", 1}}),
      kernel(4550, "key_link", {{"return", -114}}),
      kernel(4600, "rdev_add_key", {{"pairwise", true}, {"key_index", 0}}),
  });
  return evidence;
}

std::vector<std::string> texts(const std::vector<LadderRow>& ladder) {
  std::vector<std::string> out;
  out.reserve(ladder.size());
  for (const LadderRow& row : ladder) {
    out.push_back(row.text);
  }
  return out;
}

TEST(Ladder, TellsTheConnectionInOrderOfTime) {
  EXPECT_EQ(
      texts(make_ladder(connection())),
      (std::vector<std::string>{
          "Association Request", "Association Response, status 0", "EAPOL-Key message 1 of 4",
          "EAPOL-Key message 2 of 4", "EAPOL-Key message 3 of 4", "EAPOL-Key message 3 of 4, again",
          "EAPOL-Key message 4 of 4", "PTK installed", "GTK 1 install ignored: same key",
          "PTK install requested", "first protected data"}));
}

TEST(Ladder, CountsTimeFromTheAssociationResponse) {
  const auto ladder = make_ladder(connection());
  EXPECT_EQ(ladder[0].since, microseconds(-100));
  EXPECT_FALSE(ladder[0].delta.has_value());
  EXPECT_EQ(ladder[2].since, microseconds(1000));
  EXPECT_EQ(ladder[3].since, microseconds(1500));
  EXPECT_EQ(ladder[3].delta, microseconds(500));
}

TEST(Ladder, SaysWhatIsKnownOfEachFrame) {
  const auto ladder = make_ladder(connection());
  EXPECT_EQ(ladder[2].mic, MicState::none);
  EXPECT_EQ(ladder[2].lane, Lane::to_station);
  EXPECT_EQ(ladder[3].mic, MicState::invalid);
  EXPECT_EQ(ladder[3].transmissions, 3);
  EXPECT_EQ(ladder[3].lane, Lane::to_access_point);
  EXPECT_EQ(ladder[3].replay_counter, 1U);
  EXPECT_EQ(ladder[6].mic, MicState::unknown);
  EXPECT_EQ(ladder[6].acknowledged, false);
  EXPECT_EQ(ladder[7].event, 2U);
  EXPECT_EQ(ladder[7].lane, Lane::at_station);
  EXPECT_EQ(ladder[10].frame, 30U);
  EXPECT_TRUE(ladder[10].protected_frame);
}

TEST(Ladder, KeepsEventsOfTheNextAssociationOutOfTheFirst) {
  Evidence evidence = connection();
  Association next = evidence.air.associations.front();
  next.request_time = microseconds(4480);
  next.response_time = microseconds(4490);
  next.eapol.clear();
  next.handshakes.clear();
  next.protected_data.clear();
  evidence.air.associations.front().protected_data.clear();
  evidence.air.associations.push_back(next);
  const auto ladder = make_ladder(evidence);
  const auto second = std::count_if(ladder.begin(), ladder.end(),
                                    [](const LadderRow& row) { return row.association == 2; });
  EXPECT_EQ(second, 4) << "request, response, GTK, PTK";
  EXPECT_EQ(ladder[7].text, "PTK installed");
  EXPECT_EQ(ladder[7].association, 1U);
}

TEST(Ladder, IsEmptyWithoutAssociations) {
  EXPECT_TRUE(make_ladder(Evidence{}).empty());
}

}  // namespace
}  // namespace postassoc::report
