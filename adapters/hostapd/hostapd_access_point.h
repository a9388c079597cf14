#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "adapters/certificates/certificates.h"
#include "harness/run/namespace.h"
#include "harness/run/ports.h"

namespace postassoc {

class HostapDaemon;

/// hostapd on one interface. The evidence gets its log and its configuration
/// without the SAE password; its control events are
/// on the timeline (witness and side access_point), and `STATUS` {state, freq, channel, bssid},
/// what it answered when it was first found ready: AP-ENABLED itself can come before anyone can
/// subscribe to it. At its end: host event process_exited {name "hostapd", code, expected}.
class HostapdAccessPoint final : public AccessPoint {
 public:
  struct Options {
    std::string interface;
    MacAddress bssid;  ///< of the interface
    NetworkNamespace network_namespace;
    /// Where it may keep what is private (key file, sockets): a folder "hostapd" is made in it, and
    /// removed by stop(). Short: the paths of sockets have 107 characters at most.
    std::filesystem::path work_dir;
    CertificateFiles certificates;  ///< of the server, for a network with EAP
    std::string program = "hostapd";
    std::vector<std::filesystem::path> preload = {};  ///< libraries loaded into it first
    std::chrono::nanoseconds limit = std::chrono::seconds(10);
  };
  /// Starts hostapd for the plan's network and waits until it is ready to send beacons. An Error
  /// has the last lines of its log.
  static Task<std::unique_ptr<HostapdAccessPoint>> start(const RunContext& context,
                                                         Options options);
  ~HostapdAccessPoint() override;

  MacAddress bssid() const override { return options_.bssid; }
  std::optional<MacAddress> second_bssid() const override { return second_bssid_; }
  std::string interface() const override { return options_.interface; }
  Task<std::string> command(std::string text) override;
  Task<> stop() override;

 private:
  explicit HostapdAccessPoint(Options options);
  std::filesystem::path directory() const { return options_.work_dir / "hostapd"; }
  Result<> write_files(const RunContext& context);
  Task<> await_enabled(const RunContext& context);

  Options options_;
  std::unique_ptr<HostapDaemon> daemon_;
  std::optional<MacAddress> second_bssid_;
};

}  // namespace postassoc
