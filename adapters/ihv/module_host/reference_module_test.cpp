#include <gtest/gtest.h>

#include "adapters/ihv/module_host/access_point_test_support.h"
#include "harness/frames/keys.h"

namespace postassoc::module_host {
namespace {

using std::chrono::milliseconds;

std::vector<Json> calls(const Lab& lab, const std::string& function) {
  return lab.host.records("ihv_begin", function);
}

TEST(reference_module, connects_and_installs_the_keys_of_the_handshake) {
  Lab lab;
  lab.start();
  ASSERT_TRUE(lab.begin_handshake());
  EXPECT_TRUE(lab.last_mic_is_right()) << "message 2";
  lab.receive(lab.pdus.m3);
  ASSERT_TRUE(lab.next_sent());
  EXPECT_TRUE(lab.last_mic_is_right()) << "message 4";
  const Json completion = lab.completion();
  ASSERT_FALSE(completion.is_null());
  EXPECT_EQ(completion["arguments"], (Json{{"peer", kPeer}, {"reason", 0}, {"error", 0}}));
  EXPECT_FALSE(completion["host_thread"].get<bool>());
  const auto pairwise = lab.host.asked("SetKeyMappingKey");
  ASSERT_EQ(pairwise.size(), 1U);
  EXPECT_EQ(pairwise[0]["key"], to_hex(lab.pdus.ptk.tk));
  EXPECT_EQ(pairwise[0]["peer"], kPeer);
  EXPECT_EQ(pairwise[0]["direction"], 3);
  const auto group = lab.host.asked("SetDefaultKey");
  ASSERT_EQ(group.size(), 1U);
  EXPECT_EQ(group[0]["key"], to_hex(lab.parameters.gtk.key));
  EXPECT_EQ(group[0]["index"], lab.parameters.gtk.key_id);
  EXPECT_EQ(group[0]["header"], "80011800");
  ASSERT_EQ(lab.host.asked("SetExcludeUnencrypted").size(), 1U);
  lab.host.listen(milliseconds(50));
  ASSERT_EQ(lab.host.asked("port").size(), 1U);
  EXPECT_EQ(lab.host.asked("port")[0]["authorized"], true);
}

TEST(reference_module, leaves_nothing_behind) {
  Lab lab;
  lab.start();
  ASSERT_TRUE(lab.handshake());
  lab.completion();
  lab.finish();
  for (const Json& ledger : lab.host.records("ihv_ledger")) {
    EXPECT_EQ(ledger["outstanding"], 0) << ledger;
  }
  EXPECT_EQ(lab.host.records("ihv_ledger").size(), 2U);
  EXPECT_EQ(lab.host.records("ihv_threads").back()["module_threads"], 0);
  EXPECT_TRUE(lab.host.records("ihv_refused").empty());
  EXPECT_EQ(calls(lab, "Dot11ExtPostAssociateCompletion").size(), 1U);
}

TEST(reference_module, prepares_algorithms_and_ethertypes) {
  Lab lab;
  lab.load();
  EXPECT_EQ(lab.prepare(),
            (Json{{"reason", 0}, {"error", 0}, {"auth", 7}, {"unicast", 4}, {"multicast", 4}}));
  const auto lists = calls(lab, "Dot11ExtSetEtherTypeHandling");
  ASSERT_EQ(lists.size(), 1U);
  EXPECT_EQ(lists[0]["arguments"]["registrations"], Json{"888e"});
}

TEST(reference_module, refuses_a_profile_whose_key_is_not_sound) {
  Lab lab;
  lab.load();
  lab.host.command("InitAdapter");
  const Json done = lab.host.command("PerformPreAssociate",
                                     {{"ssid", "6c6162"}, {"security_xml", "<psk>12</psk>"}});
  EXPECT_EQ(done["error"], 1206);
}

TEST(reference_module, answers_message_1_again_with_the_same_nonce) {
  Lab lab;
  lab.start();
  ASSERT_TRUE(lab.begin_handshake());
  lab.parameters.replay_counter = 2;
  lab.pdus = *build_handshake(lab.parameters);
  lab.receive(lab.pdus.m1);
  const auto again = lab.next_sent();
  ASSERT_TRUE(again);
  EXPECT_EQ(again->nonce, lab.parameters.snonce);
  EXPECT_EQ(again->replay_counter, 2U);
  EXPECT_TRUE(lab.last_mic_is_right());
}

TEST(reference_module, answers_message_3_again_without_installing_again) {
  Lab lab;
  lab.start();
  ASSERT_TRUE(lab.handshake());
  lab.completion();
  lab.parameters.replay_counter = 2;  // message 3 has the next
  lab.pdus = *build_handshake(lab.parameters);
  lab.receive(lab.pdus.m3, true);
  ASSERT_TRUE(lab.next_sent());
  EXPECT_TRUE(lab.last_mic_is_right());
  lab.host.listen(milliseconds(50));
  EXPECT_EQ(lab.host.asked("SetKeyMappingKey").size(), 1U);
  EXPECT_EQ(lab.host.asked("SetDefaultKey").size(), 1U);
}

TEST(reference_module, discards_a_replayed_message_3) {
  Lab lab;
  lab.start();
  ASSERT_TRUE(lab.handshake());
  lab.completion();
  lab.receive(lab.pdus.m3, true);
  lab.host.listen(milliseconds(100));
  EXPECT_EQ(lab.host.asked("SendPacket").size(), 2U) << "messages 2 and 4";
}

TEST(reference_module, is_silent_to_an_access_point_with_another_key) {
  Lab lab;
  lab.start();
  ASSERT_TRUE(lab.begin_handshake());
  lab.parameters.pmk.back() ^= std::byte{1};
  lab.receive(build_handshake(lab.parameters)->m3);
  lab.host.listen(milliseconds(100));
  EXPECT_EQ(lab.host.asked("SendPacket").size(), 1U);
  EXPECT_TRUE(lab.host.asked("SetKeyMappingKey").empty());
  EXPECT_TRUE(calls(lab, "Dot11ExtPostAssociateCompletion").empty());
}

TEST(reference_module, discards_message_3_when_the_beacon_had_another_element) {
  Lab lab;
  lab.start();
  ASSERT_TRUE(lab.begin_handshake());
  lab.parameters.rsne.capabilities = 1;
  lab.receive(build_handshake(lab.parameters)->m3);
  lab.host.listen(milliseconds(100));
  EXPECT_EQ(lab.host.asked("SendPacket").size(), 1U);
}

TEST(reference_module, takes_a_new_group_key) {
  Lab lab;
  lab.start();
  ASSERT_TRUE(lab.handshake());
  lab.completion();
  const GtkKde gtk{2, false, Bytes(16, std::byte{0x99})};
  lab.receive(build_group_handshake(lab.pdus.ptk, lab.parameters.akm, 2, 3, gtk)->g1, true);
  ASSERT_TRUE(lab.next_sent());
  EXPECT_TRUE(lab.last_mic_is_right());
  const auto keys = lab.host.asked("SetDefaultKey");
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys[1]["index"], 2);
  EXPECT_EQ(keys[1]["key"], to_hex(gtk.key));
}

TEST(reference_module, takes_new_pairwise_keys_without_completing_again) {
  Lab lab;
  lab.start();
  ASSERT_TRUE(lab.handshake());
  lab.completion();
  lab.parameters.replay_counter = 3;
  lab.parameters.anonce.fill(std::byte{0x77});
  ASSERT_TRUE(lab.handshake(true));
  lab.host.listen(milliseconds(100));
  const auto keys = lab.host.asked("SetKeyMappingKey");
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys[1]["key"], to_hex(lab.pdus.ptk.tk));
  EXPECT_EQ(calls(lab, "Dot11ExtPostAssociateCompletion").size(), 1U);
}

TEST(reference_module, reports_the_port_lost_and_found_when_a_rekey_is_late) {
  Lab lab;
  lab.start();
  ASSERT_TRUE(lab.handshake());
  lab.completion();
  lab.parameters.replay_counter = 3;
  lab.parameters.anonce.fill(std::byte{0x77});
  ASSERT_TRUE(lab.begin_handshake(true));
  EXPECT_EQ(lab.completion(2)["arguments"]["error"], 1460);
  lab.receive(lab.pdus.m3, true);
  EXPECT_EQ(lab.completion(3)["arguments"]["error"], 0);
}

TEST(reference_module, completes_with_cancelled_inside_a_reset) {
  Lab lab;
  lab.start();
  ASSERT_TRUE(lab.begin_handshake());
  lab.host.command("AdapterReset");
  const Json completion = lab.completion();
  ASSERT_FALSE(completion.is_null());
  EXPECT_EQ(completion["arguments"]["error"], 1223);
  EXPECT_EQ(completion["within"], calls(lab, "Dot11ExtIhvAdapterReset").at(0)["call"]);
}

TEST(reference_module, connects_again_after_a_reset) {
  Lab lab;
  lab.start();
  lab.host.command("AdapterReset");
  lab.host.command("StopPostAssociate", {{"peer", kPeer}, {"status", 7}});
  EXPECT_EQ(lab.prepare_again()["error"], 0);
  lab.associate();
  ASSERT_TRUE(lab.handshake());
  EXPECT_EQ(lab.completion(2)["arguments"]["error"], 0);
  EXPECT_EQ(lab.completion(2)["session"], 2);
}

TEST(reference_module, is_silent_after_stop) {
  Lab lab;
  lab.start();
  ASSERT_TRUE(lab.begin_handshake());
  lab.host.command("StopPostAssociate", {{"peer", kPeer}, {"status", 7}});
  lab.host.listen(milliseconds(50));
  EXPECT_TRUE(calls(lab, "Dot11ExtPostAssociateCompletion").empty());
}

TEST(reference_module, goes_on_when_another_peer_is_stopped) {
  Lab lab;
  lab.start();
  ASSERT_TRUE(lab.begin_handshake());
  lab.host.command("StopPostAssociate", {{"peer", "02:00:00:00:00:09"}, {"status", 7}});
  lab.receive(lab.pdus.m3);
  EXPECT_EQ(lab.completion()["arguments"]["error"], 0);
}

TEST(reference_module, roams_without_a_new_preparation) {
  Lab lab;
  lab.start();
  ASSERT_TRUE(lab.handshake());
  lab.completion();
  lab.host.command("StopPostAssociate", {{"peer", kPeer}, {"status", 8}});
  lab.parameters.anonce.fill(std::byte{0x33});
  EXPECT_EQ(lab.associate()["error"], 0);
  ASSERT_TRUE(lab.handshake());
  EXPECT_EQ(lab.completion(2)["arguments"]["error"], 0);
}

TEST(reference_module, asks_the_user_for_the_passphrase) {
  Lab lab;
  lab.load();
  lab.prepare(false);
  lab.associate();
  lab.parameters.pmk = *pmk_from_passphrase("correct horse", "lab");
  ASSERT_TRUE(lab.handshake());
  EXPECT_TRUE(lab.last_mic_is_right());
  EXPECT_EQ(lab.completion()["arguments"]["error"], 0);
  ASSERT_EQ(calls(lab, "Dot11ExtSendUIRequest").size(), 1U);
  const auto answers = calls(lab, "Dot11ExtIhvProcessUIResponse");
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0]["arguments"]["request_changed"], false);
}

TEST(reference_module, fails_when_the_user_gives_nothing) {
  Lab lab;
  lab.load("reference", {{"ui", "refuse"}});
  lab.prepare(false);
  lab.associate();
  const Json completion = lab.completion();
  ASSERT_FALSE(completion.is_null());
  EXPECT_NE(completion["arguments"]["error"], 0);
  EXPECT_NE(completion["arguments"]["reason"], 0);
}

TEST(reference_module, drops_its_request_in_a_reset) {
  Lab lab;
  lab.load("reference", {{"ui", "cancel"}});
  lab.prepare(false);
  lab.associate();
  EXPECT_EQ(lab.completion()["arguments"]["error"], 1223);
  lab.host.command("IsUIRequestPending");
  EXPECT_EQ(lab.host.records("ihv_return", "Dot11ExtIhvIsUIRequestPending").at(0)["out"]["pending"],
            false);
}

TEST(reference_module, tells_whether_its_request_is_pending) {
  Lab lab;
  lab.load("reference", {{"ui", "none"}});
  lab.prepare(false);
  lab.associate();
  lab.host.wait_for_record("ihv_return", "Dot11ExtSendUIRequest");
  lab.host.command("IsUIRequestPending");
  EXPECT_EQ(lab.host.records("ihv_return", "Dot11ExtIhvIsUIRequestPending").at(0)["out"]["pending"],
            true);
  lab.host.command("ProcessSessionChange", {{"event", 6}});
  EXPECT_NE(lab.completion()["arguments"]["error"], 0) << "the operation does not hang";
}

TEST(reference_module, reports_failure_when_a_key_is_refused) {
  for (const char* function : {"Dot11ExtSetKeyMappingKey", "Dot11ExtSetDefaultKey"}) {
    Lab lab;
    lab.start("reference", {{"key_errors", {{{"function", function}, {"nth", 1}, {"error", 31}}}}});
    ASSERT_TRUE(lab.handshake());
    EXPECT_EQ(lab.completion()["arguments"]["error"], 31) << function;
  }
}

TEST(reference_module, survives_every_cut_of_a_frame) {
  Lab lab;
  lab.start();
  ASSERT_TRUE(lab.begin_handshake());
  for (std::size_t length = 1; length < lab.pdus.m3.size(); ++length) {
    lab.receive(ByteView(lab.pdus.m3).first(length));
  }
  lab.receive(lab.pdus.m3);
  EXPECT_EQ(lab.completion()["arguments"]["error"], 0);
}

}  // namespace
}  // namespace postassoc::module_host
