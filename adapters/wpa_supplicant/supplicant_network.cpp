#include "adapters/wpa_supplicant/supplicant_network.h"

#include "adapters/wpa_ctrl/hostap_words.h"
#include "harness/channel.h"

namespace postassoc {
namespace {

using Variables = std::vector<std::string>;

std::string in_quotes(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

std::string phase2(EapMethod method) {
  switch (method) {
    case EapMethod::tls:
      return {};
    case EapMethod::peap:
    case EapMethod::ttls:
      return "phase2 " + in_quotes("auth=MSCHAPV2");
  }
  return {};
}

std::string_view eap_word(EapMethod method) {
  switch (method) {
    case EapMethod::tls:
      return "TLS";
    case EapMethod::peap:
      return "PEAP";
    case EapMethod::ttls:
      return "TTLS";
  }
  return {};
}

void add_eap(const AccessPointSpec& spec, const Secrets& secrets,
             const CertificateFiles& certificates, Variables& variables) {
  variables.push_back("eap " + std::string(eap_word(spec.eap)));
  variables.push_back("identity " + in_quotes(kEapIdentity));
  variables.push_back("ca_cert " + in_quotes(certificates.authority.string()));
  if (spec.eap == EapMethod::tls) {
    variables.push_back("client_cert " + in_quotes(certificates.client.string()));
    variables.push_back("private_key " + in_quotes(certificates.client_key.string()));
  } else {
    variables.push_back(phase2(spec.eap));
    variables.push_back("password " + in_quotes(secrets.station_passphrase));
  }
  if (spec.security == Security::suite_b_192) {
    variables.push_back("openssl_ciphers " + in_quotes("SUITEB192"));
  }
}

void add_security(const AccessPointSpec& spec, Security security, const Secrets& secrets,
                  const CertificateFiles& certificates, Variables& variables) {
  const auto cipher = [](std::string_view variable, Suite suite) {
    return std::string(variable) + " " + std::string(hostap_cipher(suite));
  };
  variables.insert(variables.end(),
                   {"proto RSN", cipher("pairwise", spec.pairwise), cipher("group", spec.group),
                    "ieee80211w " + std::to_string(hostap_ieee80211w(spec.pmf))});
  if (spec.pmf != Pmf::off) {
    variables.push_back(cipher("group_mgmt", spec.group_management));
  }
  if (spec.beacon_protection) {
    variables.emplace_back("beacon_prot 1");
  }
  if (has_psk(security)) {
    variables.push_back("psk " + to_hex(secrets.station_pmk));
  }
  if (uses_sae(security)) {
    variables.push_back("sae_password " + in_quotes(secrets.station_passphrase));
  }
  if (uses_eap(security)) {
    add_eap(spec, secrets, certificates, variables);
  }
}

}  // namespace

std::string supplicant_conf(const AccessPointSpec& spec,
                            const std::filesystem::path& control_directory) {
  std::string text = "ctrl_interface=" + control_directory.string() +
                     "\n"
                     "update_config=0\n"
                     "p2p_disabled=1\n";
  if (uses_sae(spec.security) && spec.sae_pwe == SaePwe::hash_to_element) {
    text += "sae_pwe=1\n";
  }
  return text;
}

Result<Variables> network_variables(const Scenario& scenario, const MacAddress& bssid,
                                    const Secrets& secrets, const CertificateFiles& certificates) {
  const AccessPointSpec& spec = scenario.access_point;
  const auto frequency = frequency_mhz(spec.channel);
  if (!frequency) {
    return frequency.error();
  }
  const Security security = scenario.station.security.value_or(spec.security);
  Variables variables = {
      "ssid " + to_hex(as_bytes(spec.ssid)),
      "bssid " + to_string(bssid),
      "scan_freq " + std::to_string(*frequency),
      "key_mgmt " + std::string(hostap_key_mgmt(security)),
  };
  if (spec.security != Security::open) {
    add_security(spec, security, secrets, certificates, variables);
  }
  return variables;
}

}  // namespace postassoc
