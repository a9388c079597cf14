#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/run/task.h"

namespace postassoc {

/// The program postassoc-ihv-host with one module in it: a process of its own, so that a module
/// that crashes or hangs takes nothing with it. JSON objects, one a line, over its standard input
/// and output. What it writes is hostile: the module shares its memory.
class ModuleHostProcess {
 public:
  /// Why it is not there any more.
  struct End {
    int code = 0;           ///< exit code, or 128 + number of the signal
    bool expected = false;  ///< after quit(), or killed because it hung
  };
  /// How a command ended.
  struct Done {
    std::uint32_t error = 0;             ///< Winerror code of the module's function
    std::optional<std::string> refused;  ///< why the host did not call it
    bool succeeded() const { return error == 0 && !refused; }
  };
  struct Handlers {
    std::function<void(nlohmann::json record)> on_record;
    /// A question; gives the Winerror code of the answer.
    std::function<std::uint32_t(const nlohmann::json& question)> on_ask;
    /// Any other object that it sent.
    std::function<void(const nlohmann::json& message)> on_message;
    /// What it, or the module, wrote to standard error, or to standard output as no JSON object.
    std::function<void(std::string_view line)> on_words;
    /// A command was not done in time: the process is being killed.
    std::function<void(const std::string& command, std::chrono::milliseconds limit)> on_hang;
    std::function<void(End end)> on_end;
  };

  /// `argv`: the program and its arguments.
  static Result<std::unique_ptr<ModuleHostProcess>> start(asio::any_io_executor executor,
                                                          std::vector<std::string> argv,
                                                          std::vector<std::string> environment,
                                                          Handlers handlers);
  ~ModuleHostProcess();

  /// Sends {"do": ..} with an id of its own and waits for the line that says it is done.
  /// Fault::timeout: it was not within `limit`, and the process is killed. Fault::lab: the
  /// process has ended.
  Task<Done> command(nlohmann::json command, std::chrono::milliseconds limit);
  /// Has it end; kills it where it does not within `limit`.
  Task<> quit(std::chrono::milliseconds limit);
  bool running() const;

 private:
  struct State;
  explicit ModuleHostProcess(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace postassoc
