#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "adapters/ihv/module_host/channel.h"

namespace postassoc::module_host {

enum class Edge { begin, returned };

/// Writes the trace: every call in both directions with its thread and nesting, and the host's own
/// events, in one order. Never key bytes but in a record's `secret`, which the station digests.
class Recorder {
 public:
  explicit Recorder(Channel& channel) : channel_(channel) {}

  /// Called on the calling thread after each record of a call, without any lock.
  void on_edge(std::function<void(const std::string& function, Edge)> edge) {
    edge_ = std::move(edge);
  }

  /// An event of the host. `fields` stand flat in the record.
  void event(const char* name, Json fields);

  /// The calling thread belongs to the host.
  static void this_thread_is_ours();
  /// Whether the calling thread is inside a call of this function.
  static bool inside(const char* function);

 private:
  friend class Call;
  void write(const char* name, Json& fields);

  Channel& channel_;
  std::function<void(const std::string&, Edge)> edge_;
  std::mutex order_;  ///< numbers, times and lines in the same order
  std::uint64_t last_call_ = 0;
};

/// One call of either side, from its begin to its return.
class Call {
 public:
  /// Writes `ihv_begin`. `fields`: adapter, session, arguments, secret, as they apply.
  Call(Recorder& recorder, const char* function, const char* by, Json fields);
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  std::uint64_t number() const { return number_; }
  const char* function() const { return function_; }
  /// The host answers the call itself, as it is not legal here.
  void refused(std::uint32_t error, const std::string& why);
  /// Writes `ihv_return`. `error` absent for VOID; `threw`: what left the handler, or empty.
  void returned(std::optional<std::uint32_t> error, const Json& out, const std::string& threw = {});

 private:
  Recorder& recorder_;
  const char* function_;
  const char* by_;
  std::uint64_t number_ = 0;
};

}  // namespace postassoc::module_host
