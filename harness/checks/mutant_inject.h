#pragma once

#include <string>
#include <vector>

#include "harness/checks/evidence_editor.h"
#include "harness/checks/provocations.h"

/// Adds what an injector would have done to recorded evidence, soundly: the event, the frame on the
/// air with its acknowledgement, and, where it has to be let in, its arrival. For situations that
/// no recorded evidence has.
namespace postassoc::checks {

/// A moment and a frame number of the air capture that nothing else has.
struct Slot {
  Timestamp time{};
  std::uint64_t frame = 0;
};
/// Room for `count` frames at `at`: whatever came later comes 3 ms later for each, with higher
/// frame numbers.
std::vector<Slot> make_room(EvidenceEditor& b, Timestamp at, std::size_t count);

/// Of an injected frame: see Injected.
struct Injection {
  std::string frame = "udp";
  std::string form = "plain";
  bool to_group = false;
  bool control = false;
  std::string variant = {};
};
/// Puts them on the air one after the other from `at` on, in the access point's name. A control is
/// delivered, and so is EAPOL in clear.
void inject(EvidenceEditor& b, Timestamp at, const std::vector<Injection>& frames);
/// `count` of each.
std::vector<Injection> times(std::size_t count, const Injection& one);

/// The station's stack gets the injected frame with this tag. False without a capture on its
/// interface.
bool deliver(EvidenceEditor& b, const std::string& tag, Timestamp time);
/// Delivers the first injected frame that satisfies the predicate and is no control.
bool deliver_first(EvidenceEditor& b, bool (*which)(const Injected&));

/// A moment after the last injected frame, 2 ms; nothing when none was injected.
std::optional<Timestamp> after_injections(const EvidenceEditor& b);

}  // namespace postassoc::checks
