#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "adapters/certificates/certificates.h"
#include "harness/run/namespace.h"
#include "harness/run/ports.h"

namespace postassoc {

class HostapDaemon;

/// wpa_supplicant on one interface. The evidence gets its configuration (no network in it) and log;
/// the network is made through the control socket, so the key is in no file. Its control events are
/// on the timeline (witness supplicant, side station). At its end: host event process_exited {name
/// "wpa_supplicant", code, expected}.
class SupplicantStation final : public Station {
 public:
  struct Options {
    std::string interface;
    MacAddress address;  ///< of the interface
    MacAddress bssid;    ///< the BSS it may associate with, until it is told to roam
    NetworkNamespace network_namespace;
    /// Where it may keep what is private: a folder "wpa_supplicant" is made in it, and removed by
    /// stop(). Short: the paths of sockets have 107 characters at most.
    std::filesystem::path work_dir;
    CertificateFiles certificates;        ///< of the client, for a network with EAP
    std::string name = "wpa_supplicant";  ///< of its folder and of its files in the evidence
    std::string program = "wpa_supplicant";
    std::vector<std::filesystem::path> preload = {};  ///< libraries loaded into it first
    std::chrono::nanoseconds limit = std::chrono::seconds(10);
  };
  /// Starts wpa_supplicant and gives it the plan's network; nothing is scanned for yet.
  static Task<std::unique_ptr<SupplicantStation>> start(const RunContext& context, Options options);
  ~SupplicantStation() override;

  MacAddress address() const override { return options_.address; }
  std::string interface() const override { return options_.interface; }
  /// Selects the network; leaves and joins again when there is a connection. May be called again
  /// after disassociate(), or after a failed attempt.
  Task<> associate() override;
  Task<> roam(MacAddress to, bool over_ds) override;
  /// DISCONNECT; waits until the supplicant says that it is not associated.
  Task<> disassociate() override;
  Task<> stop() override;

 private:
  explicit SupplicantStation(Options options);
  std::filesystem::path directory() const { return options_.work_dir / options_.name; }
  Result<> write_files(const RunContext& context);
  Task<> make_network(const RunContext& context);
  /// A field of the answer to STATUS, or "".
  Task<std::string> status(std::string key);

  Options options_;
  std::unique_ptr<HostapDaemon> daemon_;
  std::string network_;  ///< its id in the supplicant
};

}  // namespace postassoc
