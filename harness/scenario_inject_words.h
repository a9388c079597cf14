#pragma once

#include <array>
#include <string_view>
#include <utility>

#include "harness/scenario_inject.h"

/// The keys and words of the steps that inject: see scenario_words.h.
namespace postassoc::scenario_words {

using Word = std::string_view;

inline constexpr std::array kInject = {
    Word("step"),     Word("frame"),       Word("form"),       Word("variant"),
    Word("part"),     Word("ethertype"),   Word("as"),         Word("to"),
    Word("receiver"), Word("source"),      Word("payload_to"), Word("control"),
    Word("count"),    Word("interval_ms"), Word("rate_mbps"),  Word("seed")};
inline constexpr std::array kProveExclusion = {Word("step"), Word("phase"), Word("count"),
                                               Word("interval_ms"), Word("ethertype")};

inline constexpr std::array kFrame = {
    std::pair(Word("udp"), step::FrameKind::udp),
    std::pair(Word("arp"), step::FrameKind::arp),
    std::pair(Word("ipv6"), step::FrameKind::ipv6),
    std::pair(Word("eapol"), step::FrameKind::eapol),
    std::pair(Word("preauth"), step::FrameKind::preauth),
    std::pair(Word("ethertype"), step::FrameKind::ethertype),
    std::pair(Word("deauthentication"), step::FrameKind::deauthentication),
    std::pair(Word("disassociation"), step::FrameKind::disassociation),
    std::pair(Word("action"), step::FrameKind::action)};
inline constexpr std::array kForm = {
    std::pair(Word("plain"), step::FrameForm::plain),
    std::pair(Word("protected"), step::FrameForm::protected_),
    std::pair(Word("wrong_key"), step::FrameForm::wrong_key),
    std::pair(Word("fragments_plain"), step::FrameForm::fragments_plain),
    std::pair(Word("fragments_mixed"), step::FrameForm::fragments_mixed),
    std::pair(Word("fragments_protected"), step::FrameForm::fragments_protected),
    std::pair(Word("fragments_wrong_key"), step::FrameForm::fragments_wrong_key),
    std::pair(Word("fragments_two_keys"), step::FrameForm::fragments_two_keys),
    std::pair(Word("fragments_packet_number_gap"), step::FrameForm::fragments_packet_number_gap),
    std::pair(Word("fragments_across_associations"),
              step::FrameForm::fragments_across_associations),
    std::pair(Word("fragment_alone"), step::FrameForm::fragment_alone),
    std::pair(Word("fragment_to_group"), step::FrameForm::fragment_to_group),
    std::pair(Word("amsdu_cloaked"), step::FrameForm::amsdu_cloaked),
    std::pair(Word("amsdu_protected"), step::FrameForm::amsdu_protected),
    std::pair(Word("amsdu_wrong_key"), step::FrameForm::amsdu_wrong_key)};
inline constexpr std::array kVariant = {
    std::pair(Word("replayed"), step::EapolVariant::replayed),
    std::pair(Word("bad_mic"), step::EapolVariant::bad_mic),
    std::pair(Word("mic_cleared"), step::EapolVariant::mic_cleared),
    std::pair(Word("unauthenticated_key_data"), step::EapolVariant::unauthenticated_key_data),
    std::pair(Word("malformed"), step::EapolVariant::malformed),
    std::pair(Word("unknown_kde"), step::EapolVariant::unknown_kde),
    std::pair(Word("forged_m1"), step::EapolVariant::forged_m1),
    std::pair(Word("other_anonce"), step::EapolVariant::other_anonce)};
inline constexpr std::array kPart = {std::pair(Word("both"), step::FragmentPart::both),
                                     std::pair(Word("first"), step::FragmentPart::first),
                                     std::pair(Word("second"), step::FragmentPart::second)};
inline constexpr std::array kSender = {std::pair(Word("access_point"), step::Sender::access_point),
                                       std::pair(Word("station"), step::Sender::station),
                                       std::pair(Word("stranger"), step::Sender::stranger)};
/// Inject::to_group and Inject::multicast.
enum class To { station, group, multicast };
inline constexpr std::array kTo = {std::pair(Word("station"), To::station),
                                   std::pair(Word("group"), To::group),
                                   std::pair(Word("multicast"), To::multicast)};
/// Inject::unicast_payload.
inline constexpr std::array kPayloadTo = {std::pair(Word("receiver"), false),
                                          std::pair(Word("station"), true)};
inline constexpr std::array kPhase = {
    std::pair(Word("associated"), step::ProofPhase::associated),
    std::pair(Word("handshake"), step::ProofPhase::handshake),
    std::pair(Word("keys_installed"), step::ProofPhase::keys_installed),
    std::pair(Word("rekey"), step::ProofPhase::rekey),
    std::pair(Word("disconnected"), step::ProofPhase::disconnected)};

}  // namespace postassoc::scenario_words
