#include <array>
#include <cstring>
#include <map>
#include <utility>

#include "adapters/ihv/module_host/api.h"

namespace postassoc::module_host {
namespace {

constexpr std::size_t kApis = 22;
constexpr std::size_t kHandlers = 19;

constexpr std::array<const char*, kApis> kApiNames{
    "Dot11ExtAllocateBuffer",
    "Dot11ExtFreeBuffer",
    "Dot11ExtSetProfileCustomUserData",
    "Dot11ExtGetProfileCustomUserData",
    "Dot11ExtSetCurrentProfile",
    "Dot11ExtSendUIRequest",
    "Dot11ExtPreAssociateCompletion",
    "Dot11ExtPostAssociateCompletion",
    "Dot11ExtSendNotification",
    "Dot11ExtSendPacket",
    "Dot11ExtSetEtherTypeHandling",
    "Dot11ExtSetAuthAlgorithm",
    "Dot11ExtSetUnicastCipherAlgorithm",
    "Dot11ExtSetMulticastCipherAlgorithm",
    "Dot11ExtSetDefaultKey",
    "Dot11ExtSetKeyMappingKey",
    "Dot11ExtSetDefaultKeyId",
    "Dot11ExtNicSpecificExtension",
    "Dot11ExtSetExcludeUnencrypted",
    "Dot11ExtStartOneX",
    "Dot11ExtStopOneX",
    "Dot11ExtProcessSecurityPacket",
};

constexpr std::array<const char*, kHandlers> kHandlerNames{
    "Dot11ExtIhvDeinitService",
    "Dot11ExtIhvInitAdapter",
    "Dot11ExtIhvDeinitAdapter",
    "Dot11ExtIhvPerformPreAssociate",
    "Dot11ExtIhvAdapterReset",
    "Dot11ExtIhvPerformPostAssociate",
    "Dot11ExtIhvStopPostAssociate",
    "Dot11ExtIhvValidateProfile",
    "Dot11ExtIhvPerformCapabilityMatch",
    "Dot11ExtIhvCreateDiscoveryProfiles",
    "Dot11ExtIhvProcessSessionChange",
    "Dot11ExtIhvReceiveIndication",
    "Dot11ExtIhvReceivePacket",
    "Dot11ExtIhvSendPacketCompletion",
    "Dot11ExtIhvIsUIRequestPending",
    "Dot11ExtIhvProcessUIResponse",
    "Dot11ExtIhvQueryUIRequest",
    "Dot11ExtIhvOnexIndicateResult",
    "Dot11ExtIhvControl",
};

using Slot = void (*)();

template <std::size_t N, class Table>
std::array<Slot, N> slots_of(const Table& table) {
  static_assert(sizeof(Table) == N * sizeof(Slot));
  std::array<Slot, N> slots;
  std::memcpy(slots.data(), &table, sizeof(table));
  return slots;
}

template <std::size_t N>
Json null_names(const std::array<Slot, N>& slots, const std::array<const char*, N>& names) {
  Json missing = Json::array();
  for (std::size_t i = 0; i < N; ++i) {
    if (slots[i] == nullptr) {
      missing.push_back(names[i]);
    }
  }
  return missing;
}

/// Takes any arguments: on 64-bit systems the caller cleans up, and none is looked at.
template <std::size_t kSlot>
DWORD WINAPI trap() {
  return api_call("poisoned_table", {{"arguments", {{"slot", kApiNames[kSlot]}}}}, [] {
    return refusal(ERROR_INVALID_FUNCTION, "called through the host's table, not through a copy");
  });
}

template <std::size_t... kSlots>
std::array<Slot, kApis> traps(std::index_sequence<kSlots...>) {
  return {reinterpret_cast<Slot>(&trap<kSlots>)...};
}

}  // namespace

DOT11EXT_APIS api_table() {
  return {
      allocate_buffer,
      free_buffer,
      set_profile_custom_user_data,
      get_profile_custom_user_data,
      set_current_profile,
      send_ui_request,
      pre_associate_completion,
      post_associate_completion,
      send_notification,
      send_packet,
      set_ethertype_handling,
      set_auth_algorithm,
      set_unicast_cipher_algorithm,
      set_multicast_cipher_algorithm,
      set_default_key,
      set_key_mapping_key,
      set_default_key_id,
      nic_specific_extension,
      set_exclude_unencrypted,
      start_onex,
      stop_onex,
      process_security_packet,
  };
}

DOT11EXT_APIS trap_table() {
  const std::array<Slot, kApis> slots = traps(std::make_index_sequence<kApis>());
  DOT11EXT_APIS table{};
  static_assert(sizeof(table) == sizeof(slots));
  std::memcpy(&table, slots.data(), sizeof(table));
  return table;
}

Json null_slots(const DOT11EXT_APIS& table) {
  return null_names(slots_of<kApis>(table), kApiNames);
}

Json null_slots(const DOT11EXT_IHV_HANDLERS& table) {
  return null_names(slots_of<kHandlers>(table), kHandlerNames);
}

Json fields_for(HANDLE service_handle, Json arguments) {
  const std::lock_guard lock(host().mutex);
  return {{"adapter", shown(HandleKind::adapter, service_handle, host().state.last_adapter)},
          {"arguments", std::move(arguments)}};
}

std::optional<Answer> refuse_adapter(HANDLE service_handle) {
  const State& state = host().state;
  const std::uint64_t number = number_of(HandleKind::adapter, service_handle, state.last_adapter);
  if (number == 0) {
    return refusal(ERROR_INVALID_HANDLE, "this is not the handle that InitAdapter gave");
  }
  if (!state.adapter || state.adapter->number != number || state.adapter->removed) {
    return refusal(ERROR_INVALID_HANDLE, "DeinitAdapter was entered: the handle is dead");
  }
  return std::nullopt;
}

std::optional<DWORD> planned_error(const char* function) {
  static std::mutex counting;
  static std::map<std::string, std::uint64_t> counts;
  const std::lock_guard lock(counting);
  const std::uint64_t nth = ++counts[function];
  for (const PlannedError& planned : host().options.errors) {
    if (planned.function == function && planned.nth == nth) {
      return planned.error;
    }
  }
  return std::nullopt;
}

Octets octets_at(const void* address, std::size_t length) {
  const auto* octets = static_cast<const std::uint8_t*>(address);
  return octets == nullptr ? Octets{} : Octets(octets, octets + length);
}

}  // namespace postassoc::module_host
