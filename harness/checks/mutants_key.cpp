#include "harness/checks/mutant_tools.h"
#include "harness/checks/mutants.h"

namespace postassoc::checks {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// --- key.ptk-installed-once
// -----------------------------------------------------------------------

bool install_twice(EvidenceEditor& b, std::int64_t result) {
  const auto handshake = first_handshake(b);
  const Event* opened = port_opens(b);
  if (!handshake || opened == nullptr || key_request(b, true) == nullptr) {
    return false;
  }
  install_key(b, opened->time + microseconds(100), result);
  return true;
}

bool installed_twice(EvidenceEditor& b) {
  return install_twice(b, 0);
}
bool asked_for_twice(EvidenceEditor& b) {
  return install_twice(b, -114);  // -EALREADY
}
bool never_installed(EvidenceEditor& b) {
  return first_handshake(b) && take_key_away(b, true);
}

// --- key.no-reinstall-on-m3-retry
// -----------------------------------------------------------------

/// The last message 3 of a handshake that had been answered before; null when none came again.
const AirEapol* repeated_m3(EvidenceEditor& b) {
  for (const FourMessages& handshake : initial_handshakes(b)) {
    const AirEapol* last = nullptr;
    for (const AirEapol& frame : handshake.association->eapol) {
      if (frame.message == KeyMessage::m3 && frame.frame > handshake.m4->frame) {
        last = &frame;
      }
    }
    if (last != nullptr) {
      return last;
    }
  }
  return nullptr;
}

bool installed_again(EvidenceEditor& b) {
  const AirEapol* m3 = repeated_m3(b);
  if (m3 == nullptr || key_request(b, true) == nullptr) {
    return false;
  }
  install_key(b, m3->time + milliseconds(2));
  return true;
}

bool packet_numbers_anew(EvidenceEditor& b) {
  const AirEapol* m3 = repeated_m3(b);
  if (m3 == nullptr) {
    return false;
  }
  std::uint64_t pn = 0;
  Association& association = *b.association_of(*m3);
  for (AirProtected& frame : association.protected_data) {
    if (frame.direction == Direction::from_station && frame.frame > m3->frame &&
        frame.frame > association.folded.through) {
      frame.pn = ++pn;
    }
  }
  return pn > 0;
}

// --- key.pn-never-reused
// --------------------------------------------------------------------------

/// Two frames of the station after each other under one key.
bool number_used_twice(EvidenceEditor& b) {
  AirProtected* before = nullptr;
  for (AirProtected* frame : unfolded_from_station(b)) {
    if (before != nullptr && frame->handshake != kNoKey && frame->handshake == before->handshake &&
        frame->key_id == before->key_id && frame->tid == before->tid && !frame->retry &&
        frame->plaintext != before->plaintext) {
      frame->pn = before->pn;
      return true;
    }
    before = frame;
  }
  return false;
}

bool number_falls_back(EvidenceEditor& b) {
  const auto frames = unfolded_from_station(b);
  if (frames.size() < 2 || frames.back()->retry || frames.back()->handshake == kNoKey) {
    return false;
  }
  for (AirProtected* frame : frames) {
    frame->pn += 100;
  }
  frames.back()->pn = 50;
  return true;
}

// --- key.install-only-on-valid-m3
// -----------------------------------------------------------------

bool keys_before_m3(EvidenceEditor& b) {
  const AirEapol* m2 = b.find_message(KeyMessage::m2);
  return m2 != nullptr && move_keys_to(b, m2->time + microseconds(100));
}

bool without_install(EvidenceEditor& b) {
  return change_m3(b, [](AirEapol& m3) { m3.key->key_info ^= EapolKey::kInstall; });
}
bool wrong_mic(EvidenceEditor& b) {
  return change_m3(b, [](AirEapol& m3) { m3.mic_valid = false; });
}

}  // namespace

std::vector<Mutant> key_mutants() {
  return {
      {"the pairwise key is installed twice", fixture::kConnect, installed_twice,
       "key.ptk-installed-once"},
      {"the pairwise key is asked for twice, and the kernel ignores it", fixture::kConnect,
       asked_for_twice, "key.ptk-installed-once"},
      {"the pairwise key is never installed",
       fixture::kConnect,
       never_installed,
       "key.ptk-installed-once",
       {{"order.keys-before-authorized", "the port opened without it"}}},

      {"the pairwise key is installed again after the repeated message 3",
       fixture::kMessage3Again,
       installed_again,
       "key.no-reinstall-on-m3-retry",
       {{"key.ptk-installed-once", "it is the second installation in this handshake"}}},
      {"packet numbers begin anew after the repeated message 3",
       fixture::kMessage3Again,
       packet_numbers_anew,
       "key.no-reinstall-on-m3-retry",
       {{"key.pn-never-reused", "they were used before the repeated message 3"}}},

      {"a packet number is used twice", fixture::kConnect, number_used_twice,
       "key.pn-never-reused"},
      {"a packet number falls back to one that was left out", fixture::kConnect, number_falls_back,
       "key.pn-never-reused"},

      {"the keys are installed before message 3",
       fixture::kConnect,
       keys_before_m3,
       "key.install-only-on-valid-m3",
       {{"key.installed-equals-derived", "the group key was not handed out yet"}}},
      {"message 3 has another ANonce",
       fixture::kConnect,
       change_anonce_of_m3,
       "key.install-only-on-valid-m3",
       {{"eapol.anonce-m1-m3-equal", "it was answered"}}},
      {"message 3 lacks Install",
       fixture::kConnect,
       without_install,
       "key.install-only-on-valid-m3",
       {{"eapol.key-info-bits", "Install is one of the bits"}}},
      {"the MIC of message 3 is wrong",
       fixture::kConnect,
       wrong_mic,
       "key.install-only-on-valid-m3",
       {{"eapol.mic-valid", "it is a wrong MIC"},
        {"eapol.bad-mic-ignored", "the station answers it"}}},
  };
}

}  // namespace postassoc::checks
