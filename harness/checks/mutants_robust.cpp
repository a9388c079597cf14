#include <algorithm>

#include "harness/checks/mutant_inject.h"
#include "harness/checks/mutant_tools.h"
#include "harness/checks/mutants.h"

/// Losses, ends and frames that disturb a connection.
namespace postassoc::checks {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

// --- losses
// ---------------------------------------------------------------------------------------

/// The access point ends the association with reason 15, and the station knows.
void give_up(Association& association) {
  association.end_reason = 15;
  association.ended_by = Direction::from_access_point;
}

void forget_transmission(EvidenceEditor& b, const AirEapol& frame) {
  const Timestamp time = given(b, Side::station, frame);
  b.erase([&](const Event& e) {
    return e.name == "rdev_tx_control_port" && e.side == Side::station && e.time == time;
  });
}

bool ignores_repeated_m3(EvidenceEditor& b) {
  const auto handshake = first_handshake(b);
  if (!handshake || handshake->association->handshakes.front().m4.size() < 2) {
    return false;
  }
  const auto& lists = handshake->association->handshakes.front();
  const AirEapol last = handshake->association->eapol.at(lists.m4.back());
  forget_transmission(b, last);
  b.erase_eapol([&](const AirEapol& frame) { return frame.frame == last.frame; });
  give_up(*handshake->association);
  return true;
}

/// The medium loses the first message 1; the one that is answered comes 100 ms after it.
bool lose_message_1(EvidenceEditor& b) {
  const auto handshake = first_handshake(b);
  if (!handshake || handshake->association->handshakes.front().m1.size() != 1) {
    return false;
  }
  AirEapol lost = *handshake->m1;
  const Timestamp sent = given(b, Side::access_point, lost);
  const Event* request = b.find_event([sent](const Event& e) {
    return e.name == "rdev_tx_control_port" && e.side == Side::access_point && e.time == sent;
  });
  if (request == nullptr) {
    return false;
  }
  const Event first_request = *request;
  delay_from(b, std::min(sent, lost.time), milliseconds(100));
  b.events.push_back(first_request);
  lost.frame -= 1;
  lost.key->replay_counter -= 1;
  lost.acknowledged = false;
  lost.medium.lost = true;
  b.insert_eapol(*first_handshake(b)->m1, std::move(lost));
  return true;
}

/// The access point never opens its port, and nobody ends the association for six seconds.
bool never_gets_there(EvidenceEditor& b) {
  Association& association = b.association();
  association.end_time.reset();
  association.end_frame.reset();
  association.end_reason.reset();
  association.ended_by.reset();
  b.erase([](const Event& e) {
    constexpr std::int64_t kAuthorized = 2;  // 1 << NL80211_STA_FLAG_AUTHORIZED
    const bool state = e.name == "drv_sta_state" && number(e, "new_state") == 4;
    const bool flag =
        e.name == "rdev_change_station" && (number(e, "set").value_or(0) & kAuthorized) != 0;
    return e.side == Side::access_point && (state || flag);
  });
  return end_later(b, seconds(6));
}

// --- ends
// -----------------------------------------------------------------------------------------

bool recorded_for_longer(EvidenceEditor& b) {
  return end_later(b, seconds(4));
}

bool stays_associated(EvidenceEditor& b) {
  return leave_later(b, seconds(3));
}

/// A group key is installed whenever the station entry is gone already.
bool key_after_the_end(EvidenceEditor& b) {
  const Event* group = key_request(b, false);
  std::vector<Timestamp> ends;
  for (const Event& e : b.events) {
    if (is_going_down(e) && number(e, "old_state") == 3) {
      ends.push_back(e.time);
    }
  }
  if (group == nullptr) {
    return false;
  }
  const auto index = static_cast<std::uint16_t>(number(*group, "key_index").value_or(1));
  for (const Timestamp end : ends) {
    install_group_key(b, end + microseconds(5), index);
  }
  return !ends.empty();
}

/// The interface of the station is taken away when the first association ends.
bool interface_goes(EvidenceEditor& b) {
  const Event* kernel = b.find_event("rdev_assoc", Side::station);
  const auto& all = b.evidence.air.associations;
  if (kernel == nullptr || !kernel->detail.contains("interface") || all.size() < 2) {
    return false;
  }
  b.add(*all.front().end_time, Witness::host, Side::station, "interface_gone",
        {{"interface", text(*kernel, "interface")}, {"expected", true}});
  return true;
}

/// Nothing of the second association happens for 25 s.
bool does_not_come_back(EvidenceEditor& b) {
  const Event* gone = b.find_event("interface_gone");
  Event* step = gone == nullptr ? nullptr : b.find_event([gone](const Event& e) {
    return e.name == "step_started" && text(e, "step") == "associate" && e.time > gone->time;
  });
  if (step == nullptr || !end_later(b, seconds(25))) {
    return false;
  }
  const Timestamp from = step->time;
  b.evidence.air.associations.pop_back();
  b.erase([from](const Event& e) {
    return e.time > from && (e.side == Side::station || e.side == Side::access_point);
  });
  return true;
}

// --- injected frames
// ------------------------------------------------------------------------------

/// Three EAPOL frames in clear when the handshake is done.
bool inject_eapol(EvidenceEditor& b, std::string_view variant) {
  const auto handshake = first_handshake(b);
  if (!handshake) {
    return false;
  }
  Injection one;
  one.frame = "eapol";
  one.variant = variant;
  inject(b, handshake->m4->time + milliseconds(20), times(3, one));
  return true;
}
bool forge_m1(EvidenceEditor& b) {
  return inject_eapol(b, "forged_m1");
}
bool send_malformed(EvidenceEditor& b) {
  return inject_eapol(b, "malformed");
}

/// The station leaves as it did, but nothing had told it to.
bool leaves_unasked(EvidenceEditor& b) {
  Event* step = b.find_event(
      [](const Event& e) { return e.name == "step_started" && text(e, "step") == "disassociate"; });
  if (step != nullptr) {
    step->detail["step"] = "wait";
  }
  return step != nullptr;
}

}  // namespace

std::vector<Mutant> robust_mutants() {
  return {
      {"the repeated message 3 is not answered", fixture::kMessage3Again, ignores_repeated_m3,
       "robust.m3-retry-answered"},
      {"the connection does not come about when one message 1 is lost",
       fixture::kConnect,
       never_gets_there,
       "robust.single-loss-converges",
       {},
       lose_message_1},
      {"the station stays associated when the access point gives up",
       fixture::kWrongPassphrase,
       stays_associated,
       "robust.retry-exhaustion-clean",
       {{"robust.deauth-at-each-step", "it was sent away"}},
       recorded_for_longer},
      {"a key is installed after the station was sent away", fixture::kSentAway, key_after_the_end,
       "robust.deauth-at-each-step"},
      {"the station leaves after forged messages 1",
       fixture::kConnect,
       leaves_unasked,
       "robust.forged-m1-no-wedge",
       {},
       forge_m1},
      {"the station leaves after malformed EAPOL frames",
       fixture::kConnect,
       leaves_unasked,
       "robust.malformed-eapol",
       {{"eapol.invalid-field-silent-discard", "it left because of them"}},
       send_malformed},
      {"the station does not come back after its interface went away",
       fixture::kReconnect,
       does_not_come_back,
       "robust.surprise-removal",
       {},
       interface_goes},
  };
}

}  // namespace postassoc::checks
