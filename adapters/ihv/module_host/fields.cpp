#include "adapters/ihv/module_host/fields.h"

#include <cstring>

namespace postassoc::module_host {
namespace {

int digit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// The code point that begins at `at`, which is moved behind it.
char32_t next_code_point(std::string_view text, std::size_t& at) {
  const auto lead = static_cast<std::uint8_t>(text[at++]);
  if (lead < 0x80) {
    return lead;
  }
  const int more = lead >= 0xf0 && lead < 0xf5 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc2 ? 1 : 0;
  if (more == 0 || lead >= 0xf5) {
    return 0xfffd;
  }
  char32_t value = lead & (0x3fU >> static_cast<unsigned>(more));
  for (int i = 0; i < more; ++i) {
    if (at == text.size() || (static_cast<std::uint8_t>(text[at]) & 0xc0U) != 0x80) {
      return 0xfffd;
    }
    value = value << 6U | (static_cast<std::uint8_t>(text[at++]) & 0x3fU);
  }
  return value;
}

}  // namespace

std::string to_hex(std::span<const std::uint8_t> octets) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t octet : octets) {
    text.push_back(kDigits[octet >> 4U]);
    text.push_back(kDigits[octet & 0xfU]);
  }
  return text;
}

std::optional<Octets> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) {
    return std::nullopt;
  }
  Octets octets;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digit(text[i]);
    const int low = digit(text[i + 1]);
    if (high < 0 || low < 0) {
      return std::nullopt;
    }
    octets.push_back(static_cast<std::uint8_t>(high << 4 | low));
  }
  return octets;
}

std::string to_text(const Mac& mac) {
  std::string text;
  for (const std::uint8_t octet : mac) {
    text += (text.empty() ? "" : ":") + to_hex({&octet, 1});
  }
  return text;
}

std::optional<Mac> mac_from(std::string_view text) {
  Mac mac{};
  if (text.size() != 17) {
    return std::nullopt;
  }
  for (std::size_t i = 0; i < mac.size(); ++i) {
    const auto octet = from_hex(text.substr(3 * i, 2));
    if (!octet || (i < 5 && text[3 * i + 2] != ':')) {
      return std::nullopt;
    }
    mac[i] = octet->front();
  }
  return mac;
}

std::optional<Mac> mac_at(const void* address) {
  if (address == nullptr) {
    return std::nullopt;
  }
  Mac mac{};
  std::memcpy(mac.data(), address, mac.size());
  return mac;
}

std::uint64_t number_of(const Json& object, const char* name, std::uint64_t otherwise) {
  const auto member = object.find(name);
  return member != object.end() && member->is_number_integer() ? member->get<std::uint64_t>()
                                                               : otherwise;
}

std::string text_of(const Json& object, const char* name, std::string_view otherwise) {
  const auto member = object.find(name);
  return member != object.end() && member->is_string() ? member->get<std::string>()
                                                       : std::string(otherwise);
}

bool flag_of(const Json& object, const char* name, bool otherwise) {
  const auto member = object.find(name);
  return member != object.end() && member->is_boolean() ? member->get<bool>() : otherwise;
}

Octets octets_of(const Json& object, const char* name) {
  return from_hex(text_of(object, name)).value_or(Octets{});
}

Mac mac_of(const Json& object, const char* name) {
  return mac_from(text_of(object, name)).value_or(Mac{});
}

std::u16string to_utf16(std::string_view text) {
  std::u16string wide;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t point = next_code_point(text, at);
    if (point < 0x10000) {
      wide.push_back(static_cast<char16_t>(point));
    } else {
      wide.push_back(static_cast<char16_t>(0xd800 + ((point - 0x10000) >> 10U)));
      wide.push_back(static_cast<char16_t>(0xdc00 + ((point - 0x10000) & 0x3ffU)));
    }
  }
  wide.push_back(u'\0');
  return wide;
}

}  // namespace postassoc::module_host
