#pragma once

#include <array>
#include <string_view>

/// Names of the contract's functions, as in wlanihv.h.
namespace postassoc::checks::ihv {

// Handlers: called by the host.
inline constexpr std::string_view kGetVersionInfo = "Dot11ExtIhvGetVersionInfo";
inline constexpr std::string_view kInitService = "Dot11ExtIhvInitService";
inline constexpr std::string_view kInitVirtualStation = "Dot11ExtIhvInitVirtualStation";
inline constexpr std::string_view kDeinitService = "Dot11ExtIhvDeinitService";
inline constexpr std::string_view kInitAdapter = "Dot11ExtIhvInitAdapter";
inline constexpr std::string_view kDeinitAdapter = "Dot11ExtIhvDeinitAdapter";
inline constexpr std::string_view kPerformPreAssociate = "Dot11ExtIhvPerformPreAssociate";
inline constexpr std::string_view kAdapterReset = "Dot11ExtIhvAdapterReset";
inline constexpr std::string_view kPerformPostAssociate = "Dot11ExtIhvPerformPostAssociate";
inline constexpr std::string_view kStopPostAssociate = "Dot11ExtIhvStopPostAssociate";
inline constexpr std::string_view kReceivePacket = "Dot11ExtIhvReceivePacket";
inline constexpr std::string_view kSendPacketCompletion = "Dot11ExtIhvSendPacketCompletion";
inline constexpr std::string_view kIsUIRequestPending = "Dot11ExtIhvIsUIRequestPending";
inline constexpr std::string_view kProcessUIResponse = "Dot11ExtIhvProcessUIResponse";
inline constexpr std::string_view kProcessSessionChange = "Dot11ExtIhvProcessSessionChange";
inline constexpr std::string_view kOnexIndicateResult = "Dot11ExtIhvOnexIndicateResult";

// APIs: called by the module.
inline constexpr std::string_view kAllocateBuffer = "Dot11ExtAllocateBuffer";
inline constexpr std::string_view kFreeBuffer = "Dot11ExtFreeBuffer";
inline constexpr std::string_view kSetProfileCustomUserData = "Dot11ExtSetProfileCustomUserData";
inline constexpr std::string_view kGetProfileCustomUserData = "Dot11ExtGetProfileCustomUserData";
inline constexpr std::string_view kSetCurrentProfile = "Dot11ExtSetCurrentProfile";
inline constexpr std::string_view kSendUIRequest = "Dot11ExtSendUIRequest";
inline constexpr std::string_view kPreAssociateCompletion = "Dot11ExtPreAssociateCompletion";
inline constexpr std::string_view kPostAssociateCompletion = "Dot11ExtPostAssociateCompletion";
inline constexpr std::string_view kSendNotification = "Dot11ExtSendNotification";
inline constexpr std::string_view kSendPacket = "Dot11ExtSendPacket";
inline constexpr std::string_view kSetEtherTypeHandling = "Dot11ExtSetEtherTypeHandling";
inline constexpr std::string_view kSetAuthAlgorithm = "Dot11ExtSetAuthAlgorithm";
inline constexpr std::string_view kSetUnicastCipher = "Dot11ExtSetUnicastCipherAlgorithm";
inline constexpr std::string_view kSetMulticastCipher = "Dot11ExtSetMulticastCipherAlgorithm";
inline constexpr std::string_view kSetDefaultKey = "Dot11ExtSetDefaultKey";
inline constexpr std::string_view kSetKeyMappingKey = "Dot11ExtSetKeyMappingKey";
inline constexpr std::string_view kSetDefaultKeyId = "Dot11ExtSetDefaultKeyId";
inline constexpr std::string_view kNicSpecificExtension = "Dot11ExtNicSpecificExtension";
inline constexpr std::string_view kSetExcludeUnencrypted = "Dot11ExtSetExcludeUnencrypted";
inline constexpr std::string_view kStartOneX = "Dot11ExtStartOneX";
inline constexpr std::string_view kStopOneX = "Dot11ExtStopOneX";
inline constexpr std::string_view kProcessSecurityPacket = "Dot11ExtProcessSecurityPacket";

/// Recorded in place of an API's name when the call went through the host's own table, which it had
/// overwritten.
inline constexpr std::string_view kPoisonedTable = "poisoned_table";

/// Classes of page "Native 802.11 IHV Extensibility functions": what may be called when.
inline constexpr std::array kConnectionClass = {kPreAssociateCompletion, kGetProfileCustomUserData,
                                                kSetCurrentProfile};
inline constexpr std::array kPostAssociationClass = {kPostAssociateCompletion, kStartOneX,
                                                     kStopOneX, kProcessSecurityPacket};

}  // namespace postassoc::checks::ihv
