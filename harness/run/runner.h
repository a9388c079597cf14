#pragma once

#include <functional>
#include <string_view>

#include "harness/evidence_writer.h"
#include "harness/exclusion_cells.h"
#include "harness/plan.h"
#include "harness/run/event_log.h"
#include "harness/run/frame_forge.h"
#include "harness/run/live_air.h"
#include "harness/run/ports.h"
#include "harness/run/task.h"

/// How a plan becomes evidence.
///
/// One thread runs everything. The recorder takes the first clock sample, lets the factory bring up
/// the rig's parts (key trace, air capture, access point, station, netdev captures), and waits for
/// a beacon in the air capture: the readiness mark. Then the steps run one after another; each is
/// bracketed by step_started and step_finished. The first step that does not do what it says ends
/// the steps with step_failed: fault "device" when the station did not get where the scenario
/// expects it, fault "lab" when a part of the lab failed. Background traffic goes on beside the
/// steps. After the last step a second beacon, sent after all that matters, is the drain mark; a
/// second clock sample follows. Teardown runs on every path, in reverse order of start, in a time
/// budget of its own. Nothing here judges: what happened is in the evidence, for `check`.
///
/// Events of the harness, in order:
///   clock_sample {realtime_ns, uncertainty_ns}
///   run_started {bssid, second_bssid (where there is one), station}
///   station_interface {interface, up}: the step set it so
///   other_station {index, station, event, detail}: what another station's supplicant told
///   capture_ready {file}
///   step_started / step_finished {index, pointer, step}; step_failed {.., fault, what}
///   data_sent {tag, from, group}, data_received {tag}, access_point_command {command, answer}
///   injected {tag, frame, form, to_group, control, from, length; variant, ethertype, source}: see
///     checks/provocations.h; source: of a frame under a wrong key, an address that nothing else
///     has; of the step prove_exclusion also {proof: the step's pointer, payload, shape,
///     protection}: see checks/exclusion_grid.h
///   injected_first_fragment {the same}: the second fragment follows in a later step, with the
///     event `injected`
///   medium_action, medium_delivered and others: see run/medium_engine.h. A rule of the medium that
///     never matched fails the step "medium" that replaces it, or the run's last one: fault "lab"
///   capture_drained {file, received, dropped_by_kernel, dropped_by_interface}
///   access_point_pmk {count}: a PMK that could not be known beforehand was asked of the access
///     point after a step, and is in the secrets
///   run_finished {cpu_ns: processor time that this program took for the record}, or interrupted {}
/// `index` is 0-based; bring-up is the step "bring_up" with an empty pointer.
namespace postassoc {

/// One line about what goes on, for a person who waits.
using Progress = std::function<void(std::string_view)>;

/// A step of the plan takes keys from the air.
bool needs_live_air(const Plan& plan);

class Recorder {
 public:
  Recorder(asio::any_io_executor executor, const Plan& plan, const Secrets& secrets,
           RigFactory& factory, EvidenceWriter& evidence, Progress progress);

  /// Records the plan. An Error when the lab failed or the run was interrupted; the evidence up to
  /// then is kept and says so as well.
  Task<> record();
  /// Ends the steps at the next moment something is waited for; teardown follows.
  void interrupt() { log_.interrupt(); }

 private:
  struct StepFailed {
    bool device = false;
    std::string what;
  };
  using StepResult = Result<std::optional<StepFailed>>;
  using StepTask = asio::awaitable<StepResult>;

  Task<> run_rig();
  Task<> run_steps();
  /// True: go on with the next step.
  Task<bool> run_step(std::size_t index);
  Task<> run_traffic();
  Task<> ask_for_pmk();
  Task<> drain();
  Task<> tear_down();
  void sample_clock();
  void fail_step(const nlohmann::json& step, std::string_view fault, const std::string& what);

  StepTask act(const step::Associate& action);
  StepTask act(const step::Await& action);
  StepTask act(const step::ExchangeData& action);
  StepTask act(const step::Traffic& action);
  StepTask act(const step::Inject& action);
  StepTask act(const step::ProveExclusion& action);
  StepTask act(const step::AccessPointCommand& action);
  StepTask act(const step::Disassociate& action);
  StepTask act(const step::Wait& action);
  StepTask act(const step::Medium& action);

  std::optional<StepFailed> unmatched_rule(std::string& pointer) const;
  bool judge_last_rules();

  MacAddress current_bssid() const;
  Task<InjectionKeys> keys_on_air();
  InjectionFrame injection_frame(const step::Inject& action);
  Result<std::vector<Bytes>> forge(const step::Inject& action, const InjectionKeys& keys,
                                   std::uint64_t index, nlohmann::json& detail);
  Task<> send_forged(const std::vector<Bytes>& mpdus, nlohmann::json detail,
                     step::FragmentPart part, std::optional<double> rate_mbps);

  Task<> prove_cell(const step::ProveExclusion& prove, const InjectionKeys& keys,
                    GridPayload payload, GridShape shape, std::uint64_t index);
  StepTask act(const step::Roam& action);
  StepTask act(const step::StationInterface& action);
  StepTask act(const step::OtherStations& action);
  StepTask act(const step::Module& action);

  Task<> send_tagged(Side from, bool group);
  std::string next_tag();

  asio::any_io_executor executor_;
  const Plan& plan_;
  Secrets secrets_;
  RigFactory& factory_;
  EvidenceWriter& evidence_;
  Progress progress_;
  LiveAir live_air_;
  EventLog log_;
  Rig rig_;
  FrameForge forge_;
  std::size_t look_back_ = 0;  ///< mark of the last associate or disassociate step
  std::string step_pointer_;   ///< of the step that is under way
  std::uint64_t tags_ = 0;
  std::optional<std::chrono::nanoseconds> traffic_interval_;
  bool at_second_bss_ = false;  ///< where the last roam step sent the station
  bool steps_done_ = false;
};

}  // namespace postassoc
