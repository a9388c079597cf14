#pragma once

#include "harness/commands/recording.h"

namespace postassoc {

/// The radios of this host. Holds a lock on the rig while it exists, which the kernel frees when
/// the program ends in whatever way.
class LocalRecording final : public Recording {
 public:
  LocalRecording(RigSpec rig, RecordingOptions options)
      : rig_(std::move(rig)), options_(std::move(options)) {}
  ~LocalRecording() override;
  Task<> start() override;
  Task<> record(const Plan& plan, const Secrets& secrets, EvidenceWriter& evidence) override;
  Task<> stop() override;
  nlohmann::json environment() const override;

 private:
  RigSpec rig_;
  RecordingOptions options_;
  int lock_ = -1;
};

}  // namespace postassoc
