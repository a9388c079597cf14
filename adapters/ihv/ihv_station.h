#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "harness/run/namespace.h"
#include "harness/run/ports.h"

namespace postassoc {

/// An IHV Extensions module as the station under test. The program postassoc-ihv-host plays the
/// operating system towards it; this class has the radio (through nl80211, as a supplicant would)
/// and the order of things: load, InitAdapter; then for each associate() PerformPreAssociate, scan,
/// authenticate, associate, PerformPostAssociate; at a disconnection StopPostAssociate and
/// AdapterReset; at the end DeinitAdapter and DeinitService.
///
/// Events, all of Witness::ihv and Side::station:
///   what the host program records: see ihv_records.h and adapters/ihv/module_host
///   ihv_association_start {peer}; ihv_association {peer, status}, ihv_disassociation {peer,
///     status}: the miniport's indications, status a DOT11_ASSOC_STATUS
///   ihv_module_hang {command, limit_ms}: it did not return in time, and its process was killed
///   ihv_module_crash {signal} or {exit_code}; ihv_host_ended {}
/// Of Witness::host: ihv_radio_refused {what, text}: the kernel did not do what the module asked
/// for, or what the station needed. A module that is gone, or that refuses to begin, is no Error:
/// nothing comes of associate() then. The log of what it wrote is ihv_module.log.
class IhvStation final : public Station {
 public:
  struct Options {
    std::string interface;
    int interface_index = 0;
    MacAddress address;
    MacAddress bssid;  ///< the BSS to join, until it is told to roam
    NetworkNamespace network_namespace;
    std::filesystem::path program;  ///< postassoc-ihv-host
    std::filesystem::path module;
    /// Where libraries of the module are looked for before the usual places; empty: nowhere.
    std::filesystem::path libraries;
    std::chrono::milliseconds limit{5000};  ///< for a call of the module to return
  };
  /// Loads the module and gives it its adapter. An Error when the module is no module: it can't be
  /// loaded, lacks an export, has another version.
  static Task<std::unique_ptr<IhvStation>> start(const RunContext& context, Options options);
  ~IhvStation() override;

  MacAddress address() const override;
  std::string interface() const override;
  Task<> associate() override;
  Task<> disassociate() override;
  /// Reassociation without a new pre-association; over the distribution system it cannot.
  Task<> roam(MacAddress to, bool over_ds) override;
  Task<> call_module(step::ModuleCall call) override;
  Task<> stop() override;

 private:
  struct State;
  static Task<> load(State& state);
  explicit IhvStation(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

/// The program's own folder, where postassoc-ihv-host and the shipped modules are.
std::filesystem::path shipped_folder();
/// The file of a scenario's "module": of a bare word ihv/WORD.so in `shipped`. An Error when there
/// is none.
Result<std::filesystem::path> find_module(const std::string& module,
                                          const std::filesystem::path& shipped);

}  // namespace postassoc
