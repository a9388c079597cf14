#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "adapters/certificates/certificates.h"
#include "harness/frames/bytes.h"
#include "harness/frames/mac_address.h"
#include "harness/plan.h"
#include "harness/result.h"
#include "harness/scenario.h"

namespace postassoc {

/// The text of wpa_supplicant.conf: a control socket and no network, hence no secret.
std::string supplicant_conf(const AccessPointSpec& spec,
                            const std::filesystem::path& control_directory);

/// The "variable value" pairs that SET_NETWORK gets, in order, for the scenario's network on this
/// BSS. It is scanned for on its own channel only. Of `secrets` the station's are used; the pairs
/// "psk ..." "sae_password ..." and "password ..." are secret. `certificates` are the station's and
/// looked at for EAP only. An invalid_input Error for a channel that is none.
Result<std::vector<std::string>> network_variables(const Scenario& scenario,
                                                   const MacAddress& bssid, const Secrets& secrets,
                                                   const CertificateFiles& certificates);

}  // namespace postassoc
