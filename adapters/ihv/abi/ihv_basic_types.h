#pragma once

#include <cstddef>
#include <cstdint>

/// The basic types of the Windows headers, and the error numbers that the IHV contract uses. A PE
/// build takes them from the platform; an ELF build gets the same sizes: DWORD, ULONG and BOOL have
/// 32 bits, WCHAR 16 (UTF-16LE), HANDLE is as wide as a pointer. Source: winerror.h, wtypes.h.

#ifdef _WIN32

#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <windows.h>

#define IHV_EXPORT extern "C" __declspec(dllexport)

#else

#define WINAPI
#define IHV_EXPORT extern "C" __attribute__((visibility("default")))

using VOID = void;
using BYTE = std::uint8_t;
using UCHAR = std::uint8_t;
using BOOLEAN = std::uint8_t;
using USHORT = std::uint16_t;
using WCHAR = char16_t;
using ULONG = std::uint32_t;
using DWORD = std::uint32_t;
using BOOL = std::int32_t;
using HANDLE = void*;
using LPVOID = void*;
using PVOID = void*;
using PBYTE = BYTE*;
using PUCHAR = UCHAR*;
using PBOOL = BOOL*;
using PDWORD = DWORD*;
using PHANDLE = HANDLE*;
using LPWSTR = WCHAR*;

// macros in the Windows headers, and so in capitals here
inline constexpr BOOL TRUE = 1;
inline constexpr BOOL FALSE = 0;

struct GUID {
  std::uint32_t Data1;
  std::uint16_t Data2;
  std::uint16_t Data3;
  std::uint8_t Data4[8];
};
using CLSID = GUID;

struct WTSSESSION_NOTIFICATION {
  DWORD cbSize;
  DWORD dwSessionId;
};
using PWTSSESSION_NOTIFICATION = WTSSESSION_NOTIFICATION*;

inline constexpr DWORD ERROR_SUCCESS = 0;
inline constexpr DWORD ERROR_INVALID_FUNCTION = 1;
inline constexpr DWORD ERROR_ACCESS_DENIED = 5;
inline constexpr DWORD ERROR_INVALID_HANDLE = 6;
inline constexpr DWORD ERROR_NOT_ENOUGH_MEMORY = 8;
inline constexpr DWORD ERROR_OUTOFMEMORY = 14;
inline constexpr DWORD ERROR_GEN_FAILURE = 31;
inline constexpr DWORD ERROR_NOT_SUPPORTED = 50;
inline constexpr DWORD ERROR_INVALID_PARAMETER = 87;
inline constexpr DWORD ERROR_CALL_NOT_IMPLEMENTED = 120;
inline constexpr DWORD ERROR_INSUFFICIENT_BUFFER = 122;
inline constexpr DWORD ERROR_PROC_NOT_FOUND = 127;
inline constexpr DWORD ERROR_BUSY = 170;
inline constexpr DWORD ERROR_NOT_FOUND = 1168;
inline constexpr DWORD ERROR_NO_MATCH = 1169;
inline constexpr DWORD ERROR_BAD_PROFILE = 1206;
inline constexpr DWORD ERROR_CANCELLED = 1223;
inline constexpr DWORD ERROR_TIMEOUT = 1460;
inline constexpr DWORD ERROR_INVALID_STATE = 5023;

inline constexpr ULONG WTS_SESSION_LOGON = 5;
inline constexpr ULONG WTS_SESSION_LOGOFF = 6;

#endif

static_assert(sizeof(DWORD) == 4 && sizeof(ULONG) == 4 && sizeof(BOOL) == 4);
static_assert(sizeof(USHORT) == 2 && sizeof(WCHAR) == 2 && sizeof(BOOLEAN) == 1);
static_assert(sizeof(HANDLE) == sizeof(void*) && sizeof(GUID) == 16);
