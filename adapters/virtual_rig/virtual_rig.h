#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "adapters/virtual_rig/image.h"
#include "harness/evidence_writer.h"
#include "harness/run/task.h"

namespace postassoc::virtual_rig {

enum class Acceleration { automatic, kvm, tcg };

struct Options {
  /// Kernel, images and snapshots; empty: $POSTASSOC_CACHE, $XDG_CACHE_HOME/postassoc or
  /// ~/.cache/postassoc.
  std::filesystem::path cache_folder = {};
  /// The program that is the guest's init (see guest.h); empty: this very program.
  std::filesystem::path binary = {};
  std::vector<GuestProgram> programs = {};  ///< other than the host's own
  Acceleration acceleration = Acceleration::automatic;
  /// A fixed 2 ns an instruction, so that what is measured in the guest does not depend on how busy
  /// the host is. Only with TCG.
  bool virtual_time = true;
  /// Start from a snapshot, and save one where there is none. Only with TCG.
  bool snapshot = true;
  unsigned radios = 5;
  std::chrono::milliseconds boot_deadline{60000};
  /// Receives a line for a person now and then.
  std::function<void(std::string_view)> say = {};
  /// Receives the guest's serial console and QEMU's messages as they come.
  std::function<void(std::string_view)> console = {};
};

/// What was started, for the evidence.
struct Info {
  bool kvm = false;
  std::string acceleration_reason;
  bool virtual_time = false;
  bool restored_from_snapshot = false;
  std::string kernel;       ///< the guest's `uname -r`
  std::string clocksource;  ///< the guest's
  std::string qemu;         ///< version
  std::string image_key;
  unsigned radios = 0;
  std::chrono::milliseconds start_duration{0};
};

/// A virtual machine with Debian's stock kernel and mac80211_hwsim radios, in which this program
/// records scenarios. It needs no kernel module, no WLAN hardware, no KVM and no privileges.
/// Destruction kills it; nothing is left but the cache.
class VirtualRig {
 public:
  /// Builds what the cache lacks, and starts the guest: from a snapshot in tenths of a second, else
  /// from a boot. A snapshot that does not work is replaced. An Error says what is missing on the
  /// host and which command mends it, or why the guest did not come up, with its last console
  /// lines.
  static Task<std::unique_ptr<VirtualRig>> start(Options options);
  ~VirtualRig();

  /// Runs one job in the guest: gives `job` to its callback and returns what that returned. What
  /// the guest appends to its evidence is appended to `evidence` as it arrives, lines of progress
  /// go to `progress`. `deadline` is wall time.
  ///
  /// When the deadline passes, this task is cancelled, or `evidence` refuses (no space), the guest
  /// is told to end the job, and is killed when it has not within 3 s. After a job that ended, with
  /// an error or not, the rig takes the next one; after the guest's death it gives errors only.
  /// Errors: what the callback returned; Fault::lab for a panic or an end of QEMU;
  /// Fault::timeout; Fault::interrupted. An exception in the guest is thrown here too.
  Task<Bytes> run_job(ByteView job, EvidenceWriter& evidence,
                      std::function<void(std::string_view)> progress,
                      std::chrono::nanoseconds deadline);

  /// Ends the virtual machine, by force if need be, within 6 s.
  Task<> stop();

  bool alive() const;
  const Info& info() const;
  /// The last 64 KB of the console.
  std::string console_tail() const;
  int pid() const;

 private:
  struct State;
  explicit VirtualRig(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace postassoc::virtual_rig
