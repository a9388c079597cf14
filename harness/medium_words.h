#pragma once

#include <array>
#include <string_view>
#include <utility>

#include "harness/medium_rules.h"

/// The keys and words of `medium`, for its reader and the test that holds scenarios/schema.json
/// against them.
namespace postassoc::medium_words {

using Key = std::string_view;

inline constexpr std::array kMedium = {Key("seed"), Key("loss"), Key("rules")};
inline constexpr std::array kRule = {
    Key("match"),    Key("action"), Key("acknowledged"), Key("for_ms"), Key("copies"),
    Key("after_ms"), Key("field"),  Key("octet"),        Key("bit"),    Key("until")};
inline constexpr std::array kMatch = {Key("frame"), Key("from"), Key("occurrence"),
                                      Key("probability")};
inline constexpr std::array kLoss = {Key("match"), Key("burst")};
inline constexpr std::array kBurst = {Key("begins"), Key("ends"), Key("loses")};

inline constexpr std::array kFrame = {
    std::pair(Key("any"), medium::FrameWord::any),
    std::pair(Key("eapol"), medium::FrameWord::eapol),
    std::pair(Key("eapol.m1"), medium::FrameWord::eapol_m1),
    std::pair(Key("eapol.m2"), medium::FrameWord::eapol_m2),
    std::pair(Key("eapol.m3"), medium::FrameWord::eapol_m3),
    std::pair(Key("eapol.m4"), medium::FrameWord::eapol_m4),
    std::pair(Key("eapol.g1"), medium::FrameWord::eapol_g1),
    std::pair(Key("eapol.g2"), medium::FrameWord::eapol_g2),
    std::pair(Key("eapol.start"), medium::FrameWord::eapol_start),
    std::pair(Key("eapol.eap"), medium::FrameWord::eapol_eap),
    std::pair(Key("auth"), medium::FrameWord::auth),
    std::pair(Key("assoc_req"), medium::FrameWord::assoc_req),
    std::pair(Key("assoc_resp"), medium::FrameWord::assoc_resp),
    std::pair(Key("reassoc_req"), medium::FrameWord::reassoc_req),
    std::pair(Key("reassoc_resp"), medium::FrameWord::reassoc_resp),
    std::pair(Key("deauth"), medium::FrameWord::deauth),
    std::pair(Key("disassoc"), medium::FrameWord::disassoc),
    std::pair(Key("action"), medium::FrameWord::action),
    std::pair(Key("data"), medium::FrameWord::data),
    std::pair(Key("null"), medium::FrameWord::null_data),
    std::pair(Key("beacon"), medium::FrameWord::beacon),
    std::pair(Key("probe_req"), medium::FrameWord::probe_req),
    std::pair(Key("probe_resp"), medium::FrameWord::probe_resp)};
inline constexpr std::array kFrom = {std::pair(Key("station"), medium::From::station),
                                     std::pair(Key("access_point"), medium::From::access_point),
                                     std::pair(Key("injector"), medium::From::injector)};
/// In the order of medium::Action.
inline constexpr std::array kAction = {Key("drop"),    Key("delay"),   Key("duplicate"),
                                       Key("reorder"), Key("corrupt"), Key("hold")};
inline constexpr std::array kField = {
    std::pair(Key("key_info"), medium::KeyField::key_info),
    std::pair(Key("replay_counter"), medium::KeyField::replay_counter),
    std::pair(Key("nonce"), medium::KeyField::nonce),
    std::pair(Key("rsc"), medium::KeyField::rsc),
    std::pair(Key("mic"), medium::KeyField::mic),
    std::pair(Key("key_data"), medium::KeyField::key_data)};
/// Beside the words of AwaitedEvent.
inline constexpr Key kUntilMediumStep = "medium_step";

}  // namespace postassoc::medium_words
