#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/frames/bytes.h"
#include "harness/result.h"
#include "harness/timeline.h"

namespace postassoc {

/// Makes events of the records of a module's host: `{"event": name, "time_ns": CLOCK_REALTIME,
/// "secret": {..}, the event's details}`. A member of "secret" is digested and put under the same
/// name among the arguments, or the details where there are none: SHA-256 where the name ends in
/// "_sha256", else the first 8 octets of an HMAC-SHA256 under a key that is new for every run, so
/// that equal keys are seen as equal and nothing else is known of them.
class IhvRecords {
 public:
  /// An Error when there are no random numbers.
  static Result<IhvRecords> create();

  /// Nothing for what is no record, or says too much. A time that lies outside of the last minute
  /// is replaced by now.
  std::optional<Event> event_of(nlohmann::json record) const;

 private:
  explicit IhvRecords(Bytes key) : key_(std::move(key)) {}
  Bytes key_;
};

/// Of its content as it is now; empty where it can't be read.
std::string sha256_of_file(const std::filesystem::path& file);

/// The text with every secret in it replaced by "***". Secrets shorter than 8 characters are none.
std::string without_secrets(std::string_view text, const std::vector<std::string>& secrets);

}  // namespace postassoc
