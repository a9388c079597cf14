#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/air_view.h"
#include "harness/checks/key_descriptor.h"
#include "harness/checks/registry.h"
#include "harness/frames/key_data.h"
#include "harness/frames/keys.h"
#include "harness/frames/rsn.h"

/// What EAPOL-Key frames say of the keys that they are about.
namespace postassoc::checks {
namespace {

// --- eapol.descriptor-and-keylen
// ------------------------------------------------------------------

struct Mismatch {
  std::string text;
  bool of_station = false;  ///< it sent it, or went on with it; else the access point's alone
};

/// IEEE 802.11-2020, 12.7.2: a station leaves Key Length zero in what it answers; many repeat the
/// access point's, which is harmless.
std::optional<Mismatch> station_mismatch(const AirEapol& frame, std::uint16_t version,
                                         std::size_t key_length) {
  const EapolKey& key = *frame.key;
  if (key.descriptor_type != kDescriptorRsn) {
    return Mismatch{
        fmt::format("the station's {} (frame {}) has descriptor type {}, where RSN has 2",
                    to_string(frame.message), frame.frame, key.descriptor_type),
        true};
  }
  if (key.descriptor_version() != version) {
    return Mismatch{
        fmt::format("the station's {} (frame {}) has descriptor version {}, where AKM "
                    "and cipher prescribe {}",
                    to_string(frame.message), frame.frame, key.descriptor_version(), version),
        true};
  }
  if (frame.message != KeyMessage::g2 && key.key_length != 0 && key.key_length != key_length) {
    return Mismatch{
        fmt::format("the station's {} (frame {}) has key length {}, where the cipher has "
                    "{}",
                    to_string(frame.message), frame.frame, key.key_length, key_length),
        true};
  }
  return std::nullopt;
}

/// Only message 3 makes a station install a key of that length.
std::optional<Mismatch> access_point_mismatch(const Association& association, const AirEapol& frame,
                                              std::uint16_t version, std::size_t key_length) {
  const EapolKey& key = *frame.key;
  const bool pairwise = frame.message == KeyMessage::m1 || frame.message == KeyMessage::m3;
  if (pairwise && key.key_length != key_length) {
    const bool accepted = frame.message == KeyMessage::m3 && frame.mic_valid == true &&
                          is_answered(association, frame);
    return Mismatch{fmt::format("{} (frame {}) has key length {}, where the cipher has {}{}",
                                to_string(frame.message), frame.frame, key.key_length, key_length,
                                accepted ? ", and the station answered it" : ""),
                    accepted};
  }
  if (key.descriptor_version() != version) {
    return Mismatch{
        fmt::format("the access point's {} (frame {}) has descriptor version {}, where "
                    "AKM and cipher prescribe {}",
                    to_string(frame.message), frame.frame, key.descriptor_version(), version),
        false};
  }
  return std::nullopt;
}

struct Descriptors {
  std::size_t from_station = 0;
  std::optional<std::string> access_point;  ///< what it did wrong, alone
  const AirEapol* wrong = nullptr;
};

/// A sentence when the station is at fault in this association.
std::optional<std::string> follow(const AirView& air, const Association& association,
                                  const SelectedSuites& suites, std::size_t key_length,
                                  Descriptors& seen) {
  const std::uint16_t version = descriptor_version(suites.akm, suites.pairwise);
  for (const AirEapol* frame : air.keys(association)) {
    const bool from_station = frame->direction == Direction::from_station;
    if (frame->message == KeyMessage::unknown) {
      continue;
    }
    const auto mismatch = from_station
                              ? station_mismatch(*frame, version, key_length)
                              : access_point_mismatch(association, *frame, version, key_length);
    seen.from_station += from_station ? 1U : 0U;
    if (!mismatch) {
      continue;
    }
    seen.wrong = frame;
    if (mismatch->of_station) {
      return mismatch->text;
    }
    seen.access_point = mismatch->text;
  }
  return std::nullopt;
}

Finding judge_descriptor(const Evidence& evidence) {
  FindingBuilder finding("eapol.descriptor-and-keylen", evidence);
  finding.expect("descriptor version of the AKM and key length of the pairwise cipher");
  if (const auto stop = without_handshake(finding, evidence)) {
    return *stop;
  }
  const AirView air(evidence);
  Descriptors seen;
  for (const Association& association : evidence.air.associations) {
    const auto suites = chosen_suites(association);
    const auto length = suites ? tk_length(suites->pairwise) : Result<std::size_t>(0U);
    if (!suites || !length) {
      continue;
    }
    if (const auto wrong = follow(air, association, *suites, *length, seen)) {
      return finding.frame(*seen.wrong).fail(*wrong);
    }
  }
  if (seen.access_point) {
    return finding.frame(*seen.wrong).verdict(Verdict::info, *seen.access_point);
  }
  if (seen.from_station == 0) {
    return finding.inconclusive(
        "no EAPOL-Key frame of the station in an association whose AKM and cipher are known is on "
        "the air");
  }
  return finding.pass(fmt::format("{} of the station with the right version and length",
                                  count_of(seen.from_station, "EAPOL-Key frame")));
}

// --- eapol.group-kdes
// -----------------------------------------------------------------------------

struct Range {
  unsigned first, last;
};

/// What is wrong with a group key; empty when nothing is.
template <class Key>
std::string key_fault(std::string_view name, const std::optional<Key>& key, Range ids,
                      std::optional<std::size_t> size) {
  if (!key) {
    return fmt::format("a {} that ends within its fixed part", name);
  }
  if (size && key->key.size() != *size) {
    return fmt::format("a {} of {} octets, where the cipher has {}", name, key->key.size(), *size);
  }
  if (key->key_id < ids.first || key->key_id > ids.last) {
    return fmt::format("a {} with index {}, outside {} to {}", name, key->key_id, ids.first,
                       ids.last);
  }
  return "";
}

std::optional<std::size_t> length_of(Suite cipher) {
  const auto length = tk_length(cipher);
  return length ? std::optional(*length) : std::nullopt;
}

/// BIP-CMAC-256 and BIP-GMAC-256 have 32 octets, the others 16.
std::optional<std::size_t> integrity_length(Suite cipher) {
  if (cipher == 0 || cipher == kCipherGroupNotAllowed) {
    return std::nullopt;
  }
  return cipher == kCipherBipCmac256 || cipher == kCipherBipGmac256 ? 32U : 16U;
}

/// With PMF message 3 has an IGTK; in multi-link operation it has those of the links instead.
bool lacks_igtk(const KeyData& data, const AirEapol& frame, const SelectedSuites& suites) {
  constexpr std::uint8_t kFirstMloKde = 16;  // IEEE 802.11be, table 12-10
  constexpr std::size_t kElementHeader = 2;
  const ByteView element = data.raw_rsne();
  const auto rsne = element.size() < kElementHeader
                        ? std::nullopt
                        : std::optional(parse_rsne(element.subspan(kElementHeader)));
  const bool offered = rsne && *rsne && (*rsne)->mfp_capable();
  return frame.message == KeyMessage::m3 && suites.mfp && offered &&
         integrity_length(suites.group_management) && data.find_kde(kKdeIgtk) == nullptr &&
         std::none_of(data.kdes.begin(), data.kdes.end(),
                      [](const Kde& kde) { return kde.data_type >= kFirstMloKde; });
}

/// IEEE 802.11-2020, 12.7.2, KDEs, and 12.7.6.4: key index 1 to 3, 4 to 5, 6 to 7.
std::string group_fault(const KeyData& data, const AirEapol& frame, const SelectedSuites& suites) {
  const bool gtk = data.find_kde(kKdeGtk) != nullptr;
  const bool igtk = data.find_kde(kKdeIgtk) != nullptr;
  const bool bigtk = data.find_kde(kKdeBigtk) != nullptr;
  if ((gtk || igtk || bigtk) && !frame.key->encrypted_key_data()) {
    return "a group key in clear";
  }
  const auto integrity = integrity_length(suites.group_management);
  std::string fault = gtk ? key_fault("GTK", data.gtk(), {1, 3}, length_of(suites.group)) : "";
  if (igtk && fault.empty()) {
    fault = key_fault("IGTK", data.igtk(), {4, 5}, integrity);
  }
  if (bigtk && fault.empty()) {
    fault = key_fault("BIGTK", data.bigtk(), {6, 7}, integrity);
  }
  if (fault.empty() && lacks_igtk(data, frame, suites)) {
    return "no IGTK, though management frame protection is in use";
  }
  return fault;
}

bool holds_group_keys(const AirEapol& frame) {
  return frame.message == KeyMessage::m3 || frame.message == KeyMessage::g1;
}

/// As far as it can be read.
std::optional<KeyData> group_key_data(const AirEapol& frame) {
  if (frame.key_data_plain) {
    return parse_key_data(*frame.key_data_plain);
  }
  return frame.key->encrypted_key_data() ? std::nullopt
                                         : std::optional(parse_key_data(frame.key->key_data));
}

/// The access point had no answer either: it asked again, or gave up.
bool stayed_without_answer(const Association& association, const AirEapol& asked) {
  const auto& eapol = association.eapol;
  return association.ended_by == Direction::from_access_point ||
         std::any_of(eapol.begin(), eapol.end(), [&](const AirEapol& later) {
           return later.message == asked.message && later.frame > asked.frame;
         });
}

struct GroupKeys {
  std::size_t sound = 0;
  std::size_t refused = 0;     ///< faulty, and left without an answer
  std::size_t unanswered = 0;  ///< faulty, and whether it was answered is not known
  std::size_t unreadable = 0;
};

/// A fault that the station accepted.
std::optional<std::string> accepted_fault(const Association& association, const AirEapol& frame,
                                          GroupKeys& seen) {
  const auto suites = chosen_suites(association);
  const auto data = group_key_data(frame);
  if (!data || !suites) {
    ++seen.unreadable;
    return std::nullopt;
  }
  const std::string fault = group_fault(*data, frame, *suites);
  if (fault.empty()) {
    ++seen.sound;
  } else if (frame.mic_valid == true && is_answered(association, frame)) {
    return fmt::format("the station accepted {} ({}, frame {})", fault, to_string(frame.message),
                       frame.frame);
  } else if (frame.acknowledged && stayed_without_answer(association, frame)) {
    ++seen.refused;
  } else {
    ++seen.unanswered;
  }
  return std::nullopt;
}

/// No faulty group key was accepted.
Finding nothing_accepted(const Evidence& evidence, const FindingBuilder& finding,
                         const GroupKeys& seen) {
  if (seen.unreadable > 0) {
    return finding.inconclusive(
        fmt::format("the key data of {} can't be read: no PMK is known, or the nonces or the "
                    "station's choice of AKM were not captured",
                    count_of(seen.unreadable, "frame")));
  }
  if (seen.unanswered > 0) {
    return finding.inconclusive(
        fmt::format("{} with faulty group keys came, and whether the station had it and let it be "
                    "is not shown",
                    count_of(seen.unanswered, "frame")));
  }
  if (seen.sound + seen.refused == 0) {
    return wrong_credential(evidence)
               ? finding.not_applicable("with another passphrase there is no message 3")
               : finding.inconclusive("no message 3 and no group message 1 is on the air");
  }
  return finding.pass(seen.refused == 0
                          ? fmt::format("the group keys of {} are encrypted and well formed",
                                        count_of(seen.sound, "frame"))
                          : fmt::format("{} with faulty group keys got no answer",
                                        count_of(seen.refused, "frame")));
}

Finding judge_group_kdes(const Evidence& evidence) {
  FindingBuilder finding("eapol.group-kdes", evidence);
  finding.expect(
      "group keys encrypted, of the cipher's length, with an index of their kind; others "
      "refused");
  if (const auto stop = without_handshake(finding, evidence)) {
    return *stop;
  }
  const AirView air(evidence);
  GroupKeys seen;
  for (const Association& association : evidence.air.associations) {
    for (const AirEapol* frame : air.keys(association)) {
      if (!holds_group_keys(*frame)) {
        continue;
      }
      finding.frame(*frame);
      if (const auto fault = accepted_fault(association, *frame, seen)) {
        return finding.at(frame->time).fail(*fault);
      }
    }
  }
  return nothing_accepted(evidence, finding, seen);
}

}  // namespace

Check eapol_descriptor_and_keylen() {
  Check check{"eapol.descriptor-and-keylen",
              "The station's EAPOL-Key frames have the descriptor version of the AKM and no other "
              "key length than the cipher's, and it does not accept a message 3 with another.",
              "The version says how the MIC is made: with a wrong one the access point drops every "
              "answer. A wrong key length makes a station install half a key.",
              "IEEE 802.11-2020, 12.7.2, table 12-8 and Key Length; hostap "
              "test_ap_wpa2_psk_supp_proto_wrong_pairwise_key_len",
              "air capture: EAPOL-Key frames, and the RSNE that tells AKM and cipher",
              "AKM or cipher is not known, or the station sent no EAPOL-Key frame",
              "a connect with each AKM; a message 3 with another key length through an EAPOL relay",
              {"gate.capture-complete"},
              judge_descriptor};
  return check;
}

Check eapol_group_kdes() {
  Check check{
      "eapol.group-kdes",
      "The station accepts group keys only encrypted, of the cipher's length and with an "
      "index of their kind, and with PMF only together with an IGTK.",
      "A group key in clear is known to everybody; one of a wrong length or index makes the "
      "station lose all group traffic, or write where it must not.",
      "IEEE 802.11-2020, 12.7.2, KDEs, and 12.7.6.4; hostap "
      "test_rsn_eapol_m3_no_encrypt, test_ap_wpa2_psk_supp_proto_too_long_gtk_kde",
      "air capture: message 3 and group message 1, decrypted, and their answers",
      "such a frame can't be decrypted, or none is on the air",
      "any connect and group rekey; hostapd's eapol_m3_no_encrypt; an EAPOL relay",
      {"gate.capture-complete"},
      judge_group_kdes};
  return check;
}

}  // namespace postassoc::checks
