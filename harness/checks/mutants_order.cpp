#include <utility>

#include "harness/checks/mutant_tools.h"
#include "harness/checks/mutants.h"

namespace postassoc::checks {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// --- order.post-assoc-after-assoc
// -----------------------------------------------------------------

bool begin_before_the_response(EvidenceEditor& b) {
  const AirEapol* m2 = b.find_message(KeyMessage::m2);
  Association* association = m2 == nullptr ? nullptr : b.association_of(*m2);
  if (association == nullptr || !association->response_frame) {
    return false;
  }
  association->response_frame = m2->frame + 1;
  association->response_time = m2->time + microseconds(20);
  return true;
}

bool go_on_though_refused(EvidenceEditor& b) {
  const AirEapol* m2 = b.find_message(KeyMessage::m2);
  Association* association = m2 == nullptr ? nullptr : b.association_of(*m2);
  if (association == nullptr || !association->response_frame) {
    return false;
  }
  association->status = 17;
  return true;
}

// --- order.message-sequence
// -----------------------------------------------------------------------

bool m2_again_after_m4(EvidenceEditor& b) {
  const auto handshake = first_handshake(b);
  if (!handshake) {
    return false;
  }
  AirEapol again = *handshake->m2;
  again.frame = handshake->m4->frame + 1;
  again.time = handshake->m4->time + milliseconds(1);
  b.insert_eapol(*handshake->m2, std::move(again));
  return true;
}

bool m4_before_m3(EvidenceEditor& b) {
  const auto handshake = first_handshake(b);
  if (!handshake) {
    return false;
  }
  const Timestamp m3_given = given(b, Side::access_point, *handshake->m3);
  const Timestamp m4_given = given(b, Side::station, *handshake->m4);
  for (Event& e : b.events) {
    if (e.name != "rdev_tx_control_port") {
      continue;
    }
    if (e.side == Side::access_point && e.time == m3_given) {
      e.time = m4_given;
    } else if (e.side == Side::station && e.time == m4_given) {
      e.time = m3_given;
    }
  }
  b.swap_eapol(*handshake->m3, *handshake->m4);
  return true;
}

// --- order.initial-m4-clear-then-protected
// --------------------------------------------------------

bool protect_m4(EvidenceEditor& b) {
  const auto handshake = first_handshake(b);
  if (handshake) {
    handshake->m4->protected_frame = true;
  }
  return handshake.has_value();
}

bool data_before_m4(EvidenceEditor& b) {
  const auto handshake = first_handshake(b);
  if (!handshake) {
    return false;
  }
  for (AirProtected& data : handshake->association->protected_data) {
    if (data.direction == Direction::from_station) {
      data.frame = handshake->m4->frame - 1;
      data.time = handshake->m4->time - microseconds(50);
      return true;
    }
  }
  return false;
}

// --- order.keys-before-authorized
// -----------------------------------------------------------------

bool group_key_never(EvidenceEditor& b) {
  return port_opens(b) != nullptr && take_key_away(b, false);
}

bool port_before_keys(EvidenceEditor& b) {
  const Event* opened = port_opens(b);
  const Event* key = key_request(b, true);
  const AirEapol* m4 = b.find_message(KeyMessage::m4);
  if (opened == nullptr || key == nullptr || m4 == nullptr || m4->time >= key->time) {
    return false;
  }
  return move_port_opening(b, m4->time + (key->time - m4->time) / 2);
}

}  // namespace

std::vector<Mutant> order_mutants() {
  return {
      {"the station's first EAPOL frame is before the association response", fixture::kConnect,
       begin_before_the_response, "order.post-assoc-after-assoc"},
      {"the station goes on after its association was refused", fixture::kConnect,
       go_on_though_refused, "order.post-assoc-after-assoc"},

      {"message 2 comes again after message 4", fixture::kConnect, m2_again_after_m4,
       "order.message-sequence"},
      {"message 4 comes before message 3",
       fixture::kConnect,
       m4_before_m3,
       "order.message-sequence",
       {{"eapol.replay-counter-echo", "no message 3 with its counter came before it"}}},

      {"message 4 is protected", fixture::kConnect, protect_m4,
       "order.initial-m4-clear-then-protected"},
      {"protected data of the station comes before message 4", fixture::kConnect, data_before_m4,
       "order.initial-m4-clear-then-protected"},

      {"the group key is never installed", fixture::kConnect, group_key_never,
       "order.keys-before-authorized"},
      {"the port opens between message 4 and the keys", fixture::kConnect, port_before_keys,
       "order.keys-before-authorized"},
  };
}

}  // namespace postassoc::checks
