#include <algorithm>

#include "harness/checks/mutant_tools.h"
#include "harness/checks/mutants.h"

/// Keys from their installation to their end: which they are, new ones, old ones.
namespace postassoc::checks {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// --- rekeys
// ---------------------------------------------------------------------------------------

struct Rekey {
  Association* association = nullptr;
  std::size_t index = 0;
  AirEapol *m1 = nullptr, *m4 = nullptr;
};

std::optional<Rekey> last_rekey(EvidenceEditor& b) {
  for (Association& association : b.evidence.air.associations) {
    for (std::size_t i = association.handshakes.size(); i-- > 1;) {
      const Handshake& handshake = association.handshakes[i];
      if (handshake.rekey && handshake.complete()) {
        return Rekey{&association, i, &association.eapol.at(handshake.m1.front()),
                     &association.eapol.at(handshake.m4.front())};
      }
    }
  }
  return std::nullopt;
}

/// The station protects message 4 of the rekey: wpa_supplicant 2.10, that was recorded, does not.
bool m4_of_the_rekey_is_protected(EvidenceEditor& b) {
  const auto rekey = last_rekey(b);
  if (rekey) {
    rekey->m4->protected_frame = true;
  }
  return rekey.has_value();
}

bool old_key_after_rekey(EvidenceEditor& b) {
  const auto rekey = last_rekey(b);
  if (!rekey) {
    return false;
  }
  auto& data = rekey->association->protected_data;
  const auto last = std::find_if(data.rbegin(), data.rend(), [&](const AirProtected& frame) {
    return frame.direction == Direction::from_station && frame.handshake == rekey->index;
  });
  if (last == data.rend()) {
    return false;
  }
  last->handshake = 0;
  last->pn = 5000;
  return true;
}

/// The station's interface took in none of these.
bool clear_tags(EvidenceEditor& b, const std::vector<const AirProtected*>& frames) {
  return std::all_of(frames.begin(), frames.end(),
                     [&](const AirProtected* frame) { return not_delivered(b, *frame); });
}

bool datagrams_lost_during_rekey(EvidenceEditor& b) {
  const auto rekey = last_rekey(b);
  if (!rekey) {
    return false;
  }
  std::vector<const AirProtected*> meanwhile;
  for (const AirProtected& frame : rekey->association->protected_data) {
    const bool during =
        frame.time > rekey->m1->time && frame.time < rekey->m4->time + milliseconds(100);
    if (during && !frame.group && delivered_copy(b, frame) != nullptr) {
      meanwhile.push_back(&frame);
    }
  }
  return meanwhile.size() >= 10 && clear_tags(b, meanwhile);
}

bool deaf_to_new_group_key(EvidenceEditor& b) {
  for (const Association& association : b.evidence.air.associations) {
    std::vector<const AirProtected*> under_it;
    for (const AirProtected& frame : association.protected_data) {
      const bool fresh = association.group_keys.size() > 1 &&
                         frame.key_id == association.group_keys.back().key_id &&
                         frame.frame > association.group_keys.back().frame;
      if (frame.group && fresh && delivered_copy(b, frame) != nullptr) {
        under_it.push_back(&frame);
      }
    }
    if (under_it.size() > 2) {
      return clear_tags(b, under_it);
    }
  }
  return false;
}

// --- WNM sleep mode
// -------------------------------------------------------------------------------

/// The access point answers the station's wish to leave WNM sleep mode before the first data.
bool leave_wnm_sleep(EvidenceEditor& b) {
  const auto handshake = first_handshake(b);
  if (!handshake) {
    return false;
  }
  AirManagement response;
  response.frame = handshake->m4->frame;
  response.time = handshake->m4->time + milliseconds(15);
  response.direction = Direction::from_access_point;
  response.subtype = 13;
  response.acknowledged = true;
  response.category = 10;
  response.action = 17;
  handshake->association->management.push_back(response);
  return true;
}

bool key_after_wnm_sleep(EvidenceEditor& b) {
  for (const Association& association : b.evidence.air.associations) {
    for (const AirManagement& frame : association.management) {
      if (frame.category == 10 && frame.action == 17) {
        install_key(b, frame.time + milliseconds(1));
        return true;
      }
    }
  }
  return false;
}

// --- what is installed, and what goes
// -------------------------------------------------------------

bool wrong_index(EvidenceEditor& b) {
  Event* request = key_request(b, false);
  if (request != nullptr) {
    request->detail["key_index"] = 3;
  }
  return request != nullptr;
}

bool wrong_peer(EvidenceEditor& b) {
  Event* request = key_request(b, true);
  if (request == nullptr || !request->detail.contains("mac")) {
    return false;
  }
  request->detail["mac"] = "02:00:00:00:00:77";
  return true;
}

/// The recording goes on for a while after the end of the association.
bool recorded_for_longer(EvidenceEditor& b) {
  return end_later(b, seconds(2));
}

bool group_key_stays(EvidenceEditor& b) {
  const Event* request = key_request(b, false);
  if (request == nullptr) {
    return false;
  }
  const auto index = number(*request, "key_index");
  b.erase([&](const Event& e) {
    return e.name == "rdev_del_key" && e.side == Side::station && number(e, "key_index") == index;
  });
  return true;
}

bool old_key_after_leaving(EvidenceEditor& b) {
  for (Association& association : b.evidence.air.associations) {
    for (std::size_t i = association.protected_data.size(); i-- > 0 && association.end_time;) {
      AirProtected late = association.protected_data[i];
      if (late.direction == Direction::from_station && late.handshake != kNoKey) {
        late.time = *association.end_time + seconds(2);
        late.frame = association.end_frame.value_or(late.frame) + 1;
        late.pn += 1000;
        late.sequence_number = static_cast<std::uint16_t>(late.sequence_number + 1000);
        association.protected_data.push_back(late);
        return true;
      }
    }
  }
  return false;
}

}  // namespace

std::vector<Mutant> key_life_mutants() {
  const Also once{"key.ptk-installed-once", "it is the second installation in this handshake"};
  const Also delivery{"excl.protected-frames-pass", "they are protected frames like any other"};
  return {
      {"the old pairwise key is used again after a rekey",
       fixture::kPairwiseRekey,
       old_key_after_rekey,
       "key.ptk-rekey-clean",
       {},
       m4_of_the_rekey_is_protected},
      {"datagrams are lost while the pairwise key changes",
       fixture::kPairwiseRekey,
       datagrams_lost_during_rekey,
       "key.ptk-rekey-clean",
       {delivery},
       m4_of_the_rekey_is_protected},
      {"no group frame is delivered under the new group key",
       fixture::kGroupRekey,
       deaf_to_new_group_key,
       "key.gtk-rekey-alternates",
       {delivery}},
      {"the pairwise key is installed again when WNM sleep mode ends",
       fixture::kConnect,
       key_after_wnm_sleep,
       "key.ft-and-wnm-no-reinstall",
       {once},
       leave_wnm_sleep},
      {"the group key is installed under another index", fixture::kConnect, wrong_index,
       "key.installed-equals-derived"},
      {"the pairwise key is installed for another peer", fixture::kConnect, wrong_peer,
       "key.installed-equals-derived"},
      {"the group key stays after the association",
       fixture::kConnect,
       group_key_stays,
       "key.removed-on-disconnect",
       {},
       recorded_for_longer},
      {"the old key is used after the association", fixture::kConnect, old_key_after_leaving,
       "key.removed-on-disconnect"},
  };
}

}  // namespace postassoc::checks
