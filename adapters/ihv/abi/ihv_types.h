#pragma once

#include "adapters/ihv/abi/ihv_basic_types.h"

/// The structures and numbers of the IHV contract that cross the border between operating system
/// and module, with the names, order and sizes of wlclient.h, windot11.h, wlantypes.h, wlanihv.h
/// and l2cmn.h. Natural alignment but where packing is written. The assertions at the end hold for
/// 64-bit ELF and PE alike.

typedef UCHAR DOT11_MAC_ADDRESS[6];
typedef DOT11_MAC_ADDRESS* PDOT11_MAC_ADDRESS;

struct NDIS_OBJECT_HEADER {
  UCHAR Type;
  UCHAR Revision;
  USHORT Size;
};
inline constexpr UCHAR kNdisObjectTypeDefault = 0x80;  // NDIS_OBJECT_TYPE_DEFAULT

struct DOT11_IHV_VERSION_INFO {
  DWORD dwVerMin;
  DWORD dwVerMax;
};
using PDOT11_IHV_VERSION_INFO = DOT11_IHV_VERSION_INFO*;

struct DOT11_CURRENT_OPERATION_MODE {
  ULONG uReserved;
  ULONG uCurrentOpMode;
};
inline constexpr ULONG DOT11_OPERATION_MODE_EXTENSIBLE_STATION = 4;

struct DOT11_ADAPTER {
  GUID gAdapterId;
  LPWSTR pszDescription;
  DOT11_CURRENT_OPERATION_MODE Dot11CurrentOpMode;
};
using PDOT11_ADAPTER = DOT11_ADAPTER*;

/// The data port as PerformPostAssociate shows it; read-only for the module.
struct DOT11_PORT_STATE {
  DOT11_MAC_ADDRESS PeerMacAddress;
  ULONG uSessionId;
  BOOL bPortControlled;
  BOOL bPortAuthorized;
};
using PDOT11_PORT_STATE = DOT11_PORT_STATE*;

enum DOT11_AUTH_ALGORITHM : std::uint32_t {
  DOT11_AUTH_ALGO_80211_OPEN = 1,
  DOT11_AUTH_ALGO_80211_SHARED_KEY = 2,
  DOT11_AUTH_ALGO_WPA = 3,
  DOT11_AUTH_ALGO_WPA_PSK = 4,
  DOT11_AUTH_ALGO_WPA_NONE = 5,
  DOT11_AUTH_ALGO_RSNA = 6,
  DOT11_AUTH_ALGO_RSNA_PSK = 7,
  DOT11_AUTH_ALGO_WPA3 = 8,
  DOT11_AUTH_ALGO_WPA3_SAE = 9,
  DOT11_AUTH_ALGO_OWE = 10,
  DOT11_AUTH_ALGO_WPA3_ENT = 11,
  DOT11_AUTH_ALGO_IHV_START = 0x80000000,
  DOT11_AUTH_ALGO_IHV_END = 0xffffffff,
};

enum DOT11_CIPHER_ALGORITHM : std::uint32_t {
  DOT11_CIPHER_ALGO_NONE = 0x00,
  DOT11_CIPHER_ALGO_WEP40 = 0x01,
  DOT11_CIPHER_ALGO_TKIP = 0x02,
  DOT11_CIPHER_ALGO_CCMP = 0x04,
  DOT11_CIPHER_ALGO_WEP104 = 0x05,
  DOT11_CIPHER_ALGO_BIP = 0x06,
  DOT11_CIPHER_ALGO_GCMP = 0x08,
  DOT11_CIPHER_ALGO_GCMP_256 = 0x09,
  DOT11_CIPHER_ALGO_CCMP_256 = 0x0a,
  DOT11_CIPHER_ALGO_BIP_GMAC_128 = 0x0b,
  DOT11_CIPHER_ALGO_BIP_GMAC_256 = 0x0c,
  DOT11_CIPHER_ALGO_BIP_CMAC_256 = 0x0d,
  DOT11_CIPHER_ALGO_RSN_USE_GROUP = 0x100,
  DOT11_CIPHER_ALGO_WEP = 0x101,
  DOT11_CIPHER_ALGO_IHV_START = 0x80000000,
  DOT11_CIPHER_ALGO_IHV_END = 0xffffffff,
};

using DOT11_ASSOC_STATUS = ULONG;
inline constexpr DOT11_ASSOC_STATUS DOT11_ASSOC_STATUS_SUCCESS = 0;
inline constexpr DOT11_ASSOC_STATUS DOT11_ASSOC_STATUS_DISASSOCIATED_BY_OS = 7;
inline constexpr DOT11_ASSOC_STATUS DOT11_ASSOC_STATUS_DISASSOCIATED_BY_ROAMING = 8;

enum DOT11_DS_INFO : std::uint32_t { DOT11_DS_CHANGED, DOT11_DS_UNCHANGED, DOT11_DS_UNKNOWN };

/// An association's result. Offsets count from the start of the buffer; what they name lies behind
/// the fixed part.
struct DOT11_ASSOCIATION_COMPLETION_PARAMETERS {
  NDIS_OBJECT_HEADER Header;
  DOT11_MAC_ADDRESS MacAddr;
  DOT11_ASSOC_STATUS uStatus;
  BOOLEAN bReAssocReq;
  BOOLEAN bReAssocResp;
  ULONG uAssocReqOffset, uAssocReqSize;    ///< request body without MAC header
  ULONG uAssocRespOffset, uAssocRespSize;  ///< response body, likewise
  ULONG uBeaconOffset, uBeaconSize;        ///< body of the last Beacon or Probe Response
  ULONG uIHVDataOffset, uIHVDataSize;
  DOT11_AUTH_ALGORITHM AuthAlgo;
  DOT11_CIPHER_ALGORITHM UnicastCipher;
  DOT11_CIPHER_ALGORITHM MulticastCipher;
  ULONG uActivePhyListOffset, uActivePhyListSize;
  BOOLEAN bFourAddressSupported;
  BOOLEAN bPortAuthorized;
  UCHAR ucActiveQoSProtocol;
  DOT11_DS_INFO DSInfo;
  ULONG uEncapTableOffset, uEncapTableSize;
  DOT11_CIPHER_ALGORITHM MulticastMgmtCipher;
  ULONG uAssocComebackTime;
};
using PDOT11_ASSOCIATION_COMPLETION_PARAMETERS = DOT11_ASSOCIATION_COMPLETION_PARAMETERS*;
inline constexpr UCHAR DOT11_ASSOCIATION_COMPLETION_PARAMETERS_REVISION_2 = 2;

enum DOT11_DIRECTION : std::uint32_t {
  DOT11_DIR_INBOUND = 1,
  DOT11_DIR_OUTBOUND = 2,
  DOT11_DIR_BOTH = 3,
};

/// An entry of the default key table; `ucKey` holds a DOT11_KEY_ALGO_... structure, unaligned.
struct DOT11_CIPHER_DEFAULT_KEY_VALUE {
  NDIS_OBJECT_HEADER Header;
  ULONG uKeyIndex;
  DOT11_CIPHER_ALGORITHM AlgorithmId;
  DOT11_MAC_ADDRESS MacAddr;
  BOOLEAN bDelete;
  BOOLEAN bStatic;
  USHORT usKeyLength;  ///< octets of `ucKey`
  UCHAR ucKey[1];
};
using PDOT11_CIPHER_DEFAULT_KEY_VALUE = DOT11_CIPHER_DEFAULT_KEY_VALUE*;
inline constexpr UCHAR DOT11_CIPHER_DEFAULT_KEY_VALUE_REVISION_1 = 1;

/// The key for one peer; `ucKey` as above.
struct DOT11_CIPHER_KEY_MAPPING_KEY_VALUE {
  DOT11_MAC_ADDRESS PeerMacAddr;
  DOT11_CIPHER_ALGORITHM AlgorithmId;
  DOT11_DIRECTION Direction;
  BOOLEAN bDelete;
  BOOLEAN bStatic;
  USHORT usKeyLength;
  UCHAR ucKey[1];
};
using PDOT11_CIPHER_KEY_MAPPING_KEY_VALUE = DOT11_CIPHER_KEY_MAPPING_KEY_VALUE*;

/// CCMP's `ucKey`; GCMP, GCMP_256, BIP and BIP_GMAC_256 have the same shape. The counter is the
/// receive counter's start, octet 0 least significant.
struct DOT11_KEY_ALGO_CCMP {
  UCHAR ucIV48Counter[6];
  ULONG ulCCMPKeyLength;
  UCHAR ucCCMPKey[1];
};

/// TKIP's: temporal key, then the MIC keys for receiving and for sending.
struct DOT11_KEY_ALGO_TKIP_MIC {
  UCHAR ucIV48Counter[6];
  ULONG ulTKIPKeyLength;
  ULONG ulMICKeyLength;
  UCHAR ucTKIPMICKeys[1];
};

struct DOT11_PRIVACY_EXEMPTION {
  USHORT usEtherType;  ///< big-endian
  USHORT usExemptionActionType;
  USHORT usExemptionPacketType;
};
using PDOT11_PRIVACY_EXEMPTION = DOT11_PRIVACY_EXEMPTION*;
inline constexpr USHORT DOT11_EXEMPT_ALWAYS = 1;
inline constexpr USHORT DOT11_EXEMPT_ON_KEY_MAPPING_KEY_UNAVAILABLE = 2;
inline constexpr USHORT DOT11_EXEMPT_UNICAST = 1;
inline constexpr USHORT DOT11_EXEMPT_MULTICAST = 2;
inline constexpr USHORT DOT11_EXEMPT_BOTH = 3;

#pragma pack(push, 1)
/// A packet in either direction: peer, EtherType big-endian, payload.
struct DOT11_SECURITY_PACKET_HEADER {
  DOT11_MAC_ADDRESS PeerMac;
  USHORT usEtherType;
  UCHAR Data[1];
};
#pragma pack(pop)

enum DOT11_MSONEX_RESULT : std::uint32_t {
  DOT11_MSONEX_SUCCESS = 0,
  DOT11_MSONEX_FAILURE = 1,
  DOT11_MSONEX_IN_PROGRESS = 2,
};

struct EAP_ATTRIBUTE {
  std::uint32_t eapType;
  DWORD dwLength;
  BYTE* pValue;
};

struct EAP_ATTRIBUTES {
  DWORD dwNumberOfAttributes;
  EAP_ATTRIBUTE* pAttribs;
};

struct DOT11_EAP_RESULT {
  std::uint32_t dwFailureReasonCode;
  EAP_ATTRIBUTES* pAttribArray;
};
using PDOT11_EAP_RESULT = DOT11_EAP_RESULT*;

struct DOT11_MSONEX_RESULT_PARAMS {
  std::uint32_t Dot11OnexAuthStatus;
  std::uint32_t Dot11OneXReasonCode;
  PBYTE pbMPPESendKey;
  DWORD dwMPPESendKeyLen;
  PBYTE pbMPPERecvKey;
  DWORD dwMPPERecvKeyLen;
  PDOT11_EAP_RESULT pDot11EapResult;
};
using PDOT11_MSONEX_RESULT_PARAMS = DOT11_MSONEX_RESULT_PARAMS*;

struct DOT11EXT_IHV_UI_REQUEST {
  DWORD dwSessionId;
  GUID guidUIRequest;
  CLSID UIPageClsid;
  DWORD dwByteCount;
  BYTE* pvUIRequest;
};
using PDOT11EXT_IHV_UI_REQUEST = DOT11EXT_IHV_UI_REQUEST*;

enum DOT11EXT_IHV_CONNECTION_PHASE : std::uint32_t {
  connection_phase_any = 0,
  connection_phase_initial_connection = 1,
  connection_phase_post_l3_connection = 2,
};

enum DOT11EXT_IHV_INDICATION_TYPE : std::uint32_t {
  IndicationTypeNicSpecificNotification = 0,
  IndicationTypePmkidCandidateList = 1,
  IndicationTypeTkipMicFailure = 2,
  IndicationTypePhyStateChange = 3,
  IndicationTypeLinkQuality = 4,
};

struct DOT11EXT_IHV_CONNECTIVITY_PROFILE {
  LPWSTR pszXmlFragmentIhvConnectivity;
};
using PDOT11EXT_IHV_CONNECTIVITY_PROFILE = DOT11EXT_IHV_CONNECTIVITY_PROFILE*;

struct DOT11EXT_IHV_SECURITY_PROFILE {
  LPWSTR pszXmlFragmentIhvSecurity;
  BOOL bUseMSOnex;
};
using PDOT11EXT_IHV_SECURITY_PROFILE = DOT11EXT_IHV_SECURITY_PROFILE*;

struct DOT11EXT_IHV_DISCOVERY_PROFILE {
  DOT11EXT_IHV_CONNECTIVITY_PROFILE IhvConnectivityProfile;
  DOT11EXT_IHV_SECURITY_PROFILE IhvSecurityProfile;
};

struct DOT11EXT_IHV_DISCOVERY_PROFILE_LIST {
  DWORD dwCount;
  DOT11EXT_IHV_DISCOVERY_PROFILE* pIhvDiscoveryProfiles;
};
using PDOT11EXT_IHV_DISCOVERY_PROFILE_LIST = DOT11EXT_IHV_DISCOVERY_PROFILE_LIST*;

struct DOT11_SSID {
  ULONG uSSIDLength;
  UCHAR ucSSID[32];
};

struct DOT11EXT_IHV_SSID_LIST {
  ULONG ulCount;
  DOT11_SSID SSIDs[1];
};

enum DOT11_BSS_TYPE : std::uint32_t {
  dot11_BSS_type_infrastructure = 1,
  dot11_BSS_type_independent = 2,
  dot11_BSS_type_any = 3,
};

struct DOT11_MSSECURITY_SETTINGS;  // never given by this project's host

struct DOT11EXT_IHV_PROFILE_PARAMS {
  DOT11EXT_IHV_SSID_LIST* pSsidList;
  DOT11_BSS_TYPE BssType;
  DOT11_MSSECURITY_SETTINGS* pMSSecuritySettings;
};
using PDOT11EXT_IHV_PROFILE_PARAMS = DOT11EXT_IHV_PROFILE_PARAMS*;

struct DOT11_BSS_LIST {
  ULONG uNumOfBytes;
  PUCHAR pucBuffer;
};
using PDOT11_BSS_LIST = DOT11_BSS_LIST*;

struct L2_NOTIFICATION_DATA {
  DWORD NotificationSource;
  DWORD NotificationCode;
  GUID InterfaceGuid;
  DWORD dwDataSize;
  PVOID pData;
};
using PL2_NOTIFICATION_DATA = L2_NOTIFICATION_DATA*;

inline constexpr DWORD L2_REASON_CODE_SUCCESS = 0;
inline constexpr DWORD L2_REASON_CODE_UNKNOWN = 0x10001;
inline constexpr DWORD L2_REASON_CODE_IHV_BASE = 0x90000;

static_assert(sizeof(DOT11_ADAPTER) == 32 && offsetof(DOT11_ADAPTER, pszDescription) == 16 &&
              offsetof(DOT11_ADAPTER, Dot11CurrentOpMode) == 24);
static_assert(sizeof(DOT11_PORT_STATE) == 20 && offsetof(DOT11_PORT_STATE, uSessionId) == 8 &&
              offsetof(DOT11_PORT_STATE, bPortControlled) == 12 &&
              offsetof(DOT11_PORT_STATE, bPortAuthorized) == 16);
static_assert(sizeof(DOT11_ASSOCIATION_COMPLETION_PARAMETERS) == 96);
static_assert(offsetof(DOT11_ASSOCIATION_COMPLETION_PARAMETERS, MacAddr) == 4 &&
              offsetof(DOT11_ASSOCIATION_COMPLETION_PARAMETERS, uStatus) == 12 &&
              offsetof(DOT11_ASSOCIATION_COMPLETION_PARAMETERS, bReAssocResp) == 17 &&
              offsetof(DOT11_ASSOCIATION_COMPLETION_PARAMETERS, uAssocReqOffset) == 20 &&
              offsetof(DOT11_ASSOCIATION_COMPLETION_PARAMETERS, uBeaconOffset) == 36 &&
              offsetof(DOT11_ASSOCIATION_COMPLETION_PARAMETERS, AuthAlgo) == 52 &&
              offsetof(DOT11_ASSOCIATION_COMPLETION_PARAMETERS, uActivePhyListOffset) == 64 &&
              offsetof(DOT11_ASSOCIATION_COMPLETION_PARAMETERS, ucActiveQoSProtocol) == 74 &&
              offsetof(DOT11_ASSOCIATION_COMPLETION_PARAMETERS, DSInfo) == 76 &&
              offsetof(DOT11_ASSOCIATION_COMPLETION_PARAMETERS, MulticastMgmtCipher) == 88 &&
              offsetof(DOT11_ASSOCIATION_COMPLETION_PARAMETERS, uAssocComebackTime) == 92);
static_assert(sizeof(DOT11_CIPHER_DEFAULT_KEY_VALUE) == 24 &&
              offsetof(DOT11_CIPHER_DEFAULT_KEY_VALUE, MacAddr) == 12 &&
              offsetof(DOT11_CIPHER_DEFAULT_KEY_VALUE, usKeyLength) == 20 &&
              offsetof(DOT11_CIPHER_DEFAULT_KEY_VALUE, ucKey) == 22);
static_assert(sizeof(DOT11_CIPHER_KEY_MAPPING_KEY_VALUE) == 24 &&
              offsetof(DOT11_CIPHER_KEY_MAPPING_KEY_VALUE, AlgorithmId) == 8 &&
              offsetof(DOT11_CIPHER_KEY_MAPPING_KEY_VALUE, usKeyLength) == 18 &&
              offsetof(DOT11_CIPHER_KEY_MAPPING_KEY_VALUE, ucKey) == 20);
static_assert(offsetof(DOT11_KEY_ALGO_CCMP, ulCCMPKeyLength) == 8 &&
              offsetof(DOT11_KEY_ALGO_CCMP, ucCCMPKey) == 12 &&
              offsetof(DOT11_KEY_ALGO_TKIP_MIC, ucTKIPMICKeys) == 16);
static_assert(sizeof(DOT11_PRIVACY_EXEMPTION) == 6);
static_assert(offsetof(DOT11_SECURITY_PACKET_HEADER, usEtherType) == 6 &&
              offsetof(DOT11_SECURITY_PACKET_HEADER, Data) == 8);
static_assert(sizeof(DOT11_MSONEX_RESULT_PARAMS) == 48);
static_assert(sizeof(DOT11EXT_IHV_UI_REQUEST) == 48 &&
              offsetof(DOT11EXT_IHV_UI_REQUEST, UIPageClsid) == 20 &&
              offsetof(DOT11EXT_IHV_UI_REQUEST, dwByteCount) == 36 &&
              offsetof(DOT11EXT_IHV_UI_REQUEST, pvUIRequest) == 40);
static_assert(sizeof(DOT11EXT_IHV_SECURITY_PROFILE) == 16 &&
              sizeof(DOT11EXT_IHV_DISCOVERY_PROFILE) == 24 &&
              sizeof(DOT11EXT_IHV_DISCOVERY_PROFILE_LIST) == 16);
static_assert(sizeof(DOT11_SSID) == 36 && sizeof(DOT11EXT_IHV_PROFILE_PARAMS) == 24 &&
              sizeof(L2_NOTIFICATION_DATA) == 40);
