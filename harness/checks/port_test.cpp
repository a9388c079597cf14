#include <gtest/gtest.h>

#include "harness/checks/evidence_builder.h"

namespace postassoc::checks {
namespace {

constexpr auto kConnect = &EvidenceBuilder::connect;
constexpr const char* kBadCredential = "port.never-opens-on-bad-credential";

nlohmann::json states(int from, int to) {
  return {{"old_state", from}, {"new_state", to}};
}

TEST(PortUnauthorizedAfterAssoc, fails_when_the_port_opens_with_the_association) {
  EvidenceBuilder b = kConnect();
  b.event("drv_sta_state", Side::station, 1).time = EvidenceBuilder::ms(111.2);
  EXPECT_EQ(judge_one("port.unauthorized-after-assoc", b).verdict, Verdict::fail);
}

TEST(PortUnauthorizedAfterAssoc, lets_the_port_open_with_the_reassociation_of_a_fast_transition) {
  EvidenceBuilder b = kConnect();
  Association& association = b.association();
  association.fast_transition = true;
  association.eapol.resize(1);  // what is left of an earlier handshake
  association.handshakes.clear();
  const Timestamp opened = b.event("drv_sta_state", Side::station, 1).time;
  b.event("drv_sta_state", Side::station, 1).time =
      *association.response_time + std::chrono::milliseconds(1);
  ASSERT_LT(b.event("drv_sta_state", Side::station, 1).time, opened);
  EXPECT_EQ(judge_one("port.unauthorized-after-assoc", b).verdict, Verdict::pass);
  association.fast_transition = false;
  EXPECT_EQ(judge_one("port.unauthorized-after-assoc", b).verdict, Verdict::fail);
}

TEST(PortUnauthorizedAfterAssoc, passes_while_a_wrong_passphrase_keeps_it_closed) {
  EXPECT_EQ(judge_one("port.unauthorized-after-assoc", EvidenceBuilder::wrong_passphrase()).verdict,
            Verdict::pass);
}

TEST(PortUnauthorizedAfterAssoc, is_inconclusive_when_the_association_is_not_in_the_trace) {
  EvidenceBuilder b = kConnect();
  b.erase("drv_sta_state").erase("cfg80211_send_rx_assoc");
  EXPECT_EQ(judge_one("port.unauthorized-after-assoc", b).verdict, Verdict::inconclusive);
}

TEST(PortOpensOnce, fails_when_the_port_flaps) {
  EvidenceBuilder b = kConnect();
  b.add(400, Witness::kernel, Side::station, "drv_sta_state", states(4, 3));
  b.add(401, Witness::kernel, Side::station, "drv_sta_state", states(3, 4));
  const Finding finding = judge_one("port.opens-once", b);
  EXPECT_EQ(finding.verdict, Verdict::fail);
  EXPECT_EQ(finding.when, EvidenceBuilder::ms(401));
}

TEST(PortOpensOnce, passes_once_per_association) {
  EvidenceBuilder b = kConnect();
  b.add(1101, Witness::kernel, Side::station, "drv_sta_state", states(2, 3));
  b.add(1102, Witness::kernel, Side::station, "drv_sta_state", states(3, 4));
  EXPECT_EQ(judge_one("port.opens-once", b).verdict, Verdict::pass);
  EXPECT_EQ(judge_one("port.opens-once", EvidenceBuilder::open_network()).verdict, Verdict::pass);
}

TEST(PortOpensOnce, reads_station_flags_where_a_driver_reports_no_states) {
  EvidenceBuilder b = kConnect();
  b.erase("drv_sta_state");
  EXPECT_EQ(judge_one("port.opens-once", b).verdict, Verdict::pass);
  b.add(400, Witness::kernel, Side::station, "rdev_change_station", {{"mask", 2}, {"set", 2}});
  EXPECT_EQ(judge_one("port.opens-once", b).verdict, Verdict::fail);
}

TEST(PortOpensOnce, is_inconclusive_when_it_never_opened) {
  EvidenceBuilder b = kConnect();
  b.erase("drv_sta_state").erase("rdev_change_station");
  EXPECT_EQ(judge_one("port.opens-once", b).verdict, Verdict::inconclusive);
}

TEST(PortNeverOpensOnBadCredential, passes_when_the_attempt_is_proved) {
  const Finding finding = judge_one(kBadCredential, EvidenceBuilder::wrong_passphrase());
  EXPECT_EQ(finding.verdict, Verdict::pass) << finding.summary;
}

TEST(PortNeverOpensOnBadCredential, fails_on_an_open_port_a_key_or_a_claim) {
  EvidenceBuilder port = EvidenceBuilder::wrong_passphrase();
  port.add(300, Witness::kernel, Side::station, "drv_sta_state", states(3, 4));
  EXPECT_EQ(judge_one(kBadCredential, port).verdict, Verdict::fail);
  EvidenceBuilder key = EvidenceBuilder::wrong_passphrase();
  key.station_key(300, true, 0);
  EXPECT_EQ(judge_one(kBadCredential, key).verdict, Verdict::fail);
  EvidenceBuilder claim = EvidenceBuilder::wrong_passphrase();
  claim.add(300, Witness::supplicant, Side::station, "CTRL-EVENT-CONNECTED");
  EXPECT_EQ(judge_one(kBadCredential, claim).verdict, Verdict::fail);
}

TEST(PortNeverOpensOnBadCredential, is_inconclusive_when_any_part_of_the_attempt_is_unproved) {
  EvidenceBuilder no_mismatch = EvidenceBuilder::wrong_passphrase();
  no_mismatch.erase("AP-STA-POSSIBLE-PSK-MISMATCH");
  EXPECT_EQ(judge_one(kBadCredential, no_mismatch).verdict, Verdict::inconclusive);
  EvidenceBuilder no_m2 = EvidenceBuilder::wrong_passphrase();
  no_m2.lose(KeyMessage::m2);
  EXPECT_EQ(judge_one(kBadCredential, no_m2).verdict, Verdict::inconclusive);
  EvidenceBuilder good_mic = EvidenceBuilder::wrong_passphrase();
  for (AirEapol& frame : good_mic.association().eapol) {
    frame.mic_valid = true;
  }
  EXPECT_EQ(judge_one(kBadCredential, good_mic).verdict, Verdict::inconclusive);
  EvidenceBuilder no_trace = EvidenceBuilder::wrong_passphrase();
  no_trace.erase([](const Event& e) { return e.witness == Witness::kernel; });
  EXPECT_EQ(judge_one(kBadCredential, no_trace).verdict, Verdict::inconclusive);
}

}  // namespace
}  // namespace postassoc::checks
