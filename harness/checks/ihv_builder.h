#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "harness/checks/evidence_builder.h"
#include "harness/checks/ihv_names.h"
#include "harness/checks/ihv_trace.h"

/// Test support: hand-made traces of an IHV Extensions module and its host, beside the other
/// witnesses of EvidenceBuilder::connect(), to be bent by a test. Header only, used by tests only.
namespace postassoc::checks {

inline constexpr const char* kAp = "02:00:00:00:00:00";
inline constexpr const char* kOtherAp = "02:00:00:00:02:00";
inline constexpr int kHostThread = 1;
inline constexpr int kModuleThread = 2;

/// How the second session of a trace ends.
enum class IhvEnd { stop, reset, failure, refusal, open };

class IhvBuilder : public EvidenceBuilder {
 public:
  using Json = nlohmann::json;

  IhvBuilder() : EvidenceBuilder(EvidenceBuilder::connect()) {
    evidence.plan.scenario.document = {{"station", {{"module", "reference"}}}};
    evidence.secrets = {"correct horse battery", std::string(64, 'a') + "bc"};
  }

  /// A connect that succeeds, 100 ms to 128 ms; from 1100 ms disconnect, removal and unload.
  static IhvBuilder connect();
  /// Between the disconnect and the removal another connection, session 2 from 1107 ms.
  IhvBuilder& again(IhvEnd end);
  /// A third connection from 1120 ms to 1131 ms, stopped while pending.
  IhvBuilder& third_port();
  /// At 600 ms a roam to the other access point, where the operation stays pending.
  IhvBuilder& roam();

  IhvBuilder& mark(double at, std::string name, Json detail = Json::object()) {
    add(at, Witness::ihv, Side::station, std::move(name), std::move(detail));
    return *this;
  }
  /// `extra` are members beside the arguments: handles. Returns the number of the call.
  int begin(double at, std::string_view function, Json arguments = Json::object(),
            Json extra = Json::object(), int within = 0) {
    const bool host = function.starts_with("Dot11ExtIhv");
    Json detail = {{"call", ++calls_},
                   {"function", function},
                   {"by", host ? "host" : "module"},
                   {"thread", host ? kHostThread : kModuleThread},
                   {"within", within},
                   {"arguments", arguments.is_null() ? Json::object() : std::move(arguments)}};
    if (extra.is_object()) {
      detail.update(extra);
    }
    mark(at, "ihv_begin", std::move(detail));
    return calls_;
  }
  void end(double at, int call, std::optional<int> error = 0, Json out = Json::object()) {
    Json detail = {{"call", call}, {"out", out.is_null() ? Json::object() : std::move(out)}};
    if (error) {
      detail["error"] = *error;
    }
    mark(at, "ihv_return", std::move(detail));
  }
  /// Begins at `at` and returns 0.05 ms later.
  IhvBuilder& call(double at, std::string_view function, Json arguments = Json::object(),
                   Json extra = Json::object(), Json out = Json::object(), int error = 0) {
    end(at + 0.05, begin(at, function, std::move(arguments), std::move(extra)), error,
        std::move(out));
    return *this;
  }

  /// The n-th call of a function: its begin, its return, its arguments.
  Event& begun(std::string_view function, std::size_t n = 0) {
    for (Event& event : events) {
      if (event.name == "ihv_begin" && event.detail["function"] == function && n-- == 0) {
        return event;
      }
    }
    throw std::logic_error("no such call of " + std::string(function));
  }
  Event& returned(std::string_view function, std::size_t n = 0) {
    const Json number = begun(function, n).detail["call"];
    for (Event& event : events) {
      if (event.name == "ihv_return" && event.detail["call"] == number) {
        return event;
      }
    }
    throw std::logic_error("no such return of " + std::string(function));
  }
  Json& arguments(std::string_view function, std::size_t n = 0) {
    return begun(function, n).detail["arguments"];
  }
  Event& marked(std::string_view name, std::size_t n = 0) { return event(name, Side::none, n); }

  IhvBuilder& erase_call(std::string_view function, std::size_t n = 0) {
    const Json number = begun(function, n).detail["call"];
    EvidenceEditor::erase([&](const Event& e) {
      return e.witness == Witness::ihv && e.name.starts_with("ihv_") &&
             (e.name == "ihv_begin" || e.name == "ihv_return") && e.detail["call"] == number;
    });
    return *this;
  }
  IhvBuilder& move_call(std::string_view function, double at, std::size_t n = 0) {
    returned(function, n).time = ms(at + 0.05);
    begun(function, n).time = ms(at);
    return *this;
  }
  IhvBuilder& erase_marks(std::string_view name) {
    EvidenceEditor::erase([&](const Event& e) { return e.name == name; });
    return *this;
  }

  void packet(double at, int number, const char* ethertype = "888e");
  void completion(double at, int session, int error, int reason, const char* peer = kAp);

 private:
  void load();
  void prepare(double at, int connection);
  void start(double at, int session, const char* peer, int error = 0);
  void exchange_keys();
  void disconnect(double at, const char* peer, int session);
  void unload();

  int calls_ = 0;
};

inline void IhvBuilder::load() {
  mark(50, "ihv_module_loaded", {{"path", "reference.so"}, {"missing", Json::array()}});
  call(51, ihv::kGetVersionInfo, {}, {}, {{"version_min", 0}, {"version_max", 0}});
  call(52, ihv::kInitService, {{"version", 0}, {"null_slots", Json::array()}}, {},
       {{"null_slots", Json::array()}});
  mark(53, "ihv_table_poisoned");
  mark(53.1, "ihv_threads", {{"when", "init_service"}, {"module_threads", 0}});
  call(54, ihv::kInitAdapter, {}, {}, {{"adapter", 1}});
}

inline void IhvBuilder::prepare(double at, int connection) {
  const Json adapter = {{"adapter", 1}};
  const Json both = {{"adapter", 1}, {"connection", connection}};
  call(at, ihv::kPerformPreAssociate, {}, both);
  call(at + 0.2, ihv::kSetAuthAlgorithm, {{"algorithm", 7}, {"supported", true}}, adapter);
  call(at + 0.3, ihv::kSetUnicastCipher, {{"algorithm", 4}, {"supported", true}}, adapter);
  call(at + 0.4, ihv::kSetMulticastCipher, {{"algorithm", 4}, {"supported", true}}, adapter);
  call(at + 0.5, ihv::kSetEtherTypeHandling,
       {{"max_backlog", 4},
        {"exemptions", {{{"ethertype", "888e"}, {"action", 2}, {"packet_type", 1}}}},
        {"registrations", {"888e"}}},
       adapter);
  call(at + 0.6, ihv::kPreAssociateCompletion, {{"reason", 0}, {"error", 0}}, both);
}

inline void IhvBuilder::start(double at, int session, const char* peer, int error) {
  mark(at - 0.3, "ihv_keys_cleared", {{"why", "association"}});
  mark(at - 0.2, "ihv_port", {{"session", session}, {"state", "created"}});
  mark(at - 0.1, "ihv_association", {{"status", 0}, {"peer", peer}});
  call(at, ihv::kPerformPostAssociate,
       {{"peer", peer},
        {"port_controlled", true},
        {"port_authorized", false},
        {"session_id", session},
        {"status", 0},
        {"auth", 7},
        {"unicast", 4},
        {"multicast", 4},
        {"bytes", 300},
        {"ranges_valid", true}},
       {{"adapter", 1}, {"session", session}}, {{"buffers_changed", false}}, error);
  mark(at + 0.07, "ihv_buffer_poisoned", {{"call", calls_}});
}

inline void IhvBuilder::packet(double at, int number, const char* ethertype) {
  mark(at, "ihv_packet_queued",
       {{"packet", number}, {"ethertype", ethertype}, {"protected", false}});
  call(at + 0.02, ihv::kReceivePacket,
       {{"peer", kAp}, {"ethertype", ethertype}, {"length", 107}, {"packet", number}},
       {{"adapter", 1}});
  mark(at + 0.08, "ihv_buffer_poisoned", {{"call", calls_}});
}

inline void IhvBuilder::completion(double at, int session, int error, int reason,
                                   const char* peer) {
  call(at, ihv::kPostAssociateCompletion, {{"peer", peer}, {"reason", reason}, {"error", error}},
       {{"adapter", 1}, {"session", session}});
  mark(at + 0.03, "ihv_port",
       {{"session", session}, {"state", error == 0 ? "authorized" : "unauthorized"}});
}

inline void IhvBuilder::exchange_keys() {
  const Json adapter = {{"adapter", 1}};
  const auto send = [&](double at, int number) {
    call(at, ihv::kSendPacket,
         {{"send", number},
          {"handle_open", false},
          {"destination", kAp},
          {"ethertype", "888e"},
          {"length", 129}},
         adapter);
    call(at + 0.15, ihv::kSendPacketCompletion, {{"send", number}, {"buffer_changed", false}});
  };
  packet(115.1, 1);
  send(116.3, 1);
  packet(117.1, 2);
  send(117.45, 2);
  const Json key = {{"cipher", 4},        {"delete", false},    {"static", false},
                    {"key_length", 28},   {"inner_length", 16}, {"key_digest", "00112233"},
                    {"counter", "000000"}};
  Json pairwise = key;
  pairwise.update({{"peer", kAp}, {"direction", 3}});
  end(118.4, begin(118.1, ihv::kSetKeyMappingKey, pairwise, adapter));
  Json group = key;
  group.update({{"index", 1}, {"address", kAp}, {"direction", 1}, {"header", "80011800"}});
  end(127.2, begin(126.9, ihv::kSetDefaultKey, group, adapter));
  call(127.3, ihv::kSetExcludeUnencrypted, {{"on", true}}, adapter);
  completion(127.97, 1, 0, 0);
}

inline void IhvBuilder::disconnect(double at, const char* peer, int session) {
  mark(at, "ihv_disassociation", {{"peer", peer}, {"status", 7}});
  call(at + 0.1, ihv::kStopPostAssociate, {{"peer", peer}, {"status", 7}}, {{"adapter", 1}});
  mark(at + 0.2, "ihv_port", {{"session", session}, {"state", "deleted"}});
  mark(at + 0.3, "ihv_keys_cleared", {{"why", "disconnect"}});
  mark(at + 0.4, "ihv_lists_cleared");
  call(at + 0.5, ihv::kAdapterReset, {}, {{"adapter", 1}});
}

inline void IhvBuilder::unload() {
  call(1150, ihv::kDeinitAdapter, {}, {{"adapter", 1}});
  mark(1150.1, "ihv_ledger", {{"when", "deinit_adapter"}, {"outstanding", 0}});
  call(1151, ihv::kDeinitService);
  mark(1151.1, "ihv_threads", {{"when", "deinit_service"}, {"module_threads", 0}});
  mark(1151.2, "ihv_ledger", {{"when", "deinit_service"}, {"outstanding", 0}});
  mark(1152, "ihv_host_ended");
}

inline IhvBuilder IhvBuilder::connect() {
  IhvBuilder b;
  b.load();
  b.prepare(100.2, 1);
  b.start(111.5, 1, kAp);
  b.exchange_keys();
  b.disconnect(1100.1, kAp, 1);
  b.unload();
  return b;
}

inline IhvBuilder& IhvBuilder::again(IhvEnd end_by) {
  const Json adapter = {{"adapter", 1}};
  prepare(1102, 2);
  start(1107, 2, kAp, end_by == IhvEnd::refusal ? 31 : 0);
  if (end_by == IhvEnd::failure) {
    completion(1115, 2, 1460, 0x90001);
  }
  if (end_by != IhvEnd::reset) {
    if (end_by != IhvEnd::open) {
      disconnect(1120, kAp, 2);
    }
    return *this;
  }
  mark(1119.9, "ihv_lists_cleared");
  const int reset = begin(1120, ihv::kAdapterReset, {}, adapter);
  completion(1120.2, 2, kErrorCancelled, 0x90001);
  end(1120.5, reset);
  mark(1120.6, "ihv_port", {{"session", 2}, {"state", "deleted"}});
  mark(1120.7, "ihv_keys_cleared", {{"why", "reset"}});
  call(1121, ihv::kStopPostAssociate, {{"peer", kAp}, {"status", 7}}, adapter);
  return *this;
}

inline IhvBuilder& IhvBuilder::third_port() {
  prepare(1120, 3);
  start(1127, 3, kAp);
  disconnect(1130, kAp, 3);
  return *this;
}

inline IhvBuilder& IhvBuilder::roam() {
  evidence.second_bssid = MacAddress::parse(kOtherAp);
  mark(599, "ihv_association_start", {{"peer", kOtherAp}});
  call(600, ihv::kStopPostAssociate, {{"peer", kAp}, {"status", 8}}, {{"adapter", 1}});
  mark(600.1, "ihv_port", {{"session", 1}, {"state", "deleted"}});
  start(601, 2, kOtherAp);
  for (Event& event : events) {
    if (event.time > ms(1100) && event.name.starts_with("ihv_")) {
      const bool stop = event.detail.value("function", "") == ihv::kStopPostAssociate;
      if (stop) {
        event.detail["arguments"]["peer"] = kOtherAp;
      } else if (event.name == "ihv_disassociation") {
        event.detail["peer"] = kOtherAp;
      }
    }
  }
  return *this;
}

}  // namespace postassoc::checks
