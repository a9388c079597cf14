#include "harness/checks/ihv_faults.h"

/// Faults of the module, for the rules that it has to keep.
namespace postassoc::checks {
namespace {

using Json = nlohmann::json;
const Json kAdapter = {{"adapter", 1}};

Json& completion(IhvBuilder& b, std::size_t n = 0) {
  return b.arguments(ihv::kPostAssociateCompletion, n);
}

/// A completion of session 2 at some other time.
void complete_second(IhvBuilder& b, double at) {
  b.call(at, ihv::kPostAssociateCompletion, {{"peer", kAp}, {"reason", 0x90001}, {"error", 1223}},
         {{"adapter", 1}, {"session", 2}}, {}, 6);
}

const std::vector<IhvFault> kFaults = {
    {"ihv.pa-02", "a NULL among its handlers", connected,
     [](IhvBuilder& b) {
       b.returned(ihv::kInitService).detail["out"]["null_slots"] = {"Dot11ExtIhvControl"};
     }},
    {"ihv.pa-03", "a call through the host's table", connected,
     [](IhvBuilder& b) {
       b.call(130, ihv::kPoisonedTable, {{"slot", "Dot11ExtSendPacket"}});
     }},
    {"ihv.pa-04", "a session handle of nobody", connected,
     [](IhvBuilder& b) {
       b.call(130, ihv::kPostAssociateCompletion, {{"peer", kAp}, {"reason", 0}, {"error", 0}},
              {{"adapter", 1}, {"session", "foreign"}}, {}, 6);
     }},
    {"ihv.pa-04",
     "the session handle of an earlier port",
     pending_stopped,
     [](IhvBuilder& b) { b.completion(1112, 1, 31, 0x90001); },
     {"ihv.pa-23", "ihv.pa-25"}},
    {"ihv.pa-05", "no authentication algorithm", connected,
     [](IhvBuilder& b) { b.erase_call(ihv::kSetAuthAlgorithm); }},
    {"ihv.pa-05", "an algorithm that the adapter lacks", connected,
     [](IhvBuilder& b) { b.arguments(ihv::kSetAuthAlgorithm)["supported"] = false; }},
    {"ihv.pa-05", "a cipher after pre-association", connected,
     [](IhvBuilder& b) {
       b.call(112, ihv::kSetUnicastCipher, {{"algorithm", 4}, {"supported", true}}, kAdapter);
     }},
    {"ihv.pa-05", "another algorithm than the association's", connected,
     [](IhvBuilder& b) { b.arguments(ihv::kSetAuthAlgorithm)["algorithm"] = 9; }},
    {"ihv.pa-06", "lists set late", connected,
     [](IhvBuilder& b) {
       b.call(130, ihv::kSetEtherTypeHandling, b.arguments(ihv::kSetEtherTypeHandling), kAdapter);
     }},
    {"ihv.pa-07", "octets swapped", connected,
     [](IhvBuilder& b) {
       b.arguments(ihv::kSetEtherTypeHandling)["exemptions"][0]["ethertype"] = "8e88";
     }},
    {"ihv.pa-10", "port state changed", connected,
     [](IhvBuilder& b) {
       b.returned(ihv::kPerformPostAssociate).detail["out"]["buffers_changed"] = true;
     }},
    {"ihv.pa-10",
     "an address out of a buffer that was overwritten",
     connected,
     [](IhvBuilder& b) { completion(b)["peer"] = "a5:a5:a5:a5:a5:a5"; },
     {"ihv.pa-18"}},
    {"ihv.pa-11", "a refused session is completed", refused_again,
     [](IhvBuilder& b) { b.completion(1112, 2, 31, 0x90001); }},
    {"ihv.pa-12", "it waits inside the call", pending_stopped,
     [](IhvBuilder& b) {
       b.erase([](const Event& e) {
         return e.witness == Witness::ihv && e.time > IhvBuilder::ms(1107.04);
       });
       b.mark(1140, "ihv_module_hang", {{"command", "PerformPostAssociate"}, {"limit_ms", 5000}});
     }},
    {"ihv.pa-12", "it waits for a packet that is held back for it", pending_stopped,
     [](IhvBuilder& b) {
       b.returned(ihv::kPerformPostAssociate, 1).time = IhvBuilder::ms(1107.05 + 600);
       for (Event& event : b.events) {
         const bool later = event.witness == Witness::ihv && event.time > IhvBuilder::ms(1107.06);
         const bool own = event.time == IhvBuilder::ms(1107.05 + 600);
         event.time += std::chrono::milliseconds(later && !own ? 700 : 0);
       }
       b.mark(1300, "ihv_packet_queued",
              {{"packet", 3}, {"ethertype", "888e"}, {"protected", false}});
     }},
    {"ihv.pa-13", "a buffer kept for each port", three_ports,
     [](IhvBuilder& b) {
       for (int i = 0; i < 3; ++i) {
         b.erase_call(ihv::kFreeBuffer);
       }
     }},
    {"ihv.pa-14", "completed inside the call", connected,
     [](IhvBuilder& b) {
       b.returned(ihv::kPerformPostAssociate).time = IhvBuilder::ms(128.5);
       b.begun(ihv::kPostAssociateCompletion).detail["within"] =
           b.begun(ihv::kPerformPostAssociate).detail["call"];
     }},
    {"ihv.pa-15", "never completed", connected,
     [](IhvBuilder& b) {
       b.erase_call(ihv::kPostAssociateCompletion);
       b.erase([](const Event& e) {
         return e.name == "ihv_port" && e.detail["state"] == "authorized";
       });
       b.evidence.plan.scenario.limits["ihv.pa-15"].max = std::chrono::milliseconds(500);
     }},
    {"ihv.pa-16", "success for a foreign reason", connected,
     [](IhvBuilder& b) { completion(b)["reason"] = 0x30005; }},
    {"ihv.pa-17", "a failure for the reason of success", failed_again,
     [](IhvBuilder& b) { completion(b, 1)["reason"] = 0; }},
    {"ihv.pa-18", "the address of another", connected,
     [](IhvBuilder& b) { completion(b)["peer"] = kOtherAp; }},
    {"ihv.pa-19",
     "success without a group key",
     connected,
     [](IhvBuilder& b) { b.erase_call(ihv::kSetDefaultKey); },
     {"ihv.pa-46"}},
    {"ihv.pa-19", "success before the group key", connected,
     [](IhvBuilder& b) { b.returned(ihv::kSetDefaultKey).time = IhvBuilder::ms(128.4); }},
    {"ihv.pa-19", "success before message 3", connected,
     [](IhvBuilder& b) {
       for (AirEapol& frame : b.association().eapol) {
         const bool late = frame.message == KeyMessage::m3 || frame.message == KeyMessage::m4;
         frame.time += std::chrono::milliseconds(late ? 30 : 0);
       }
     }},
    {"ihv.pa-23",
     "completed after the reset returned",
     pending_reset,
     [](IhvBuilder& b) {
       b.move_call(ihv::kPostAssociateCompletion, 1120.55, 1);
       b.returned(ihv::kPostAssociateCompletion, 1).time = IhvBuilder::ms(1120.58);
     },
     {"ihv.pa-29", "ihv.pa-31"}},
    {"ihv.pa-25",
     "completed after the stop",
     pending_stopped,
     [](IhvBuilder& b) { complete_second(b, 1120.12); },
     {"ihv.pa-23"}},
    {"ihv.pa-26", "a stop without a port hangs", pending_reset,
     [](IhvBuilder& b) {
       b.erase([](const Event& e) {
         return e.witness == Witness::ihv && e.time > IhvBuilder::ms(1121.02);
       });
       b.mark(1140, "ihv_module_hang", {{"command", "StopPostAssociate"}, {"limit_ms", 5000}});
     }},
    {"ihv.pa-29", "not completed on a reset", pending_reset,
     [](IhvBuilder& b) { b.erase_call(ihv::kPostAssociateCompletion, 1); }},
    {"ihv.pa-29", "completed with another error", pending_reset,
     [](IhvBuilder& b) { completion(b, 1)["error"] = 31; }},
    {"ihv.pa-30",
     "no new connection after a reset",
     pending_stopped,
     [](IhvBuilder& b) {
       b.arguments(ihv::kPreAssociateCompletion, 1) = {{"reason", 0x90001}, {"error", 5023}};
     },
     {"ihv.pa-08"}},
    {"ihv.pa-31",
     "a profile after the reset",
     connected,
     [](IhvBuilder& b) {
       b.call(1105, ihv::kSetCurrentProfile, {{"length", 3}}, {{"connection", 1}});
     },
     {"ihv.pa-57"}},
    {"ihv.pa-33", "a notification after the removal", connected,
     [](IhvBuilder& b) {
       b.call(1150.5, ihv::kSendNotification, {{"length", 4}});
     }},
    {"ihv.pa-34", "a buffer left with the adapter", connected,
     [](IhvBuilder& b) { b.marked("ihv_ledger").detail["outstanding"] = 2; }},
    {"ihv.pa-35", "a thread left running", connected,
     [](IhvBuilder& b) { b.marked("ihv_threads", 1).detail["module_threads"] = 1; }},
    {"ihv.pa-35", "a call after the unload", connected,
     [](IhvBuilder& b) {
       b.call(1151.5, ihv::kAllocateBuffer, {{"length", 4}});
     }},
    {"ihv.pa-36", "a packet to everybody", connected,
     [](IhvBuilder& b) { b.arguments(ihv::kSendPacket)["destination"] = "ff:ff:ff:ff:ff:ff"; }},
    {"ihv.pa-36", "a packet that is too short", connected,
     [](IhvBuilder& b) { b.arguments(ihv::kSendPacket)["length"] = 8; }},
    {"ihv.pa-37", "a handle that is in use", connected,
     [](IhvBuilder& b) { b.arguments(ihv::kSendPacket, 1)["handle_open"] = true; }},
    {"ihv.pa-39", "a buffer used again too early", connected,
     [](IhvBuilder& b) { b.arguments(ihv::kSendPacketCompletion)["buffer_changed"] = true; }},
    {"ihv.pa-44", "a payload out of a buffer that was overwritten", connected,
     [](IhvBuilder& b) {
       // 02 00 00 00 00 00 88 8e and four times a5
       b.arguments(ihv::kSendPacket, 1)["length"] = 12;
       b.arguments(ihv::kSendPacket, 1)["data_sha256"] =
           "4fe241cc3128df1619463104be2a3c274e281a9885912d26edd2080b9cf953d4";
     }},
    {"ihv.pa-44", "a destination out of a buffer that was overwritten", connected,
     [](IhvBuilder& b) { b.arguments(ihv::kSendPacket, 1)["destination"] = "a4:a4:a4:a4:a4:a4"; }},
    {"ihv.pa-46", "a key by another way", connected,
     [](IhvBuilder& b) { b.station_key(400, false, 2); }},
    {"ihv.pa-47", "a key for sending only", connected,
     [](IhvBuilder& b) { b.arguments(ihv::kSetDefaultKey)["direction"] = 2; }},
    {"ihv.pa-47", "an index that there is not", connected,
     [](IhvBuilder& b) { b.arguments(ihv::kSetDefaultKey)["index"] = 4; }},
    {"ihv.pa-47", "a length that does not fit", connected,
     [](IhvBuilder& b) { b.arguments(ihv::kSetDefaultKey)["key_length"] = 16; }},
    {"ihv.pa-47", "a header of rubbish", connected,
     [](IhvBuilder& b) { b.arguments(ihv::kSetDefaultKey)["header"] = "80011600"; }},
    {"ihv.pa-47", "the address of another", connected,
     [](IhvBuilder& b) { b.arguments(ihv::kSetDefaultKey)["address"] = kOtherAp; }},
    {"ihv.pa-48", "a key for another peer", connected,
     [](IhvBuilder& b) { b.arguments(ihv::kSetKeyMappingKey)["peer"] = kOtherAp; }},
    {"ihv.pa-48", "a key of another cipher", connected,
     [](IhvBuilder& b) { b.arguments(ihv::kSetKeyMappingKey)["cipher"] = 8; }},
    {"ihv.pa-49", "a default key id that there is not", key_id_set,
     [](IhvBuilder& b) { b.arguments(ihv::kSetDefaultKeyId)["index"] = 4; }},
    {"ihv.pa-51",
     "success after a key call that failed",
     key_retried,
     [](IhvBuilder& b) { b.erase_call(ihv::kSetKeyMappingKey, 0); },
     {"ihv.pa-19"}},
    {"ihv.pa-52", "exclusion forgotten", connected,
     [](IhvBuilder& b) { b.erase_call(ihv::kSetExcludeUnencrypted); }},
    {"ihv.pa-52", "exclusion switched off", connected,
     [](IhvBuilder& b) { b.arguments(ihv::kSetExcludeUnencrypted)["on"] = false; }},
    {"ihv.pa-53", "a GUID twice", asked_user,
     [](IhvBuilder& b) { b.arguments(ihv::kSendUIRequest)["duplicate"] = true; }},
    {"ihv.pa-53", "a request that is changed while it waits", asked_user,
     [](IhvBuilder& b) { b.arguments(ihv::kProcessUIResponse)["request_changed"] = true; }},
    {"ihv.pa-53", "a pending request that it denies", asked_user,
     [](IhvBuilder& b) { b.returned(ihv::kIsUIRequestPending).detail["out"]["pending"] = false; }},
    {"ihv.pa-54",
     "a request that outlives the reset",
     asked_user,
     [](IhvBuilder& b) { b.returned(ihv::kIsUIRequestPending, 1).detail["out"]["pending"] = true; },
     {"ihv.pa-53"}},
    {"ihv.pa-55", "a key frame for 802.1X", onex,
     [](IhvBuilder& b) { b.arguments(ihv::kProcessSecurityPacket)["packet_type"] = 3; }},
    {"ihv.pa-55", "a frame after the result", onex,
     [](IhvBuilder& b) { b.move_call(ihv::kProcessSecurityPacket, 303); }},
    {"ihv.pa-55", "a run without a port", onex,
     [](IhvBuilder& b) { b.move_call(ihv::kStartOneX, 105); }},
    {"ihv.pa-56", "a buffer freed twice", three_ports,
     [](IhvBuilder& b) {
       b.call(140, ihv::kFreeBuffer, {{"buffer", "again"}});
     }},
    {"ihv.pa-57", "a connection used when it is over", connected,
     [](IhvBuilder& b) {
       b.call(105, ihv::kGetProfileCustomUserData, {{"length", 3}}, {{"connection", 1}});
     }},
    {"ihv.pa-57", "a profile inside PerformPreAssociate", connected,
     [](IhvBuilder& b) {
       const int outer = b.begun(ihv::kPerformPreAssociate).detail["call"];
       const int inner = b.begin(100.22, ihv::kSetCurrentProfile, {}, {{"connection", 1}}, outer);
       b.end(100.23, inner);
     }},
    {"ihv.pa-58", "a passphrase in an event", connected,
     [](IhvBuilder& b) {
       b.mark(120, "ihv_refused", {{"why", "of \"Correct Horse Battery\""}});
     }},
    {"ihv.pa-58", "a group key in an event", connected,
     [](IhvBuilder& b) {
       b.association().group_keys.at(0).key = from_hex("00112233445566778899aabbccddeeff").value();
       b.arguments(ihv::kSetDefaultKey)["key"] = "00112233445566778899AABBCCDDEEFF";
     }},
};

class ModuleFault : public testing::TestWithParam<IhvFault> {};

TEST_P(ModuleFault, breaks_its_rule_and_no_other_without_a_reason) {
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

INSTANTIATE_TEST_SUITE_P(Ihv, ModuleFault, testing::ValuesIn(kFaults), name_of_fault);

}  // namespace
}  // namespace postassoc::checks
