#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace postassoc::module_host {

using Json = nlohmann::json;
using Octets = std::vector<std::uint8_t>;
using Mac = std::array<std::uint8_t, 6>;

/// Lower-case hex.
std::string to_hex(std::span<const std::uint8_t> octets);
/// The reverse; nothing when it is no hex.
std::optional<Octets> from_hex(std::string_view text);

/// "02:00:00:00:00:01", and the reverse.
std::string to_text(const Mac& mac);
std::optional<Mac> mac_from(std::string_view text);

/// A copy of six octets at `address`; nothing for nullptr.
std::optional<Mac> mac_at(const void* address);

/// A member of an object of the wrong type counts as absent: nothing here throws.
std::uint64_t number_of(const Json& object, const char* name, std::uint64_t otherwise = 0);
std::string text_of(const Json& object, const char* name, std::string_view otherwise = "");
bool flag_of(const Json& object, const char* name, bool otherwise = false);
/// Octets from hex; empty when absent or no hex.
Octets octets_of(const Json& object, const char* name);
/// All zero when absent or no MAC address.
Mac mac_of(const Json& object, const char* name);

/// UTF-8 to UTF-16, with a NUL at the end; what is no UTF-8 becomes U+FFFD.
std::u16string to_utf16(std::string_view text);

}  // namespace postassoc::module_host
