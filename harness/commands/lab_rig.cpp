#include "harness/commands/lab_rig.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <initializer_list>
#include <utility>

#include "adapters/certificates/certificates.h"
#include "adapters/hostapd/hostapd_access_point.h"
#include "adapters/hostapd/hostapd_conf.h"
#include "adapters/ihv/ihv_station.h"
#include "adapters/inject/monitor_injector.h"
#include "adapters/kernel_trace/kernel_trace.h"
#include "adapters/medium/eapol_relay.h"
#include "adapters/medium/hwsim_medium.h"
#include "adapters/network/interface.h"
#include "adapters/network/udp_data_path.h"
#include "adapters/pcap/pcap_capture.h"
#include "adapters/wpa_supplicant/supplicant_station.h"
#include "harness/commands/lab.h"
#include "harness/commands/module_files.h"
#include "harness/evidence.h"
#include "harness/medium_means.h"

namespace postassoc {
namespace {

namespace fs = std::filesystem;

/// Room for 1024 Ethernet frames.
constexpr int kNetdevBuffer = 2 * 1024 * 1024;

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

MediumEngine medium_engine(const RunContext& context) {
  std::vector<Bytes> pmks = {context.secrets.pmk, context.secrets.station_pmk};
  std::erase_if(pmks, [](const Bytes& pmk) { return pmk.empty(); });
  return {context.plan.scenario.medium.value_or(MediumSpec{}), std::move(pmks)};
}

/// Before anything else: the radios have to be here, and what they do from then on is seen.
Result<> take_medium(asio::any_io_executor executor, const RunContext& context, Rig& rig) {
  if (!rules_medium(context.plan.scenario) ||
      relays_eapol(context.plan.scenario, context.plan.rig)) {
    return {};
  }
  auto medium = HwsimMedium::start(executor, medium_engine(context), context.emit);
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

Task<std::unique_ptr<AccessPoint>> start_access_point(const RunContext& context, const Lab& lab,
                                                      const CertificateFiles& certificates) {
  HostapdAccessPoint::Options options;
  options.interface = lab.access_point.interface();
  options.bssid = lab.access_point.radio->interface.mac;
  options.network_namespace = lab.access_point.where;
  options.work_dir = lab.work_directory;
  options.certificates = certificates;
  use_program(context.plan.rig, options);
  auto access_point = co_await HostapdAccessPoint::start(context, std::move(options));
  if (!access_point) {
    co_return access_point.error();
  }
  co_return std::unique_ptr<AccessPoint>(std::move(*access_point));
}

/// Before the first station comes.
Task<> start_eapol_relay(const RunContext& context, const Lab& lab, Rig& rig) {
  if (!relays_eapol(context.plan.scenario, context.plan.rig)) {
    co_return Result<>{};
  }
  MediumEngine engine = medium_engine(context);
  EapolRelay::Options options{lab.access_point.interface(), lab.access_point.where};
  auto relay = co_await EapolRelay::start(std::move(engine), *rig.access_point, std::move(options),
                                          context.emit);
  if (!relay) {
    co_return relay.error();
  }
  rig.medium = std::move(*relay);
  co_return Result<>{};
}

SupplicantStation::Options supplicant_options(const Lab& lab, const End& end,
                                              const CertificateFiles& certificates,
                                              const AccessPoint& access_point) {
  SupplicantStation::Options options;
  options.interface = end.interface();
  options.address = end.radio->interface.mac;
  options.bssid = access_point.bssid();
  options.network_namespace = end.where;
  options.work_dir = lab.work_directory;
  options.certificates = certificates;
  return options;
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
Task<std::unique_ptr<Station>> start_tested(const RunContext& context, const Lab& lab,
                                            const CertificateFiles& certificates,
                                            const AccessPoint& access_point) {
  if (!context.plan.scenario.station.module.empty()) {
    co_return co_await start_module(context, lab.station, access_point.bssid());
  }
  auto options = supplicant_options(lab, lab.station, certificates, access_point);
  use_program(context.plan.rig, options);
  auto station = co_await SupplicantStation::start(context, std::move(options));
  if (!station) {
    co_return station.error();
  }
  co_return std::move(*station);
}

Task<> start_station(const RunContext& context, const std::shared_ptr<Lab>& lab,
                     const CertificateFiles& certificates, Rig& rig) {
  auto station = co_await start_tested(context, *lab, certificates, *rig.access_point);
  if (!station) {
    co_return station.error();
  }
  rig.station = std::move(*station);
  rig.set_station_interface = [lab](bool up) {
    const End& end = lab->station;
    return up ? set_up(end.where, end.interface()) : set_down(end.where, end.interface());
  };
  rig.station_port_open = [lab] {
    return port_is_open(lab->station.radio->interface, lab->station.where);
  };
  co_return Result<>{};
}

/// Stations with the network's right credential, whatever the one under test has.
Task<> start_others(const RunContext& context, const Lab& lab, const CertificateFiles& certificates,
                    Rig& rig) {
  Secrets secrets = context.secrets;
  secrets.station_passphrase = secrets.passphrase;
  secrets.station_pmk = secrets.pmk;
  for (std::size_t i = 0; i < lab.others.size(); ++i) {
    auto options = supplicant_options(lab, lab.others[i], certificates, *rig.access_point);
    options.name = fmt::format("wpa_supplicant-{}", i + 1);
    const RunContext own{context.plan, secrets, told_by_other(context.emit, i, options.address),
                         context.evidence};
    auto station = co_await SupplicantStation::start(own, std::move(options));
    if (!station) {
      co_return station.error();
    }
    rig.other_stations.push_back(std::move(*station));
  }
  co_return Result<>{};
}

/// hostapd and the stations, in the order in which they need each other.
Task<> start_network(const RunContext& context, const std::shared_ptr<Lab>& lab, Rig& rig) {
  const auto certificates = certificates_for(context.plan.scenario, lab->work_directory);
  if (!certificates) {
    co_return certificates.error();
  }
  auto access_point = co_await start_access_point(context, *lab, *certificates);
  if (!access_point) {
    co_return access_point.error();
  }
  rig.access_point = std::move(*access_point);
  if (auto relay = co_await start_eapol_relay(context, *lab, rig); !relay) {
    co_return relay.error();
  }
  if (auto station = co_await start_station(context, lab, *certificates, rig); !station) {
    co_return station.error();
  }
  co_return co_await start_others(context, *lab, *certificates, rig);
}

Result<> start_air_capture(asio::any_io_executor executor, const RunContext& context,
                           const Lab& lab, Rig& rig) {
  PcapCapture::Options options;
  options.interface = lab.monitor;
  options.file = evidence_file::kAir;
  auto air = start_capture(executor, context, std::move(options));
  if (!air) {
    return air.error();
  }
  rig.air = std::move(*air);
  return {};
}

Result<> start_data_path(asio::any_io_executor executor, const RunContext& context, Lab& lab,
                         Rig& rig) {
  if (context.plan.scenario.access_point.second_bss) {
    lab.access_point.data_interface = kBridge;
    if (auto up = set_up(lab.access_point.where, kBridge); !up) {
      return up.error();
    }
  }
  auto data_path = UdpDataPath::create(executor, context.emit,
                                       {lab.access_point.where, lab.access_point.stack()},
                                       {lab.station.where, lab.station.stack()});
  if (!data_path) {
    return data_path.error();
  }
  rig.data_path = std::move(*data_path);
  return start_netdev_captures(executor, context, lab, rig);
}

Result<> open_injector(asio::any_io_executor executor, const Lab& lab, Rig& rig) {
  if (lab.injector.empty()) {
    return {};
  }
  auto injector =
      MonitorInjector::open(executor, {.interface = lab.injector, .network_namespace = {}});
  if (!injector) {
    return injector.error();
  }
  rig.injector = std::move(*injector);
  return {};
}

using Start = std::function<Result<>()>;

Result<> in_order(std::initializer_list<Start> starts) {
  for (const Start& start : starts) {
    if (const auto started = start(); !started) {
      return started.error();
    }
  }
  return {};
}

}  // namespace

Task<> LabRigFactory::bring_up(const RunContext& context, Rig& rig) {
  const auto executor = co_await asio::this_coro::executor;
  const auto lab = std::make_shared<Lab>();
  rig.release = [lab] { return give_back(lab); };
  const auto witnesses =
      in_order({[&] { return take_medium(executor, context, rig); },
                [&] { return take_lab(context.plan, *lab); },
                [&] { return start_key_trace(executor, context, *lab, rig); },
                [&] { return watch(executor, lab->station, Side::station, context.emit); },
                [&] { return start_air_capture(executor, context, *lab, rig); }});
  if (!witnesses) {
    co_return witnesses.error();
  }
  if (const auto network = co_await start_network(context, lab, rig); !network) {
    co_return network.error();
  }
  co_return in_order({[&] { return start_data_path(executor, context, *lab, rig); },
                      [&] { return open_injector(executor, *lab, rig); }});
}

}  // namespace postassoc
