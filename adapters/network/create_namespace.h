#pragma once

#include "harness/run/namespace.h"

namespace postassoc {

/// Makes a network namespace that only its descriptor keeps alive: nothing is left in /run/netns,
/// and when the last descriptor is closed (a crash closes it too) the kernel removes it and gives
/// radios that were moved into it back to the initial namespace. The loopback interface is up; IPv6
/// is off, so that no router solicitation or duplicate address detection is among the frames of a
/// run. `name` is for messages only.
Result<NetworkNamespace> create_namespace(std::string name);

}  // namespace postassoc
