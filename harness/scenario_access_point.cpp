#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "harness/channel.h"
#include "harness/scenario_parts.h"
#include "harness/scenario_words.h"

namespace postassoc::scenario_parts {
namespace {

constexpr std::size_t kLongestSsid = 32;

/// hostapd's keys that a scenario may not set, and what sets them.
constexpr std::pair<std::string_view, std::string_view> kOwned[] = {
    {"interface", "the rig file"},
    {"bss", "the rig file"},
    {"bridge", "the rig file"},
    {"driver", "the harness"},
    {"ctrl_interface", "the harness"},
    {"ctrl_interface_group", "the harness"},
    {"ssid", "access_point.ssid"},
    {"ssid2", "access_point.ssid"},
    {"channel", "access_point.channel"},
    {"hw_mode", "access_point.channel"},
    {"beacon_int", "access_point.beacon_interval_tu"},
    {"wpa", "access_point.security"},
    {"wpa_key_mgmt", "access_point.security"},
    {"ieee80211w", "access_point.pmf"},
    {"rsn_pairwise", "access_point.pairwise"},
    {"group_cipher", "access_point.group"},
    {"group_mgmt_cipher", "access_point.group_management"},
    {"beacon_prot", "access_point.beacon_protection"},
    {"sae_pwe", "access_point.sae_pwe"},
    {"ieee8021x", "access_point.security"},
    {"mobility_domain", "access_point.security"},
    {"eap_server", "access_point.eap"},
    {"eap_user_file", "access_point.eap"},
    {"ca_cert", "the harness, anew for every run,"},
    {"server_cert", "the harness, anew for every run,"},
    {"private_key", "the harness, anew for every run,"},
    {"wpa_psk", "the harness, anew for every run,"},
    {"wpa_psk_file", "the harness, anew for every run,"},
    {"wpa_passphrase", "the harness, anew for every run,"},
    {"sae_password", "the harness, anew for every run,"},
};

void read_channel(ObjectReader& reader, AccessPointSpec& spec) {
  const auto channel = reader.integer("channel", 1, 255);
  if (!channel) {
    return;
  }
  const auto frequency = frequency_mhz(static_cast<int>(*channel));
  if (!frequency) {
    reader.fault("channel", frequency.error().what);
  }
  spec.channel = static_cast<int>(*channel);
}

/// Why the line can't be used; empty when it can.
std::string fault_of_option(std::string_view line) {
  const std::size_t equals = line.find('=');
  const std::string_view key = line.substr(0, equals);
  const bool is_key = !key.empty() && std::all_of(key.begin(), key.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_';
  });
  if (equals == line.npos || !is_key) {
    return "expected \"key=value\" as in hostapd.conf";
  }
  for (const auto& [owned, owner] : kOwned) {
    if (key == owned) {
      return fmt::format("\"{}\" is set by {} and can't be set here", key, owner);
    }
  }
  return {};
}

/// Whether the Wi-Fi Alliance's programme, or the AKM itself, allows no station without protected
/// management frames.
bool demands_pmf(Security security) {
  return security == Security::wpa3_sae || security == Security::ft_sae ||
         security == Security::owe || security == Security::suite_b_192;
}

Pmf usual_pmf(Security security) {
  if (demands_pmf(security)) {
    return Pmf::required;
  }
  return security == Security::wpa2_wpa3_transition ? Pmf::optional : Pmf::off;
}

void check_pmf(ObjectReader& reader, const AccessPointSpec& spec) {
  if (spec.security == Security::open && spec.pmf != Pmf::off) {
    reader.fault("pmf",
                 "protected management frames need keys: with security \"open\" only "
                 "\"off\" is possible");
  }
  if (demands_pmf(spec.security) && spec.pmf != Pmf::required) {
    reader.fault("pmf",
                 "this security has protected management frames always: only \"required\" "
                 "is possible");
  }
  if (spec.security == Security::wpa2_wpa3_transition && spec.pmf != Pmf::optional) {
    reader.fault("pmf",
                 "a transition network serves stations with and without protected "
                 "management frames: only \"optional\" is possible");
  }
  for (const std::string_view key : {"group_management", "beacon_protection"}) {
    if (reader.has(key) && spec.pmf == Pmf::off) {
      reader.fault(key, "needs protected management frames: pmf is \"off\"");
    }
  }
}

void read_ciphers(ObjectReader& reader, AccessPointSpec& spec) {
  const bool suite_b = spec.security == Security::suite_b_192;
  spec.pairwise = reader.choice<Suite>("pairwise", scenario_words::kPairwise)
                      .value_or(suite_b ? kCipherGcmp256 : kCipherCcmp128);
  spec.group = reader.choice<Suite>("group", scenario_words::kGroup).value_or(spec.pairwise);
  spec.group_management = reader.choice<Suite>("group_management", scenario_words::kGroupManagement)
                              .value_or(suite_b ? kCipherBipGmac256 : kCipherBipCmac128);
  spec.beacon_protection = reader.boolean("beacon_protection").value_or(spec.beacon_protection);
  for (const std::string_view key : {"pairwise", "group"}) {
    if (reader.has(key) && spec.security == Security::open) {
      reader.fault(key, "an open network has no cipher");
    }
  }
}

void read_authentication(ObjectReader& reader, AccessPointSpec& spec) {
  spec.sae_pwe = reader.choice<SaePwe>("sae_pwe", scenario_words::kSaePwe).value_or(spec.sae_pwe);
  if (reader.has("sae_pwe") && !uses_sae(spec.security)) {
    reader.fault("sae_pwe", "this security has no SAE");
  }
  spec.eap = reader.choice<EapMethod>("eap", scenario_words::kEap).value_or(spec.eap);
  if (reader.has("eap") && !uses_eap(spec.security)) {
    reader.fault("eap", "this security has no EAP");
  }
  if (spec.security == Security::suite_b_192 && spec.eap != EapMethod::tls) {
    reader.fault("eap", "suite B has certificates on both ends: only \"tls\" is possible");
  }
}

}  // namespace

AccessPointSpec read_access_point(const nlohmann::json& value, JsonFaults& faults) {
  AccessPointSpec spec;
  ObjectReader reader(value, "/access_point", scenario_words::kAccessPoint, faults);
  if (auto ssid = reader.text("ssid")) {
    if (ssid->size() > kLongestSsid) {
      reader.fault("ssid", fmt::format("expected 1 to 32 octets of UTF-8, found {}", ssid->size()));
    }
    spec.ssid = std::move(*ssid);
  }
  read_channel(reader, spec);
  spec.security =
      reader.choice<Security>("security", scenario_words::kSecurity).value_or(spec.security);
  spec.pmf = reader.choice<Pmf>("pmf", scenario_words::kPmf).value_or(usual_pmf(spec.security));
  check_pmf(reader, spec);
  read_ciphers(reader, spec);
  read_authentication(reader, spec);
  spec.second_bss = reader.boolean("second_bss").value_or(spec.second_bss);
  spec.beacon_interval_tu = static_cast<int>(
      reader.integer("beacon_interval_tu", 15, 65535).value_or(spec.beacon_interval_tu));
  spec.hostapd_options = reader.texts("hostapd_options");
  for (std::size_t i = 0; i < spec.hostapd_options.size(); ++i) {
    const std::string& line = spec.hostapd_options[i];
    if (const auto fault = fault_of_option(line); !line.empty() && !fault.empty()) {
      faults.add(child_pointer(reader.pointer_to("hostapd_options"), std::to_string(i)),
                 fmt::format("{}, found {}", fault, describe(line)));
    }
  }
  return spec;
}

}  // namespace postassoc::scenario_parts
