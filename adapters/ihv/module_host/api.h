#pragma once

#include <optional>
#include <string>

#include "adapters/ihv/abi/ihv_abi.h"
#include "adapters/ihv/module_host/host.h"

namespace postassoc::module_host {

/// The 22 functions that the module calls. Each writes its record, answers what the contract does
/// not allow with the documented error, and has the rest done by the station.
DOT11EXT_APIS api_table();

/// The same table after InitService: every slot a trap that records the call. The module has a copy
/// of the table, or it breaks its contract.
DOT11EXT_APIS trap_table();

/// Names of the slots that are NULL.
Json null_slots(const DOT11EXT_APIS& table);
Json null_slots(const DOT11EXT_IHV_HANDLERS& table);

/// What an API call comes to.
struct Answer {
  DWORD error = ERROR_SUCCESS;
  std::string why;  ///< not empty: the host itself refused
  Json out = Json::object();
};

inline Answer refusal(DWORD error, std::string why) {
  return {error, std::move(why), Json::object()};
}

/// One call of the module: begin record, what the host does, return record.
template <class Body>
DWORD api_call(const char* function, Json fields, const Body& body) {
  Call call(host().recorder, function, "module", std::move(fields));
  const Answer answer = body();
  if (!answer.why.empty()) {
    call.refused(answer.error, answer.why);
  }
  call.returned(answer.error, answer.out);
  return answer.error;
}

/// The fields of a call that has an adapter's handle.
Json fields_for(HANDLE service_handle, Json arguments);

/// Nothing when class A functions may be called with this handle. Needs Host::mutex.
std::optional<Answer> refuse_adapter(HANDLE service_handle);

/// The answer that the scenario plans for this, the nth, call of the function.
std::optional<DWORD> planned_error(const char* function);

/// Copies what a pointer of the module shows, as far as there is something.
Octets octets_at(const void* address, std::size_t length);

// by file: api_memory.cpp
DWORD WINAPI allocate_buffer(DWORD length, LPVOID* buffer);
VOID WINAPI free_buffer(LPVOID memory);
// api_profile.cpp
DWORD WINAPI set_profile_custom_user_data(HANDLE, HANDLE, DWORD, DWORD, LPVOID);
DWORD WINAPI get_profile_custom_user_data(HANDLE, HANDLE, DWORD, DWORD*, LPVOID*);
DWORD WINAPI set_current_profile(HANDLE, HANDLE, PDOT11EXT_IHV_CONNECTIVITY_PROFILE,
                                 PDOT11EXT_IHV_SECURITY_PROFILE);
// api_ui.cpp
DWORD WINAPI send_ui_request(HANDLE, PDOT11EXT_IHV_UI_REQUEST);
// api_completion.cpp
DWORD WINAPI pre_associate_completion(HANDLE, HANDLE, DWORD, DWORD);
DWORD WINAPI post_associate_completion(HANDLE, HANDLE, PDOT11_MAC_ADDRESS, DWORD, DWORD);
// api_packets.cpp
DWORD WINAPI send_packet(HANDLE, ULONG, LPVOID, HANDLE);
DWORD WINAPI set_ethertype_handling(HANDLE, ULONG, ULONG, PDOT11_PRIVACY_EXEMPTION, ULONG, USHORT*);
// api_algorithms.cpp
DWORD WINAPI set_auth_algorithm(HANDLE, DWORD);
DWORD WINAPI set_unicast_cipher_algorithm(HANDLE, DWORD);
DWORD WINAPI set_multicast_cipher_algorithm(HANDLE, DWORD);
DWORD WINAPI set_exclude_unencrypted(HANDLE, BOOL);
// api_keys.cpp
DWORD WINAPI set_default_key(HANDLE, PDOT11_CIPHER_DEFAULT_KEY_VALUE, DOT11_DIRECTION);
DWORD WINAPI set_key_mapping_key(HANDLE, PDOT11_CIPHER_KEY_MAPPING_KEY_VALUE);
DWORD WINAPI set_default_key_id(HANDLE, ULONG);
// api_rest.cpp
DWORD WINAPI send_notification(HANDLE, PL2_NOTIFICATION_DATA);
DWORD WINAPI nic_specific_extension(HANDLE, DWORD, LPVOID, DWORD*, LPVOID);
DWORD WINAPI start_onex(HANDLE, EAP_ATTRIBUTES*);
DWORD WINAPI stop_onex(HANDLE);
DWORD WINAPI process_security_packet(HANDLE, DWORD, LPVOID);

}  // namespace postassoc::module_host
