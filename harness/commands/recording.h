#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "harness/evidence_writer.h"
#include "harness/plan.h"
#include "harness/rig_spec.h"
#include "harness/run/task.h"

namespace postassoc {

/// A rig that is ready to record one plan after another: the radios of this host, or the virtual
/// rig that is booted once for all of them.
class Recording {
 public:
  virtual ~Recording() = default;
  /// Takes the rig: its lock, or the guest's boot. Fault::rig_unavailable when it can't be had.
  virtual Task<> start() = 0;
  /// Records one plan. To be ended early by cancelling the task: it tears down and returns
  /// Fault::interrupted.
  virtual Task<> record(const Plan& plan, const Secrets& secrets, EvidenceWriter& evidence) = 0;
  virtual Task<> stop() = 0;
  /// What is known of the rig, for environment.json and the report.
  virtual nlohmann::json environment() const = 0;
};

struct RecordingOptions {
  bool virtual_time = true;           ///< virtual rig: time of the guest goes by its instructions
  bool snapshot = true;               ///< virtual rig: start from a snapshot where there is one
  std::string acceleration = "auto";  ///< virtual rig: auto, kvm, tcg
  nlohmann::json environment = nlohmann::json::object();  ///< what is known of this host
  std::function<void(std::string_view)> say;              ///< news of the rig, a line each
  std::function<void(std::string_view)> progress;         ///< what goes on just now
};

Result<std::unique_ptr<Recording>> make_recording(const RigSpec& rig, RecordingOptions options);

/// Records a plan on this machine's radios: what a hardware or hwsim rig does, and what the guest
/// of the virtual rig does with each job. Ends early when the task is cancelled.
Task<> record_here(const Plan& plan, const Secrets& secrets, EvidenceWriter& evidence,
                   std::function<void(std::string_view)> progress, nlohmann::json environment);

/// The init of the virtual rig's guest: serves jobs of the host. Returns the process's exit code.
int run_guest();

}  // namespace postassoc
