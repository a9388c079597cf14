#include <algorithm>
#include <cstring>

#include "adapters/ihv/module_host/handler_call.h"
#include "adapters/ihv/module_host/operations.h"

namespace postassoc::module_host {
namespace {

constexpr GUID kAdapterGuid{0x706f7374, 0x6173, 0x4f63, {0x80, 0x11, 0, 0, 0, 0, 0, 1}};

/// A wide text that the module may write to as it likes.
LPWSTR wide(std::u16string& text) {
  return reinterpret_cast<LPWSTR>(text.data());
}

/// The number of the adapter in the trace, and its handle in the module.
struct Subject {
  std::uint64_t number = 0;
  HANDLE handle = nullptr;
};

std::optional<Subject> subject() {
  const std::lock_guard lock(host().mutex);
  const auto& adapter = host().state.adapter;
  return adapter ? std::optional(Subject{adapter->number, adapter->module_handle}) : std::nullopt;
}

void clear_lists(Adapter& adapter) {
  adapter.handling = {};
  adapter.exclude_unencrypted = false;
}

/// Lists, keys, queued packets and packets in flight go before the module hears of a reset.
void prepare_reset() {
  drop_received();
  if (!host().has_fault(HostFault::late_list_clear)) {
    host().recorder.event("ihv_lists_cleared", Json::object());
  }
  host().recorder.event("ihv_keys_cleared", {{"why", "reset"}});
  {
    const std::lock_guard lock(host().mutex);
    clear_lists(*host().state.adapter);
    host().state.adapter->default_keys.clear();
    host().state.adapter->mapping_keys.clear();
  }
  drain_sends();
}

void note_reset() {
  const std::lock_guard lock(host().mutex);
  Adapter& adapter = *host().state.adapter;
  adapter.resetting = false;
  adapter.connection = {};
  if (adapter.port) {
    adapter.port->was_reset = true;
  }
}

/// The profile of a connection as the module sees it, in memory that lives for the call.
struct Profile {
  std::u16string security_xml, connectivity_xml;
  DOT11EXT_IHV_SSID_LIST ssids{};
  DOT11EXT_IHV_PROFILE_PARAMS parameters{};
  DOT11EXT_IHV_CONNECTIVITY_PROFILE connectivity{};
  DOT11EXT_IHV_SECURITY_PROFILE security{};
  DOT11_BSS_LIST bss_list{0, nullptr};

  explicit Profile(const Json& command)
      : security_xml(to_utf16(text_of(command, "security_xml"))),
        connectivity_xml(to_utf16(text_of(command, "connectivity_xml"))) {
    const Octets ssid = octets_of(command, "ssid");
    ssids.ulCount = 1;
    ssids.SSIDs[0].uSSIDLength = static_cast<ULONG>(std::min<std::size_t>(ssid.size(), 32));
    std::copy_n(ssid.begin(), ssids.SSIDs[0].uSSIDLength, ssids.SSIDs[0].ucSSID);
    parameters = {&ssids, dot11_BSS_type_infrastructure, nullptr};
    connectivity.pszXmlFragmentIhvConnectivity = wide(connectivity_xml);
    security = {wide(security_xml), FALSE};
  }
  ~Profile() {
    volatile char16_t* text = security_xml.data();  // it holds a key, and volatile keeps the loop
    for (std::size_t i = 0; i < security_xml.size(); ++i) {
      text[i] = 0;
    }
  }
  Profile(const Profile&) = delete;
  Profile& operator=(const Profile&) = delete;
};

}  // namespace

Json init_adapter(const Json& command) {
  if (host().handlers.Dot11ExtIhvInitAdapter == nullptr) {
    return not_done("there is no service, or no Dot11ExtIhvInitAdapter");
  }
  std::u16string description = to_utf16(text_of(command, "description", "adapter"));
  DOT11_ADAPTER info{kAdapterGuid, wide(description), {0, DOT11_OPERATION_MODE_EXTENSIBLE_STATION}};
  Adapter adapter;
  {
    const std::lock_guard lock(host().mutex);
    if (host().state.adapter) {
      return not_done("an adapter is there");
    }
    adapter.number = ++host().state.last_adapter;
    host().state.adapter = adapter;
  }
  HANDLE handle = nullptr;
  const Handled handled = handler_call(
      "Dot11ExtIhvInitAdapter", {{"adapter", adapter.number}, {"arguments", Json::object()}}, [] {},
      [&] {
        return host().handlers.Dot11ExtIhvInitAdapter(
            &info, handle_of(HandleKind::adapter, adapter.number), &handle);
      },
      [&] {
        return Json{{"adapter", adapter.number}, {"null_handle", handle == nullptr}};
      });
  const std::lock_guard lock(host().mutex);
  if (handled.error != ERROR_SUCCESS) {
    host().state.adapter.reset();
  } else {
    host().state.adapter->module_handle = handle;
    host().state.adapter->initialising = false;
  }
  return done(handled);
}

Json perform_pre_associate(const Json& command) {
  const auto adapter = subject();
  if (!adapter || host().handlers.Dot11ExtIhvPerformPreAssociate == nullptr) {
    return not_done("there is no adapter, or no Dot11ExtIhvPerformPreAssociate");
  }
  std::uint64_t connection = 0;
  {
    const std::lock_guard lock(host().mutex);
    connection = ++host().state.last_connection;
    host().state.adapter->connection = {connection, Preparation::pending, true};
  }
  Profile profile(command);
  DWORD reason = L2_REASON_CODE_UNKNOWN;
  const Handled handled = handler_call(
      "Dot11ExtIhvPerformPreAssociate",
      {{"adapter", adapter->number}, {"arguments", {{"connection", connection}}}}, [] {},
      [&] {
        return host().handlers.Dot11ExtIhvPerformPreAssociate(
            adapter->handle, handle_of(HandleKind::connection, connection), &profile.parameters,
            &profile.connectivity, &profile.security, &profile.bss_list, &reason);
      },
      [&] {
        return Json{{"reason", reason}};
      });
  if (handled.error != ERROR_SUCCESS) {
    const std::lock_guard lock(host().mutex);
    if (host().state.adapter) {
      host().state.adapter->connection.handle_open = false;
      host().state.adapter->connection.preparation = Preparation::none;
    }
  }
  return done(handled);
}

Json adapter_reset() {
  const auto adapter = subject();
  if (!adapter || host().handlers.Dot11ExtIhvAdapterReset == nullptr) {
    return not_done("there is no adapter, or no Dot11ExtIhvAdapterReset");
  }
  prepare_reset();
  host().ui.cancel_all();
  const auto mark = [] {
    const std::lock_guard lock(host().mutex);
    host().state.adapter->resetting = true;
  };
  const Handled handled = handler_call(
      "Dot11ExtIhvAdapterReset", {{"adapter", adapter->number}, {"arguments", Json::object()}},
      mark, [&] { return host().handlers.Dot11ExtIhvAdapterReset(adapter->handle); },
      [] { return Json::object(); });
  note_reset();
  if (host().has_fault(HostFault::late_list_clear)) {
    host().recorder.event("ihv_lists_cleared", Json::object());
  }
  return done(handled);
}

Json deinit_adapter() {
  const auto adapter = subject();
  if (!adapter || host().handlers.Dot11ExtIhvDeinitAdapter == nullptr) {
    return not_done("there is no adapter, or no Dot11ExtIhvDeinitAdapter");
  }
  if (host().has_fault(HostFault::no_deinit_adapter)) {
    return not_done("left out on purpose");
  }
  stop_open_port(DOT11_ASSOC_STATUS_DISASSOCIATED_BY_OS);
  drop_received();
  host().ui.cancel_all();
  const auto mark = [] {
    const std::lock_guard lock(host().mutex);
    host().state.adapter->removed = true;
  };
  const Handled handled = handler_call(
      "Dot11ExtIhvDeinitAdapter", {{"adapter", adapter->number}, {"arguments", Json::object()}},
      mark, [&] { host().handlers.Dot11ExtIhvDeinitAdapter(adapter->handle); },
      [] { return Json::object(); });
  host().recorder.event("ihv_ledger",
                        {{"when", "deinit_adapter"}, {"outstanding", host().memory.outstanding()}});
  const std::lock_guard lock(host().mutex);
  host().state.adapter.reset();
  return done(handled);
}

Json process_session_change(std::uint32_t event) {
  if (host().handlers.Dot11ExtIhvProcessSessionChange == nullptr) {
    return not_done("there is no Dot11ExtIhvProcessSessionChange");
  }
  if (event == WTS_SESSION_LOGOFF) {
    host().ui.cancel_all();
  }
  WTSSESSION_NOTIFICATION notification{sizeof(WTSSESSION_NOTIFICATION), 1};
  return done(handler_call(
      "Dot11ExtIhvProcessSessionChange", {{"arguments", {{"session_event", event}}}},
      [&] { return host().handlers.Dot11ExtIhvProcessSessionChange(event, &notification); }));
}

}  // namespace postassoc::module_host
