#pragma once

#include <filesystem>
#include <string>
#include <vector>

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

/// Names that a second BSS brings along.
inline constexpr const char* kSecondInterface = "pabss1";
inline constexpr const char* kBridge = "pabr0";

/// The text of hostapd.conf for a network, a part for each BSS: to each part belong the lines of
/// hostapd_secret_lines, which hostapd takes from nowhere else. Holds no secret: keys are in
/// `files`. An invalid_input Error for what hostapd
/// could not be told: an SSID that is not 1 to 32 octets long, a further option that is no
/// "key=value" line or that would take away the harness's own control (interface, control socket,
/// keys).
Result<std::vector<std::string>> hostapd_conf(const AccessPointSpec& spec,
                                              const std::string& interface,
                                              const HostapdFiles& files);

/// Further lines for each part of the file that hostapd reads: the SAE password, the key between
/// the key holders of fast BSS transition. Secret; may be empty. `key_holder_key`: 32 octets, new
/// for every run; used where there are two BSSs.
std::string hostapd_secret_lines(const AccessPointSpec& spec, const Secrets& secrets,
                                 ByteView key_holder_key);
/// The text of an eap_user file: the one user, his method and password. Secret.
std::string hostapd_eap_users(EapMethod method, const std::string& password);

/// The text of a wpa_psk_file: one PMK for every station. Secret.
std::string hostapd_psk_file(ByteView pmk);

}  // namespace postassoc
