#pragma once

#include <filesystem>
#include <string>

#include "adapters/certificates/certificates.h"
#include "harness/frames/bytes.h"
#include "harness/plan.h"
#include "harness/result.h"
#include "harness/scenario.h"

namespace postassoc {

/// What hostapd reads beside its configuration.
struct HostapdFiles {
  std::filesystem::path control_directory;
  std::filesystem::path psk;       ///< see hostapd_psk_file; where a PSK is used
  std::filesystem::path eap_user;  ///< see hostapd_eap_users; where EAP is used
  CertificateFiles certificates;   ///< likewise
};

/// The text of hostapd.conf for a network. Holds no secret: keys are in `files`, and what hostapd
/// takes from nowhere else is in hostapd_secret_lines. An invalid_input Error for what hostapd
/// could not be told: an SSID that is not 1 to 32 octets long, a further option that is no
/// "key=value" line or that would take away the harness's own control (interface, control socket,
/// keys).
Result<std::string> hostapd_conf(const AccessPointSpec& spec, const std::string& interface,
                                 const HostapdFiles& files);

/// Further lines for the file that hostapd reads: the SAE password. Secret; may be empty.
std::string hostapd_secret_lines(const AccessPointSpec& spec, const Secrets& secrets);
/// The text of an eap_user file: the one user, his method and password. Secret.
std::string hostapd_eap_users(EapMethod method, const std::string& password);

/// The text of a wpa_psk_file: one PMK for every station. Secret.
std::string hostapd_psk_file(ByteView pmk);

}  // namespace postassoc
