#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "harness/rig_spec.h"
#include "harness/scenario.h"

/// How a rig can be the medium that a scenario asks for: with the capability "medium" wholly (the
/// radios are simulated), with "access_point_test_commands" as far as hostapd hands over its EAPOL
/// frames.
namespace postassoc {

bool can(const RigSpec& rig, std::string_view capability);
/// JSON pointer of the first thing the medium is asked for that hostapd's relay of its own EAPOL
/// frames can't do: a rule about other frames or the station's, another action than `drop` (what is
/// late, repeated or altered would be on the air as if the access point had sent it so), a loss on
/// the air, a network with EAP, a second BSS. Nothing: the relay will do.
std::optional<std::string> beyond_eapol_relay(const Scenario& scenario);
/// The rig has no medium of its own, and hostapd's relay does all that the scenario asks for.
bool relays_eapol(const Scenario& scenario, const RigSpec& rig);

}  // namespace postassoc
