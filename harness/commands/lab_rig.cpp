#include "harness/commands/lab_rig.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <utility>

#include "adapters/certificates/certificates.h"
#include "adapters/hostapd/hostapd_access_point.h"
#include "adapters/hostapd/hostapd_conf.h"
#include "adapters/ihv/ihv_station.h"
#include "adapters/inject/monitor_injector.h"
#include "adapters/kernel_trace/kernel_trace.h"
#include "adapters/medium/hwsim_medium.h"
#include "adapters/network/create_namespace.h"
#include "adapters/network/interface.h"
#include "adapters/network/udp_data_path.h"
#include "adapters/nl80211/nl80211_events.h"
#include "adapters/nl80211/radio.h"
#include "adapters/pcap/pcap_capture.h"
#include "adapters/wpa_supplicant/supplicant_station.h"
#include "harness/channel.h"
#include "harness/commands/module_files.h"
#include "harness/evidence.h"

namespace postassoc {
namespace {

namespace fs = std::filesystem;

/// Room for 1024 Ethernet frames.
constexpr int kNetdevBuffer = 2 * 1024 * 1024;

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
  fs::path work_directory;
};

Result<fs::path> make_work_directory() {
  std::string pattern = (fs::temp_directory_path() / "postassoc-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) {
    return Error{Fault::lab, "can't make a folder for control sockets", pattern};
  }
  return fs::path(pattern);
}

Result<> take_radio(const std::optional<RadioSpec>& spec, std::string_view part, End& end) {
  if (!spec) {
    return Error{Fault::invalid_input, fmt::format("the rig names no radio for the {}", part), {}};
  }
  auto radio = find_radio(*spec);
  if (!radio) {
    return radio.error();
  }
  end.radio = std::move(*radio);
  auto where = create_namespace(std::string(part));
  if (!where) {
    return where.error();
  }
  end.where = std::move(*where);
  const auto moved = set_wiphy_namespace(end.radio->wiphy, {}, end.where);
  if (!moved) {
    return moved.error();
  }
  end.moved = true;
  const auto index = interface_index(end.where, end.interface());
  if (!index) {
    return index.error();
  }
  end.radio->interface.index = *index;
  return {};
}

Result<> take_address(const std::optional<MacAddress>& address, End& end) {
  if (!address) {
    return {};
  }
  if (auto down = set_down(end.where, end.interface()); !down) {
    return down.error();
  }
  if (auto set = set_mac(end.where, end.interface(), *address); !set) {
    return set.error();
  }
  end.own_address = end.radio->interface.mac;
  end.radio->interface.mac = *address;
  return {};
}

Result<> take_others(const Plan& plan, Lab& lab) {
  const auto wanted = static_cast<std::size_t>(plan.scenario.station.others);
  for (std::size_t i = 0; i < wanted; ++i) {
    lab.others.emplace_back();
    const auto& radios = plan.rig.other_stations;
    const auto radio = i < radios.size() ? std::optional(radios[i]) : std::nullopt;
    if (auto taken = take_radio(radio, "other station", lab.others.back()); !taken) {
      return taken.error();
    }
  }
  return {};
}

/// A monitor interface on a radio of its own, on the channel of the network.
Result<std::string> make_monitor(const RadioSpec& spec, int mhz, Lab& lab) {
  if (lab.made_monitor) {
    return lab.made_monitor->name;
  }
  const auto radio = find_radio(spec);
  if (!radio) {
    return radio.error();
  }
  for (const WirelessInterface& other : radio->wiphy.interfaces) {
    const auto down = set_down({}, other.name);
    if (!down) {
      return down.error();
    }
  }
  auto made = create_monitor(radio->wiphy, "pamon0");
  if (!made) {
    return made.error();
  }
  lab.made_monitor = *made;
  const auto up = set_up({}, made->name);
  if (!up) {
    return up.error();
  }
  const auto tuned = set_channel(*made, mhz);
  if (!tuned) {
    return tuned.error();
  }
  return made->name;
}

/// An interface that is there and is no radio's (hwsim0) is captured as it is; a radio gets a
/// monitor interface.
Result<> take_monitors(const Plan& plan, Lab& lab) {
  const RigSpec& rig = plan.rig;
  const auto frequency = frequency_mhz(plan.scenario.access_point.channel);
  if (!frequency) {
    return frequency.error();
  }
  if (!rig.monitor) {
    return Error{Fault::invalid_input, "the rig names no radio for the monitor", rig.file};
  }
  const auto& wanted = rig.monitor->interface;
  if (wanted && !find_radio(*rig.monitor)) {
    const auto up = set_up({}, *wanted);
    if (!up) {
      return Error{Fault::rig_unavailable, up.error().what, *wanted};
    }
    lab.monitor = *wanted;
  } else {
    auto made = make_monitor(*rig.monitor, *frequency, lab);
    if (!made) {
      return made.error();
    }
    lab.monitor = *made;
  }
  if (rig.injector) {
    auto made = make_monitor(*rig.injector, *frequency, lab);
    if (!made) {
      return made.error();
    }
    lab.injector = *made;
  }
  return {};
}

/// Each part is tried, whatever became of the others.
Task<> give_back(std::shared_ptr<Lab> lab) {
  Result<> first;
  const auto note = [&first](const Result<>& result) {
    if (!result && first) {
      first = result.error();
    }
  };
  std::vector<End*> ends = {&lab->access_point, &lab->station};
  for (End& other : lab->others) {
    ends.push_back(&other);
  }
  for (End* end : ends) {
    end->events.reset();
    if (end->own_address) {
      note(set_down(end->where, end->interface()));
      note(set_mac(end->where, end->interface(), *end->own_address));
    }
    if (end->moved) {
      note(set_wiphy_namespace(end->radio->wiphy, end->where, {}));
    }
  }
  if (lab->made_monitor) {
    note(delete_interface(*lab->made_monitor));
  }
  std::error_code ignored;
  fs::remove_all(lab->work_directory, ignored);
  co_return first;
}

Result<> watch(asio::any_io_executor executor, End& end, Side side, const EventSink& emit) {
  auto events = Nl80211Events::start(executor, end.where,
                                     {end.radio->interface.index, end.interface(), side}, emit);
  if (!events) {
    return events.error();
  }
  end.events.emplace(std::move(*events));
  return {};
}

Result<> start_key_trace(asio::any_io_executor executor, const RunContext& context, const Lab& lab,
                         Rig& rig) {
  const std::map<std::string, Side> sides = {
      {lab.access_point.interface(), Side::access_point},
      {kSecondInterface, Side::access_point},
      {lab.access_point.radio->wiphy.name, Side::access_point},
      {lab.station.interface(), Side::station},
      {lab.station.radio->wiphy.name, Side::station}};
  KernelTrace::Options options;
  options.sides = sides;
  auto trace = KernelTrace::start(executor, context.emit, std::move(options));
  if (trace) {
    rig.key_trace = std::move(*trace);
    return {};
  }
  const auto& required = context.plan.scenario.required_capabilities;
  if (std::find(required.begin(), required.end(), "key_trace") != required.end()) {
    return Error{Fault::rig_unavailable, trace.error().what, trace.error().where};
  }
  context.emit({monotonic_now(),
                {},
                Witness::host,
                Side::none,
                "key_trace_unavailable",
                {{"text", to_string(trace.error())}}});
  return {};
}

/// Before anything else: the radios have to be here, and what they do from then on is seen.
Result<> take_medium(asio::any_io_executor executor, const RunContext& context, Rig& rig) {
  const Scenario& scenario = context.plan.scenario;
  if (!rules_medium(scenario)) {
    return {};
  }
  std::vector<Bytes> pmks = {context.secrets.pmk, context.secrets.station_pmk};
  std::erase_if(pmks, [](const Bytes& pmk) { return pmk.empty(); });
  auto medium = HwsimMedium::start(
      executor, MediumEngine(scenario.medium.value_or(MediumSpec{}), std::move(pmks)),
      context.emit);
  if (!medium) {
    return medium.error();
  }
  rig.medium = std::move(*medium);
  return {};
}

Result<std::unique_ptr<Capture>> start_capture(asio::any_io_executor executor,
                                               const RunContext& context,
                                               PcapCapture::Options options) {
  auto capture = PcapCapture::start(executor, context, std::move(options));
  if (!capture) {
    return capture.error();
  }
  return std::unique_ptr<Capture>(std::move(*capture));
}

Result<> start_netdev_captures(asio::any_io_executor executor, const RunContext& context,
                               const Lab& lab, Rig& rig) {
  const auto start = [&](const End& end, Side side, std::string_view file,
                         std::unique_ptr<Capture>& into) -> Result<> {
    auto capture = start_capture(executor, context,
                                 {.interface = end.stack(),
                                  .network_namespace = end.where,
                                  .side = side,
                                  .file = std::string(file),
                                  .monitor = false,
                                  .buffer_bytes = kNetdevBuffer});
    if (!capture) {
      return capture.error();
    }
    into = std::move(*capture);
    return {};
  };
  auto first = start(lab.station, Side::station, evidence_file::kStationNetdev, rig.station_netdev);
  if (!first) {
    return first;
  }
  return start(lab.access_point, Side::access_point, evidence_file::kAccessPointNetdev,
               rig.access_point_netdev);
}

/// Gives `options` what the rig says of its program.
template <class Options>
void use_program(const RigSpec& rig, Options& options) {
  const auto program = rig.programs.find(options.program);
  if (program == rig.programs.end()) {
    return;
  }
  options.preload = program->second.preload;
  if (program->second.path) {
    options.program = program->second.path->string();
  }
}

/// What other stations' supplicants say is the harness's news, so that nothing takes it for what
/// the station under test does.
EventSink told_by_other(EventSink emit, std::size_t index, MacAddress station) {
  return [emit = std::move(emit), index, station](Event event) {
    if (event.witness == Witness::supplicant) {
      event.detail = {{"index", index},
                      {"station", to_string(station)},
                      {"event", event.name},
                      {"detail", std::move(event.detail)}};
      event.name = "other_station";
      event.witness = Witness::harness;
      event.side = Side::none;
    }
    emit(std::move(event));
  };
}

/// Stations with the network's right credential, whatever the one under test has.
Task<> start_others(const RunContext& context, const Lab& lab, const CertificateFiles& certificates,
                    Rig& rig) {
  Secrets secrets = context.secrets;
  secrets.station_passphrase = secrets.passphrase;
  secrets.station_pmk = secrets.pmk;
  for (std::size_t i = 0; i < lab.others.size(); ++i) {
    const End& end = lab.others[i];
    const MacAddress address = end.radio->interface.mac;
    const RunContext own{context.plan, secrets, told_by_other(context.emit, i, address),
                         context.evidence};
    SupplicantStation::Options supplicant;
    supplicant.name = fmt::format("wpa_supplicant-{}", i + 1);
    supplicant.interface = end.interface();
    supplicant.address = address;
    supplicant.bssid = rig.access_point->bssid();
    supplicant.network_namespace = end.where;
    supplicant.work_dir = lab.work_directory;
    supplicant.certificates = certificates;
    auto station = co_await SupplicantStation::start(own, std::move(supplicant));
    if (!station) {
      co_return station.error();
    }
    rig.other_stations.push_back(std::move(*station));
  }
  co_return Result<>{};
}

/// The scenario's module with its host.
Task<std::unique_ptr<Station>> start_module(const RunContext& context, const End& end,
                                            MacAddress bssid) {
  const auto module = find_module(context.plan.scenario.station.module, shipped_folder());
  if (!module) {
    co_return module.error();
  }
  IhvStation::Options options;
  options.interface = end.interface();
  options.interface_index = end.radio->interface.index;
  options.address = end.radio->interface.mac;
  options.bssid = bssid;
  options.network_namespace = end.where;
  options.program = module_host_program(context.plan.rig);
  options.module = *module;
  options.libraries = module->parent_path();
  auto station = co_await IhvStation::start(context, std::move(options));
  if (!station) {
    co_return station.error();
  }
  co_return std::move(*station);
}

/// The station under test: a module with its host where the scenario names one, else the
/// supplicant.
Task<std::unique_ptr<Station>> start_station(const RunContext& context, const Lab& lab,
                                             const CertificateFiles& certificates,
                                             const AccessPoint& access_point) {
  if (!context.plan.scenario.station.module.empty()) {
    co_return co_await start_module(context, lab.station, access_point.bssid());
  }
  SupplicantStation::Options supplicant;
  supplicant.interface = lab.station.interface();
  supplicant.address = lab.station.radio->interface.mac;
  supplicant.bssid = access_point.bssid();
  supplicant.network_namespace = lab.station.where;
  supplicant.work_dir = lab.work_directory;
  supplicant.certificates = certificates;
  use_program(context.plan.rig, supplicant);
  auto station = co_await SupplicantStation::start(context, std::move(supplicant));
  if (!station) {
    co_return station.error();
  }
  co_return std::move(*station);
}

/// Nothing for a network without EAP.
Result<CertificateFiles> certificates_for(const Scenario& scenario, const fs::path& folder) {
  if (!uses_eap(scenario.access_point.security)) {
    return CertificateFiles{};
  }
  const bool wrong = scenario.station.credential == Credential::wrong &&
                     scenario.access_point.eap == EapMethod::tls;
  return make_certificates(
      folder / "certificates",
      scenario.access_point.security == Security::suite_b_192 ? Curve::p384 : Curve::p256,
      wrong ? ClientSigner::stranger : ClientSigner::authority);
}

}  // namespace

Task<> LabRigFactory::bring_up(const RunContext& context, Rig& rig) {
  const auto executor = co_await asio::this_coro::executor;
  const auto lab = std::make_shared<Lab>();
  rig.release = [lab] { return give_back(lab); };
  auto work_directory = make_work_directory();
  if (!work_directory) {
    co_return work_directory.error();
  }
  lab->work_directory = *work_directory;

  for (const auto& step : std::initializer_list<std::function<Result<>()>>{
           [&] { return take_medium(executor, context, rig); },
           [&] {
             return take_radio(context.plan.rig.access_point, "access point", lab->access_point);
           },
           [&] { return take_radio(context.plan.rig.station, "station", lab->station); },
           [&] { return take_address(context.plan.scenario.station.address, lab->station); },
           [&] { return take_others(context.plan, *lab); },
           [&] { return start_key_trace(executor, context, *lab, rig); },
           [&] { return take_monitors(context.plan, *lab); },
           [&] { return watch(executor, lab->station, Side::station, context.emit); }}) {
    const auto done = step();
    if (!done) {
      co_return done.error();
    }
  }

  PcapCapture::Options air_options;
  air_options.interface = lab->monitor;
  air_options.file = evidence_file::kAir;
  auto air = start_capture(executor, context, std::move(air_options));
  if (!air) {
    co_return air.error();
  }
  rig.air = std::move(*air);

  auto certificates = certificates_for(context.plan.scenario, lab->work_directory);
  if (!certificates) {
    co_return certificates.error();
  }

  HostapdAccessPoint::Options hostapd;
  hostapd.interface = lab->access_point.interface();
  hostapd.bssid = lab->access_point.radio->interface.mac;
  hostapd.network_namespace = lab->access_point.where;
  hostapd.work_dir = lab->work_directory;
  hostapd.certificates = *certificates;
  use_program(context.plan.rig, hostapd);
  auto access_point = co_await HostapdAccessPoint::start(context, std::move(hostapd));
  if (!access_point) {
    co_return access_point.error();
  }
  rig.access_point = std::move(*access_point);

  auto station = co_await start_station(context, *lab, *certificates, *rig.access_point);
  if (!station) {
    co_return station.error();
  }
  rig.station = std::move(*station);

  rig.set_station_interface = [lab](bool up) {
    const End& end = lab->station;
    return up ? set_up(end.where, end.interface()) : set_down(end.where, end.interface());
  };
  auto others = co_await start_others(context, *lab, *certificates, rig);
  if (!others) {
    co_return others.error();
  }

  if (context.plan.scenario.access_point.second_bss) {
    lab->access_point.data_interface = kBridge;
    if (auto up = set_up(lab->access_point.where, kBridge); !up) {
      co_return up.error();
    }
  }
  auto data_path = UdpDataPath::create(executor, context.emit,
                                       {lab->access_point.where, lab->access_point.stack()},
                                       {lab->station.where, lab->station.stack()});
  if (!data_path) {
    co_return data_path.error();
  }
  rig.data_path = std::move(*data_path);
  const auto captures = start_netdev_captures(executor, context, *lab, rig);
  if (!captures) {
    co_return captures.error();
  }
  if (!lab->injector.empty()) {
    auto injector =
        MonitorInjector::open(executor, {.interface = lab->injector, .network_namespace = {}});
    if (!injector) {
      co_return injector.error();
    }
    rig.injector = std::move(*injector);
  }
  co_return Result<>{};
}

}  // namespace postassoc
