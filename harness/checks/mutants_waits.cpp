#include <algorithm>
#include <utility>

#include "harness/checks/limits.h"
#include "harness/checks/mutant_tools.h"
#include "harness/checks/mutants.h"

/// What a station does too early or too late, or loses, while it waits.
namespace postassoc::checks {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// --- order.no-data-before-authorized
// --------------------------------------------------------------

bool data_before_the_keys(EvidenceEditor& b) {
  for (const FourMessages& handshake : initial_handshakes(b)) {
    Association& association = *handshake.association;
    if (!association.response_time || !association.response_frame) {
      continue;
    }
    AirPlain data;
    data.frame = *association.response_frame + 1;
    data.time = handshake.m2->time + (handshake.m4->time - handshake.m2->time) / 2;
    data.direction = Direction::from_station;
    data.ethertype = 0x0800;
    association.plain_data.push_back(data);
    return true;
  }
  return false;
}

// --- order.early-m1-not-lost
// ----------------------------------------------------------------------

/// In every association a message 1 comes before the supplicant hears of the association, and only
/// the one after it is answered.
bool first_m1_lost(EvidenceEditor& b) {
  constexpr milliseconds kEarlier{20};
  bool bent = false;
  for (Association& association : b.evidence.air.associations) {
    const auto first = std::find_if(
        association.eapol.begin(), association.eapol.end(),
        [](const AirEapol& frame) { return frame.message == KeyMessage::m1 && frame.key; });
    if (!association.response_time || first == association.eapol.end() ||
        first->key->replay_counter == 0 || first->frame == 0) {
      continue;
    }
    const Timestamp response = *association.response_time;
    Event* told = b.find_event([&](const Event& e) {
      return text(e, "text").starts_with("Associated with") && e.time >= response &&
             e.time <= association.end_time.value_or(Timestamp::max());
    });
    if (told == nullptr) {
      continue;
    }
    told->time = first->time;
    AirEapol early = *first;
    early.frame -= 1;
    early.time -= kEarlier;
    early.acknowledged = true;
    early.key->replay_counter -= 1;
    b.insert_eapol(*first, std::move(early));
    bent = true;
  }
  return bent;
}

// --- timing.dut-gives-up
// --------------------------------------------------------------------------

bool is_waiting(const Association& association) {
  const bool has_m4 =
      std::any_of(association.eapol.begin(), association.eapol.end(),
                  [](const AirEapol& frame) { return frame.message == KeyMessage::m4; });
  return association.response_time && association.end_time && !association.eapol.empty() &&
         association.ended_by == Direction::from_station && !has_m4 &&
         association.protected_data.empty();
}

/// After message 2 nothing more comes from the access point, and after 10 s the station leaves.
bool access_point_falls_silent(EvidenceEditor& b) {
  const AirEapol* m1 = b.find_message(KeyMessage::m1);
  const AirEapol* m2 = b.find_message(KeyMessage::m2);
  Association* association = m1 == nullptr ? nullptr : b.association_of(*m1);
  if (association == nullptr || m2 == nullptr || !association->end_time) {
    return false;
  }
  const Timestamp silent_from = m2->time + milliseconds(5);
  const Timestamp gives_up = m1->time + seconds(10);
  const Timestamp end = *association->end_time;
  b.erase_eapol([silent_from](const AirEapol& frame) { return frame.time > silent_from; });
  b.erase([silent_from](const Event& e) {
    return e.time > silent_from &&
           (e.name == "rdev_tx_control_port" || e.name == "cfg80211_rx_control_port");
  });
  delay_from(b, end, gives_up - end);
  association->ended_by = Direction::from_station;
  association->end_reason = 3;
  return true;
}

bool gives_up_late(EvidenceEditor& b) {
  const auto limit = limit_of(b.evidence, "timing.dut-gives-up").max;
  for (Association& association : b.evidence.air.associations) {
    if (limit && is_waiting(association)) {
      // The kernel may know a little before the frame.
      delay_from(b, *association.end_time - milliseconds(500), *limit);
      return true;
    }
  }
  return false;
}

// --- timing.roam-gap
// ------------------------------------------------------------------------------

bool is_unicast_data(const AirProtected& data) {
  return !data.group && data.handshake != kNoKey;
}

/// The first frames of an association, as another access point has them from `begin` on.
std::vector<AirProtected> data_from(const Association& association, Timestamp begin) {
  constexpr std::uint64_t kFrames = 2'000'000;  // numbers above any of the recording
  std::vector<AirProtected> frames;
  for (const AirProtected& data : association.protected_data) {
    if (is_unicast_data(data) && frames.size() < 10) {
      AirProtected copy = data;
      copy.frame = kFrames + frames.size();
      copy.time = begin + milliseconds(5) * frames.size();
      copy.handshake = 0;
      frames.push_back(std::move(copy));
    }
  }
  return frames;
}

/// The station goes to another access point by fast BSS transition after its last data.
bool roam(EvidenceEditor& b) {
  auto& all = b.evidence.air.associations;
  if (all.size() != 1) {
    return false;
  }
  Association& old = all.front();
  const auto last =
      std::find_if(old.protected_data.rbegin(), old.protected_data.rend(), is_unicast_data);
  if (last == old.protected_data.rend()) {
    return false;
  }
  const Timestamp begin = last->time + milliseconds(5);
  Association next;
  next.bssid = old.bssid;
  next.bssid.octets[5] ^= 0x10U;
  next.station = old.station;
  next.ssid = old.ssid;
  next.request_frame = last->frame + 1;
  next.response_frame = last->frame + 2;
  next.request_time = begin;
  next.response_time = begin + milliseconds(3);
  next.status = 0;
  next.reassociation = true;
  next.previous_bssid = old.bssid;
  next.fast_transition = true;
  next.rsne = old.rsne;
  next.beacon_rsne = old.beacon_rsne;
  next.suites = old.suites;
  next.handshakes.resize(1);
  next.protected_data = data_from(old, begin + milliseconds(10));
  next.end_frame = old.end_frame;
  next.end_time = old.end_time;
  next.end_reason = old.end_reason;
  next.ended_by = old.ended_by;
  old.end_time = begin;
  old.end_frame = next.request_frame;
  all.push_back(std::move(next));
  return true;
}

bool service_late_after_roam(EvidenceEditor& b) {
  const auto limit = limit_of(b.evidence, "timing.roam-gap").max;
  bool bent = false;
  for (Association& association : b.evidence.air.associations) {
    if (!limit || !association.previous_bssid || *association.previous_bssid == association.bssid) {
      continue;
    }
    for (AirProtected& data : association.protected_data) {
      if (!bent) {
        b.add(data.time, Witness::harness, Side::none, "data_sent", {{"from", "station"}});
      }
      data.time += *limit + seconds(1);
      bent = true;
    }
    if (association.end_time) {
      *association.end_time += *limit + seconds(1);
    }
  }
  return bent;
}

}  // namespace

std::vector<Mutant> wait_mutants() {
  return {
      {"the station sends data in clear before its port is open",
       fixture::kConnect,
       data_before_the_keys,
       "order.no-data-before-authorized",
       {{"port.tx-blocked", "the port is what should have held it"}}},
      {"the first message 1 is acknowledged and lost", fixture::kConnect, first_m1_lost,
       "order.early-m1-not-lost"},
      {"the station waits 30 s for a silent access point",
       fixture::kWrongPassphrase,
       gives_up_late,
       "timing.dut-gives-up",
       {},
       access_point_falls_silent},
      {"data over the new access point comes late",
       fixture::kConnect,
       service_late_after_roam,
       "timing.roam-gap",
       {},
       roam},
  };
}

}  // namespace postassoc::checks
