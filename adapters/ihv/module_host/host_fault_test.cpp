#include <gtest/gtest.h>

#include "adapters/ihv/module_host/access_point_test_support.h"

/// The rules that the host breaks on purpose, so that checks of the host are seen to fail.
namespace postassoc::module_host {
namespace {

using std::chrono::milliseconds;

/// A connection, a failing completion, a reset and the end, with one fault of the host.
struct FaultyHost {
  Lab lab;

  explicit FaultyHost(const std::string& fault, Json more = Json::object()) {
    more["host_fault"] = fault;
    lab.start("reference", std::move(more));
  }
  std::size_t begun(const std::string& function) const {
    return lab.host.records("ihv_begin", function).size();
  }
  Json first(const std::string& function) const {
    return lab.host.records("ihv_begin", function).at(0);
  }
  bool connect() {
    return lab.handshake() &&
           !lab.host.wait_for_record("ihv_return", "Dot11ExtPostAssociateCompletion").is_null();
  }
};

TEST(host_fault, breaks_the_order_of_loading) {
  FaultyHost host("init_before_version");
  EXPECT_LT(host.first("Dot11ExtIhvInitService")["call"],
            host.first("Dot11ExtIhvGetVersionInfo")["call"]);
}

TEST(host_fault, leaves_a_slot_of_its_table_empty) {
  FaultyHost host("null_api");
  EXPECT_EQ(host.first("Dot11ExtIhvInitService")["arguments"]["null_slots"],
            Json{"Dot11ExtProcessSecurityPacket"});
}

TEST(host_fault, starts_an_operation_twice) {
  FaultyHost host("second_perform");
  EXPECT_EQ(host.begun("Dot11ExtIhvPerformPostAssociate"), 2U);
}

TEST(host_fault, shows_an_authorized_port) {
  FaultyHost host("authorized_at_start");
  EXPECT_EQ(host.first("Dot11ExtIhvPerformPostAssociate")["arguments"]["port_authorized"], true);
}

TEST(host_fault, keeps_the_port_closed) {
  FaultyHost host("closed_after_success");
  ASSERT_TRUE(host.connect());
  EXPECT_TRUE(host.lab.host.asked("port").empty());
}

TEST(host_fault, opens_the_port_after_a_failure) {
  FaultyHost host("open_after_failure",
                  {{"key_errors", {{{"function", "Dot11ExtSetDefaultKey"}, {"error", 31}}}}});
  ASSERT_TRUE(host.connect());
  EXPECT_EQ(host.lab.host.asked("port").at(0)["authorized"], true);
}

TEST(host_fault, rejects_a_later_completion) {
  FaultyHost host("one_completion_only");
  ASSERT_TRUE(host.connect());
  host.lab.parameters.replay_counter = 3;
  host.lab.parameters.anonce.fill(std::byte{0x77});
  ASSERT_TRUE(host.lab.begin_handshake(true));  // and never finished
  host.lab.completion(2);
  EXPECT_EQ(host.lab.host.wait_for_record("ihv_refused")["why"],
            "the operation was completed before");
}

TEST(host_fault, stops_wrongly) {
  FaultyHost none("no_stop");
  none.lab.finish();
  EXPECT_EQ(none.begun("Dot11ExtIhvStopPostAssociate"), 0U);
  FaultyHost other("wrong_stop_peer");
  other.lab.finish();
  EXPECT_NE(other.first("Dot11ExtIhvStopPostAssociate")["arguments"]["peer"], kPeer);
  FaultyHost foreign("foreign_adapter_handle");
  foreign.lab.finish();
  EXPECT_EQ(foreign.first("Dot11ExtIhvStopPostAssociate")["adapter"], "foreign");
}

TEST(host_fault, clears_lists_late) {
  FaultyHost host("late_list_clear");
  host.lab.host.command("AdapterReset");
  const auto returned = host.lab.host.records("ihv_return", "Dot11ExtIhvAdapterReset").at(0);
  const auto cleared = host.lab.host.records("ihv_lists_cleared");
  ASSERT_EQ(cleared.size(), 1U);
  EXPECT_GT(cleared[0]["time_ns"], returned["time_ns"]);
}

TEST(host_fault, leaves_the_adapter_in) {
  FaultyHost host("no_deinit_adapter");
  host.lab.host.command("DeinitService");
  EXPECT_EQ(host.begun("Dot11ExtIhvDeinitAdapter"), 0U);
}

TEST(host_fault, completes_a_packet_twice_or_never) {
  FaultyHost twice("double_send_completion");
  ASSERT_TRUE(twice.connect());
  twice.lab.finish();
  EXPECT_EQ(twice.begun("Dot11ExtIhvSendPacketCompletion"), 3U);
  FaultyHost never("lost_send_completion");
  ASSERT_TRUE(never.connect());
  never.lab.finish();
  EXPECT_EQ(never.begun("Dot11ExtIhvSendPacketCompletion"), 1U);
}

TEST(host_fault, refuses_to_send_before_the_port_is_open) {
  FaultyHost host("refuses_send_unauthorized");
  host.lab.receive(build_handshake(host.lab.parameters)->m1);
  EXPECT_EQ(host.lab.host.wait_for_record("ihv_refused")["why"], "the port is not authorised");
}

TEST(host_fault, indicates_what_is_not_registered) {
  FaultyHost host("unregistered_indicated");
  ASSERT_TRUE(host.lab.begin_handshake());
  EXPECT_EQ(host.first("Dot11ExtIhvReceivePacket")["arguments"]["ethertype"], "88c7");
}

TEST(host_fault, reorders_indications) {
  FaultyHost host("reorder_receive");
  host.lab.receive(Bytes(20, std::byte{1}));
  host.lab.receive(Bytes(20, std::byte{2}));
  host.lab.host.listen(milliseconds(100));
  const auto shown = host.lab.host.records("ihv_begin", "Dot11ExtIhvReceivePacket");
  ASSERT_EQ(shown.size(), 2U);
  EXPECT_EQ(shown[0]["arguments"]["packet"], 2);
  EXPECT_EQ(shown[1]["arguments"]["packet"], 1);
}

TEST(host_fault, overlaps_indications) {
  FaultyHost host("overlap_receive");
  host.lab.receive(Bytes(20, std::byte{1}));
  host.lab.host.listen(milliseconds(400));
  const auto begun = host.lab.host.records("ihv_begin", "Dot11ExtIhvReceivePacket");
  const auto ended = host.lab.host.records("ihv_return", "Dot11ExtIhvReceivePacket");
  ASSERT_EQ(begun.size(), 2U);
  ASSERT_EQ(ended.size(), 2U);
  EXPECT_LT(begun[1]["time_ns"], ended[0]["time_ns"]);
  EXPECT_NE(begun[0]["thread"], begun[1]["thread"]);
}

TEST(host_fault, applies_no_privacy_rule) {
  FaultyHost host("ignores_exemptions");
  ASSERT_TRUE(host.connect());
  host.lab.receive(Bytes(20, std::byte{1}), false);
  EXPECT_TRUE(host.lab.host.records("ihv_packet_dropped").empty());
}

TEST(host_fault, keeps_keys) {
  FaultyHost host("keeps_keys");
  EXPECT_EQ(host.begun("Dot11ExtIhvPerformPostAssociate"), 1U);
  EXPECT_TRUE(host.lab.host.records("ihv_keys_cleared").empty());
}

TEST(host_fault, swallows_a_key_error) {
  FaultyHost host("swallows_key_errors",
                  {{"key_errors", {{{"function", "Dot11ExtSetDefaultKey"}, {"error", 31}}}}});
  ASSERT_TRUE(host.connect());
  const auto returned = host.lab.host.records("ihv_return", "Dot11ExtSetDefaultKey").at(0);
  EXPECT_EQ(returned["error"], 0);
  EXPECT_EQ(returned["out"]["adapter_error"], 31);
}

TEST(host_fault, answers_a_request_that_nobody_made) {
  Lab lab;
  lab.load("reference", {{"host_fault", "unknown_ui_response"}});
  lab.prepare(false);
  lab.associate();
  const Json response = lab.host.wait_for_record("ihv_begin", "Dot11ExtIhvProcessUIResponse");
  ASSERT_FALSE(response.is_null());
  EXPECT_EQ(response["arguments"]["request"], 0);
}

TEST(host_fault, drops_the_newest_frame) {
  Lab lab;
  lab.load("blocks_in_perform", {{"host_fault", "drop_newest"}});
  lab.prepare();
  lab.host.send({{"id", 900},
                 {"do", "PerformPostAssociate"},
                 {"peer", kPeer},
                 {"own", kOwn},
                 {"assoc_request", "31040a0030140100000fac040100000fac040100000fac020000"}});
  lab.host.wait_for_record("ihv_begin", "Dot11ExtIhvPerformPostAssociate");
  for (int i = 0; i < 17; ++i) {
    lab.receive(Bytes(20, std::byte{1}));
  }
  EXPECT_EQ(lab.host.records("ihv_packet_dropped").at(0)["packet"], 17);
}

}  // namespace
}  // namespace postassoc::module_host
