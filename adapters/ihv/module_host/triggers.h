#pragma once

#include <string>

#include "adapters/ihv/module_host/recorder.h"

namespace postassoc::module_host {

/// The scenario's `calls`: when a function of either table was called for the nth time, the host
/// makes a call of its own on Host::control. The thread that set it off waits until that call has
/// begun (at most 200 ms) and 20 ms more, so that the call really comes at this point;
/// Host::control itself does not wait. `function`: of a record, or "associated".
void fire_triggers(const std::string& function, Edge edge);

/// Makes such a call and tells the station that the radio has to follow. On Host::control.
void make_planned_call(const std::string& call);

}  // namespace postassoc::module_host
