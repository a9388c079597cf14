#include <algorithm>
#include <array>
#include <utility>

#include "harness/checks/mutant_tools.h"
#include "harness/checks/mutants.h"
#include "harness/frames/key_data.h"

/// EAPOL-Key frames that have to be left without effect, and have one.
namespace postassoc::checks {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kCopies = 3;
constexpr milliseconds kApart{10};
constexpr seconds kBefore{2};  ///< so that no key of the handshake is late
constexpr seconds kQuiet{15};

// --- the situation: such frames, after the handshake, and a long quiet
// ------------------------------------------------------------------------------------

/// Makes the n-th injected frame of the messages of a handshake.
using Forge = AirEapol (*)(const FourMessages& handshake, std::uint64_t n);

/// Injects some before the station is told to leave, which is put off by 15 s.
bool inject(EvidenceEditor& b, std::string_view variant, Forge forge) {
  const Event* leaves = b.find_event(
      [](const Event& e) { return e.name == "step_started" && text(e, "step") == "disassociate"; });
  if (leaves == nullptr || !first_handshake(b)) {
    return false;
  }
  const Timestamp begin = leaves->time + kBefore;
  delay_from(b, leaves->time, kQuiet);
  for (std::size_t n = 0; n < kCopies; ++n) {
    const auto handshake = first_handshake(b);
    const Timestamp sent = begin + kApart * (n + 1);
    AirEapol frame = forge(*handshake, n);
    frame.frame = handshake->association->eapol.back().frame + 1;
    frame.time = sent + milliseconds(1);
    frame.direction = Direction::from_access_point;
    frame.protected_frame = false;
    frame.acknowledged = true;
    b.insert_eapol(*handshake->m3, std::move(frame));
    b.add(sent, Witness::harness, Side::none, "injected",
          {{"tag", ""}, {"frame", "eapol"}, {"variant", variant}, {"to_group", false}});
  }
  return true;
}

std::uint64_t next_counter(const FourMessages& handshake, std::uint64_t n) {
  return handshake.association->eapol.front().key->replay_counter + 100 + n;
}

bool replay_message_3(EvidenceEditor& b) {
  return inject(b, "replayed", [](const FourMessages& h, std::uint64_t) { return *h.m3; });
}

bool message_3_with_a_flipped_mic(EvidenceEditor& b) {
  return inject(b, "bad_mic", [](const FourMessages& h, std::uint64_t n) {
    AirEapol frame = *h.m3;
    frame.key->replay_counter = next_counter(h, n);
    frame.key->mic[0] ^= std::byte{1};
    frame.mic_valid = false;
    return frame;
  });
}

bool encrypted_without_mic(EvidenceEditor& b) {
  return inject(b, "unauthenticated_key_data", [](const FourMessages& h, std::uint64_t n) {
    AirEapol frame = *h.m3;
    frame.key->replay_counter = next_counter(h, n);
    frame.key->key_info &= static_cast<std::uint16_t>(~unsigned{EapolKey::kKeyMic});
    frame.mic_valid.reset();
    frame.key_data_plain.reset();
    frame.message = KeyMessage::unknown;
    return frame;
  });
}

/// Its key data ends before the length that it tells.
bool message_1_cut_short(EvidenceEditor& b) {
  return inject(b, "malformed", [](const FourMessages& h, std::uint64_t) {
    AirEapol frame = *h.m1;
    frame.key.reset();
    frame.message = KeyMessage::unknown;
    frame.unknown_reason = "the key data is cut short";
    return frame;
  });
}

// --- the faults
// -----------------------------------------------------------------------------------

/// The copy on the air of the last injected frame of a variant.
AirEapol* last_injected(EvidenceEditor& b, std::string_view variant) {
  const Event* sent = nullptr;
  for (const Event& e : b.events) {
    if (e.name == "injected" && text(e, "variant") == variant &&
        (sent == nullptr || sent->time < e.time)) {
      sent = &e;
    }
  }
  for (Association& association : b.evidence.air.associations) {
    for (AirEapol& frame : association.eapol) {
      if (sent != nullptr && frame.direction == Direction::from_access_point &&
          !frame.protected_frame && frame.time >= sent->time &&
          frame.time <= sent->time + milliseconds(50)) {
        return &frame;
      }
    }
  }
  return nullptr;
}

bool answer(EvidenceEditor& b, std::string_view variant) {
  const AirEapol* asked = last_injected(b, variant);
  Association* association = asked == nullptr ? nullptr : b.association_of(*asked);
  if (association == nullptr || !asked->key) {
    return false;
  }
  const auto& eapol = association->eapol;
  const auto m4 = std::find_if(eapol.begin(), eapol.end(), [](const AirEapol& frame) {
    return frame.message == KeyMessage::m4 && frame.key;
  });
  if (m4 == eapol.end()) {
    return false;
  }
  AirEapol reply = *m4;
  reply.frame = asked->frame + 1;
  reply.time = asked->time + milliseconds(1);
  reply.key->replay_counter = asked->key->replay_counter;
  b.insert_eapol(*m4, std::move(reply));
  return true;
}

bool leave(EvidenceEditor& b, std::string_view variant) {
  const AirEapol* last = last_injected(b, variant);
  Association* association = last == nullptr ? nullptr : b.association_of(*last);
  if (association == nullptr || !association->end_frame) {
    return false;
  }
  association->end_time = last->time + milliseconds(20);
  association->end_reason = 1;
  association->ended_by = Direction::from_station;
  return true;
}

// --- what message 3 says of keys
// ------------------------------------------------------------------

bool m3_with_another_key_length(EvidenceEditor& b) {
  const auto all = initial_handshakes(b);
  for (const FourMessages& handshake : all) {
    handshake.m3->key->key_length ^= 0x30U;
  }
  return !all.empty();
}

/// The key index is in the low two bits of the octet after the GTK KDE's head.
bool set_gtk_index_to_zero(Bytes& key_data) {
  constexpr std::array kHead = {std::byte{0x00}, std::byte{0x0f}, std::byte{0xac},
                                std::byte{kKdeGtk}};  // which is also the AKM 802.1X
  constexpr std::byte kVendorSpecific{0xdd};
  constexpr std::ptrdiff_t kElementHeader = 2;
  const auto size = static_cast<std::ptrdiff_t>(kHead.size());
  for (auto at = key_data.begin();; ++at) {
    at = std::search(at, key_data.end(), kHead.begin(), kHead.end());
    if (key_data.end() - at <= size) {
      return false;
    }
    if (at - key_data.begin() >= kElementHeader && *(at - kElementHeader) == kVendorSpecific) {
      *(at + size) &= std::byte{0xfc};
      return true;
    }
  }
}

/// In every copy: the station may have answered any.
bool gtk_with_index_zero(EvidenceEditor& b) {
  bool bent = false;
  for (const FourMessages& handshake : initial_handshakes(b)) {
    for (const std::size_t m3 : handshake.association->handshakes.front().m3) {
      AirEapol& copy = handshake.association->eapol.at(m3);
      bent = (copy.key_data_plain && set_gtk_index_to_zero(*copy.key_data_plain)) || bent;
    }
  }
  return bent;
}

}  // namespace

std::vector<Mutant> provoked_mutants() {
  return {
      {"a message 3 that was recorded is answered again",
       fixture::kConnect,
       [](EvidenceEditor& b) { return answer(b, "replayed"); },
       "eapol.replayed-frame-ignored",
       {},
       replay_message_3},
      {"a message 3 that was recorded makes the station leave",
       fixture::kConnect,
       [](EvidenceEditor& b) { return leave(b, "replayed"); },
       "eapol.replayed-frame-ignored",
       {{"key.removed-on-disconnect", "its keys stay in use"},
        {"port.closes-on-loss", "its port stays open"}},
       replay_message_3},
      {"a message 3 with a wrong MIC is answered",
       fixture::kConnect,
       [](EvidenceEditor& b) { return answer(b, "bad_mic"); },
       "eapol.bad-mic-ignored",
       {},
       message_3_with_a_flipped_mic},
      {"encrypted key data without a MIC makes the station leave",
       fixture::kConnect,
       [](EvidenceEditor& b) { return leave(b, "unauthenticated_key_data"); },
       "eapol.unauthenticated-keydata-ignored",
       {{"key.removed-on-disconnect", "its keys stay in use"},
        {"port.closes-on-loss", "its port stays open"}},
       encrypted_without_mic},
      {"a message 1 that is cut short makes the station leave",
       fixture::kConnect,
       [](EvidenceEditor& b) { return leave(b, "malformed"); },
       "eapol.invalid-field-silent-discard",
       {{"key.removed-on-disconnect", "its keys stay in use"},
        {"port.closes-on-loss", "its port stays open"},
        {"robust.malformed-eapol", "the frames are malformed"}},
       message_1_cut_short},
      {"a message 3 with another key length is answered", fixture::kConnect,
       m3_with_another_key_length, "eapol.descriptor-and-keylen"},
      {"a GTK with the index of a pairwise key is accepted", fixture::kConnect, gtk_with_index_zero,
       "eapol.group-kdes"},
  };
}

}  // namespace postassoc::checks
