#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/frames/bytes.h"
#include "harness/frames/mac_address.h"
#include "harness/result.h"
#include "harness/scenario.h"

namespace postassoc {

/// The text of wpa_supplicant.conf: a control socket and no network, hence no secret.
std::string supplicant_conf(const std::filesystem::path& control_directory);

/// The "variable value" pairs that SET_NETWORK gets, in order, for the scenario's network on this
/// BSS. It is scanned for on its own channel only. `pmk` is the station's, 32 octets, and not
/// looked at for an open network: the pair "psk ..." is secret. An invalid_input Error for a
/// channel that is none.
Result<std::vector<std::string>> network_variables(const AccessPointSpec& spec,
                                                   const MacAddress& bssid, ByteView pmk);

}  // namespace postassoc
