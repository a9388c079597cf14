#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "harness/air.h"
#include "harness/evidence_writer.h"
#include "harness/plan.h"
#include "harness/timeline.h"

namespace postassoc {

/// The names of the files of a scenario's evidence, in one place.
namespace evidence_file {
inline constexpr std::string_view kPlan = "plan.json";
inline constexpr std::string_view kTimeline = "timeline.jsonl";
inline constexpr std::string_view kAir = "air.pcap";
inline constexpr std::string_view kStationNetdev = "station.pcap";
inline constexpr std::string_view kAccessPointNetdev = "access_point.pcap";
inline constexpr std::string_view kHostapdConf = "hostapd.conf";
inline constexpr std::string_view kHostapdLog = "hostapd.log";
inline constexpr std::string_view kSupplicantConf = "wpa_supplicant.conf";
inline constexpr std::string_view kSupplicantLog = "wpa_supplicant.log";  ///< of others "-1.log"
inline constexpr std::string_view kEnvironment = "environment.json";
inline constexpr std::string_view kConsole = "guest-console.log";
inline constexpr std::string_view kSecrets = "secrets.json";  ///< mode 0600, never shared
inline constexpr std::string_view kFindings = "findings.json";
}  // namespace evidence_file

/// Everything a check may look at: the evidence of one scenario of a run, read back from disk.
struct Evidence {
  Plan plan;
  Timeline timeline;
  Air air;
  std::vector<NetdevFrame> station_netdev;  ///< received and sent by the station's stack
  std::vector<NetdevFrame> access_point_netdev;
  MacAddress bssid, station;
  std::optional<MacAddress> second_bssid;  ///< to which the station can roam
  std::vector<ClockSample> clock_samples;  ///< at least first and last of the run
  nlohmann::json environment = nlohmann::json::object();
  /// Passphrases and PMKs of this run as text, the latter in lower-case hexadecimal: to look
  /// whether anybody else wrote them down.
  std::vector<std::string> secrets;
  /// Made from a capture alone: the air is the only witness, and there was no scenario.
  bool capture_only = false;
  /// Why a part is missing: file name -> sentence. A check that needs the part is inconclusive.
  std::map<std::string, std::string> missing;

  /// Largest difference between capture stamps and the timeline's clock over the run.
  std::chrono::nanoseconds clock_uncertainty() const;
  /// The run's own end: true when the harness recorded `run_finished`.
  bool finished() const;
};

/// Every PMK that the network's handshakes may have had.
AirSecrets air_secrets(const Secrets& secrets);

/// Reads the evidence of one scenario. An Error only when there is no plan.json that can be read;
/// any other part that is absent or damaged is named in `missing`. The addresses and the clock
/// samples come from the timeline: the harness's events run_started and clock_sample (see
/// run/runner.h). Capture stamps are placed by the middle of the samples' offsets.
Result<Evidence> read_evidence(const std::filesystem::path& directory);

/// The folder of one scenario in a run directory: appends files live. The secrets file gets mode
/// 0600 and is replaced, not appended to: it is one document, which grows while PMKs become known.
/// Failing to write (no space) is an Error that says how much was needed and where.
class EvidenceDirectory final : public EvidenceWriter {
 public:
  static Result<EvidenceDirectory> create(const std::filesystem::path& directory);
  EvidenceDirectory(EvidenceDirectory&&) noexcept;
  EvidenceDirectory& operator=(EvidenceDirectory&&) noexcept;
  ~EvidenceDirectory() override;
  Result<> append(std::string_view name, ByteView bytes) override;
  const std::filesystem::path& path() const { return path_; }

 private:
  explicit EvidenceDirectory(std::filesystem::path path);
  std::filesystem::path path_;
  std::map<std::string, int, std::less<>> files_;
};

/// runs/<UTC time>-<4 hex digits>/, and `latest` beside it moved to the new one. The folders of
/// scenarios are made in it by EvidenceDirectory::create.
Result<std::filesystem::path> create_run_directory(const std::filesystem::path& runs);
/// The folders of scenarios in a run directory, in the order they were planned; or the directory
/// itself when it is one of a scenario.
Result<std::vector<std::filesystem::path>> scenario_directories(const std::filesystem::path& run);

}  // namespace postassoc
