#include "harness/checks/ihv_faults.h"

/// Faults of the host, for the rules that it has to keep.
namespace postassoc::checks {
namespace {

const std::vector<IhvFault> kFaults = {
    {"ihv.pa-01", "no version was asked for", connected,
     [](IhvBuilder& b) { b.erase_call(ihv::kGetVersionInfo); }},
    {"ihv.pa-01", "a version that the module does not offer", connected,
     [](IhvBuilder& b) { b.arguments(ihv::kInitService)["version"] = 1; }},
    {"ihv.pa-01", "an adapter before the service", connected,
     [](IhvBuilder& b) { b.move_call(ihv::kInitAdapter, 51.5); }},
    {"ihv.pa-02", "a NULL in the table of APIs", connected,
     [](IhvBuilder& b) { b.arguments(ihv::kInitService)["null_slots"] = {"Dot11ExtSendPacket"}; }},
    {"ihv.pa-04", "an adapter handle of nobody", connected,
     [](IhvBuilder& b) { b.begun(ihv::kStopPostAssociate).detail["adapter"] = "foreign"; }},
    {"ihv.pa-08",
     "started twice",
     connected,
     [](IhvBuilder& b) {
       const auto detail = b.begun(ihv::kPerformPostAssociate).detail;
       b.call(112, ihv::kPerformPostAssociate, detail["arguments"],
              {{"adapter", 1}, {"session", 1}}, {{"buffers_changed", false}});
     },
     {"ihv.pa-04", "ihv.pa-23", "ihv.pa-24", "ihv.pa-27"}},
    {"ihv.pa-08", "started after a failed association", connected,
     [](IhvBuilder& b) { b.marked("ihv_association").detail["status"] = 1; }},
    {"ihv.pa-08",
     "not started",
     pending_stopped,
     [](IhvBuilder& b) {
       b.erase_call(ihv::kPerformPostAssociate, 1);
       b.erase([](const Event& e) { return e.name == "ihv_disassociation"; });
     },
     {"ihv.pa-24"}},
    {"ihv.pa-09", "an authorized port", connected,
     [](IhvBuilder& b) { b.arguments(ihv::kPerformPostAssociate)["port_authorized"] = true; }},
    {"ihv.pa-09", "parameters out of their buffer", connected,
     [](IhvBuilder& b) { b.arguments(ihv::kPerformPostAssociate)["ranges_valid"] = false; }},
    {"ihv.pa-09", "a port that was not created", pending_stopped,
     [](IhvBuilder& b) { b.marked("ihv_port", 3).detail["session"] = 7; }},
    {"ihv.pa-09", "another peer", pending_stopped,
     [](IhvBuilder& b) { b.marked("ihv_association", 1).detail["peer"] = kOtherAp; }},
    {"ihv.pa-20", "a port that is not authorized after success", connected,
     [](IhvBuilder& b) { b.marked("ihv_port", 1).detail["state"] = "unauthorized"; }},
    {"ihv.pa-20", "a port that stays closed", connected,
     [](IhvBuilder& b) {
       b.erase([](const Event& e) {
         return e.side == Side::station && e.time < IhvBuilder::ms(200) &&
                ((e.name == "drv_sta_state" && e.detail["new_state"] == 4) ||
                 e.name == "rdev_change_station");
       });
     }},
    {"ihv.pa-21", "a port that stays authorized", failed_again,
     [](IhvBuilder& b) { b.marked("ihv_port", 4).detail["state"] = "authorized"; }},
    {"ihv.pa-21", "a port that stays open", status_lost,
     [](IhvBuilder& b) {
       b.erase([](const Event& e) {
         return e.witness == Witness::kernel && e.time > IhvBuilder::ms(500) &&
                e.time < IhvBuilder::ms(501);
       });
     }},
    {"ihv.pa-22", "a change that is refused", status_lost,
     [](IhvBuilder& b) { b.returned(ihv::kPostAssociateCompletion, 1).detail["error"] = 6; }},
    {"ihv.pa-22",
     "a change that is ignored",
     status_lost,
     [](IhvBuilder& b) {
       b.erase([](const Event& e) {
         return e.name == "ihv_port" && e.detail["state"] == "unauthorized";
       });
     },
     {"ihv.pa-21"}},
    {"ihv.pa-24", "no stop", connected,
     [](IhvBuilder& b) { b.erase_call(ihv::kStopPostAssociate); }},
    {"ihv.pa-24", "a stop of another peer", connected,
     [](IhvBuilder& b) { b.arguments(ihv::kStopPostAssociate)["peer"] = kOtherAp; }},
    {"ihv.pa-24", "a stop twice", connected,
     [](IhvBuilder& b) {
       b.call(1100.3, ihv::kStopPostAssociate, {{"peer", kAp}, {"status", 7}}, {{"adapter", 1}});
     }},
    {"ihv.pa-24", "a stop with the status of success", connected,
     [](IhvBuilder& b) { b.arguments(ihv::kStopPostAssociate)["status"] = 0; }},
    {"ihv.pa-27",
     "the new port before the old one is stopped",
     roamed,
     [](IhvBuilder& b) { b.move_call(ihv::kStopPostAssociate, 602, 1); },
     {"ihv.pa-24"}},
    {"ihv.pa-27", "lists that a roam clears", roamed,
     [](IhvBuilder& b) { b.mark(600.3, "ihv_lists_cleared"); }},
    {"ihv.pa-28", "lists that are cleared late", connected,
     [](IhvBuilder& b) { b.marked("ihv_lists_cleared").time = IhvBuilder::ms(1101); }},
    {"ihv.pa-28", "no reset between two connections", pending_stopped,
     [](IhvBuilder& b) { b.erase_call(ihv::kAdapterReset); }},
    {"ihv.pa-28",
     "a packet after the reset",
     connected,
     [](IhvBuilder& b) { b.packet(1110, 3); },
     {"ihv.pa-41"}},
    {"ihv.pa-32", "an adapter that is not taken back", connected,
     [](IhvBuilder& b) { b.erase_call(ihv::kDeinitAdapter); }},
    {"ihv.pa-32",
     "a removal with the port up",
     connected,
     [](IhvBuilder& b) {
       b.erase_call(ihv::kStopPostAssociate);
       b.erase_call(ihv::kAdapterReset);
     },
     {"ihv.pa-24"}},
    {"ihv.pa-32", "an unload without DeinitService", connected,
     [](IhvBuilder& b) { b.erase_call(ihv::kDeinitService); }},
    {"ihv.pa-38", "a completion that is lost", connected,
     [](IhvBuilder& b) { b.erase_call(ihv::kSendPacketCompletion); }},
    {"ihv.pa-38", "a completion twice", connected,
     [](IhvBuilder& b) {
       b.call(117, ihv::kSendPacketCompletion, {{"send", 1}, {"buffer_changed", false}});
     }},
    {"ihv.pa-38", "a completion of nothing", connected,
     [](IhvBuilder& b) {
       b.call(117, ihv::kSendPacketCompletion, {{"send", 9}, {"buffer_changed", false}});
     }},
    {"ihv.pa-40",
     "a packet that is refused",
     connected,
     [](IhvBuilder& b) { b.returned(ihv::kSendPacket, 1).detail["error"] = 5; },
     {"ihv.pa-38"}},
    {"ihv.pa-40", "a packet that takes too long", connected,
     [](IhvBuilder& b) { b.returned(ihv::kSendPacket).time = IhvBuilder::ms(1300); }},
    {"ihv.pa-41", "an unregistered type", connected,
     [](IhvBuilder& b) { b.arguments(ihv::kReceivePacket)["ethertype"] = "0800"; }},
    {"ihv.pa-41", "a packet that is lost", connected,
     [](IhvBuilder& b) {
       b.erase_call(ihv::kReceivePacket, 1);
       b.erase(
           [](const Event& e) { return e.name == "ihv_packet_queued" && e.detail["packet"] == 2; });
     }},
    {"ihv.pa-42", "two at a time", connected,
     [](IhvBuilder& b) { b.returned(ihv::kReceivePacket).time = IhvBuilder::ms(117.14); }},
    {"ihv.pa-42", "out of order", connected,
     [](IhvBuilder& b) {
       b.arguments(ihv::kReceivePacket, 0)["packet"] = 2;
       b.arguments(ihv::kReceivePacket, 1)["packet"] = 1;
     }},
    {"ihv.pa-43",
     "the newest is dropped",
     burst,
     [](IhvBuilder& b) {
       b.marked("ihv_packet_dropped").detail["packet"] = 8;
       b.arguments(ihv::kReceivePacket, 6)["packet"] = 4;
     },
     {"ihv.pa-42"}},
    {"ihv.pa-43", "more wait than may", burst,
     [](IhvBuilder& b) {
       b.erase("ihv_packet_dropped");
       b.mark(208.2, "ihv_packet_queued",
              {{"packet", 9}, {"ethertype", "888e"}, {"protected", true}});
       b.mark(208.3, "ihv_packet_dropped",
              {{"packet", 4}, {"ethertype", "888e"}, {"why", "backlog"}});
     }},
    {"ihv.pa-45", "a clear packet after the keys", connected,
     [](IhvBuilder& b) { b.packet(300, 3); }},
    {"ihv.pa-45", "a packet dropped that may pass", connected,
     [](IhvBuilder& b) {
       b.mark(300, "ihv_packet_dropped",
              {{"packet", 3}, {"ethertype", "888e"}, {"protected", true}, {"why", "exemption"}});
     }},
    {"ihv.pa-50", "keys that survive an association", pending_stopped,
     [](IhvBuilder& b) {
       b.erase([](const Event& e) {
         return e.name == "ihv_keys_cleared" && e.time > IhvBuilder::ms(200) &&
                e.time < IhvBuilder::ms(1110);
       });
     }},
    {"ihv.pa-51", "an error that is kept from the module", key_retried,
     [](IhvBuilder& b) {
       Event& answer = b.returned(ihv::kSetKeyMappingKey, 1);
       answer.detail["error"] = 0;
       answer.detail["out"] = {{"adapter_error", 31}};
     }},
    {"ihv.pa-53",
     "an answer to no request",
     asked_user,
     [](IhvBuilder& b) { b.arguments(ihv::kProcessUIResponse)["request"] = 9; },
     {}},
};

class HostFault : public testing::TestWithParam<IhvFault> {};

TEST_P(HostFault, breaks_its_rule_and_no_other_without_a_reason) {
  const IhvFault& fault = GetParam();
  std::string told;
  IhvBuilder trace = fault.situation();
  EXPECT_EQ(ihv_rules(trace, Verdict::fail, &told), std::set<std::string>{}) << told;
  EXPECT_TRUE(ihv_rules(trace, Verdict::pass).contains(fault.rule)) << told;
  fault.bend(trace);
  std::set<std::string> expected = fault.also;
  expected.emplace(fault.rule);
  told.clear();
  EXPECT_EQ(ihv_rules(trace, Verdict::fail, &told), expected) << told;
}

INSTANTIATE_TEST_SUITE_P(Ihv, HostFault, testing::ValuesIn(kFaults), name_of_fault);

}  // namespace
}  // namespace postassoc::checks
