#pragma once

#include <boost/asio/local/stream_protocol.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "adapters/process/process.h"
#include "adapters/virtual_rig/channel.h"
#include "harness/run/task.h"

namespace postassoc::virtual_rig {

/// What the virtual machine is made of; everything in it but descriptors and paths of the memory
/// decides whether a snapshot fits.
struct MachineSpec {
  std::string qemu;
  std::filesystem::path kernel;
  std::filesystem::path initrd;
  unsigned radios = 3;
  bool kvm = false;
  bool virtual_time = true;  ///< only with TCG: 2 ns an instruction, idle waits cost no wall time
};

/// Guest memory in a file. `keep` writes to it (to save a snapshot), else it is copy on write.
struct MemoryFile {
  std::filesystem::path file;
  bool keep = false;
};

inline constexpr std::size_t kMemoryMegabytes = 256;

/// Descriptors that QEMU inherits. `state` is a saved state to start from, -1 for a boot.
struct MachineDescriptors {
  int channel = -1;
  int monitor = -1;
  int console = -1;
  int state = -1;
};

std::vector<std::string> command_line(const MachineSpec& spec,
                                      const std::optional<MemoryFile>& memory,
                                      const MachineDescriptors& descriptors);

/// The guest's serial console and QEMU's own messages: the last 64 KB, and whether the kernel
/// has panicked.
class ConsoleLog {
 public:
  void add(std::string_view text);
  const std::string& tail() const { return tail_; }
  /// The line in which the kernel says that it panicked or found a bug in itself; may be empty.
  const std::string& panic() const { return panic_; }
  /// The last lines, on one line, for a message.
  std::string last_lines() const;

 private:
  std::string tail_;
  std::string panic_;
};

/// A running QEMU. Its channel, monitor (QMP) and console are socket pairs made beforehand, so that
/// there is nothing to connect to and no file left behind. Destruction kills it.
class Machine {
 public:
  using Console = std::function<void(std::string_view)>;

  /// `state` is a descriptor of a saved state, or -1 for a boot.
  static Task<std::unique_ptr<Machine>> start(MachineSpec spec, std::optional<MemoryFile> memory,
                                              int state, Console console);
  ~Machine();

  /// The next frame from the guest. When the guest or QEMU has ended: an Error with the kernel's
  /// panic, or QEMU's exit code, and the last console lines.
  Task<Frame> receive();
  Task<> send(FrameType type, ByteView payload);
  /// One QMP command; gives what it returned.
  Task<nlohmann::json> execute(std::string command,
                               nlohmann::json arguments = nlohmann::json::object());
  /// Saved states are to hold no memory: that stays in its MemoryFile.
  Task<> leave_memory_in_its_file();
  /// Asks QEMU to end, and kills it when it does not within 2 s.
  Task<> quit();

  const ConsoleLog& console() const;
  const std::string& qemu_version() const;
  int pid() const;

 private:
  struct State;
  explicit Machine(std::shared_ptr<State> state);
  Task<nlohmann::json> read_reply();
  Task<> greet();
  Task<> restore_from(int saved_state);
  asio::awaitable<Error> ended();
  std::shared_ptr<State> state_;
};

}  // namespace postassoc::virtual_rig
