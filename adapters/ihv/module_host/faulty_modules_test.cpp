#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "adapters/ihv/module_host/access_point_test_support.h"

namespace postassoc::module_host {
namespace {

using std::chrono::milliseconds;

Json read_faults() {
  std::ifstream file(POSTASSOC_SOURCE_DIR "/fixtures/ihv/faulty/faults.json");
  return Json::parse(file, nullptr, false);
}

/// Two connections: one whole, one reset in mid-handshake; then removal and unload.
void live(Lab& lab, const std::string& module) {
  const Json ihv = read_faults().value(module, Json::object()).value("ihv", Json::object());
  const bool psk = ihv.value("data", Json::object()).value("passphrase_in_profile", true);
  if (!psk && ihv.value("ui", "answer") == "answer") {
    lab.parameters.pmk = *pmk_from_passphrase("correct horse", "lab");
  }
  lab.load(module, ihv);
  lab.prepare(psk);
  lab.associate();
  if (lab.handshake()) {
    lab.host.wait_for_record("ihv_return", "Dot11ExtPostAssociateCompletion", milliseconds(300));
  }
  lab.host.listen(milliseconds(100));  // packets that are late on purpose
  lab.host.command("StopPostAssociate", {{"peer", "02:00:00:00:00:09"}, {"status", 7}});
  lab.host.command("StopPostAssociate", {{"peer", kPeer}, {"status", 7}});
  lab.host.command("AdapterReset");
  lab.host.command("IsUIRequestPending");
  lab.host.listen(milliseconds(100));
  if (!lab.prepare_again(psk).is_null()) {
    lab.parameters.anonce.fill(std::byte{0x44});
    lab.associate();
    lab.begin_handshake();
    lab.host.command("AdapterReset");
    lab.host.listen(milliseconds(100));
  }
  lab.finish();
}

std::string refused(const std::string& function, const std::string& why) {
  return "ihv_refused|\"function\":\"" + function + "\"|" + why;
}

std::vector<std::string> parts(const std::string& text) {
  std::vector<std::string> found(1);
  for (const char c : text) {
    c == '|' ? found.emplace_back() : found.back() += c;
  }
  return found;
}

bool has_line_with(const Lab& lab, const std::vector<std::string>& texts) {
  return std::ranges::any_of(lab.host.lines, [&](const Json& line) {
    const std::string dump = line.dump();
    return std::ranges::all_of(
        texts, [&](const std::string& text) { return dump.find(text) != std::string::npos; });
  });
}

class FaultyModule : public testing::TestWithParam<std::pair<std::string, std::string>> {};

/// The host goes on to the end, and its records show the fault.
TEST_P(FaultyModule, is_seen_in_the_records) {
  const auto& [module, evidence] = GetParam();
  Lab lab;
  live(lab, module);
  EXPECT_TRUE(has_line_with(lab, parts(evidence))) << evidence;
  EXPECT_FALSE(lab.host.records("ihv_begin", "Dot11ExtIhvDeinitService").empty());
  lab.host.send({{"do", "quit"}});
  EXPECT_EQ(lab.host.wait_for_end(), 0);
}

const std::string kCompletion = "Dot11ExtPostAssociateCompletion";

const std::pair<std::string, std::string> kExpected[] = {
    {"null_slot", R"(ihv_return|"null_slots":["Dot11ExtIhvControl"])"},
    {"keeps_api_pointer", R"("function":"poisoned_table"|Dot11ExtSetExcludeUnencrypted)"},
    {"foreign_service_handle", R"("adapter":"foreign"|Dot11ExtSetExcludeUnencrypted)"},
    {"foreign_session", R"("session":"foreign"|Dot11ExtPostAssociateCompletion)"},
    {"auth_not_set", R"("pre_associated"|"auth":0)"},
    {"auth_set_late", refused("Dot11ExtSetAuthAlgorithm", "the pre-association is completed")},
    {"unsupported_auth", R"(Dot11ExtSetAuthAlgorithm|"supported":false)"},
    {"late_ethertype", refused("Dot11ExtSetEtherTypeHandling", "neither in InitAdapter")},
    {"ethertype_byte_order", R"("registrations":["888e","8e88"])"},
    {"modifies_port_state", R"("buffers_changed":true)"},
    {"completes_refused_session", refused(kCompletion, "PerformPostAssociate returned an error")},
    {"leaks_per_session", R"(Dot11ExtAllocateBuffer|"length":64)"},
    {"complete_inside_perform", refused(kCompletion, "completed inside")},
    {"success_with_failure_reason", refused(kCompletion, "success with a reason code of failure")},
    {"failure_with_success_reason", refused(kCompletion, "an error with the reason code")},
    {"foreign_peer", refused(kCompletion, "the peer is not this session's")},
    {"completes_after_stop", refused(kCompletion, "StopPostAssociate was entered")},
    {"completes_for_unknown_peer", R"(ihv_begin|Dot11ExtPostAssociateCompletion|"reason":590080)"},
    {"wrong_error_after_reset", R"(ihv_begin|Dot11ExtPostAssociateCompletion|"error":31)"},
    {"stale_after_reset", R"(Dot11ExtIhvPerformPreAssociate|"error":5023)"},
    {"completes_after_reset", R"(ihv_begin|Dot11ExtPostAssociateCompletion|"reason":590080)"},
    {"calls_after_deinit", refused("Dot11ExtSetExcludeUnencrypted", "DeinitAdapter was entered")},
    {"completes_in_deinit", refused(kCompletion, "DeinitAdapter was entered")},
    {"frees_with_service_only", R"(ihv_ledger|deinit_adapter|"outstanding":1)"},
    {"thread_left", R"(ihv_threads|deinit_service|"module_threads":1)"},
    {"calls_after_service", R"(ihv_threads|deinit_service|"module_threads":1)"},
    {"group_send", refused("Dot11ExtSendPacket", "the destination is a group")},
    {"short_send", refused("Dot11ExtSendPacket", "no packet has this length")},
    {"duplicate_send_handle", refused("Dot11ExtSendPacket", "with this handle is in flight")},
    {"changes_send_buffer", R"("buffer_changed":true)"},
    {"keeps_receive_buffer", R"("what":"SendPacket"|a5a5a5a5a5a5a5a5)"},
    {"outbound_default_key", refused("Dot11ExtSetDefaultKey", "the direction is neither")},
    {"bad_key_index", refused("Dot11ExtSetDefaultKey", "there is no such key index")},
    {"bad_key_length", refused("Dot11ExtSetDefaultKey", "lengths do not fit")},
    {"zero_key_header", R"("header":"00000000")"},
    {"wrong_peer_key", refused("Dot11ExtSetKeyMappingKey", "for another peer")},
    {"wrong_cipher_key", refused("Dot11ExtSetKeyMappingKey", "the cipher is not one")},
    {"default_key_id_range", refused("Dot11ExtSetDefaultKeyId", "there is no such key index")},
    {"success_after_key_error", R"("adapter_error":31)"},
    {"duplicate_ui_guid", refused("Dot11ExtSendUIRequest", "a request with this GUID")},
    {"changes_ui_request", R"("request_changed":true)"},
    {"ui_not_cancelled", R"(ihv_return|Dot11ExtIhvIsUIRequestPending|"pending":true)"},
    {"starts_onex_early", refused("Dot11ExtStartOneX", "there is no port")},
    {"double_free", R"(Dot11ExtFreeBuffer|"buffer":"again")"},
    {"frees_foreign_buffer", R"(Dot11ExtFreeBuffer|"buffer":"foreign")"},
    {"uses_connection_late", refused("Dot11ExtGetProfileCustomUserData", "not the handle")},
    {"custom_data_inside", refused("Dot11ExtSetProfileCustomUserData", "inside")},
    {"throws", R"("threw":"exception: a fault")"},
};

INSTANTIATE_TEST_SUITE_P(every, FaultyModule, testing::ValuesIn(kExpected),
                         [](const auto& info) { return info.param.first; });

/// The same life of the reference module shows none of it.
TEST(faulty_modules, have_evidence_that_the_reference_has_not) {
  Lab lab;
  live(lab, "reference");
  for (const auto& [module, evidence] : kExpected) {
    EXPECT_FALSE(has_line_with(lab, parts(evidence))) << module;
  }
}

std::size_t begun(const Lab& lab, const std::string& function) {
  return lab.host.records("ihv_begin", function).size();
}

// what a fault leaves out is no line, but a missing one

TEST(faulty_modules, leave_out_what_they_are_named_after) {
  Lab silent;
  live(silent, "no_completion");
  EXPECT_EQ(begun(silent, kCompletion), 1U) << "only the cancelled one of the second connection";
  Lab none;
  live(none, "none_after_reset");
  EXPECT_EQ(begun(none, kCompletion), 1U) << "only the success of the first connection";
  Lab keyless;
  live(keyless, "no_keys");
  EXPECT_EQ(begun(keyless, "Dot11ExtSetKeyMappingKey"), 0U);
  Lab open;
  live(open, "no_exclude");
  EXPECT_EQ(begun(open, "Dot11ExtSetExcludeUnencrypted"), 0U);
  Lab twice;
  live(twice, "repeats_completion");
  EXPECT_EQ(begun(twice, kCompletion), 3U);
}

TEST(faulty_modules, complete_before_the_keys_are_there) {
  Lab lab;
  live(lab, "completes_before_keys");
  const auto completion = lab.host.records("ihv_return", kCompletion).at(0);
  EXPECT_EQ(completion["error"], 0);
  EXPECT_LT(completion["call"],
            lab.host.records("ihv_begin", "Dot11ExtSetKeyMappingKey").at(0)["call"]);
}

TEST(faulty_modules, never_free) {
  Lab lab;
  live(lab, "never_frees");
  EXPECT_GT(lab.host.records("ihv_ledger").back()["outstanding"], 0);
}

TEST(faulty_modules, rely_on_old_keys) {
  Lab lab;
  lab.start("relies_on_old_keys");
  ASSERT_TRUE(lab.handshake());
  lab.completion();
  lab.host.command("StopPostAssociate", {{"peer", kPeer}, {"status", 8}});
  lab.associate();
  ASSERT_TRUE(lab.handshake());
  lab.completion(2);
  EXPECT_EQ(begun(lab, "Dot11ExtSetDefaultKey"), 1U);
  EXPECT_EQ(begun(lab, "Dot11ExtSetKeyMappingKey"), 2U);
}

TEST(faulty_modules, block_in_perform_while_packets_are_withheld) {
  Lab lab;
  lab.load("blocks_in_perform");
  lab.prepare();
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(lab.associate()["error"], 0);
  EXPECT_GT(std::chrono::steady_clock::now() - begin, milliseconds(2900));
}

TEST(faulty_modules, that_are_no_module_are_refused_with_the_reason) {
  Lab none;
  EXPECT_NE(none.load("no_export")["refused"].dump().find("lacks an export"), std::string::npos);
  EXPECT_EQ(none.host.records("ihv_module_loaded").at(0)["missing"].size(), 2U);
  Lab version;
  EXPECT_NE(version.load("wrong_version")["refused"].dump().find("versions 7 to 9"),
            std::string::npos);
  Lab missing;
  EXPECT_NE(missing.load("there_is_none")["refused"].dump().find("cannot load"), std::string::npos);
  Lab failing;
  failing.load("init_fails");
  EXPECT_EQ(failing.host.command("InitAdapter")["error"], 31);
  EXPECT_TRUE(failing.host.command("AdapterReset").contains("refused"));
}

TEST(faulty_modules, that_crash_take_only_their_host_with_them) {
  Lab lab;
  lab.start("crashes");
  lab.host.send({{"id", 900},
                 {"do", "ReceivePacket"},
                 {"peer", kPeer},
                 {"ethertype", "888e"},
                 {"data", "00"},
                 {"protected", false}});
  EXPECT_EQ(lab.host.wait_for_end(), 128 + SIGSEGV);
  EXPECT_EQ(lab.host.records("ihv_begin", "Dot11ExtIhvReceivePacket").size(), 1U);
}

TEST(faulty_modules, that_hang_do_not_keep_the_host_from_ending) {
  Lab lab;
  lab.load("hangs");
  lab.prepare();
  lab.host.send({{"id", 900}, {"do", "PerformPostAssociate"}, {"peer", kPeer}, {"own", kOwn}});
  lab.host.wait_for_record("ihv_begin", "Dot11ExtIhvPerformPostAssociate");
  lab.host.send({{"do", "quit"}});
  EXPECT_EQ(lab.host.wait_for_end(), 0);
}

TEST(faulty_modules, that_flood_are_answered_to_the_end) {
  Lab lab;
  lab.start("floods");
  ASSERT_TRUE(lab.host
                  .command("ReceivePacket", {{"peer", kPeer},
                                             {"ethertype", "888e"},
                                             {"data", to_hex(build_handshake(lab.parameters)->m1)},
                                             {"protected", false}})
                  .contains("done"));
  std::size_t sent = 0;
  lab.host.wait_for(
      [&](const Json& line) { return line.value("what", "") == "SendPacket" && ++sent == 1000; });
  lab.finish();
  EXPECT_EQ(lab.host.records("ihv_begin", "Dot11ExtSendPacket").size(),
            lab.host.records("ihv_begin", "Dot11ExtIhvSendPacketCompletion").size());
}

TEST(faulty_modules, are_listed_with_the_rule_that_each_breaks) {
  const Json faults = read_faults();
  ASSERT_TRUE(faults.is_object());
  std::set<std::string> listed;
  for (const auto& [name, fault] : faults.items()) {
    listed.insert(name);
    for (const Json& rule : fault["rules"]) {
      EXPECT_EQ(rule.get<std::string>().size(), 5U) << name;
      EXPECT_EQ(rule.get<std::string>().substr(0, 3), "PA-") << name;
    }
  }
  std::set<std::string> there;
  for (const auto& file :
       std::filesystem::directory_iterator(POSTASSOC_SOURCE_DIR "/fixtures/ihv/faulty")) {
    if (file.path().extension() == ".cpp" && file.path().stem() != "wrapper") {
      there.insert(file.path().stem());
    }
  }
  EXPECT_EQ(listed, there);
}

}  // namespace
}  // namespace postassoc::module_host
