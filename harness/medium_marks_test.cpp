#include "harness/medium_marks.h"

#include <gtest/gtest.h>

namespace postassoc {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr MacAddress kBssid{{2, 0, 0, 0, 0, 0}};
constexpr MacAddress kStation{{2, 0, 0, 0, 1, 0}};

/// Two messages of the access point with one sequence number, a second apart, both acknowledged.
Air two_frames() {
  Association association;
  association.bssid = kBssid;
  association.station = kStation;
  for (const auto time : {1000ms, 2000ms}) {
    AirEapol frame;
    frame.time = time;
    frame.direction = Direction::from_access_point;
    frame.sequence_number = 7;
    frame.acknowledged = true;
    association.eapol.push_back(frame);
  }
  Air air;
  air.associations.push_back(association);
  return air;
}

Event told(Timestamp time, std::string name, std::string_view action, json more = json::object()) {
  json detail = {{"action", action},
                 {"transmitter", to_string(kBssid)},
                 {"receiver", to_string(kStation)},
                 {"sequence", 7}};
  detail.update(more);
  return {time, {}, Witness::harness, Side::none, std::move(name), std::move(detail)};
}

TEST(MediumMarks, ALostFrameWasNotAcknowledgedByItsAddressee) {
  Air air = two_frames();
  mark_medium(air, Timeline({told(2000ms + 200us, "medium_action", "drop")}));
  const auto& frames = air.associations[0].eapol;
  EXPECT_FALSE(frames[0].medium.touched());
  EXPECT_TRUE(frames[0].acknowledged);
  EXPECT_TRUE(frames[1].medium.lost);
  EXPECT_FALSE(frames[1].acknowledged);
}

TEST(MediumMarks, AFrameThatIsHeldBackIsLostUntilItIsDelivered) {
  const Event sent = told(1000ms + 200us, "medium_action", "hold");
  const auto later = std::chrono::nanoseconds(300ms).count();
  const Event delivered = told(1300ms + 200us, "medium_delivered", "hold", {{"after_ns", later}});
  Air air = two_frames();
  mark_medium(air, Timeline({sent}));
  EXPECT_TRUE(air.associations[0].eapol[0].medium.lost);
  air = two_frames();
  mark_medium(air, Timeline({sent, delivered}));
  EXPECT_TRUE(air.associations[0].eapol[0].acknowledged);
  EXPECT_FALSE(air.associations[0].eapol[0].medium.lost);
  EXPECT_EQ(air.associations[0].eapol[0].received(), 1300ms + 200us);
}

TEST(MediumMarks, TellsAlteredFromCopied) {
  Air air = two_frames();
  mark_medium(air, Timeline({told(1000ms, "medium_action", "corrupt"),
                             told(2000ms, "medium_action", "duplicate", {{"copies", 2}}),
                             told(2010ms, "medium_delivered", "duplicate", {{"after_ns", 10}})}));
  EXPECT_TRUE(air.associations[0].eapol[0].medium.altered);
  EXPECT_FALSE(air.associations[0].eapol[0].acknowledged);
  EXPECT_EQ(air.associations[0].eapol[1].medium.copies, 2);
  EXPECT_EQ(air.associations[0].eapol[1].received(), 2000ms);
}

TEST(MediumMarks, LeaveFramesOfOthersAlone) {
  Air air = two_frames();
  Event other = told(1000ms, "medium_action", "drop");
  other.detail["receiver"] = "02:00:00:00:09:00";
  Event odd = told(1000ms, "medium_action", "drop");
  odd.detail = json::array();
  mark_medium(air, Timeline({other, odd}));
  EXPECT_FALSE(air.associations[0].eapol[0].medium.touched());
}

}  // namespace
}  // namespace postassoc
