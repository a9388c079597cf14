#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace postassoc::module_host {

using Json = nlohmann::json;

/// The pipe to the station: JSON objects, one a line.
class Channel {
 public:
  /// Writes to `descriptor`.
  explicit Channel(int descriptor) : descriptor_(descriptor) {}

  /// Writes one line, whole, from any thread. Ends the process when the station is gone.
  void send(const Json& line);

  /// Asks the station to do something on the radio and waits for its answer, at most 5 s: the
  /// Winerror code that it answered, ERROR_TIMEOUT without an answer. To be called without a lock.
  std::uint32_t ask(Json question);

  /// Takes the station's line {"answer": id, "error": n} to the thread that asked. Others' are
  /// dropped.
  void answer(const Json& line);

 private:
  int descriptor_;
  std::mutex writing_;
  std::mutex asking_;
  std::condition_variable answered_;
  std::uint64_t last_question_ = 0;
  std::map<std::uint64_t, std::optional<std::uint32_t>> questions_;  ///< open ones
};

/// The next line of standard input without its newline; nothing at the end of input, or when a line
/// is longer than 1 MiB.
std::optional<std::string> read_line();

}  // namespace postassoc::module_host
