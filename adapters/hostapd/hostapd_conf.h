#pragma once

#include <filesystem>
#include <string>

#include "harness/frames/bytes.h"
#include "harness/result.h"
#include "harness/scenario.h"

namespace postassoc {

/// The text of hostapd.conf for a network. Holds no secret: the key is in `psk_file`, which hostapd
/// reads (see `hostapd_psk_file`). An invalid_input Error for what hostapd could not be told: an
/// SSID that is not 1 to 32 octets long, a further option that is no "key=value" line or that would
/// take away the harness's own control (interface, control socket, keys).
Result<std::string> hostapd_conf(const AccessPointSpec& spec, const std::string& interface,
                                 const std::filesystem::path& control_directory,
                                 const std::filesystem::path& psk_file);

/// The text of a wpa_psk_file: one PMK for every station. Secret.
std::string hostapd_psk_file(ByteView pmk);

}  // namespace postassoc
