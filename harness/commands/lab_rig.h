#pragma once

#include "harness/run/ports.h"

namespace postassoc {

/// Makes a rig of this machine's radios: the one place where concrete adapters are put together.
/// Takes the radios that the rig file names, moves access point and station into network
/// namespaces of their own, and starts key trace, captures, hostapd and wpa_supplicant. `release`
/// gives the radios back.
class LabRigFactory final : public RigFactory {
 public:
  Task<> bring_up(const RunContext& context, Rig& rig) override;
};

}  // namespace postassoc
