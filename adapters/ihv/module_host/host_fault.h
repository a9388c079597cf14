#pragma once

#include <cstdint>
#include <string_view>

namespace postassoc::module_host {

/// A rule that the host itself breaks on purpose (`"ihv": {"host_fault": "..."}`), so that the
/// checks of the host's own rules are seen to fail. The rule of each stands behind it.
enum class HostFault : std::uint8_t {
  none,
  init_before_version,        ///< PA-01: InitService, then GetVersionInfo
  null_api,                   ///< PA-02: a slot of the API table is NULL
  foreign_adapter_handle,     ///< PA-04: StopPostAssociate with a handle that is not the module's
  second_perform,             ///< PA-08: PerformPostAssociate twice for one association
  authorized_at_start,        ///< PA-09: the port is shown as authorised
  closed_after_success,       ///< PA-20: the port stays closed
  open_after_failure,         ///< PA-21: the port stays open
  one_completion_only,        ///< PA-22: later completions are rejected
  no_stop,                    ///< PA-24: StopPostAssociate is left out
  wrong_stop_peer,            ///< PA-24: StopPostAssociate names another peer
  late_list_clear,            ///< PA-28: lists are cleared after AdapterReset
  no_deinit_adapter,          ///< PA-32: DeinitService without DeinitAdapter
  double_send_completion,     ///< PA-38: the first completion comes twice
  lost_send_completion,       ///< PA-38: the first completion never comes
  refuses_send_unauthorized,  ///< PA-40: SendPacket only through an open port
  unregistered_indicated,     ///< PA-41: a frame of an unregistered EtherType is indicated
  reorder_receive,            ///< PA-42: the second frame is indicated before the first
  overlap_receive,            ///< PA-42: two indications at once
  drop_newest,                ///< PA-43: a full backlog drops the newest frame
  ignores_exemptions,         ///< PA-45: no privacy rule is applied
  keeps_keys,                 ///< PA-50: keys survive an association
  swallows_key_errors,        ///< PA-51: a refused key is reported as installed
  unknown_ui_response,        ///< PA-53: a response for a GUID that nobody sent
};

/// By its name; none for any other word.
HostFault host_fault_from(std::string_view name);

}  // namespace postassoc::module_host
