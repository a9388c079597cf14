#include <algorithm>

#include "harness/checks/datagrams.h"
#include "harness/checks/mutant_inject.h"
#include "harness/checks/mutant_tools.h"
#include "harness/checks/mutants.h"

/// Keys in use: replays, reinstallation.
namespace postassoc::checks {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// --- reinstallation
// -------------------------------------------------------------------------------

/// The last message of this kind, when there is more than one.
const AirEapol* repeated(EvidenceEditor& b, KeyMessage kind) {
  const AirEapol* last = nullptr;
  std::size_t count = 0;
  for (const Association& association : b.evidence.air.associations) {
    for (const AirEapol& frame : association.eapol) {
      last = frame.message == kind ? &frame : last;
      count += frame.message == kind ? 1U : 0U;
    }
  }
  return count > 1 ? last : nullptr;
}

bool key_after_repeated_m3(EvidenceEditor& b) {
  const AirEapol* m3 = repeated(b, KeyMessage::m3);
  if (m3 != nullptr) {
    install_key(b, m3->time + milliseconds(2));
  }
  return m3 != nullptr;
}

/// The group key that a message handed out is asked for, and installed, once more.
bool group_key_again(EvidenceEditor& b, KeyMessage message) {
  const AirEapol* again = repeated(b, message);
  const Association* association = again == nullptr ? nullptr : b.association_of(*again);
  if (association == nullptr) {
    return false;
  }
  for (const AirGroupKey& key : association->group_keys) {
    if (key.frame == again->frame && key.kind == AirGroupKey::Kind::gtk) {
      install_group_key(b, again->time + milliseconds(2), key.key_id);
      return true;
    }
  }
  return false;
}

bool group_key_after_repeated_m3(EvidenceEditor& b) {
  return group_key_again(b, KeyMessage::m3);
}
bool group_key_after_repeated_g1(EvidenceEditor& b) {
  return group_key_again(b, KeyMessage::g1);
}

// --- replays
// --------------------------------------------------------------------------------------

bool take_in(EvidenceEditor& b, const Air::Tagged& seen) {
  return deliver(b, seen.tag, seen.time + microseconds(50));
}

bool delivers_a_replay(EvidenceEditor& b) {
  for (const Replay& replay : replays(b.build())) {
    if (replay.datagram.delivered == nullptr) {
      return take_in(b, *replay.datagram.on_air);
    }
  }
  return false;
}

/// Protected group frames to the station that its interface took in, in the air's order.
std::vector<AirProtected*> delivered_group_frames(EvidenceEditor& b) {
  std::vector<AirProtected*> found;
  for (Association& association : b.evidence.air.associations) {
    for (AirProtected& frame : association.protected_data) {
      if (frame.group && delivered_copy(b, frame) != nullptr) {
        found.push_back(&frame);
      }
    }
  }
  return found;
}

constexpr std::size_t kOld = 3;

/// The last group datagrams are sent with packet numbers of before, and the station drops them.
bool group_replays(EvidenceEditor& b) {
  const auto frames = delivered_group_frames(b);
  if (frames.size() <= kOld) {
    return false;
  }
  for (std::size_t i = 0; i < kOld; ++i) {
    AirProtected& frame = *frames[frames.size() - kOld + i];
    not_delivered(b, frame);
    frame.pn = frames[i]->pn;
  }
  return true;
}

/// The access point's group packet numbers stand at 1000 when the station joins, and the first
/// group datagrams are below that.
bool high_rsc(EvidenceEditor& b) {
  const auto handshake = first_handshake(b);
  const auto frames = delivered_group_frames(b);
  if (!handshake || handshake->association->group_keys.empty() || frames.size() <= kOld) {
    return false;
  }
  handshake->association->group_keys.front().rsc = 1000;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (i < kOld) {
      not_delivered(b, *frames[i]);
    } else {
      frames[i]->pn += 1000;
    }
  }
  return true;
}

bool takes_in_below_rsc(EvidenceEditor& b) {
  for (const BelowRsc& old : below_rsc(b.build())) {
    if (old.datagram.delivered == nullptr) {
      return take_in(b, *old.datagram.on_air);
    }
  }
  return false;
}

}  // namespace

std::vector<Mutant> key_use_mutants() {
  const Also once{"key.ptk-installed-once", "it is the second installation in this handshake"};
  return {
      {"the pairwise key is installed again after a forged message 1",
       fixture::kMessage1Then3,
       key_after_repeated_m3,
       "key.no-reinstall-after-forged-m1",
       {once, {"key.no-reinstall-on-m3-retry", "message 3 was repeated as well"}}},
      {"the group key is installed again after the repeated message 3", fixture::kMessage3Again,
       group_key_after_repeated_m3, "key.no-group-key-reinstall"},
      {"the group key is installed again after the repeated group message 1",
       fixture::kGroupMessage1Again, group_key_after_repeated_g1, "key.no-group-key-reinstall"},
      {"a replayed unicast frame is delivered", fixture::kPacketNumbersReplayed, delivers_a_replay,
       "key.rx-replay-protection"},
      {"a replayed group frame is delivered",
       fixture::kConnect,
       delivers_a_replay,
       "key.rx-replay-protection",
       {},
       group_replays},
      {"a group frame below the key's RSC is delivered",
       fixture::kConnect,
       takes_in_below_rsc,
       "key.gtk-rsc-honoured",
       {},
       high_rsc},
  };
}

}  // namespace postassoc::checks
