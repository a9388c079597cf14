#pragma once

#include <array>
#include <cstdio>
#include <optional>
#include <string>

namespace postassoc {

/// For tests: what a command writes; nothing when it fails.
inline std::optional<std::string> output_of(const std::string& command) {
  std::string text;
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) {
    return std::nullopt;
  }
  std::array<char, 4096> buffer{};
  while (const std::size_t read = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    text.append(buffer.data(), read);
  }
  return ::pclose(pipe) == 0 ? std::optional(text) : std::nullopt;
}

}  // namespace postassoc
