#include "adapters/hostapd/hostapd_conf.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "adapters/wpa_ctrl/hostap_words.h"
#include "harness/frames/bytes.h"

namespace postassoc {
namespace {

constexpr std::size_t kLongestSsid = 32;
constexpr int kLastChannelOf2GHz = 14;
/// Options that are the harness's own, or secrets: the file is evidence.
constexpr std::array<std::string_view, 13> kOwnOptions = {
    "interface",      "driver",       "ctrl_interface",    "ctrl_interface_group", "ssid",
    "wpa_passphrase", "wpa_psk_file", "wpa_psk",           "sae_password",         "bss",
    "eap_user_file",  "private_key",  "private_key_passwd"};

std::string eap_lines(const HostapdFiles& files) {
  return fmt::format(
      "ieee8021x=1\neap_server=1\neap_user_file={}\nca_cert={}\nserver_cert={}\nprivate_key={}\n",
      files.eap_user.string(), files.certificates.authority.string(),
      files.certificates.server.string(), files.certificates.server_key.string());
}

bool is_ft(Security security) {
  return security == Security::ft_psk || security == Security::ft_sae ||
         security == Security::ft_enterprise;
}

/// Each BSS is a key holder of both levels. What a BSS does not have and can't make, it asks the
/// others for: they are in the same hostapd.
std::string fast_transition_lines(int bss) {
  return fmt::format(
      "mobility_domain=7061\nnas_identifier=access-point{}.example\nft_psk_generate_local=1\n"
      "ft_over_ds=1\n",
      bss == 0 ? "" : "-" + std::to_string(bss));
}

std::string security_lines(const AccessPointSpec& spec, const HostapdFiles& files, int bss) {
  const Security security = spec.security;
  if (security == Security::open) {
    return "wpa=0\n";
  }
  std::string text =
      fmt::format("wpa=2\nwpa_key_mgmt={}\nrsn_pairwise={}\ngroup_cipher={}\nieee80211w={}\n",
                  hostap_key_mgmt(security), hostap_cipher(spec.pairwise),
                  hostap_cipher(spec.group), hostap_ieee80211w(spec.pmf));
  if (spec.pmf != Pmf::off) {
    text += fmt::format("group_mgmt_cipher={}\n", hostap_cipher(spec.group_management));
  }
  if (spec.beacon_protection) {
    text += "beacon_prot=1\n";
  }
  if (has_psk(security)) {
    text += fmt::format("wpa_psk_file={}\n", files.psk.string());
  }
  if (uses_sae(security)) {
    text += fmt::format("sae_require_mfp=1\nsae_pwe={}\n",
                        spec.sae_pwe == SaePwe::hash_to_element ? 1 : 0);
  }
  if (is_ft(security)) {
    text += fast_transition_lines(bss);
  }
  if (uses_eap(security)) {
    text += eap_lines(files);
  }
  if (security == Security::suite_b_192) {
    text += "openssl_ciphers=SUITEB192\n";
  }
  return text;
}

Result<> check_option(const std::string& option) {
  const auto equals = option.find('=');
  const auto bad = [](char c) { return static_cast<unsigned char>(c) < 0x20; };
  if (equals == std::string::npos || equals == 0 || option.front() == '#' ||
      std::any_of(option.begin(), option.end(), bad)) {
    return Error{Fault::invalid_input, "a hostapd option is one line \"key=value\"", option};
  }
  const auto key = option.substr(0, equals);
  if (std::find(kOwnOptions.begin(), kOwnOptions.end(), key) != kOwnOptions.end()) {
    return Error{Fault::invalid_input, "the harness sets this hostapd option itself", key};
  }
  return {};
}

}  // namespace

Result<std::vector<std::string>> hostapd_conf(const AccessPointSpec& spec,
                                              const std::string& interface,
                                              const HostapdFiles& files) {
  if (spec.ssid.empty() || spec.ssid.size() > kLongestSsid) {
    return Error{Fault::invalid_input, "an SSID has 1 to 32 octets", spec.ssid};
  }
  std::string options;
  for (const std::string& option : spec.hostapd_options) {
    if (auto checked = check_option(option); !checked) {
      return checked.error();
    }
    options += option + "\n";
  }
  // ssid2 in hexadecimal digits: no octet of an SSID means anything to the file's syntax.
  const std::string network =
      fmt::format("ctrl_interface={}\nssid2={}\n", files.control_directory.string(),
                  to_hex(as_bytes(spec.ssid)));
  const std::string bridge = spec.second_bss ? fmt::format("bridge={}\n", kBridge) : "";
  const std::string radio = fmt::format("hw_mode={}\nchannel={}\nbeacon_int={}\n",
                                        spec.channel <= kLastChannelOf2GHz ? 'g' : 'a',
                                        spec.channel, spec.beacon_interval_tu);
  std::vector<std::string> parts = {fmt::format("interface={}\ndriver=nl80211\n", interface) +
                                    network + bridge + radio + security_lines(spec, files, 0) +
                                    options};
  if (spec.second_bss) {
    parts.front() += "use_driver_iface_addr=1\n";
    parts.push_back(fmt::format("bss={}\n", kSecondInterface) + network + bridge +
                    security_lines(spec, files, 1) + options);
  }
  return parts;
}

std::string hostapd_secret_lines(const AccessPointSpec& spec, const Secrets& secrets,
                                 ByteView key_holder_key) {
  std::string text = uses_sae(spec.security) ? "sae_password=" + secrets.passphrase + "\n" : "";
  if (spec.second_bss && is_ft(spec.security)) {
    const std::string key = to_hex(key_holder_key);
    text += "r0kh=ff:ff:ff:ff:ff:ff * " + key + "\n" + "r1kh=00:00:00:00:00:00 00:00:00:00:00:00 " +
            key + "\n";
  }
  return text;
}

std::string hostapd_eap_users(EapMethod method, const std::string& password) {
  const auto tunnelled = [&](std::string_view outer, std::string_view inner) {
    return fmt::format("* {}\n\"{}\" {} \"{}\" [2]\n", outer, kEapIdentity, inner, password);
  };
  switch (method) {
    case EapMethod::tls:
      return fmt::format("\"{}\" TLS\n", kEapIdentity);
    case EapMethod::peap:
      return tunnelled("PEAP", "MSCHAPV2");
    case EapMethod::ttls:
      return tunnelled("TTLS", "TTLS-MSCHAPV2");
  }
  return {};
}

std::string hostapd_psk_file(ByteView pmk) {
  return "00:00:00:00:00:00 " + to_hex(pmk) + "\n";
}

}  // namespace postassoc
