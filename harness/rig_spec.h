#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "harness/frames/mac_address.h"
#include "harness/result.h"

namespace postassoc {

/// How a radio is found. All given properties must hold; at least one is given.
struct RadioSpec {
  std::optional<std::string> interface;  ///< network interface name
  std::optional<std::string> phy;        ///< "phy0"
  std::optional<MacAddress> mac;         ///< permanent address
  std::optional<std::string> driver;     ///< "mt76x2u"
  std::optional<std::string> usb_path;   ///< "1-1.4"
};

/// What is run in a program's place or loaded into it: a build of one's own, or a fault.
struct ProgramSpec {
  std::optional<std::filesystem::path> path;   ///< of the executable, instead of the one in PATH
  std::vector<std::filesystem::path> preload;  ///< shared libraries, as in LD_PRELOAD
};

enum class RigKind { hardware, hwsim, virtual_machine };

/// A rig file: which radio plays which part, what the rig can do. Passive, and never a secret.
struct RigSpec {
  std::string id;
  RigKind kind = RigKind::virtual_machine;
  std::string notes;
  std::optional<RadioSpec> access_point;
  std::optional<RadioSpec> station;
  /// An interface that exists and is captured as it is (hwsim0), or a radio put into monitor mode.
  std::optional<RadioSpec> monitor;
  std::optional<RadioSpec> injector;
  std::vector<RadioSpec> other_stations;        ///< of stations beside the one under test
  std::map<std::string, ProgramSpec> programs;  ///< by name: see rig_words.h
  /// Words of `known_capabilities`. A virtual rig has them all unless its file says less.
  std::vector<std::string> capabilities;
  nlohmann::json document;
  std::string file;
};

/// "air_capture", "inject", "key_trace", "access_point_test_commands", "medium", "other_stations":
/// what scenarios may require.
const std::vector<std::string>& known_capabilities();

Result<RigSpec> parse_rig(const nlohmann::json& document, const std::string& file);
/// Relative paths of programs are taken from the file's folder.
Result<RigSpec> load_rig(const std::filesystem::path& file);
/// The default rig, when none is named.
RigSpec virtual_rig_spec();
/// The radios inside the virtual rig's guest (and of any host after
/// `modprobe mac80211_hwsim radios=5`): phy0 access point, phy1 station, hwsim0 monitor, phy2
/// injector, phy3 and phy4 other stations.
RigSpec hwsim_rig_spec();

}  // namespace postassoc
