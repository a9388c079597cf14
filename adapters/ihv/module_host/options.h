#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "adapters/ihv/module_host/fields.h"

namespace postassoc::module_host {

/// How the host answers a request to the user.
enum class UiPlan { answer, refuse, cancel, none };

/// A call that the scenario makes when something happened for the nth time.
struct PlannedCall {
  std::string on;  ///< a function of either table, or "associated"
  std::uint64_t nth = 1;
  bool at_begin = false;
  std::string call;  ///< AdapterReset, StopPostAssociate, DeinitAdapter, ProcessSessionLogoff
};

/// The nth call of the function is answered with this error.
struct PlannedError {
  std::string function;
  std::uint64_t nth = 1;
  std::uint32_t error = 0;
};

/// The scenario's `station.ihv` as far as it concerns the host.
struct Options {
  std::vector<PlannedCall> calls;
  std::vector<PlannedError> errors;  ///< key_errors and send_errors
  UiPlan ui = UiPlan::answer;
  std::uint64_t send_completion_delay_ms = 0;
  std::string host_fault;  ///< see host_fault.h; empty for a host that keeps its rules
  Octets ui_answer;
};

/// Reads them from the command "load". What it does not know it leaves alone: the station has
/// validated the scenario.
Options read_options(const Json& load);

}  // namespace postassoc::module_host
