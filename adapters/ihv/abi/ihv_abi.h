#pragma once

#include "adapters/ihv/abi/ihv_types.h"

/// The two tables of an IHV Extensions module and its exports, in the member order of wlanihv.h.
/// The signatures stand once, in the members; everybody else says decltype(DOT11EXT_APIS::member).

/// What the operating system offers the module (22 functions).
struct DOT11EXT_APIS {
  DWORD(WINAPI* Dot11ExtAllocateBuffer)(DWORD dwByteCount, LPVOID* ppvBuffer);
  VOID(WINAPI* Dot11ExtFreeBuffer)(LPVOID pvMemory);
  DWORD(WINAPI* Dot11ExtSetProfileCustomUserData)
  (HANDLE hDot11SvcHandle, HANDLE hConnectSession, DWORD dwSessionID, DWORD dwDataSize,
   LPVOID pvData);
  DWORD(WINAPI* Dot11ExtGetProfileCustomUserData)
  (HANDLE hDot11SvcHandle, HANDLE hConnectSession, DWORD dwSessionID, DWORD* pdwDataSize,
   LPVOID* ppvData);
  DWORD(WINAPI* Dot11ExtSetCurrentProfile)
  (HANDLE hDot11SvcHandle, HANDLE hConnectSession,
   PDOT11EXT_IHV_CONNECTIVITY_PROFILE pIhvConnProfile,
   PDOT11EXT_IHV_SECURITY_PROFILE pIhvSecProfile);
  DWORD(WINAPI* Dot11ExtSendUIRequest)
  (HANDLE hDot11SvcHandle, PDOT11EXT_IHV_UI_REQUEST pIhvUIRequest);
  DWORD(WINAPI* Dot11ExtPreAssociateCompletion)
  (HANDLE hDot11SvcHandle, HANDLE hConnectSession, DWORD dwReasonCode, DWORD dwWin32Error);
  DWORD(WINAPI* Dot11ExtPostAssociateCompletion)
  (HANDLE hDot11SvcHandle, HANDLE hSecuritySessionID, PDOT11_MAC_ADDRESS pPeer, DWORD dwReasonCode,
   DWORD dwWin32Error);
  DWORD(WINAPI* Dot11ExtSendNotification)
  (HANDLE hDot11SvcHandle, PL2_NOTIFICATION_DATA pNotificationData);
  DWORD(WINAPI* Dot11ExtSendPacket)
  (HANDLE hDot11SvcHandle, ULONG uPacketLen, LPVOID pvPacket, HANDLE hSendCompletion);
  DWORD(WINAPI* Dot11ExtSetEtherTypeHandling)
  (HANDLE hDot11SvcHandle, ULONG uMaxBackLog, ULONG uNumOfExemption,
   PDOT11_PRIVACY_EXEMPTION pExemption, ULONG uNumOfRegistration, USHORT* pusRegistration);
  DWORD(WINAPI* Dot11ExtSetAuthAlgorithm)(HANDLE hDot11SvcHandle, DWORD dwAuthAlgo);
  DWORD(WINAPI* Dot11ExtSetUnicastCipherAlgorithm)
  (HANDLE hDot11SvcHandle, DWORD dwUnicastCipherAlgo);
  DWORD(WINAPI* Dot11ExtSetMulticastCipherAlgorithm)
  (HANDLE hDot11SvcHandle, DWORD dwMulticastCipherAlgo);
  DWORD(WINAPI* Dot11ExtSetDefaultKey)
  (HANDLE hDot11SvcHandle, PDOT11_CIPHER_DEFAULT_KEY_VALUE pKey, DOT11_DIRECTION dot11Direction);
  DWORD(WINAPI* Dot11ExtSetKeyMappingKey)
  (HANDLE hDot11SvcHandle, PDOT11_CIPHER_KEY_MAPPING_KEY_VALUE pKey);
  DWORD(WINAPI* Dot11ExtSetDefaultKeyId)(HANDLE hDot11SvcHandle, ULONG uDefaultKeyId);
  DWORD(WINAPI* Dot11ExtNicSpecificExtension)
  (HANDLE hDot11SvcHandle, DWORD dwInBufferSize, LPVOID pvInBuffer, DWORD* pdwOutBufferSize,
   LPVOID pvOutBuffer);
  DWORD(WINAPI* Dot11ExtSetExcludeUnencrypted)(HANDLE hDot11SvcHandle, BOOL bExcludeUnencrypted);
  DWORD(WINAPI* Dot11ExtStartOneX)(HANDLE hDot11SvcHandle, EAP_ATTRIBUTES* pEapAttributes);
  DWORD(WINAPI* Dot11ExtStopOneX)(HANDLE hDot11SvcHandle);
  DWORD(WINAPI* Dot11ExtProcessSecurityPacket)
  (HANDLE hDot11SvcHandle, DWORD dwInPacketSize, LPVOID pvInPacket);
};
using PDOT11EXT_APIS = DOT11EXT_APIS*;

/// What the module offers the operating system (19 functions).
struct DOT11EXT_IHV_HANDLERS {
  VOID(WINAPI* Dot11ExtIhvDeinitService)(VOID);
  DWORD(WINAPI* Dot11ExtIhvInitAdapter)
  (PDOT11_ADAPTER pDot11Adapter, HANDLE hDot11SvcHandle, PHANDLE phIhvExtAdapter);
  VOID(WINAPI* Dot11ExtIhvDeinitAdapter)(HANDLE hIhvExtAdapter);
  DWORD(WINAPI* Dot11ExtIhvPerformPreAssociate)
  (HANDLE hIhvExtAdapter, HANDLE hConnectSession, PDOT11EXT_IHV_PROFILE_PARAMS pIhvProfileParams,
   PDOT11EXT_IHV_CONNECTIVITY_PROFILE pIhvConnProfile,
   PDOT11EXT_IHV_SECURITY_PROFILE pIhvSecProfile, PDOT11_BSS_LIST pConnectableBssid,
   PDWORD pdwReasonCode);
  DWORD(WINAPI* Dot11ExtIhvAdapterReset)(HANDLE hIhvExtAdapter);
  DWORD(WINAPI* Dot11ExtIhvPerformPostAssociate)
  (HANDLE hIhvExtAdapter, HANDLE hSecuritySessionID, PDOT11_PORT_STATE pPortState,
   ULONG uDot11AssocParamsBytes, PDOT11_ASSOCIATION_COMPLETION_PARAMETERS pDot11AssocParams);
  DWORD(WINAPI* Dot11ExtIhvStopPostAssociate)
  (HANDLE hIhvExtAdapter, PDOT11_MAC_ADDRESS pPeer, DOT11_ASSOC_STATUS dot11AssocStatus);
  DWORD(WINAPI* Dot11ExtIhvValidateProfile)
  (HANDLE hIhvExtAdapter, PDOT11EXT_IHV_PROFILE_PARAMS pIhvProfileParams,
   PDOT11EXT_IHV_CONNECTIVITY_PROFILE pIhvConnProfile,
   PDOT11EXT_IHV_SECURITY_PROFILE pIhvSecProfile, PDWORD pdwReasonCode);
  DWORD(WINAPI* Dot11ExtIhvPerformCapabilityMatch)
  (HANDLE hIhvExtAdapter, PDOT11EXT_IHV_PROFILE_PARAMS pIhvProfileParams,
   PDOT11EXT_IHV_CONNECTIVITY_PROFILE pIhvConnProfile,
   PDOT11EXT_IHV_SECURITY_PROFILE pIhvSecProfile, PDOT11_BSS_LIST pConnectableBssid,
   PDWORD pdwReasonCode);
  DWORD(WINAPI* Dot11ExtIhvCreateDiscoveryProfiles)
  (HANDLE hIhvExtAdapter, BOOL bInsecure, PDOT11EXT_IHV_PROFILE_PARAMS pIhvProfileParams,
   PDOT11_BSS_LIST pConnectableBssid, PDOT11EXT_IHV_DISCOVERY_PROFILE_LIST pIhvDiscoveryProfileList,
   PDWORD pdwReasonCode);
  DWORD(WINAPI* Dot11ExtIhvProcessSessionChange)
  (ULONG uEventType, PWTSSESSION_NOTIFICATION pSessionNotification);
  DWORD(WINAPI* Dot11ExtIhvReceiveIndication)
  (HANDLE hIhvExtAdapter, DOT11EXT_IHV_INDICATION_TYPE indicationType, ULONG uBufferLength,
   LPVOID pvBuffer);
  DWORD(WINAPI* Dot11ExtIhvReceivePacket)
  (HANDLE hIhvExtAdapter, DWORD dwInBufferSize, LPVOID pvInBuffer);
  DWORD(WINAPI* Dot11ExtIhvSendPacketCompletion)(HANDLE hSendCompletion);
  DWORD(WINAPI* Dot11ExtIhvIsUIRequestPending)(GUID guidUIRequest, PBOOL pbIsRequestPending);
  DWORD(WINAPI* Dot11ExtIhvProcessUIResponse)
  (GUID guidUIRequest, DWORD dwByteCount, LPVOID pvResponseBuffer);
  DWORD(WINAPI* Dot11ExtIhvQueryUIRequest)
  (HANDLE hIhvExtAdapter, DOT11EXT_IHV_CONNECTION_PHASE connectionPhase,
   PDOT11EXT_IHV_UI_REQUEST* ppIhvUIRequest);
  DWORD(WINAPI* Dot11ExtIhvOnexIndicateResult)
  (HANDLE hIhvExtAdapter, DOT11_MSONEX_RESULT msOneXResult,
   PDOT11_MSONEX_RESULT_PARAMS pDot11MsOneXResultParams);
  DWORD(WINAPI* Dot11ExtIhvControl)
  (HANDLE hIhvExtAdapter, DWORD dwInBufferSize, PBYTE pInBuffer, DWORD dwOutBufferSize,
   PBYTE pOutBuffer, PDWORD pdwBytesReturned);
};
using PDOT11EXT_IHV_HANDLERS = DOT11EXT_IHV_HANDLERS*;

/// The two exports that every module has, by plain name.
using Dot11ExtIhvGetVersionInfoFunction = DWORD WINAPI(PDOT11_IHV_VERSION_INFO pVersionInfo);
using Dot11ExtIhvInitServiceFunction = DWORD WINAPI(DWORD dwVerNumUsed, PDOT11EXT_APIS pDot11ExtAPI,
                                                    LPVOID pvReserved,
                                                    PDOT11EXT_IHV_HANDLERS pDot11IHVHandlers);
#define IHV_VERSION_FUNCTION_NAME "Dot11ExtIhvGetVersionInfo"
#define IHV_INIT_FUNCTION_NAME "Dot11ExtIhvInitService"

static_assert(sizeof(DOT11EXT_APIS) == 22 * sizeof(void*));
static_assert(offsetof(DOT11EXT_APIS, Dot11ExtPostAssociateCompletion) == 7 * sizeof(void*) &&
              offsetof(DOT11EXT_APIS, Dot11ExtSetDefaultKey) == 14 * sizeof(void*) &&
              offsetof(DOT11EXT_APIS, Dot11ExtProcessSecurityPacket) == 21 * sizeof(void*));
static_assert(sizeof(DOT11EXT_IHV_HANDLERS) == 19 * sizeof(void*));
static_assert(offsetof(DOT11EXT_IHV_HANDLERS, Dot11ExtIhvPerformPostAssociate) ==
                  5 * sizeof(void*) &&
              offsetof(DOT11EXT_IHV_HANDLERS, Dot11ExtIhvReceivePacket) == 12 * sizeof(void*) &&
              offsetof(DOT11EXT_IHV_HANDLERS, Dot11ExtIhvControl) == 18 * sizeof(void*));
