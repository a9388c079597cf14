#include <gtest/gtest.h>

#include "adapters/ihv/module_host/access_point_test_support.h"

/// The rules that the host keeps, seen with the reference module.
namespace postassoc::module_host {
namespace {

using std::chrono::milliseconds;

std::uint64_t call_of(const Json& record) {
  return record.value("call", std::uint64_t{0});
}

/// Index of the first line with this record; the number of lines when there is none.
std::size_t line_of(const Lab& lab, const std::string& event, const std::string& text) {
  const auto found = std::ranges::find_if(lab.host.lines, [&](const Json& line) {
    const Json record = line.value("record", Json::object());
    return record.value("event", "") == event && record.dump().find(text) != std::string::npos;
  });
  return static_cast<std::size_t>(found - lab.host.lines.begin());
}

Json one(const std::string& function, const std::string& call, const std::string& edge = "return") {
  return {{"calls", {{{"on", function}, {"nth", 1}, {"edge", edge}, {"call", call}}}}};
}

TEST(module_host, loads_in_the_order_of_the_contract) {
  Lab lab;
  EXPECT_EQ(lab.load()["error"], 0);
  const auto version = lab.host.records("ihv_begin", "Dot11ExtIhvGetVersionInfo").at(0);
  const auto service = lab.host.records("ihv_begin", "Dot11ExtIhvInitService").at(0);
  EXPECT_LT(call_of(version), call_of(service));
  EXPECT_EQ(service["arguments"]["null_slots"], Json::array());
  EXPECT_EQ(lab.host.records("ihv_table_poisoned").size(), 1U);
}

TEST(module_host, refuses_a_connection_without_preparation) {
  Lab lab;
  lab.load();
  lab.host.command("InitAdapter");
  EXPECT_TRUE(lab.associate().contains("refused"));
  EXPECT_TRUE(lab.host.records("ihv_begin", "Dot11ExtIhvPerformPostAssociate").empty());
}

TEST(module_host, shows_a_created_port_that_is_not_authorized) {
  Lab lab;
  lab.start();
  const auto perform = lab.host.records("ihv_begin", "Dot11ExtIhvPerformPostAssociate").at(0);
  EXPECT_EQ(perform["arguments"]["port_authorized"], false);
  EXPECT_EQ(perform["arguments"]["peer"], kPeer);
  EXPECT_EQ(perform["arguments"]["association_peer"], kPeer);
  EXPECT_EQ(perform["arguments"]["ranges_valid"], true);
  EXPECT_LT(line_of(lab, "ihv_port", "created"), line_of(lab, "ihv_begin", "PerformPost"));
  EXPECT_LT(line_of(lab, "ihv_keys_cleared", "association"),
            line_of(lab, "ihv_begin", "PerformPost"));
}

TEST(module_host, indicates_registered_ethertypes_only) {
  Lab lab;
  lab.start();
  lab.receive(Bytes(20, std::byte{1}), false, "88c7");
  lab.receive(build_handshake(lab.parameters)->m1);
  lab.host.wait_for_record("ihv_return", "Dot11ExtIhvReceivePacket");
  const auto dropped = lab.host.records("ihv_packet_dropped");
  ASSERT_EQ(dropped.size(), 1U);
  EXPECT_EQ(dropped[0]["why"], "unregistered");
  const auto shown = lab.host.records("ihv_begin", "Dot11ExtIhvReceivePacket");
  ASSERT_EQ(shown.size(), 1U);
  EXPECT_EQ(shown[0]["arguments"]["packet"], 2);
}

TEST(module_host, drops_what_comes_without_a_port) {
  Lab lab;
  lab.load();
  lab.prepare();
  lab.receive(Bytes(20, std::byte{1}));
  EXPECT_EQ(lab.host.records("ihv_packet_dropped").at(0)["why"], "no port");
}

TEST(module_host, keeps_the_privacy_rules_of_the_exemption) {
  Lab lab;
  lab.start();
  ASSERT_TRUE(lab.handshake());
  lab.completion();
  lab.receive(Bytes(20, std::byte{1}), false);
  lab.receive(Bytes(20, std::byte{1}), true);
  const auto dropped = lab.host.records("ihv_packet_dropped");
  ASSERT_EQ(dropped.size(), 1U) << "unencrypted although there is a key";
  EXPECT_EQ(dropped[0]["why"], "exemption");
  EXPECT_EQ(lab.host.records("ihv_packet_queued").size(), 3U);
}

TEST(module_host, keeps_the_newest_frames_of_a_full_backlog_in_order) {
  Lab lab;  // the module registers a backlog of 16 and waits 3 s in its PerformPostAssociate
  lab.load("blocks_in_perform");
  lab.prepare();
  lab.host.send({{"id", 900},
                 {"do", "PerformPostAssociate"},
                 {"peer", kPeer},
                 {"own", kOwn},
                 {"assoc_request", "31040a0030140100000fac040100000fac040100000fac020000"}});
  lab.host.wait_for_record("ihv_begin", "Dot11ExtIhvPerformPostAssociate");
  for (int i = 0; i < 20; ++i) {
    lab.receive(Bytes(20, std::byte{1}));
  }
  EXPECT_TRUE(lab.host.records("ihv_begin", "Dot11ExtIhvReceivePacket").empty());
  lab.host.wait_for([&](const Json& line) {
    const Json record = line.value("record", Json::object());
    return record.value("event", "") == "ihv_begin" && record.contains("arguments") &&
           record["arguments"].value("packet", 0) == 20;
  });
  std::vector<int> dropped;
  for (const Json& record : lab.host.records("ihv_packet_dropped")) {
    EXPECT_EQ(record["why"], "backlog");
    dropped.push_back(record["packet"]);
  }
  EXPECT_EQ(dropped, (std::vector<int>{1, 2, 3, 4}));
  int expected = 5;
  for (const Json& record : lab.host.records("ihv_begin", "Dot11ExtIhvReceivePacket")) {
    EXPECT_EQ(record["arguments"]["packet"], expected++);
  }
  EXPECT_EQ(expected, 21);
}

TEST(module_host, completes_each_packet_once_and_before_a_stop) {
  Lab lab;
  lab.host.completes_sends = false;
  lab.start();
  ASSERT_TRUE(lab.begin_handshake());
  lab.host.listen(milliseconds(50));
  EXPECT_TRUE(lab.host.records("ihv_begin", "Dot11ExtIhvSendPacketCompletion").empty());
  lab.host.command("StopPostAssociate", {{"peer", kPeer}, {"status", 7}});
  const auto completed = lab.host.records("ihv_begin", "Dot11ExtIhvSendPacketCompletion");
  ASSERT_EQ(completed.size(), 1U);
  EXPECT_EQ(completed[0]["arguments"]["buffer_changed"], false);
  EXPECT_LT(call_of(completed[0]),
            call_of(lab.host.records("ihv_begin", "Dot11ExtIhvStopPostAssociate").at(0)));
  lab.host.command("SendPacketCompletion", {{"send", 1}});
  EXPECT_EQ(lab.host.records("ihv_begin", "Dot11ExtIhvSendPacketCompletion").size(), 1U);
}

TEST(module_host, delays_completions_as_asked) {
  Lab lab;
  lab.start("reference", {{"send_completion_delay_ms", 200}});
  ASSERT_TRUE(lab.begin_handshake());
  const auto sent = lab.host.wait_for_record("ihv_begin", "Dot11ExtSendPacket");
  const auto done = lab.host.wait_for_record("ihv_begin", "Dot11ExtIhvSendPacketCompletion");
  EXPECT_GT(done["time_ns"].get<std::int64_t>() - sent["time_ns"].get<std::int64_t>(), 200'000'000);
}

TEST(module_host, completes_no_packet_that_was_refused) {
  Lab lab;
  lab.start("reference", {{"send_errors", {{{"nth", 1}, {"error", 31}}}}});
  lab.receive(build_handshake(lab.parameters)->m1);
  EXPECT_EQ(lab.host.wait_for_record("ihv_return", "Dot11ExtSendPacket")["error"], 31);
  lab.finish();
  EXPECT_TRUE(lab.host.records("ihv_begin", "Dot11ExtIhvSendPacketCompletion").empty());
  EXPECT_EQ(lab.host.records("ihv_ledger").back()["outstanding"], 0);
}

TEST(module_host, gives_the_module_the_radios_verdict_on_a_key) {
  Lab lab;
  lab.host.on_ask = [](const Json& question) -> std::optional<std::uint32_t> {
    return question["what"] == "SetKeyMappingKey" ? 87 : 0;
  };
  lab.start();
  ASSERT_TRUE(lab.handshake());
  EXPECT_EQ(lab.completion()["arguments"]["error"], 87);
  EXPECT_EQ(lab.host.records("ihv_return", "Dot11ExtSetKeyMappingKey").at(0)["error"], 87);
}

TEST(module_host, answers_for_a_station_that_does_not) {
  Lab lab;
  lab.host.on_ask = [](const Json&) { return std::optional<std::uint32_t>(); };
  lab.start();
  lab.receive(build_handshake(lab.parameters)->m1);
  const Json sent =
      lab.host.wait_for_record("ihv_return", "Dot11ExtSendPacket", milliseconds(7000));
  ASSERT_FALSE(sent.is_null());
  EXPECT_EQ(sent["error"], 1460);
}

TEST(module_host, clears_lists_and_keys_before_a_reset) {
  Lab lab;
  lab.start();
  lab.host.command("AdapterReset");
  const auto reset = line_of(lab, "ihv_begin", "Dot11ExtIhvAdapterReset");
  EXPECT_LT(line_of(lab, "ihv_lists_cleared", ""), reset);
  EXPECT_LT(line_of(lab, "ihv_keys_cleared", "reset"), reset);
  lab.receive(Bytes(20, std::byte{1}));
  EXPECT_EQ(lab.host.records("ihv_packet_dropped").size(), 1U);
}

TEST(module_host, stops_the_port_before_it_removes_the_adapter) {
  Lab lab;
  lab.start();
  lab.host.command("DeinitService");
  const auto stop = lab.host.records("ihv_begin", "Dot11ExtIhvStopPostAssociate");
  const auto adapter = lab.host.records("ihv_begin", "Dot11ExtIhvDeinitAdapter");
  const auto service = lab.host.records("ihv_begin", "Dot11ExtIhvDeinitService");
  ASSERT_EQ(stop.size() + adapter.size() + service.size(), 3U);
  EXPECT_LT(call_of(stop[0]), call_of(adapter[0]));
  EXPECT_LT(call_of(adapter[0]), call_of(service[0]));
}

struct Point {
  std::string function;
  std::string edge;
};

std::ostream& operator<<(std::ostream& out, const Point& point) {
  return out << point.function << ' ' << point.edge;
}

class ResetPoint : public testing::TestWithParam<Point> {};

/// A reset at any point cancels what is pending, and the radio is told to follow.
TEST_P(ResetPoint, cancels_the_operation) {
  const auto& [function, edge] = GetParam();
  Lab lab;
  lab.start("reference", one(function, "AdapterReset", edge));
  lab.handshake();
  const Json wants = lab.host.wait_for([](const Json& line) { return line.contains("wants"); });
  ASSERT_FALSE(wants.is_null());
  EXPECT_EQ(wants["made"], Json{"AdapterReset"});
  const auto completions = lab.host.records("ihv_begin", "Dot11ExtPostAssociateCompletion");
  ASSERT_EQ(completions.size(), 1U);
  EXPECT_EQ(completions[0]["arguments"]["error"], 1223);
  EXPECT_GT(call_of(completions[0]),
            call_of(lab.host.records("ihv_begin", "Dot11ExtIhvAdapterReset").at(0)));
  lab.finish();
  EXPECT_EQ(lab.host.records("ihv_ledger").back()["outstanding"], 0);
}

INSTANTIATE_TEST_SUITE_P(every, ResetPoint,
                         testing::Values(Point{"associated", "return"},
                                         Point{"Dot11ExtIhvReceivePacket", "return"},
                                         Point{"Dot11ExtSendPacket", "begin"},
                                         Point{"Dot11ExtSendPacket", "return"},
                                         Point{"Dot11ExtSetKeyMappingKey", "begin"},
                                         Point{"Dot11ExtSetKeyMappingKey", "return"},
                                         Point{"Dot11ExtSetDefaultKey", "return"},
                                         Point{"Dot11ExtSetExcludeUnencrypted", "return"}));

TEST(module_host, makes_the_planned_stop_and_removal) {
  Lab stop;
  stop.start("reference", one("Dot11ExtSendPacket", "StopPostAssociate"));
  stop.receive(build_handshake(stop.parameters)->m1);
  EXPECT_EQ(stop.host.wait_for([](const Json& line) { return line.contains("wants"); })["made"],
            Json{"StopPostAssociate"});
  EXPECT_TRUE(stop.host.records("ihv_begin", "Dot11ExtPostAssociateCompletion").empty());
  Lab removal;
  removal.start("reference", one("Dot11ExtSendPacket", "DeinitAdapter"));
  removal.receive(build_handshake(removal.parameters)->m1);
  EXPECT_EQ(removal.host.wait_for([](const Json& line) { return line.contains("wants"); })["made"],
            (Json{"StopPostAssociate", "DeinitAdapter"}));
  EXPECT_TRUE(removal.host.records("ihv_begin", "Dot11ExtPostAssociateCompletion").empty());
}

TEST(module_host, records_no_secret_outside_of_secret) {
  Lab lab;
  lab.start();
  ASSERT_TRUE(lab.handshake());
  lab.completion();
  lab.finish();
  for (Json line : lab.host.lines) {
    if (line.contains("record")) {
      line["record"].erase("secret");
      const std::string text = line.dump();
      for (const Bytes* secret : {&lab.parameters.pmk, &lab.pdus.ptk.tk, &lab.pdus.ptk.kck,
                                  &lab.pdus.ptk.kek, &lab.parameters.gtk.key}) {
        EXPECT_EQ(text.find(to_hex(*secret)), std::string::npos) << text;
      }
    }
  }
}

TEST(module_host, ends_with_its_input_and_on_lines_that_are_no_objects) {
  Lab closed;
  closed.start();
  closed.host.end_input();
  EXPECT_EQ(closed.host.wait_for_end(), 0);
  HostProcess wrong;
  wrong.send(Json::array({1}));
  EXPECT_EQ(wrong.wait_for_end(), 2);
}

TEST(module_host, answers_every_command_that_makes_no_sense) {
  Lab lab;
  for (const char* word :
       {"InitAdapter", "PerformPreAssociate", "PerformPostAssociate", "StopPostAssociate",
        "AdapterReset", "DeinitAdapter", "DeinitService", "ReceivePacket", "IsUIRequestPending",
        "ProcessSessionChange", "dance"}) {
    EXPECT_TRUE(lab.host.command(word).contains("refused")) << word;
  }
  EXPECT_EQ(lab.host.command("SendPacketCompletion", {{"send", 7}})["error"], 0);
  lab.load();
  EXPECT_TRUE(lab.load().contains("refused"));
}

}  // namespace
}  // namespace postassoc::module_host
