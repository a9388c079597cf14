#include <algorithm>
#include <set>

#include "harness/checks/mutant_tools.h"
#include "harness/checks/mutants.h"

namespace postassoc::checks {
namespace {

// --- excl.protected-frames-pass
// -------------------------------------------------------------------

/// No datagram of this kind is delivered; the last frame of the capture stays, it shows that the
/// capture ran to its end.
bool deliver_none(EvidenceEditor& b, std::string_view from, bool group) {
  auto& delivered = from == "station" ? b.evidence.access_point_netdev : b.evidence.station_netdev;
  std::set<std::string> sent;
  for (const Event& e : b.events) {
    if (e.name == "data_sent" && text(e, "from") == from &&
        flag(e, "group").value_or(false) == group) {
      sent.insert(text(e, "tag"));
    }
  }
  bool bent = false;
  for (NetdevFrame& frame : delivered) {
    if (sent.contains(frame.tag)) {
      frame.tag.clear();
      bent = true;
    }
  }
  return bent;
}

bool no_group_delivered(EvidenceEditor& b) {
  return deliver_none(b, "access_point", true);
}
bool none_of_the_station_delivered(EvidenceEditor& b) {
  return deliver_none(b, "station", false);
}

// --- excl.plain-unicast-dropped
// -------------------------------------------------------------------

bool plain_delivered(EvidenceEditor& b) {
  const Event* injected = b.find_event([](const Event& e) {
    return e.name == "injected" && text(e, "frame") == "arp" &&
           !flag(e, "to_group").value_or(false);
  });
  if (injected == nullptr || b.evidence.station_netdev.empty()) {
    return false;
  }
  NetdevFrame delivered = b.evidence.station_netdev.back();
  delivered.tag = text(*injected, "tag");
  b.evidence.station_netdev.push_back(delivered);
  return true;
}

// --- excl.eapol-clear-before-key
// ------------------------------------------------------------------

bool m1_never_reaches_the_stack(EvidenceEditor& b) {
  const AirEapol* m1 = b.find_message(KeyMessage::m1);
  if (m1 == nullptr || !m1->acknowledged || b.find_event("cfg80211_rx_control_port") == nullptr) {
    return false;
  }
  b.lose(KeyMessage::m2);
  b.erase([](const Event& e) {
    return e.side == Side::station &&
           (e.name == "cfg80211_rx_control_port" || e.name == "rdev_tx_control_port");
  });
  return true;
}

}  // namespace

std::vector<Mutant> excl_mutants() {
  return {
      {"no group datagram is delivered", fixture::kConnect, no_group_delivered,
       "excl.protected-frames-pass"},
      {"no datagram of the station is delivered", fixture::kConnect, none_of_the_station_delivered,
       "excl.protected-frames-pass"},
      {"one unencrypted frame is delivered", fixture::kUnencrypted, plain_delivered,
       "excl.plain-unicast-dropped"},
      {"message 1 is acknowledged and never reaches the station's stack", fixture::kWrongPassphrase,
       m1_never_reaches_the_stack, "excl.eapol-clear-before-key"},
  };
}

}  // namespace postassoc::checks
