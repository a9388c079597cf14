#pragma once

#include <map>
#include <string>
#include <string_view>

namespace postassoc {

/// The answer to STATUS, by key. What is no "key=value" line is left out; of a key that comes
/// twice the first counts. Values are printable ASCII, 256 characters at most.
std::map<std::string, std::string> parse_status(std::string_view answer);

/// A field, or "".
std::string status_field(const std::map<std::string, std::string>& status, const std::string& key);

}  // namespace postassoc
