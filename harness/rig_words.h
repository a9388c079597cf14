#pragma once

#include <array>
#include <string_view>
#include <utility>

#include "harness/rig_spec.h"

/// The keys and words of the rig format, for its reader and the test that holds
/// fixtures/rigs/schema.json against them.
namespace postassoc::rig_words {

using Key = std::string_view;

inline constexpr std::array kRig = {Key("$schema"),     Key("id"),     Key("kind"),
                                    Key("notes"),       Key("radios"), Key("programs"),
                                    Key("capabilities")};
inline constexpr std::array kRadios = {Key("access_point"), Key("station"), Key("monitor"),
                                       Key("injector"), Key("other_stations")};
inline constexpr std::array kRadio = {Key("interface"), Key("phy"), Key("mac"), Key("driver"),
                                      Key("usb_path")};
inline constexpr std::array kPrograms = {Key("hostapd"), Key("wpa_supplicant"),
                                         Key("postassoc-ihv-host")};
inline constexpr std::array kProgram = {Key("path"), Key("preload")};
inline constexpr std::array kCapabilities = {Key("air_capture"), Key("inject"),
                                             Key("key_trace"),   Key("access_point_test_commands"),
                                             Key("medium"),      Key("other_stations")};
inline constexpr std::array kKind = {std::pair(Key("hardware"), RigKind::hardware),
                                     std::pair(Key("hwsim"), RigKind::hwsim),
                                     std::pair(Key("virtual"), RigKind::virtual_machine)};

}  // namespace postassoc::rig_words
