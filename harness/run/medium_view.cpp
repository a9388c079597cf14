#include "harness/run/medium_view.h"

#include <algorithm>

#include "harness/frames/eapol.h"
#include "harness/frames/management.h"
#include "harness/frames/msdu.h"

namespace postassoc {
namespace {

using medium::FrameWord;
using medium::From;

constexpr std::size_t kMostPairs = 16;
constexpr std::size_t kMostBsses = 64;
constexpr std::size_t kMostKept = 256;  ///< frames of a pair

FrameWord management_word(std::uint8_t subtype) {
  switch (subtype) {
    case kAssocRequest:
      return FrameWord::assoc_req;
    case kAssocResponse:
      return FrameWord::assoc_resp;
    case kReassocRequest:
      return FrameWord::reassoc_req;
    case kReassocResponse:
      return FrameWord::reassoc_resp;
    case kProbeRequest:
      return FrameWord::probe_req;
    case kProbeResponse:
      return FrameWord::probe_resp;
    case kBeacon:
      return FrameWord::beacon;
    case kDisassociation:
      return FrameWord::disassoc;
    case kAuthentication:
      return FrameWord::auth;
    case kDeauthentication:
      return FrameWord::deauth;
    case kAction:
    case kActionNoAck:
      return FrameWord::action;
    default:
      return FrameWord::other;
  }
}

FrameWord key_word(KeyMessage message) {
  switch (message) {
    case KeyMessage::m1:
      return FrameWord::eapol_m1;
    case KeyMessage::m2:
      return FrameWord::eapol_m2;
    case KeyMessage::m3:
      return FrameWord::eapol_m3;
    case KeyMessage::m4:
      return FrameWord::eapol_m4;
    case KeyMessage::g1:
      return FrameWord::eapol_g1;
    case KeyMessage::g2:
      return FrameWord::eapol_g2;
    case KeyMessage::unknown:
      return FrameWord::eapol;
  }
  return FrameWord::eapol;
}

/// Of an unprotected frame, whatever session it is of.
bool carries_eapol(const Dot11& dot11) {
  const auto msdus = parse_msdus(dot11, dot11.body);
  return msdus && std::any_of(msdus->begin(), msdus->end(),
                              [](const Msdu& msdu) { return msdu.ethertype == kEthertypeEapol; });
}

}  // namespace

FrameWord eapol_word(std::uint8_t type, KeyMessage message) {
  switch (type) {
    case kEapolKey:
      return key_word(message);
    case kEapolStart:
      return FrameWord::eapol_start;
    case kEapolEapPacket:
      return FrameWord::eapol_eap;
    default:
      return FrameWord::eapol;
  }
}

MediumView::MediumView(std::vector<Bytes> pmks) : pmks_(std::move(pmks)) {}

void MediumView::restart(const PairKey& key, Pair& pair) {
  pair.air.reset();
  AirSecrets secrets;
  secrets.pmks = pmks_;
  pair.settings = std::make_unique<AirPairSettings>();
  pair.settings->candidates = PmkCandidates(std::move(secrets));
  AirBss& bss = bsses_.at(key.first);
  pair.air = std::make_unique<AirPair>(*pair.settings, bss, key.second, [](Air&&) {});
}

MediumView::Pair* MediumView::pair_of(const PairKey& key) {
  if (const auto found = pairs_.find(key); found != pairs_.end()) {
    return &found->second;
  }
  if (pairs_.size() >= kMostPairs) {
    return nullptr;
  }
  Pair& pair = pairs_[key];
  restart(key, pair);
  return &pair;
}

void MediumView::keep(Pair& pair, Timestamp time, const Dot11& dot11, ByteView frame) {
  if (dot11.is_assoc_request()) {
    std::erase_if(pair.frames, [](const auto& kept) {
      const auto earlier = parse_dot11(kept.second);
      return !earlier || !earlier->is_authentication();
    });
  }
  if (pair.frames.size() < kMostKept) {
    pair.frames.emplace_back(time, Bytes(frame.begin(), frame.end()));
  }
}

void MediumView::learn(const Bytes& pmk) {
  if (pmk.empty() || std::find(pmks_.begin(), pmks_.end(), pmk) != pmks_.end()) {
    return;
  }
  pmks_.push_back(pmk);
  for (auto& [key, pair] : pairs_) {
    restart(key, pair);
    for (const auto& [time, bytes] : pair.frames) {
      if (const auto dot11 = parse_dot11(bytes)) {
        pair.air->see(++frames_, time, *dot11);
      }
    }
  }
}

MediumSight MediumView::see(Timestamp time, const Dot11& dot11, ByteView frame, bool own_address) {
  MediumSight sight;
  if (!dot11.ta || dot11.is_control()) {
    return sight;
  }
  if (dot11.is_beacon() && own_address &&
      (is_access_point(*dot11.ta) || bsses_.size() < kMostBsses)) {
    if (const auto heard = parse_beacon(dot11.body)) {
      AirBss& bss = bsses_[*dot11.ta];
      bss.bssid = *dot11.ta;
      bss.take(*heard, true, time);
    }
  }
  if (own_address) {
    sight.from = is_access_point(*dot11.ta) ? From::access_point : From::station;
  }
  if (dot11.is_data()) {
    return data(time, dot11, frame, sight);
  }
  if (!dot11.is_management()) {
    return sight;
  }
  sight.frame = management_word(dot11.subtype);
  const bool of_pair = is_access_point(*dot11.ta) != is_access_point(dot11.ra);
  if (of_pair && own_address && !dot11.ra.is_group()) {
    const bool down = is_access_point(*dot11.ta);
    const PairKey key{down ? *dot11.ta : dot11.ra, down ? dot11.ra : *dot11.ta};
    if (Pair* pair = pair_of(key)) {
      keep(*pair, time, dot11, frame);
      pair->air->see(++frames_, time, dot11);
    }
  }
  return sight;
}

MediumSight MediumView::data(Timestamp time, const Dot11& dot11, ByteView frame,
                             MediumSight sight) {
  if (dot11.is_null_data()) {
    sight.frame = FrameWord::null_data;
    return sight;
  }
  const bool plain_eapol = !dot11.protected_frame && carries_eapol(dot11);
  sight.frame = plain_eapol ? FrameWord::eapol : FrameWord::data;
  const bool down = is_access_point(*dot11.ta);
  if (dot11.ra.is_group() || down == is_access_point(dot11.ra)) {
    return sight;
  }
  const PairKey key{down ? *dot11.ta : dot11.ra, down ? dot11.ra : *dot11.ta};
  // Who forges addresses begins no pair: they would fill the room.
  Pair* pair = sight.from != From::injector || pairs_.contains(key) ? pair_of(key) : nullptr;
  if (pair == nullptr) {
    return sight;
  }
  pair->air->see(++frames_, time, dot11);
  const Association* association = pair->air->latest();
  if (association == nullptr || association->eapol.empty() ||
      association->eapol.back().frame != frames_) {
    return sight;
  }
  keep(*pair, time, dot11, frame);
  sight.frame = eapol_word(association->eapol.back().eapol.type, association->eapol.back().message);
  if (dot11.protected_frame && association->suites && !association->protected_data.empty()) {
    const std::size_t handshake = association->protected_data.back().handshake;
    if (handshake < association->handshakes.size()) {
      sight.tk = association->handshakes[handshake].tk;
      sight.cipher = association->suites->pairwise;
    }
  }
  return sight;
}

}  // namespace postassoc
