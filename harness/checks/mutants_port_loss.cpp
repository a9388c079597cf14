#include "harness/checks/mutant_inject.h"
#include "harness/checks/mutant_tools.h"
#include "harness/checks/mutants.h"
#include "harness/frames/eapol.h"

/// The port before it opens, when the connection ends, and through
/// re-authentication.
namespace postassoc::checks {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

AirPlain clear_data(std::uint64_t frame, Timestamp time) {
  AirPlain clear;
  clear.frame = frame;
  clear.time = time;
  clear.direction = Direction::from_station;
  clear.ethertype = 0x0800;
  return clear;
}

bool clear_data_before_m4(EvidenceEditor& b) {
  const auto handshake = first_handshake(b);
  if (!handshake) {
    return false;
  }
  handshake->association->plain_data.push_back(
      clear_data(handshake->m1->frame, handshake->m1->time + microseconds(120)));
  return true;
}

/// An injected frame is delivered though the port is closed.
bool injected_is_delivered(EvidenceEditor& b) {
  for (const Air::Tagged& seen : b.evidence.air.tagged) {
    const bool injected = b.find_event([&](const Event& e) {
      return e.name == "injected" && text(e, "tag") == seen.tag && text(e, "frame") != "eapol";
    }) != nullptr;
    if (injected) {
      return deliver(b, seen.tag, seen.time + microseconds(50));
    }
  }
  return false;
}

bool recorded_for_longer(EvidenceEditor& b) {
  return end_later(b, seconds(4));
}

bool closes_late(EvidenceEditor& b) {
  return leave_later(b, seconds(3));
}

/// The last end of an open port is told by the supplicant three seconds late.
bool tells_late(EvidenceEditor& b) {
  Event* disconnected = nullptr;
  for (Event& e : b.events) {
    const bool later = disconnected == nullptr || e.time > disconnected->time;
    disconnected = e.name == "CTRL-EVENT-DISCONNECTED" && later ? &e : disconnected;
  }
  const bool closed = disconnected != nullptr && b.find_event([&](const Event& e) {
    return is_going_down(e) && number(e, "old_state") == 4 &&
           e.time > disconnected->time - seconds(1) && e.time < disconnected->time + seconds(1);
  }) != nullptr;
  if (closed) {
    disconnected->time += seconds(3);
  }
  return closed;
}

/// The rekey comes of EAP re-authentication, and its message 4 is protected.
bool reauthenticates(EvidenceEditor& b) {
  for (Association& association : b.evidence.air.associations) {
    if (association.handshakes.size() < 2 || !association.handshakes.back().complete()) {
      continue;
    }
    const Handshake& rekey = association.handshakes.back();
    association.eapol.at(rekey.m4.front()).protected_frame = true;
    const AirEapol& m1 = association.eapol.at(rekey.m1.front());
    AirEapol eap = m1;
    eap.frame -= 1;
    eap.time -= microseconds(500);
    eap.key.reset();
    eap.message = KeyMessage::unknown;
    eap.eapol.type = kEapolEapPacket;
    b.add(eap.time - microseconds(14), Witness::kernel, Side::access_point, "rdev_tx_control_port",
          {{"unencrypted", false}});
    b.insert_eapol(m1, std::move(eap));
    return true;
  }
  return false;
}

bool clear_data_after_eap(EvidenceEditor& b) {
  for (Association& association : b.evidence.air.associations) {
    for (const AirEapol& frame : association.eapol) {
      if (!frame.key && frame.eapol.type == kEapolEapPacket) {
        association.plain_data.push_back(
            clear_data(frame.frame + 1, frame.time + microseconds(100)));
        return true;
      }
    }
  }
  return false;
}

}  // namespace

std::vector<Mutant> port_loss_mutants() {
  return {
      {"data goes out in clear before message 4",
       fixture::kConnect,
       clear_data_before_m4,
       "port.tx-blocked",
       {{"order.no-data-before-authorized", "the same frame, told by its order"}}},
      {"an injected frame is delivered while the port is closed",
       fixture::kPlainBeforeKeys,
       injected_is_delivered,
       "port.rx-blocked",
       {{"excl.plain-before-key-dropped", "it is unencrypted too"}}},
      {"the port closes three seconds after the end",
       fixture::kConnect,
       closes_late,
       "port.closes-on-loss",
       {{"key.removed-on-disconnect", "the pairwise key goes with the station entry"},
        {"port.sources-agree", "the supplicant says that it is disconnected"}},
       recorded_for_longer},
      {"the supplicant tells of the end three seconds late",
       fixture::kConnect,
       tells_late,
       "port.sources-agree",
       {},
       recorded_for_longer},
      {"data goes out in clear during re-authentication",
       fixture::kPairwiseRekey,
       clear_data_after_eap,
       "port.reauth-keeps-service",
       {{"excl.tx-never-plain", "it has keys"}},
       reauthenticates},
  };
}

}  // namespace postassoc::checks
