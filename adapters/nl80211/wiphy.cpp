#include "adapters/nl80211/wiphy.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>

#include "adapters/nl80211/netlink.h"

namespace postassoc {
namespace {

namespace fs = std::filesystem;

void for_each_nested(const nlattr* parent, const std::function<void(nlattr*)>& visit) {
  if (!parent) {
    return;
  }
  int rest = nla_len(parent);
  for (auto* at = static_cast<nlattr*>(nla_data(parent)); nla_ok(at, rest);
       at = nla_next(at, &rest)) {
    visit(at);
  }
}

bool has_bit(ByteView bits, unsigned bit) {
  return bit / 8 < bits.size() && (std::to_integer<unsigned>(bits[bit / 8]) >> (bit % 8) & 1U) != 0;
}

void add_types(const Attributes& attributes, Wiphy& wiphy) {
  for_each_nested(attributes.get(NL80211_ATTR_SUPPORTED_IFTYPES), [&](nlattr* type) {
    wiphy.supports_station |= nla_type(type) == NL80211_IFTYPE_STATION;
    wiphy.supports_access_point |= nla_type(type) == NL80211_IFTYPE_AP;
    wiphy.supports_monitor |= nla_type(type) == NL80211_IFTYPE_MONITOR;
  });
}

void add_frequencies(const Attributes& attributes, Wiphy& wiphy) {
  for_each_nested(attributes.get(NL80211_ATTR_WIPHY_BANDS), [&](nlattr* band) {
    const auto in_band = Attributes::nested(band);
    for_each_nested(in_band.get(NL80211_BAND_ATTR_FREQS), [&](nlattr* frequency) {
      const auto one = Attributes::nested(frequency);
      const auto mhz = one.u32(NL80211_FREQUENCY_ATTR_FREQ);
      if (mhz && !one.has(NL80211_FREQUENCY_ATTR_DISABLED)) {
        wiphy.frequencies_mhz.push_back(static_cast<int>(*mhz));
      }
    });
  });
}

/// A radio comes in several messages (a split dump); each adds what it holds.
void merge(const Attributes& attributes, std::map<std::uint32_t, Wiphy>& wiphys) {
  const auto index = attributes.u32(NL80211_ATTR_WIPHY);
  if (!index) {
    return;
  }
  auto& wiphy = wiphys[*index];
  wiphy.index = *index;
  if (const auto name = attributes.text(NL80211_ATTR_WIPHY_NAME)) {
    wiphy.name = *name;
  }
  add_types(attributes, wiphy);
  add_frequencies(attributes, wiphy);
  const auto features = attributes.bytes(NL80211_ATTR_EXT_FEATURES);
  wiphy.control_port_over_nl80211 |=
      has_bit(features, NL80211_EXT_FEATURE_CONTROL_PORT_OVER_NL80211);
  wiphy.four_way_handshake_offload_psk |=
      has_bit(features, NL80211_EXT_FEATURE_4WAY_HANDSHAKE_STA_PSK);
}

/// /sys/devices/.../usb1/1-1/1-1.4/1-1.4:1.0 -> "1-1.4"
std::string usb_path_of(const fs::path& device) {
  const auto interface = device.filename().string();
  const auto colon = interface.find(':');
  return device.string().find("/usb") != std::string::npos && colon != std::string::npos
             ? interface.substr(0, colon)
             : std::string();
}

void add_sysfs(Wiphy& wiphy) {
  const fs::path folder = fs::path("/sys/class/ieee80211") / wiphy.name;
  std::ifstream file(folder / "macaddress");
  std::string text;
  if (std::getline(file, text)) {
    wiphy.mac = MacAddress::parse(text).value_or(MacAddress{});
  }
  std::error_code error;
  const auto driver = fs::canonical(folder / "device/driver", error);
  wiphy.driver = error ? "" : driver.filename().string();
  const auto device = fs::canonical(folder / "device", error);
  wiphy.usb_path = error ? "" : usb_path_of(device);
}

}  // namespace

std::optional<WirelessInterface> read_interface(const Attributes& attributes) {
  const auto index = attributes.u32(NL80211_ATTR_IFINDEX);
  const auto name = attributes.text(NL80211_ATTR_IFNAME);
  if (!index || !name) {  // a P2P device has no network interface
    return std::nullopt;
  }
  WirelessInterface out;
  out.index = static_cast<int>(*index);
  out.name = *name;
  out.type = static_cast<nl80211_iftype>(attributes.u32(NL80211_ATTR_IFTYPE).value_or(0));
  const auto mac = attributes.bytes(NL80211_ATTR_MAC);
  if (mac.size() == out.mac.octets.size()) {
    out.mac = MacAddress::from(mac);
  }
  return out;
}

std::string to_string(const Wiphy& wiphy) {
  std::vector<std::string> words;
  if (!wiphy.driver.empty()) {
    words.push_back(wiphy.driver);
  }
  if (wiphy.mac != MacAddress{}) {
    words.push_back(to_string(wiphy.mac));
  }
  if (!wiphy.usb_path.empty()) {
    words.push_back("usb " + wiphy.usb_path);
  }
  for (const auto& interface : wiphy.interfaces) {
    words.push_back(interface.name);
  }
  return fmt::format("{} ({})", wiphy.name, fmt::join(words, ", "));
}

Result<std::vector<Wiphy>> list_wiphys(const NetworkNamespace& where) {
  auto socket = Nl80211Socket::open(where);
  if (!socket) {
    return socket.error();
  }
  std::map<std::uint32_t, Wiphy> wiphys;
  auto request = socket->request(NL80211_CMD_GET_WIPHY, NLM_F_DUMP);
  request.flag(NL80211_ATTR_SPLIT_WIPHY_DUMP);
  const auto listed = socket->exchange(request, "list the radios", where.name,
                                       [&](const Attributes& one) { merge(one, wiphys); });
  if (!listed) {
    return listed.error();
  }
  const auto found =
      socket->exchange(socket->request(NL80211_CMD_GET_INTERFACE, NLM_F_DUMP),
                       "list the WLAN interfaces", where.name, [&](const Attributes& one) {
                         const auto interface = read_interface(one);
                         const auto wiphy = wiphys.find(one.u32(NL80211_ATTR_WIPHY).value_or(~0U));
                         if (interface && wiphy != wiphys.end()) {
                           wiphy->second.interfaces.push_back(*interface);
                         }
                       });
  if (!found) {
    return found.error();
  }
  std::vector<Wiphy> out;
  for (auto& [index, wiphy] : wiphys) {
    add_sysfs(wiphy);
    std::sort(wiphy.interfaces.begin(), wiphy.interfaces.end(),
              [](const auto& a, const auto& b) { return a.index < b.index; });
    out.push_back(std::move(wiphy));
  }
  return out;
}

}  // namespace postassoc
