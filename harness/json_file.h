#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "harness/result.h"

namespace postassoc {

/// Reads a JSON document (RFC 8259, UTF-8) that a person wrote. Errors say where: a syntax error
/// "file:line:column", a key that is given twice in an object "file#/json/pointer". Refused as
/// well: more than 1 MiB, nesting deeper than 32.
Result<nlohmann::json> read_json_file(const std::filesystem::path& file);
/// The same of text that is there already; `file` names it in messages.
Result<nlohmann::json> parse_json_text(std::string_view text, const std::string& file);

}  // namespace postassoc
