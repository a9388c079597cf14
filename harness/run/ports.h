#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/evidence_writer.h"
#include "harness/frames/mac_address.h"
#include "harness/plan.h"
#include "harness/run/task.h"
#include "harness/timeline.h"

/// The seams of the harness. An adapter implements one of these over one outside thing; it reports
/// what it sees as events, it never judges. Every port is made live by its adapter's `create` or
/// `start`, and `stop` leaves the machine as it was found; destruction without `stop` still ends
/// what was started.
namespace postassoc {

/// The station under test with the software that drives it.
class Station {
 public:
  virtual ~Station() = default;
  virtual MacAddress address() const = 0;
  virtual std::string interface() const = 0;
  /// Begins to associate with the plan's network; what comes of it is told by events.
  virtual Task<> associate() = 0;
  /// Leaves the network; told by events.
  virtual Task<> disassociate() = 0;
  /// Begins to go over to another BSS of the network, by fast BSS transition over the distribution
  /// system where asked for; what comes of it is told by events.
  virtual Task<> roam(MacAddress to, bool over_ds) = 0;
  /// Has the host of the IHV Extensions module make a call, and waits until it returned. An Error
  /// where the station is none.
  virtual Task<> call_module(step::ModuleCall) {
    co_return Error{Fault::lab, "the station is no IHV Extensions module", interface()};
  }
  virtual Task<> stop() = 0;
};

/// hostapd and the radio it runs on.
class AccessPoint {
 public:
  virtual ~AccessPoint() = default;
  virtual MacAddress bssid() const = 0;
  /// Of the network's second BSS, where it has one.
  virtual std::optional<MacAddress> second_bssid() const = 0;
  virtual std::string interface() const = 0;
  /// A control command; the answer as it came, without the line feed.
  virtual Task<std::string> command(std::string text) = 0;
  virtual Task<> stop() = 0;
};

struct CaptureStats {
  std::uint64_t received = 0;              ///< frames handed to the capture
  std::uint64_t dropped_by_kernel = 0;     ///< no room in the buffer (ps_drop)
  std::uint64_t dropped_by_interface = 0;  ///< ps_ifdrop
};

/// A live capture that appends to one evidence file.
class Capture {
 public:
  virtual ~Capture() = default;
  /// Waits for a beacon of this BSS that was stamped after this call: the capture is alive (the
  /// readiness mark), or everything sent before now has been taken in (the drain mark).
  virtual Task<> await_beacon(MacAddress bssid, std::chrono::nanoseconds limit) = 0;
  virtual CaptureStats stats() const = 0;
  virtual Task<> stop() = 0;
};

/// Sends 802.11 frames as they are from a monitor interface.
class Injector {
 public:
  virtual ~Injector() = default;
  /// `frame`: 802.11 header and body, no FCS, no radiotap. `rate_mbps`: where the driver takes one.
  virtual Task<> inject(ByteView frame, std::optional<double> rate_mbps) = 0;
};

/// Key, port and association events of the kernel, as tracepoints and nl80211 tell them.
class KeyTrace {
 public:
  virtual ~KeyTrace() = default;
  /// Takes in what is buffered, then stops. Lost events are reported as event `trace_lost`.
  virtual Task<> stop() = 0;
};

/// The air between the radios, ruled by a scenario. It takes over when it is made live; `stop`
/// gives the air back to the kernel. Its actions are the events medium_action and medium_delivered.
class Medium {
 public:
  virtual ~Medium() = default;
  /// Puts other rules in force; what the old ones held back is received now.
  virtual void replace(std::vector<medium::Rule> rules) = 0;
  /// Every event of the run, for what is held until one comes.
  virtual void notice(const Event& event) = 0;
  /// A PMK that could not be known beforehand: EAPOL under its keys can be told from then on.
  virtual void learn(const Bytes& pmk) = 0;
  /// Of the rules in force those that no frame has fitted: JSON pointer, and a sentence.
  virtual std::vector<std::pair<std::string, std::string>> unmatched() const = 0;
  virtual Task<> stop() = 0;
};

/// Both ends' IP stacks: sends tagged datagrams; what arrives is recorded by netdev captures.
class DataPath {
 public:
  virtual ~DataPath() = default;
  /// From this side to the other one, or to the subnet's broadcast address. An attempt: no route
  /// or a closed port is not an Error.
  virtual Task<> send(Side from, bool to_group, std::string_view payload) = 0;
  /// Until the operating systems of both sides report their link up, for `limit` at most: what is
  /// sent without that gets lost. A link that does not come up is no Error.
  virtual Task<> await_link(std::chrono::nanoseconds limit) = 0;
};

/// The parts of a rig that is up. Order of members is order of start; they stop in reverse.
struct Rig {
  std::unique_ptr<KeyTrace> key_trace;  ///< may be null: the rig has none
  std::unique_ptr<Medium> medium;       ///< may be null: the rig's own, unruled
  std::unique_ptr<Capture> air;
  std::unique_ptr<AccessPoint> access_point;
  std::unique_ptr<Station> station;
  /// Beside the one under test. What they report is in the harness's events `other_station`.
  std::vector<std::unique_ptr<Station>> other_stations;
  /// Sets the station's network interface up or down.
  std::function<Result<>(bool up)> set_station_interface;
  /// Whether the kernel lets the station's data pass: its port towards the access point is open.
  std::function<Result<bool>()> station_port_open;
  std::unique_ptr<Capture> station_netdev;
  std::unique_ptr<Capture> access_point_netdev;
  std::unique_ptr<DataPath> data_path;
  std::unique_ptr<Injector> injector;  ///< may be null: the rig has none
  /// Everything that is put back last (namespaces, interfaces).
  std::function<Task<>()> release;
};

/// What adapters need to know of the run they serve.
struct RunContext {
  const Plan& plan;
  const Secrets& secrets;
  EventSink emit;
  EvidenceWriter& evidence;
};

/// Brings up a rig's parts one by one, each when the runner asks, so that a part that fails leaves
/// the others to be torn down. Implemented where concrete adapters are named.
class RigFactory {
 public:
  virtual ~RigFactory() = default;
  virtual Task<> bring_up(const RunContext& context, Rig& rig) = 0;
};

}  // namespace postassoc
