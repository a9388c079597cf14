#include <algorithm>
#include <set>

#include "harness/checks/mutant_inject.h"
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

// --- injected data that must not arrive
// -----------------------------------------------------------

/// Adds frames after those that the fixture injected.
bool inject_more(EvidenceEditor& b, const std::vector<Injection>& frames) {
  const auto at = after_injections(b);
  if (at) {
    inject(b, *at, frames);
  }
  return at.has_value();
}

std::vector<Injection> operator+(std::vector<Injection> a, const std::vector<Injection>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

const Injection kProperFragments = {.form = "fragments_protected", .control = true};
const Injection kProperAmsdu = {.form = "amsdu_protected", .control = true};

bool with_preauth(EvidenceEditor& b) {
  return inject_more(b, times(3, {.frame = "preauth"}));
}
bool with_plain_fragments(EvidenceEditor& b) {
  return inject_more(b, times(3, {.form = "fragments_plain"}) +
                            times(3, {.form = "fragments_mixed"}) + times(1, kProperFragments));
}
bool with_group_fragments(EvidenceEditor& b) {
  return inject_more(b, times(10, {.form = "fragment_to_group", .to_group = true}));
}
bool with_cloaked_amsdus(EvidenceEditor& b) {
  return inject_more(b, times(3, {.form = "amsdu_cloaked"}) + times(1, kProperAmsdu));
}
bool with_foreign_fragments(EvidenceEditor& b) {
  return inject_more(b, times(3, {.form = "fragments_two_keys"}) +
                            times(3, {.form = "fragments_packet_number_gap"}) +
                            times(3, {.form = "fragment_alone"}) + times(1, kProperFragments));
}

/// A step that proves exclusion, of which these cells are there: IPv4 to the station, in clear and,
/// as its control, under the right key.
bool with_grid(EvidenceEditor& b) {
  auto& steps = b.evidence.plan.scenario.steps;
  const auto last = std::find_if(steps.rbegin(), steps.rend(), [](const Step& step) {
    return std::holds_alternative<step::Inject>(step.action);
  });
  if (last == steps.rend() ||
      !inject_more(b, times(3, {}) + times(3, {.form = "protected", .control = true}))) {
    return false;
  }
  last->action = step::ProveExclusion{};
  std::size_t left = 6;
  for (auto e = b.events.rbegin(); e != b.events.rend() && left > 0; ++e) {
    if (e->name == "injected" && text(*e, "frame") == "udp") {
      e->detail["proof"] = last->pointer;
      e->detail["payload"] = "ipv4";
      e->detail["shape"] = "unicast";
      e->detail["protection"] = text(*e, "form") == "plain" ? "plain" : "right_key";
      --left;
    }
  }
  return true;
}

bool from_a_cell(EvidenceEditor& b) {
  return deliver_first(b, [](const Injected& one) { return one.event->detail.contains("proof"); });
}

bool is_plain(const Injected& one, std::string_view frame, bool to_group) {
  return one.form == "plain" && one.frame == frame && one.to_group == to_group;
}

/// Delivers an injected frame that falls into the time in which the port was open (closed).
bool deliver_while(EvidenceEditor& b, bool open, bool (*which)(const Injected&)) {
  const Event* opened = port_opens(b);
  const bool ever = opened != nullptr;
  return ever == open && deliver_first(b, which);
}

bool unicast_arrives(EvidenceEditor& b) {
  return deliver_while(b, true, [](const Injected& one) { return is_plain(one, "udp", false); });
}
bool group_frame_arrives(EvidenceEditor& b) {
  return deliver_while(b, true, [](const Injected& one) { return is_plain(one, "udp", true); });
}
bool arp_arrives(EvidenceEditor& b) {
  return deliver_while(b, true, [](const Injected& one) { return is_plain(one, "arp", false); });
}
bool preauth_arrives(EvidenceEditor& b) {
  return deliver_while(b, true,
                       [](const Injected& one) { return is_plain(one, "preauth", false); });
}
bool arrives_before_keys(EvidenceEditor& b) {
  return deliver_while(b, false, [](const Injected& one) { return is_plain(one, "udp", false); });
}
template <const char* form>
bool form_arrives(EvidenceEditor& b) {
  return deliver_first(b, [](const Injected& one) { return one.form == form; });
}
constexpr char kFragmentsPlain[] = "fragments_plain";
constexpr char kFragmentsMixed[] = "fragments_mixed";
constexpr char kFragmentToGroup[] = "fragment_to_group";
constexpr char kAmsduCloaked[] = "amsdu_cloaked";
constexpr char kTwoKeys[] = "fragments_two_keys";
constexpr char kGap[] = "fragments_packet_number_gap";
constexpr char kAlone[] = "fragment_alone";

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

// --- excl.eapol-clear-after-key
// -------------------------------------------------------------------

/// The first EAPOL frame that was injected with the port open.
const Event* injected_eapol_at_open_port(EvidenceEditor& b) {
  const Event* opened = port_opens(b);
  return opened == nullptr ? nullptr : b.find_event([from = opened->time](const Event& e) {
    return e.name == "injected" && text(e, "frame") == "eapol" && e.time > from;
  });
}

bool key_after_eapol_in_clear(EvidenceEditor& b) {
  const Event* injected = injected_eapol_at_open_port(b);
  const Event* key = key_request(b, false);
  if (injected == nullptr || key == nullptr || key->time > injected->time ||
      b.evidence.plan.scenario.profile != Profile::linux_) {
    return false;
  }
  Event again = *key;
  again.time = injected->time + std::chrono::milliseconds(5);
  b.events.push_back(again);
  b.add(again.time + std::chrono::microseconds(20), Witness::kernel, Side::station, "key_link",
        {{"return", 0}});
  return true;
}

/// As a driver for Windows does: nothing of what was injected is handed on.
bool eapol_dropped(EvidenceEditor& b) {
  const Event* injected = injected_eapol_at_open_port(b);
  if (injected == nullptr) {
    return false;
  }
  b.evidence.plan.scenario.profile = Profile::native;
  b.erase([from = injected->time](const Event& e) {
    return e.side == Side::station && e.name == "cfg80211_rx_control_port" && e.time >= from;
  });
  return true;
}

bool eapol_handed_on(EvidenceEditor& b) {
  const Event* injected = injected_eapol_at_open_port(b);
  if (injected == nullptr || b.evidence.plan.scenario.profile == Profile::linux_) {
    return false;
  }
  b.add(injected->time + std::chrono::milliseconds(1), Witness::kernel, Side::station,
        "cfg80211_rx_control_port", {{"unencrypted", true}});
  return true;
}

// --- excl.tx-never-plain
// --------------------------------------------------------------------------

bool sent_in_clear(EvidenceEditor& b) {
  for (Association& association : b.evidence.air.associations) {
    auto& data = association.protected_data;
    const auto last = std::find_if(data.rbegin(), data.rend(), [](const AirProtected& frame) {
      return frame.direction == Direction::from_station;
    });
    if (last == data.rend()) {
      continue;
    }
    AirPlain plain;
    plain.frame = last->frame;
    plain.time = last->time;
    plain.acknowledged = true;
    plain.ethertype = 0x0800;
    plain.payload = last->plaintext.value_or(Bytes(8));
    association.plain_data.push_back(std::move(plain));
    data.erase(std::next(last).base());
    return true;
  }
  return false;
}

// --- excl.unprotected-mgmt
// ------------------------------------------------------------------------

bool with_management_frames(EvidenceEditor& b) {
  for (Association& association : b.evidence.air.associations) {
    association.suites = association.suites.value_or(SelectedSuites{});
    association.suites->mfp = true;
  }
  return inject_more(b, times(3, {.frame = "deauthentication"}) + times(1, {.frame = "action"}));
}

bool obeys_a_deauthentication(EvidenceEditor& b) {
  const Event* opened = port_opens(b);
  const Event* injected = opened == nullptr ? nullptr : b.find_event([&](const Event& e) {
    return e.name == "injected" && text(e, "frame") == "deauthentication" && e.time > opened->time;
  });
  if (injected == nullptr) {
    return false;
  }
  close_port(b, injected->time + std::chrono::milliseconds(2));
  return true;
}

// --- excl.eapol-not-forwarded
// ---------------------------------------------------------------------

bool sends_eapol_on(EvidenceEditor& b) {
  const Event* injected = b.find_event(
      [](const Event& e) { return e.name == "injected" && text(e, "frame") == "eapol"; });
  if (injected == nullptr) {
    return false;
  }
  for (Association& association : b.evidence.air.associations) {
    for (const AirEapol& frame : association.eapol) {
      if (frame.direction == Direction::from_access_point && frame.acknowledged &&
          frame.time >= injected->time) {
        AirEapol forwarded = frame;
        forwarded.direction = Direction::from_station;
        ++forwarded.frame;
        forwarded.time += std::chrono::milliseconds(1);
        b.insert_eapol(frame, std::move(forwarded));
        return true;
      }
    }
  }
  return false;
}

}  // namespace

std::vector<Mutant> excl_mutants() {
  using fixture::kUnencrypted;
  constexpr std::string_view kUnicast = "excl.plain-unicast-dropped";
  return {
      {"no group datagram is delivered", fixture::kConnect, no_group_delivered,
       "excl.protected-frames-pass"},
      {"no datagram of the station is delivered", fixture::kConnect, none_of_the_station_delivered,
       "excl.protected-frames-pass"},
      {"an unencrypted IPv4 frame is delivered", kUnencrypted, unicast_arrives, kUnicast},
      {"an unencrypted broadcast frame is delivered", fixture::kPlainToGroup, group_frame_arrives,
       "excl.plain-group-dropped"},
      {"a frame in unencrypted fragments is delivered",
       kUnencrypted,
       form_arrives<kFragmentsPlain>,
       "excl.plain-fragments-dropped",
       {},
       with_plain_fragments},
      {"a frame in mixed fragments is delivered",
       kUnencrypted,
       form_arrives<kFragmentsMixed>,
       "excl.plain-fragments-dropped",
       {},
       with_plain_fragments},
      {"a fragment to the broadcast address is delivered",
       kUnencrypted,
       form_arrives<kFragmentToGroup>,
       "excl.bcast-fragment-dropped",
       {},
       with_group_fragments},
      {"an A-MSDU in the guise of EAPOL is delivered",
       kUnencrypted,
       form_arrives<kAmsduCloaked>,
       "excl.eapol-cloaked-amsdu",
       {},
       with_cloaked_amsdus},
      {"a frame in fragments under two keys is delivered",
       kUnencrypted,
       form_arrives<kTwoKeys>,
       "excl.fragment-key-mixing",
       {},
       with_foreign_fragments},
      {"a frame in fragments with a gap between is delivered",
       kUnencrypted,
       form_arrives<kGap>,
       "excl.fragment-key-mixing",
       {},
       with_foreign_fragments},
      {"a fragment alone is delivered",
       kUnencrypted,
       form_arrives<kAlone>,
       "excl.fragment-key-mixing",
       {},
       with_foreign_fragments},
      {"an unencrypted frame is delivered before there is a key",
       fixture::kPlainBeforeKeys,
       arrives_before_keys,
       "excl.plain-before-key-dropped",
       {{"port.rx-blocked", "the port is closed as well"}}},
      {"message 1 is acknowledged and never reaches the station's stack", fixture::kWrongPassphrase,
       m1_never_reaches_the_stack, "excl.eapol-clear-before-key"},
      {"a group key is installed after EAPOL in clear", kUnencrypted, key_after_eapol_in_clear,
       "excl.eapol-clear-after-key"},
      {"EAPOL in clear is handed on though a key is installed",
       kUnencrypted,
       eapol_handed_on,
       "excl.eapol-clear-after-key",
       {},
       eapol_dropped},
      {"an unencrypted ARP frame is delivered",
       kUnencrypted,
       arp_arrives,
       "excl.only-listed-ethertypes",
       {{kUnicast, "it is a unicast frame"}}},
      {"an unencrypted pre-authentication frame is delivered",
       kUnencrypted,
       preauth_arrives,
       "excl.only-listed-ethertypes",
       {{kUnicast, "it is a unicast frame"}},
       with_preauth},
      {"a frame of a cell of the grid is delivered",
       kUnencrypted,
       from_a_cell,
       "excl.grid",
       {{kUnicast, "it is a unicast frame"}},
       with_grid},
      {"the station's last datagram leaves in clear", fixture::kConnect, sent_in_clear,
       "excl.tx-never-plain"},
      {"the station obeys a deauthentication in clear",
       kUnencrypted,
       obeys_a_deauthentication,
       "excl.unprotected-mgmt",
       {},
       with_management_frames},
      {"the station sends an EAPOL frame on", kUnencrypted, sends_eapol_on,
       "excl.eapol-not-forwarded"},
  };
}

}  // namespace postassoc::checks
