#include "adapters/ihv/module_host/api.h"

namespace postassoc::module_host {
namespace {

/// Nothing when there is a port, up to stop or reset. Needs Host::mutex.
std::optional<Answer> refuse_port(HANDLE service) {
  if (auto refused = refuse_adapter(service)) {
    return refused;
  }
  const auto& port = host().state.adapter->port;
  if (!port || port->stopping || port->was_reset) {
    return refusal(ERROR_INVALID_STATE, "there is no port");
  }
  return std::nullopt;
}

/// This host has no 802.1X of its own: where a call is legal it says so.
DWORD onex_call(const char* function, HANDLE service, Json arguments) {
  return api_call(function, fields_for(service, std::move(arguments)), [&]() -> Answer {
    const std::lock_guard lock(host().mutex);
    if (auto refused = refuse_port(service)) {
      return *refused;
    }
    return {ERROR_NOT_SUPPORTED, "", Json::object()};
  });
}

}  // namespace

DWORD WINAPI send_notification(HANDLE service, PL2_NOTIFICATION_DATA data) {
  const Json arguments{{"length", data != nullptr ? data->dwDataSize : 0}};
  return api_call("Dot11ExtSendNotification", fields_for(service, arguments), [&]() -> Answer {
    const std::lock_guard lock(host().mutex);
    if (auto refused = refuse_adapter(service)) {
      return *refused;
    }
    return data != nullptr ? Answer{} : refusal(ERROR_INVALID_PARAMETER, "there are no data");
  });
}

DWORD WINAPI nic_specific_extension(HANDLE service, DWORD length, LPVOID, DWORD*, LPVOID) {
  return api_call("Dot11ExtNicSpecificExtension", fields_for(service, {{"length", length}}),
                  [&]() -> Answer {
                    {
                      const std::lock_guard lock(host().mutex);
                      if (auto refused = refuse_adapter(service)) {
                        return *refused;
                      }
                    }
                    return {host().channel.ask({{"what", "NicSpecificExtension"}}), "", {}};
                  });
}

DWORD WINAPI start_onex(HANDLE service, EAP_ATTRIBUTES* attributes) {
  return onex_call("Dot11ExtStartOneX", service, {{"attributes", attributes != nullptr}});
}

DWORD WINAPI stop_onex(HANDLE service) {
  return onex_call("Dot11ExtStopOneX", service, Json::object());
}

DWORD WINAPI process_security_packet(HANDLE service, DWORD length, LPVOID packet) {
  Json arguments{{"length", length}};
  // version, packet type: conflict of the sources, so both octets are shown
  const Octets first = octets_at(packet, std::min<DWORD>(length, 2));
  arguments["packet_type"] = first.size() == 2 ? Json(first[1]) : Json();
  return onex_call("Dot11ExtProcessSecurityPacket", service, std::move(arguments));
}

}  // namespace postassoc::module_host
