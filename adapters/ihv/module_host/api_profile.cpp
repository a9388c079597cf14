#include <cstring>

#include "adapters/ihv/module_host/api.h"

namespace postassoc::module_host {
namespace {

constexpr std::uint32_t kMaxCustomData = 65'536;

Json connection_fields(HANDLE service, HANDLE connection, Json arguments) {
  Json fields = fields_for(service, std::move(arguments));
  const std::lock_guard lock(host().mutex);
  fields["arguments"]["connection"] =
      shown(HandleKind::connection, connection, host().state.last_connection);
  return fields;
}

/// Nothing when the connection's handle may be used here. Needs Host::mutex.
std::optional<Answer> refuse_connection(HANDLE service, HANDLE connection) {
  if (auto refused = refuse_adapter(service)) {
    return refused;
  }
  const State& state = host().state;
  const Connection& open = state.adapter->connection;
  if (!open.handle_open ||
      number_of(HandleKind::connection, connection, state.last_connection) != open.number) {
    return refusal(ERROR_INVALID_HANDLE, "this is not the handle of a pending pre-association");
  }
  if (Recorder::inside("Dot11ExtIhvPerformPreAssociate")) {
    return refusal(ERROR_INVALID_STATE, "called inside PerformPreAssociate");
  }
  return std::nullopt;
}

}  // namespace

DWORD WINAPI set_profile_custom_user_data(HANDLE service, HANDLE connection, DWORD session,
                                          DWORD length, LPVOID data) {
  Json fields = connection_fields(service, connection, {{"length", length}});
  return api_call("Dot11ExtSetProfileCustomUserData", std::move(fields), [&]() -> Answer {
    const std::lock_guard lock(host().mutex);
    if (auto refused = refuse_connection(service, connection)) {
      return *refused;
    }
    if (length > kMaxCustomData || (data == nullptr && length != 0)) {
      return refusal(ERROR_INVALID_PARAMETER, "there are no such data");
    }
    host().state.custom_data[session] = octets_at(data, length);
    return {};
  });
}

DWORD WINAPI get_profile_custom_user_data(HANDLE service, HANDLE connection, DWORD session,
                                          DWORD* length, LPVOID* data) {
  Json fields = connection_fields(service, connection, Json::object());
  return api_call("Dot11ExtGetProfileCustomUserData", std::move(fields), [&]() -> Answer {
    const std::lock_guard lock(host().mutex);
    if (auto refused = refuse_connection(service, connection)) {
      return *refused;
    }
    const auto stored = host().state.custom_data.find(session);
    if (length == nullptr || data == nullptr) {
      return refusal(ERROR_INVALID_PARAMETER, "there is no place for the data");
    }
    if (stored == host().state.custom_data.end()) {
      return {ERROR_NOT_FOUND, "", Json::object()};
    }
    std::uint64_t number = 0;
    *length = static_cast<DWORD>(stored->second.size());
    *data = host().memory.allocate(*length, number);
    if (*data == nullptr) {
      return {ERROR_OUTOFMEMORY, "", Json::object()};
    }
    std::memcpy(*data, stored->second.data(), stored->second.size());
    return {ERROR_SUCCESS, "", {{"buffer", number}, {"length", *length}}};
  });
}

DWORD WINAPI set_current_profile(HANDLE service, HANDLE connection,
                                 PDOT11EXT_IHV_CONNECTIVITY_PROFILE connectivity,
                                 PDOT11EXT_IHV_SECURITY_PROFILE security) {
  Json fields = connection_fields(
      service, connection,
      {{"connectivity", connectivity != nullptr}, {"security", security != nullptr}});
  return api_call("Dot11ExtSetCurrentProfile", std::move(fields), [&]() -> Answer {
    const std::lock_guard lock(host().mutex);
    if (auto refused = refuse_connection(service, connection)) {
      return *refused;
    }
    host().state.custom_data.clear();
    return {};
  });
}

}  // namespace postassoc::module_host
