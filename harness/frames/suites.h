#pragma once

#include <cstdint>
#include <string>

namespace postassoc {

/// A suite selector: OUI in the upper three octets, type in the lowest (9.4.2.24).
using Suite = std::uint32_t;

inline constexpr Suite kCipherUseGroup = 0x000fac00;
inline constexpr Suite kCipherWep40 = 0x000fac01;
inline constexpr Suite kCipherTkip = 0x000fac02;
inline constexpr Suite kCipherCcmp128 = 0x000fac04;
inline constexpr Suite kCipherWep104 = 0x000fac05;
inline constexpr Suite kCipherBipCmac128 = 0x000fac06;
inline constexpr Suite kCipherGroupNotAllowed = 0x000fac07;
inline constexpr Suite kCipherGcmp128 = 0x000fac08;
inline constexpr Suite kCipherGcmp256 = 0x000fac09;
inline constexpr Suite kCipherCcmp256 = 0x000fac0a;
inline constexpr Suite kCipherBipGmac128 = 0x000fac0b;
inline constexpr Suite kCipherBipGmac256 = 0x000fac0c;
inline constexpr Suite kCipherBipCmac256 = 0x000fac0d;

inline constexpr Suite kAkm8021x = 0x000fac01;
inline constexpr Suite kAkmPsk = 0x000fac02;
inline constexpr Suite kAkmFt8021x = 0x000fac03;
inline constexpr Suite kAkmFtPsk = 0x000fac04;
inline constexpr Suite kAkm8021xSha256 = 0x000fac05;
inline constexpr Suite kAkmPskSha256 = 0x000fac06;
inline constexpr Suite kAkmTdls = 0x000fac07;
inline constexpr Suite kAkmSae = 0x000fac08;
inline constexpr Suite kAkmFtSae = 0x000fac09;
inline constexpr Suite kAkm8021xSuiteB = 0x000fac0b;
inline constexpr Suite kAkm8021xSuiteB192 = 0x000fac0c;
inline constexpr Suite kAkmFt8021xSha384 = 0x000fac0d;
inline constexpr Suite kAkmFilsSha256 = 0x000fac0e;
inline constexpr Suite kAkmFilsSha384 = 0x000fac0f;
inline constexpr Suite kAkmOwe = 0x000fac12;
inline constexpr Suite kAkmSaeExtKey = 0x000fac18;
inline constexpr Suite kAkmFtSaeExtKey = 0x000fac19;

/// "CCMP-128", "PSK-SHA256", ...; a selector without a name as "00-0f-ac:99".
std::string cipher_to_string(Suite cipher);
std::string akm_to_string(Suite akm);

}  // namespace postassoc
