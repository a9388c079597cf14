#pragma once

#include <functional>
#include <string_view>

#include "harness/evidence_writer.h"
#include "harness/run/task.h"

namespace postassoc::virtual_rig {

/// True when this process is the init of a virtual rig's guest.
bool is_guest_init();

/// Runs one job in the guest. What it appends to `evidence` is on its way to the host when append()
/// returns. It must return when it is cancelled. Its result must be at most 16 MiB.
using Job = std::function<Task<Bytes>(Bytes job, EvidenceWriter& evidence,
                                      std::function<void(std::string_view)> progress)>;

/// The guest's init: mounts what a Linux system has, loads the radios, tells the host that it is
/// ready and serves one job after the other until the virtual machine ends. Trouble before the
/// first job is printed on the console and ends the machine. `prepare` is called once the radios
/// are there: what it makes is in the snapshot, and costs no job any time.
int guest_main(Job job, const std::function<void()>& prepare = {});

}  // namespace postassoc::virtual_rig
