#include <algorithm>

#include "adapters/ihv/module_host/api.h"

namespace postassoc::module_host {
namespace {

/// Notes one algorithm of the connection. `kept`: where; `among`: what the adapter can do.
DWORD set_algorithm(const char* function, HANDLE service, DWORD algorithm,
                    std::vector<std::uint32_t> State::*among, std::uint32_t Connection::*kept) {
  bool supported = false;
  {
    const std::lock_guard lock(host().mutex);
    supported = std::ranges::count(host().state.*among, algorithm) != 0;
  }
  Json fields = fields_for(service, {{"algorithm", algorithm}, {"supported", supported}});
  return api_call(function, std::move(fields), [&]() -> Answer {
    const std::lock_guard lock(host().mutex);
    if (auto refused = refuse_adapter(service)) {
      return *refused;
    }
    if (!supported) {
      return refusal(ERROR_NOT_SUPPORTED, "the adapter has no such algorithm");
    }
    Connection& connection = host().state.adapter->connection;
    if (connection.preparation == Preparation::done) {
      return refusal(ERROR_INVALID_STATE, "the pre-association is completed");
    }
    connection.*kept = algorithm;
    return {};
  });
}

}  // namespace

DWORD WINAPI set_auth_algorithm(HANDLE service, DWORD algorithm) {
  return set_algorithm("Dot11ExtSetAuthAlgorithm", service, algorithm, &State::supported_auth,
                       &Connection::auth);
}

DWORD WINAPI set_unicast_cipher_algorithm(HANDLE service, DWORD algorithm) {
  return set_algorithm("Dot11ExtSetUnicastCipherAlgorithm", service, algorithm,
                       &State::supported_ciphers, &Connection::unicast);
}

DWORD WINAPI set_multicast_cipher_algorithm(HANDLE service, DWORD algorithm) {
  return set_algorithm("Dot11ExtSetMulticastCipherAlgorithm", service, algorithm,
                       &State::supported_ciphers, &Connection::multicast);
}

DWORD WINAPI set_exclude_unencrypted(HANDLE service, BOOL on) {
  return api_call(
      "Dot11ExtSetExcludeUnencrypted", fields_for(service, {{"on", on != FALSE}}), [&]() -> Answer {
        {
          const std::lock_guard lock(host().mutex);
          if (auto refused = refuse_adapter(service)) {
            return *refused;
          }
        }
        const DWORD error =
            host().channel.ask({{"what", "SetExcludeUnencrypted"}, {"on", on != FALSE}});
        const std::lock_guard lock(host().mutex);
        if (error == ERROR_SUCCESS && host().state.adapter) {
          host().state.adapter->exclude_unencrypted = on != FALSE;
        }
        return {error, "", Json::object()};
      });
}

}  // namespace postassoc::module_host
