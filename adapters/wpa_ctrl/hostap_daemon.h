#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "adapters/wpa_ctrl/control_socket.h"
#include "harness/run/namespace.h"
#include "harness/run/ports.h"

namespace postassoc {

/// hostapd or wpa_supplicant as a child process in its network namespace. Its output is appended
/// to the evidence line by line, its control events are put on the timeline as they come (with the
/// names and fields of ControlEvent, uncertainty ControlSocket::kUncertainty), and when it ends
/// the host event `process_exited` {name, code, expected} is emitted, once.
class HostapDaemon {
 public:
  struct Options {
    std::string name;     ///< "hostapd": in events and messages
    std::string package;  ///< Debian's, for the advice when it is missing
    std::vector<std::string> argv;
    std::vector<std::filesystem::path> preload = {};  ///< libraries loaded into it first
    NetworkNamespace network_namespace;
    std::filesystem::path directory;     ///< private to it, exists; our sockets are bound in it
    std::filesystem::path control_path;  ///< of its control socket
    std::string log;                     ///< name in the evidence
    Witness witness = Witness::harness;
    Side side = Side::none;
    std::chrono::nanoseconds start_limit = std::chrono::seconds(10);
  };
  /// Starts it and subscribes to its events. An Error when it is not installed (rig_unavailable),
  /// or ends or does not answer within the limit (with the last lines of its log). On any Error
  /// the process has ended.
  static Task<std::unique_ptr<HostapDaemon>> start(const RunContext& context, Options options);

  HostapDaemon(const HostapDaemon&) = delete;
  HostapDaemon& operator=(const HostapDaemon&) = delete;
  /// Kills the process if it still runs.
  ~HostapDaemon();

  /// As ControlSocket; an Error of a daemon that has ended says so, with its last lines.
  Task<std::string> request(std::string command);
  Task<> command(std::string command);

  bool running() const;
  /// `error` as it is; after the daemon's end, that it ended and its last lines.
  Error explain(Error error) const;

  /// Ends it in order: TERMINATE, then SIGTERM, then SIGKILL, each with a limit of its own; takes
  /// in its last events and lines first. May be called again.
  Task<> stop();

 private:
  struct State;
  explicit HostapDaemon(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

/// Makes a directory that only its owner can enter, with the folders above it.
Result<> make_private_directory(const std::filesystem::path& directory);
/// Writes a file that only its owner can read (mode 0600), new or emptied.
Result<> write_private_file(const std::filesystem::path& file, std::string_view text);

}  // namespace postassoc
