#include <functional>
#include <map>

#include "adapters/ihv/module_host/handler_call.h"
#include "adapters/ihv/module_host/operations.h"

namespace postassoc::module_host {
namespace {

using Operation = std::function<Json(const Json&)>;

/// What runs on Host::control.
const std::map<std::string, Operation>& operations() {
  static const std::map<std::string, Operation> kOperations{
      {"load", load},
      {"InitAdapter", init_adapter},
      {"PerformPreAssociate", perform_pre_associate},
      {"PerformPostAssociate", perform_post_associate},
      {"StopPostAssociate",
       [](const Json& command) {
         return stop_post_associate(mac_of(command, "peer"),
                                    static_cast<std::uint32_t>(number_of(command, "status")));
       }},
      {"AdapterReset", [](const Json&) { return adapter_reset(); }},
      {"DeinitAdapter", [](const Json&) { return deinit_adapter(); }},
      {"DeinitService", [](const Json&) { return deinit_service(); }},
      {"IsUIRequestPending", [](const Json&) { return is_ui_request_pending(); }},
      {"ProcessSessionChange",
       [](const Json& command) {
         return process_session_change(static_cast<std::uint32_t>(number_of(command, "event")));
       }},
  };
  return kOperations;
}

void report(std::uint64_t id, Json members) {
  members["done"] = id;
  host().channel.send(members);
}

}  // namespace

void run_command(const Json& line) {
  const std::uint64_t id = number_of(line, "id");
  const std::string word = text_of(line, "do");
  if (line.contains("answer")) {
    host().channel.answer(line);
  } else if (word == "ReceivePacket") {
    report(id, receive_packet(line));
  } else if (word == "SendPacketCompletion") {
    host().completion.post([id, send = number_of(line, "send")] {
      complete_send(send);
      report(id, {{"error", ERROR_SUCCESS}});
    });
  } else if (const auto known = operations().find(word); known != operations().end()) {
    host().control.post([id, line, &operation = known->second] { report(id, operation(line)); });
  } else {
    report(id, not_done("the host has no such command: " + word));
  }
}

}  // namespace postassoc::module_host
