#include <gtest/gtest.h>

#include "harness/checks/evidence_builder.h"

namespace postassoc::checks {
namespace {

constexpr const char* kId = "run.completed";

/// The wrong passphrase in a scenario that expects a connection.
EvidenceBuilder expecting_connection() {
  EvidenceBuilder b = EvidenceBuilder::wrong_passphrase();
  b.evidence.plan.scenario.steps.push_back({step::Await{}, "/steps/1"});
  b.add(950, Witness::harness, Side::none, "step_failed",
        {{"index", 1},
         {"pointer", "/steps/1"},
         {"step", "await"},
         {"fault", "device"},
         {"what", "connected did not come within 800 ms"}});
  return b;
}

bool says(const Finding& finding, std::string_view words) {
  return finding.summary.find(words) != std::string::npos;
}

TEST(RunCompleted, names_step_and_cause_when_the_passphrase_is_wrong) {
  const Finding finding = judge_one(kId, expecting_connection());
  EXPECT_EQ(finding.verdict, Verdict::fail);
  EXPECT_EQ(finding.pointer, "/steps/1");
  EXPECT_TRUE(says(finding, "step 2 (await connected)")) << finding.summary;
  EXPECT_TRUE(says(finding, "message 1 four times (frames 10, 12, 14, 16)")) << finding.summary;
  EXPECT_TRUE(says(finding, "reason 15")) << finding.summary;
  EXPECT_TRUE(says(finding, "passphrase differs")) << finding.summary;
}

TEST(RunCompleted, tells_how_far_the_station_came) {
  EvidenceBuilder no_request = expecting_connection();
  no_request.evidence.air.associations.clear();
  EXPECT_TRUE(says(judge_one(kId, no_request), "sent no association request"));
  EvidenceBuilder not_authenticated = no_request;
  not_authenticated.add(905, Witness::kernel, Side::station, "NL80211_CMD_AUTHENTICATE",
                        {{"status", 1}});
  EXPECT_TRUE(says(judge_one(kId, not_authenticated),
                   "the access point refused the station's authentication, status 1"));
  EvidenceBuilder no_response = expecting_connection();
  no_response.association().response_frame.reset();
  EXPECT_TRUE(says(judge_one(kId, no_response), "did not answer the station's association"));
  EvidenceBuilder refused = expecting_connection();
  refused.association().status = 17;
  EXPECT_TRUE(says(judge_one(kId, refused), "status 17"));
  EvidenceBuilder no_m1 = expecting_connection();
  no_m1.lose(KeyMessage::m1).lose(KeyMessage::m2);
  EXPECT_TRUE(says(judge_one(kId, no_m1), "sent no message 1"));
  EvidenceBuilder no_m2 = expecting_connection();
  no_m2.lose(KeyMessage::m2);
  EXPECT_TRUE(says(judge_one(kId, no_m2), "sent no message 2"));
  EvidenceBuilder no_m4 = expecting_connection();
  no_m4.air_eapol(800, KeyMessage::m3, 9);
  EXPECT_TRUE(says(judge_one(kId, no_m4), "sent no message 4"));
}

TEST(RunCompleted, tells_a_closed_port_from_an_unfinished_handshake) {
  EvidenceBuilder b = EvidenceBuilder::connect();
  b.erase("drv_sta_state").erase("rdev_change_station");
  b.add(950, Witness::harness, Side::none, "step_failed",
        {{"index", 1}, {"pointer", "/steps/1"}, {"step", "await"}, {"fault", "device"}});
  EXPECT_TRUE(says(judge_one(kId, b), "port was not opened"));
}

TEST(RunCompleted, fails_when_the_module_hangs_or_ends_in_a_call_that_no_step_waits_for) {
  EvidenceBuilder hung = EvidenceBuilder::connect();
  hung.add(950, Witness::ihv, Side::station, "ihv_module_hang",
           {{"command", "AdapterReset"}, {"limit_ms", 5000}});
  EXPECT_EQ(judge_one(kId, hung).verdict, Verdict::fail);
  EXPECT_TRUE(says(judge_one(kId, hung), "did not return from AdapterReset within 5000 ms"));
  EvidenceBuilder ended = EvidenceBuilder::connect();
  ended.add(950, Witness::ihv, Side::station, "ihv_module_crash", {{"signal", 11}});
  EXPECT_EQ(judge_one(kId, ended).verdict, Verdict::fail);
  EXPECT_TRUE(says(judge_one(kId, ended), "ended by signal 11"));
}

TEST(RunCompleted, is_an_error_when_the_lab_failed) {
  EvidenceBuilder b = expecting_connection();
  b.event("step_failed").detail["fault"] = "lab";
  EXPECT_EQ(judge_one(kId, b).verdict, Verdict::error);
}

TEST(RunCompleted, is_an_error_when_hostapd_exits_even_if_the_device_then_fails) {
  EvidenceBuilder b = expecting_connection();
  b.add(300, Witness::host, Side::none, "process_exited",
        {{"name", "hostapd"}, {"code", 137}, {"expected", false}});
  const Finding finding = judge_one(kId, b);
  EXPECT_EQ(finding.verdict, Verdict::error);
  EXPECT_TRUE(says(finding, "hostapd exited"));
  b.event("process_exited").detail["expected"] = true;
  EXPECT_EQ(judge_one(kId, b).verdict, Verdict::fail);
}

TEST(RunCompleted, is_an_error_when_interrupted_or_broken_off) {
  EvidenceBuilder broken = EvidenceBuilder::connect();
  broken.erase("run_finished");
  EXPECT_EQ(judge_one(kId, broken).verdict, Verdict::error);
  EXPECT_TRUE(says(judge_one(kId, broken), "recording ended early"));
  EvidenceBuilder interrupted = EvidenceBuilder::connect();
  interrupted.add(500, Witness::harness, Side::none, "interrupted");
  EXPECT_TRUE(says(judge_one(kId, interrupted), "interrupted"));
  EvidenceBuilder short_of_steps = EvidenceBuilder::connect();
  short_of_steps.event("step_finished").name = "x";
  EXPECT_EQ(judge_one(kId, short_of_steps).verdict, Verdict::error);
}

}  // namespace
}  // namespace postassoc::checks
