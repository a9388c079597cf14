#pragma once

#include <string>

#include "adapters/virtual_rig/channel.h"
#include "harness/result.h"

namespace postassoc::virtual_rig {

/// Mounts proc, sysfs, devtmpfs, tracefs, debugfs and empty /tmp and /run; loads the modules of the
/// image in their order; brings up the loopback interface. To be called once, as init.
Result<> set_up_guest();

/// Opens the port that leads to the host: non-blocking. Waits for the device up to 5 s.
Result<int> open_channel();

/// Sets the date, and mixes the host's entropy into the kernel's random numbers so that two guests
/// restored from one snapshot go different ways.
Result<> apply(const Sync& sync);

/// Kernel release and clock source, as JSON.
std::string describe_guest();

/// Ends the virtual machine.
[[noreturn]] void end_guest();

}  // namespace postassoc::virtual_rig
