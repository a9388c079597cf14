#pragma once

#include "adapters/nl80211/wiphy.h"
#include "harness/rig_spec.h"

namespace postassoc {

struct Radio {
  Wiphy wiphy;
  WirelessInterface interface;  ///< the one that the spec names, or the radio's first, or made now
};

/// Those for which all given properties hold.
std::vector<Wiphy> matching(const RadioSpec& spec, const std::vector<Wiphy>& wiphys);

/// The one radio that the spec describes. An Error says what was looked for and which radios there
/// are; so it does when several match. A radio without interface gets a managed one, "paN".
Result<Radio> find_radio(const RadioSpec& spec, const NetworkNamespace& where = {});

/// A new interface of the radio; Error: the name is taken, or the driver refuses.
Result<WirelessInterface> create_interface(const Wiphy& wiphy, const std::string& name,
                                           nl80211_iftype type, const NetworkNamespace& where = {});
/// A monitor interface; it is down. Set it up, then its channel. A monitor of this name that the
/// radio has (a killed run left it) is replaced.
Result<WirelessInterface> create_monitor(const Wiphy& wiphy, const std::string& name,
                                         const NetworkNamespace& where = {});
Result<> delete_interface(const WirelessInterface& interface, const NetworkNamespace& where = {});
/// 20 MHz. The interface is a monitor that is up, and no other interface of its radio is.
Result<> set_channel(const WirelessInterface& interface, int frequency_mhz,
                     const NetworkNamespace& where = {});
/// Whether the port of any peer on this interface is open (NL80211_STA_FLAG_AUTHORIZED), as the
/// kernel tells it.
Result<bool> port_is_open(const WirelessInterface& interface, const NetworkNamespace& where = {});
/// Moves a radio with its interfaces, which go down, keep their names where these are free, and get
/// new indices. To bring it back, exchange `from` and `to`.
Result<> set_wiphy_namespace(const Wiphy& wiphy, const NetworkNamespace& from,
                             const NetworkNamespace& to);

}  // namespace postassoc
