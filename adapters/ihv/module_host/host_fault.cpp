#include "adapters/ihv/module_host/host_fault.h"

#include <array>
#include <utility>

namespace postassoc::module_host {

HostFault host_fault_from(std::string_view name) {
  using enum HostFault;
  static constexpr std::array kNames{
      std::pair{"init_before_version", init_before_version},
      std::pair{"null_api", null_api},
      std::pair{"foreign_adapter_handle", foreign_adapter_handle},
      std::pair{"second_perform", second_perform},
      std::pair{"authorized_at_start", authorized_at_start},
      std::pair{"closed_after_success", closed_after_success},
      std::pair{"open_after_failure", open_after_failure},
      std::pair{"one_completion_only", one_completion_only},
      std::pair{"no_stop", no_stop},
      std::pair{"wrong_stop_peer", wrong_stop_peer},
      std::pair{"late_list_clear", late_list_clear},
      std::pair{"no_deinit_adapter", no_deinit_adapter},
      std::pair{"double_send_completion", double_send_completion},
      std::pair{"lost_send_completion", lost_send_completion},
      std::pair{"refuses_send_unauthorized", refuses_send_unauthorized},
      std::pair{"unregistered_indicated", unregistered_indicated},
      std::pair{"reorder_receive", reorder_receive},
      std::pair{"overlap_receive", overlap_receive},
      std::pair{"drop_newest", drop_newest},
      std::pair{"ignores_exemptions", ignores_exemptions},
      std::pair{"keeps_keys", keeps_keys},
      std::pair{"swallows_key_errors", swallows_key_errors},
      std::pair{"unknown_ui_response", unknown_ui_response},
  };
  for (const auto& [known, fault] : kNames) {
    if (name == known) {
      return fault;
    }
  }
  return none;
}

}  // namespace postassoc::module_host
