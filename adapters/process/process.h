#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/run/task.h"

namespace postassoc {

/// How a child process is started. It is in a process group of its
/// own (Ctrl-C is for the harness, which ends its children in order), and the kernel kills it when
/// the harness dies.
struct ProcessOptions {
  /// Program (looked up in PATH when it holds no '/') and arguments.
  std::vector<std::string> argv;
  /// "NAME=value", added to this process's environment.
  std::vector<std::string> environment = {};
  /// Descriptor of a network namespace (/proc/PID/ns/net) in which the program runs.
  std::optional<int> network_namespace = {};
  /// Receives standard output and standard error, in order, line by line without the newline; a
  /// last line without one as well. Without it the output is dropped.
  std::function<void(std::string_view line)> on_line = {};
  /// Receives standard error alone in the same way; standard output then goes to on_line alone.
  std::function<void(std::string_view line)> on_error_line = {};
  /// Descriptor that becomes its standard input; without it that is /dev/null.
  std::optional<int> standard_input = {};
  /// Descriptors that stay open in the child, under the same numbers. All others are closed.
  std::vector<int> kept_descriptors = {};
};

/// A child process. Needs no SIGCHLD handler (pidfd), so it composes with anything; signals go to
/// this very process and never to another that got its number. Destruction kills and reaps it.
class Process {
 public:
  /// Starts the program. An Error names it and what failed: the program is missing, the namespace
  /// cannot be entered. When this returns the program has been executed.
  static Result<Process> start(asio::any_io_executor executor, ProcessOptions options);

  Process(Process&&) noexcept;
  Process& operator=(Process&&) noexcept;
  ~Process();

  /// Waits for the end. Exit code, or 128 + number of the signal that ended it. All that the
  /// process itself wrote has been given to `on_line` before. May be called more than once, and by
  /// several tasks.
  Task<int> wait();
  /// SIGTERM, and SIGKILL when it has not ended after `grace`. Gives what wait() gives. To be
  /// called from a task that is not itself cancelled: a cancelled one cannot wait.
  Task<int> terminate(std::chrono::nanoseconds grace);
  /// Sends a signal; does nothing when the process has ended.
  void signal(int number);

  int pid() const;
  bool running() const;

 private:
  struct State;
  explicit Process(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

/// Path of a program as execvp() would find it, or nothing.
std::optional<std::string> find_program(std::string_view name);

}  // namespace postassoc
