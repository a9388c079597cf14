#pragma once

#include <chrono>
#include <vector>

#include "harness/checks/evidence_editor.h"
#include "harness/checks/kernel_events.h"

/// What mutants of several families do to evidence. A pointer is null, and a `bool` false, when
/// the evidence does not have what it takes; nothing is changed then.
namespace postassoc::checks {

/// Whatever happened from `from` on happens `delay` later, for every witness.
void delay_from(EvidenceEditor& b, Timestamp from, std::chrono::nanoseconds delay);

/// A 4-way handshake with all four messages in the air capture, the first of each.
struct FourMessages {
  Association* association = nullptr;
  AirEapol *m1 = nullptr, *m2 = nullptr, *m3 = nullptr, *m4 = nullptr;
};
/// The initial handshakes of all associations, without rekeys.
std::vector<FourMessages> initial_handshakes(EvidenceEditor& b);
std::optional<FourMessages> first_handshake(EvidenceEditor& b);

/// Changes every copy of the first handshake's message 3: the station may have answered any.
bool change_m3(EvidenceEditor& b, void (*change)(AirEapol& m3));
/// The first handshake's message 3 has another ANonce than its message 1.
bool change_anonce_of_m3(EvidenceEditor& b);

/// When the kernel of `side` was given this EAPOL frame to send: the last request before it; the
/// frame's own time where the trace has none within 50 ms.
Timestamp given(const EvidenceEditor& b, Side side, const AirEapol& frame);

/// Protected unicast frames of the station, of the first association that has them.
std::vector<AirProtected*> from_station(EvidenceEditor& b);
/// Of these, those whose packet numbers are not judged yet: Association::folded says nothing of
/// them.
std::vector<AirProtected*> unfolded_from_station(EvidenceEditor& b);

/// The station's first request for a pairwise (group) key.
Event* key_request(EvidenceEditor& b, bool pairwise);
/// The first key request of the station at or after `from`.
Event* key_request(EvidenceEditor& b, bool pairwise, Timestamp from);
/// Takes all requests of a kind of key away, with the kernel's answers.
bool take_key_away(EvidenceEditor& b, bool pairwise);
/// The keys of both kinds are asked for and answered at `time`.
bool move_keys_to(EvidenceEditor& b, Timestamp time);
/// The station asks for a pairwise key and gets `result`.
void install_key(EvidenceEditor& b, Timestamp time, std::int64_t result = 0);

/// The station asks for a group key and gets it.
void install_group_key(EvidenceEditor& b, Timestamp time, std::uint16_t index);

/// What the station's interface took in of a frame on the air; null when it did not.
NetdevFrame* delivered_copy(EvidenceEditor& b, const AirProtected& frame);
/// The interface's frame is not there; those after it keep their numbers.
bool not_delivered(EvidenceEditor& b, const AirProtected& frame);
/// The recording ends so much later.
bool end_later(EvidenceEditor& b, std::chrono::nanoseconds by);
/// The station entry goes down that much later, state by state, and its port with it.
bool leave_later(EvidenceEditor& b, std::chrono::nanoseconds by);
bool is_going_down(const Event& e);

/// The station's first step to the authorised state.
Event* port_opens(EvidenceEditor& b);
/// It happens at `time`, for every witness of it.
bool move_port_opening(EvidenceEditor& b, Timestamp time);
void open_port(EvidenceEditor& b, Timestamp time);
void close_port(EvidenceEditor& b, Timestamp time);

}  // namespace postassoc::checks
