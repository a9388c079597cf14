#pragma once

#include <array>
#include <span>
#include <string_view>
#include <utility>

#include "harness/scenario.h"
#include "harness/scenario_inject_words.h"

/// The keys and words of the scenario format, for its reader, its overrides and the test that holds
/// scenarios/schema.json against them.
namespace postassoc::scenario_words {

using Key = std::string_view;

inline constexpr std::array kScenario = {
    Key("$schema"), Key("purpose"), Key("tags"),   Key("requires"), Key("access_point"),
    Key("station"), Key("steps"),   Key("rounds"), Key("checks"),   Key("expected"),
    Key("limits"),  Key("profile"), Key("matrix"), Key("medium")};
inline constexpr std::array kAccessPoint = {
    Key("ssid"),           Key("channel"), Key("security"),         Key("pmf"),
    Key("pairwise"),       Key("group"),   Key("group_management"), Key("beacon_protection"),
    Key("sae_pwe"),        Key("eap"),     Key("second_bss"),       Key("beacon_interval_tu"),
    Key("hostapd_options")};
inline constexpr std::array kStation = {Key("credential"), Key("security"), Key("address"),
                                        Key("others"),     Key("module"),   Key("ihv")};
inline constexpr std::array kLimit = {Key("max_ms"), Key("warn_ms")};

inline constexpr std::array kAssociate = {Key("step")};
inline constexpr std::array kAwait = {Key("step"), Key("event"), Key("within_ms"), Key("forbid")};
inline constexpr std::array kExchangeData = {Key("step"), Key("count"), Key("group_count"),
                                             Key("interval_ms"), Key("within_ms")};
inline constexpr std::array kTraffic = {Key("step"), Key("on"), Key("interval_ms")};
inline constexpr std::array kAccessPointCommand = {Key("step"), Key("command")};
inline constexpr std::array kDisassociate = {Key("step")};
inline constexpr std::array kWait = {Key("step"), Key("for_ms")};
inline constexpr std::array kMediumStep = {Key("step"), Key("rules")};
inline constexpr std::array kRoam = {Key("step"), Key("over_ds")};
inline constexpr std::array kStationInterface = {Key("step"), Key("up")};
inline constexpr std::array kOtherStations = {Key("step"), Key("associate")};
inline constexpr std::array kModuleStep = {Key("step"), Key("call")};

/// Step word -> the keys of such a step.
inline constexpr std::array kSteps = {
    std::pair(Key("associate"), std::span<const Key>(kAssociate)),
    std::pair(Key("await"), std::span<const Key>(kAwait)),
    std::pair(Key("exchange_data"), std::span<const Key>(kExchangeData)),
    std::pair(Key("traffic"), std::span<const Key>(kTraffic)),
    std::pair(Key("inject"), std::span<const Key>(kInject)),
    std::pair(Key("prove_exclusion"), std::span<const Key>(kProveExclusion)),
    std::pair(Key("access_point_command"), std::span<const Key>(kAccessPointCommand)),
    std::pair(Key("disassociate"), std::span<const Key>(kDisassociate)),
    std::pair(Key("wait"), std::span<const Key>(kWait)),
    std::pair(Key("medium"), std::span<const Key>(kMediumStep)),
    std::pair(Key("roam"), std::span<const Key>(kRoam)),
    std::pair(Key("station_interface"), std::span<const Key>(kStationInterface)),
    std::pair(Key("other_stations"), std::span<const Key>(kOtherStations)),
    std::pair(Key("module"), std::span<const Key>(kModuleStep))};

inline constexpr std::array kSecurity = {
    std::pair(Key("open"), Security::open),
    std::pair(Key("wpa2-psk"), Security::wpa2_psk),
    std::pair(Key("wpa2-psk-sha256"), Security::wpa2_psk_sha256),
    std::pair(Key("wpa3-sae"), Security::wpa3_sae),
    std::pair(Key("wpa2-wpa3-transition"), Security::wpa2_wpa3_transition),
    std::pair(Key("owe"), Security::owe),
    std::pair(Key("ft-psk"), Security::ft_psk),
    std::pair(Key("ft-sae"), Security::ft_sae),
    std::pair(Key("wpa2-enterprise"), Security::wpa2_enterprise),
    std::pair(Key("wpa2-enterprise-sha256"), Security::wpa2_enterprise_sha256),
    std::pair(Key("ft-enterprise"), Security::ft_enterprise),
    std::pair(Key("suite-b-192"), Security::suite_b_192)};
/// StationSpec::security.
inline constexpr std::array kStationSecurity = {std::pair(Key("wpa2-psk"), Security::wpa2_psk),
                                                std::pair(Key("wpa3-sae"), Security::wpa3_sae)};
inline constexpr std::array kPairwise = {
    std::pair(Key("ccmp-128"), kCipherCcmp128), std::pair(Key("gcmp-128"), kCipherGcmp128),
    std::pair(Key("gcmp-256"), kCipherGcmp256), std::pair(Key("ccmp-256"), kCipherCcmp256)};
inline constexpr std::array kGroup = {
    std::pair(Key("ccmp-128"), kCipherCcmp128), std::pair(Key("gcmp-128"), kCipherGcmp128),
    std::pair(Key("gcmp-256"), kCipherGcmp256), std::pair(Key("ccmp-256"), kCipherCcmp256),
    std::pair(Key("tkip"), kCipherTkip)};
inline constexpr std::array kGroupManagement = {std::pair(Key("bip-cmac-128"), kCipherBipCmac128),
                                                std::pair(Key("bip-gmac-128"), kCipherBipGmac128),
                                                std::pair(Key("bip-gmac-256"), kCipherBipGmac256),
                                                std::pair(Key("bip-cmac-256"), kCipherBipCmac256)};
inline constexpr std::array kSaePwe = {
    std::pair(Key("hunting-and-pecking"), SaePwe::hunting_and_pecking),
    std::pair(Key("hash-to-element"), SaePwe::hash_to_element)};
inline constexpr std::array kEap = {std::pair(Key("tls"), EapMethod::tls),
                                    std::pair(Key("peap"), EapMethod::peap),
                                    std::pair(Key("ttls"), EapMethod::ttls)};
inline constexpr std::array kPmf = {std::pair(Key("off"), Pmf::off),
                                    std::pair(Key("optional"), Pmf::optional),
                                    std::pair(Key("required"), Pmf::required)};
inline constexpr std::array kCredential = {std::pair(Key("right"), Credential::right),
                                           std::pair(Key("wrong"), Credential::wrong)};
inline constexpr std::array kProfile = {
    std::pair(Key("native"), Profile::native), std::pair(Key("compact"), Profile::compact),
    std::pair(Key("wdi"), Profile::wdi), std::pair(Key("linux"), Profile::linux_)};
inline constexpr std::array kEvent = {
    std::pair(Key("associated"), AwaitedEvent::associated),
    std::pair(Key("connected"), AwaitedEvent::connected),
    std::pair(Key("disconnected"), AwaitedEvent::disconnected),
    std::pair(Key("port_authorized"), AwaitedEvent::port_authorized),
    std::pair(Key("psk_mismatch"), AwaitedEvent::psk_mismatch)};
inline constexpr std::array kExpected = {std::pair(Key("pass"), Verdict::pass),
                                         std::pair(Key("fail"), Verdict::fail),
                                         std::pair(Key("inconclusive"), Verdict::inconclusive),
                                         std::pair(Key("not_applicable"), Verdict::not_applicable)};

/// The keys of a step of that word; empty for a word that is none.
std::span<const Key> keys_of_step(std::string_view word);

}  // namespace postassoc::scenario_words
