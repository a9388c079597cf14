#pragma once

#include <array>
#include <string_view>
#include <utility>

#include "harness/scenario.h"

/// The keys and words of a scenario's "station": {"ihv": ..} and of its step "module": what the
/// host of an IHV Extensions module does apart from the usual.
namespace postassoc::ihv_words {

using Key = std::string_view;

inline constexpr std::array kIhv = {Key("calls"),       Key("order"),
                                    Key("ui"),          Key("key_errors"),
                                    Key("send_errors"), Key("send_completion_delay_ms"),
                                    Key("data"),        Key("host_fault")};
/// Calls that the host makes in the middle of others.
inline constexpr std::array kCall = {Key("on"), Key("nth"), Key("edge"), Key("call")};
inline constexpr std::array kKeyError = {Key("function"), Key("nth"), Key("error")};
inline constexpr std::array kSendError = {Key("nth"), Key("error")};
inline constexpr std::array kData = {Key("passphrase_in_profile")};

/// Beside the names of functions, what "on" of a call can be: PerformPostAssociate has returned.
inline constexpr Key kAssociated = "associated";
inline constexpr std::array kEdge = {Key("begin"), Key("return")};
inline constexpr std::array kCalls = {Key("StopPostAssociate"), Key("AdapterReset"),
                                      Key("DeinitAdapter"), Key("ProcessSessionLogoff")};
inline constexpr std::array kOrder = {Key("stop_then_reset"), Key("reset_then_stop")};
inline constexpr std::array kUi = {Key("answer"), Key("refuse"), Key("cancel"), Key("none")};
inline constexpr std::array kKeyFunction = {
    Key("Dot11ExtSetKeyMappingKey"), Key("Dot11ExtSetDefaultKey"), Key("Dot11ExtSetDefaultKeyId")};

inline constexpr std::array kModuleCall = {
    std::pair(Key("StopPostAssociate"), step::ModuleCall::stop_post_associate),
    std::pair(Key("AdapterReset"), step::ModuleCall::adapter_reset),
    std::pair(Key("DeinitAdapter"), step::ModuleCall::deinit_adapter),
    std::pair(Key("InitAdapter"), step::ModuleCall::init_adapter),
    std::pair(Key("DeinitService"), step::ModuleCall::deinit_service),
    std::pair(Key("IsUIRequestPending"), step::ModuleCall::is_ui_request_pending),
    std::pair(Key("ProcessSessionLogoff"), step::ModuleCall::process_session_logoff),
    std::pair(Key("stop_unknown_peer"), step::ModuleCall::stop_unknown_peer)};

}  // namespace postassoc::ihv_words
