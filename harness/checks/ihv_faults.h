#pragma once

#include <gtest/gtest.h>

#include <cctype>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "harness/checks/ihv_builder.h"

/// Test support: one fault put into a trace, for a rule of the IHV contract. Header only, used by
/// tests only.
namespace postassoc::checks {

struct IhvFault {
  const char* rule;           ///< the check that has to fail
  const char* name;           ///< what is done wrong
  IhvBuilder (*situation)();  ///< a sound trace on which the check passes
  void (*bend)(IhvBuilder&);
  std::set<std::string> also = {};  ///< other rules that are broken by the same
};

inline void PrintTo(const IhvFault& fault, std::ostream* out) {
  *out << fault.rule << ": " << fault.name;
}

inline std::string name_of_fault(const testing::TestParamInfo<IhvFault>& info) {
  std::string name = std::string(info.param.rule).substr(4) + "_" + info.param.name;
  for (char& c : name) {
    c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  }
  return name;
}

/// The rules of the contract with this verdict.
inline std::set<std::string> ihv_rules(const IhvBuilder& trace, Verdict verdict,
                                       std::string* told = nullptr) {
  const Evidence evidence = trace.build();
  std::set<std::string> rules;
  for (const Check& check : all_checks()) {
    if (!check.id.starts_with("ihv.")) {
      continue;
    }
    const Finding finding = check.judge(evidence);
    if (finding.verdict == verdict) {
      rules.emplace(check.id);
    }
    if (told != nullptr) {
      *told += "\n  " + std::string(to_string(finding.verdict)) + " " + finding.check + ": " +
               finding.summary;
    }
  }
  return rules;
}

// Sound traces.
inline IhvBuilder connected() {
  return IhvBuilder::connect();
}
inline IhvBuilder pending_stopped() {
  return IhvBuilder::connect().again(IhvEnd::stop);
}
inline IhvBuilder pending_reset() {
  return IhvBuilder::connect().again(IhvEnd::reset);
}
inline IhvBuilder failed_again() {
  return IhvBuilder::connect().again(IhvEnd::failure);
}
inline IhvBuilder refused_again() {
  return IhvBuilder::connect().again(IhvEnd::refusal);
}
inline IhvBuilder roamed() {
  return IhvBuilder::connect().roam();
}
/// Authentication is lost at 500 ms, and the kernel's port closes.
inline IhvBuilder status_lost() {
  IhvBuilder b = IhvBuilder::connect();
  b.completion(500, 1, 31, 0x90001);
  b.add(500.2, Witness::kernel, Side::station, "drv_sta_state",
        {{"old_state", 4}, {"new_state", 3}});
  b.add(500.1, Witness::kernel, Side::station, "rdev_change_station", {{"mask", 2}, {"set", 0}});
  return b;
}
/// The module asks the user while the second operation is pending; a reset comes before the answer.
inline IhvBuilder asked_user() {
  IhvBuilder b = IhvBuilder::connect().again(IhvEnd::reset);
  const nlohmann::json request = {{"request", 1}, {"guid", "g"}, {"length", 8}};
  nlohmann::json sent = request;
  sent["duplicate"] = false;
  b.call(112, ihv::kSendUIRequest, sent, {{"adapter", 1}});
  b.call(113, ihv::kIsUIRequestPending, request, {}, {{"pending", true}});
  nlohmann::json answer = request;
  answer["request_changed"] = false;
  b.call(114, ihv::kProcessUIResponse, answer);
  sent["request"] = 2;
  b.call(1110, ihv::kSendUIRequest, sent, {{"adapter", 1}});
  b.call(1125, ihv::kIsUIRequestPending, {{"request", 2}}, {}, {{"pending", false}});
  return b;
}
/// A run of the host's 802.1X while the port is up.
inline IhvBuilder onex() {
  IhvBuilder b = IhvBuilder::connect();
  const nlohmann::json adapter = {{"adapter", 1}};
  b.call(300, ihv::kStartOneX, {}, adapter);
  b.call(301, ihv::kProcessSecurityPacket, {{"length", 20}, {"packet_type", 0}}, adapter);
  b.call(302, ihv::kOnexIndicateResult, {{"result", 0}}, adapter);
  return b;
}
/// A slow ReceivePacket and a burst behind it: the fifth that waits costs the oldest.
inline IhvBuilder burst() {
  IhvBuilder b = IhvBuilder::connect();
  const auto queued = [&](double at, int number) {
    b.mark(at, "ihv_packet_queued",
           {{"packet", number}, {"ethertype", "888e"}, {"protected", true}});
  };
  const auto received = [&](double at, int number) {
    b.call(at, ihv::kReceivePacket,
           {{"peer", kAp}, {"ethertype", "888e"}, {"length", 107}, {"packet", number}},
           {{"adapter", 1}});
    b.mark(at + 0.08, "ihv_buffer_poisoned",
           {{"call", b.begun(ihv::kReceivePacket,
                             static_cast<std::size_t>(number - 1) - (number > 4 ? 1 : 0))
                         .detail["call"]}});
  };
  queued(200, 3);
  received(200.1, 3);
  b.returned(ihv::kReceivePacket, 2).time = IhvBuilder::ms(210);
  b.events.back().time = IhvBuilder::ms(210.1);
  for (int number = 4; number <= 8; ++number) {
    queued(200 + number, number);
  }
  b.mark(208.1, "ihv_packet_dropped", {{"packet", 4}, {"ethertype", "888e"}, {"why", "backlog"}});
  for (int number = 5; number <= 8; ++number) {
    received(210.2 + number, number);
  }
  return b;
}
/// The first SetKeyMappingKey fails, and is repeated.
inline IhvBuilder key_retried() {
  IhvBuilder b = IhvBuilder::connect();
  nlohmann::json arguments = b.arguments(ihv::kSetKeyMappingKey);
  b.call(117.8, ihv::kSetKeyMappingKey, arguments, {{"adapter", 1}}, {}, 31);
  return b;
}
/// The module allocates and frees, over three ports.
inline IhvBuilder three_ports() {
  IhvBuilder b = IhvBuilder::connect().again(IhvEnd::open);
  const auto buffer = [&](double at, int number) {
    b.call(at, ihv::kAllocateBuffer, {{"length", 64}}, {}, {{"buffer", number}});
    b.call(at + 0.4, ihv::kFreeBuffer, {{"buffer", number}});
  };
  buffer(111.8, 1);
  buffer(1107.2, 2);
  b.call(1108, ihv::kStopPostAssociate, {{"peer", kAp}, {"status", 7}}, {{"adapter", 1}});
  b.mark(1108.2, "ihv_lists_cleared");
  b.call(1108.3, ihv::kAdapterReset, {}, {{"adapter", 1}});
  b.third_port();
  buffer(1127.2, 3);
  return b;
}
inline IhvBuilder key_id_set() {
  IhvBuilder b = IhvBuilder::connect();
  b.call(127.4, ihv::kSetDefaultKeyId, {{"index", 1}, {"holds_key", true}}, {{"adapter", 1}});
  return b;
}

}  // namespace postassoc::checks
