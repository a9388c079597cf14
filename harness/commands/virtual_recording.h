#pragma once

#include "adapters/virtual_rig/virtual_rig.h"
#include "harness/commands/recording.h"

namespace postassoc {

/// The virtual rig: one guest for all plans of a call; in it this same program records.
class VirtualRecording final : public Recording {
 public:
  VirtualRecording(const RigSpec& rig, RecordingOptions options)
      : programs_(rig.programs), options_(std::move(options)) {}
  Task<> start() override;
  Task<> record(const Plan& plan, const Secrets& secrets, EvidenceWriter& evidence) override;
  Task<> stop() override;
  nlohmann::json environment() const override;

 private:
  std::map<std::string, ProgramSpec> programs_;
  RecordingOptions options_;
  std::unique_ptr<virtual_rig::VirtualRig> rig_;
};

}  // namespace postassoc
