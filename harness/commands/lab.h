#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/network/create_namespace.h"
#include "adapters/nl80211/nl80211_events.h"
#include "adapters/nl80211/radio.h"
#include "harness/plan.h"
#include "harness/run/task.h"

namespace postassoc {

/// One end of the link: its radio, in a network namespace of its own.
struct End {
  NetworkNamespace where;
  std::optional<Radio> radio;
  bool moved = false;
  std::optional<MacAddress> own_address;  ///< to be put back
  std::optional<Nl80211Events> events;

  std::string data_interface;  ///< what the IP stack uses; empty: the radio's own

  const std::string& interface() const { return radio->interface.name; }
  const std::string& stack() const { return data_interface.empty() ? interface() : data_interface; }
};

/// What is taken from the machine for a run and given back after it.
struct Lab {
  End access_point;
  End station;
  std::vector<End> others;  ///< stations beside the one under test
  std::optional<WirelessInterface> made_monitor;
  std::string monitor;   ///< interface that is captured
  std::string injector;  ///< monitor interface that frames are sent from; empty: none
  std::filesystem::path work_directory;
};

/// Takes radios and monitor interfaces as plan and rig want them, one after another; the first that
/// can't be had is the Error (rig_unavailable, or invalid_input where the rig does not name it).
/// What was taken until then is in `lab`, for give_back.
Result<> take_lab(const Plan& plan, Lab& lab);

/// Undoes take_lab. Each part is tried, whatever became of the others; the first failure is told.
Task<> give_back(std::shared_ptr<Lab> lab);

}  // namespace postassoc
