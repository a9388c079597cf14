#include "adapters/wpa_supplicant/supplicant_station.h"

#include <algorithm>

#include "adapters/wpa_ctrl/hostap_daemon.h"
#include "adapters/wpa_ctrl/status.h"
#include "adapters/wpa_supplicant/supplicant_network.h"
#include "harness/evidence.h"

namespace postassoc {
namespace {

constexpr std::chrono::milliseconds kStateInterval{2};
constexpr std::chrono::seconds kDisconnectLimit{5};

}  // namespace

SupplicantStation::SupplicantStation(Options options) : options_(std::move(options)) {}

SupplicantStation::~SupplicantStation() {
  daemon_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(directory(), ignored);
}

Result<> SupplicantStation::write_files(const RunContext& context) {
  if (auto made = make_private_directory(directory()); !made) {
    return made.error();
  }
  const std::string conf =
      supplicant_conf(context.plan.scenario.access_point, directory() / "ctrl");
  auto written = write_private_file(directory() / "wpa_supplicant.conf", conf);
  if (!written) {
    return written.error();
  }
  return context.evidence.append(options_.name + ".conf", as_bytes(conf));
}

Task<std::unique_ptr<SupplicantStation>> SupplicantStation::start(const RunContext& context,
                                                                  Options options) {
  std::unique_ptr<SupplicantStation> station(new SupplicantStation(std::move(options)));
  if (auto written = station->write_files(context); !written) {
    co_return written.error();
  }
  const auto directory = station->directory();
  HostapDaemon::Options daemon;
  daemon.name = "wpa_supplicant";
  daemon.package = "wpasupplicant";
  daemon.argv = {
      station->options_.program,          "-t", "-Dnl80211",
      "-i" + station->options_.interface, "-c", (directory / "wpa_supplicant.conf").string()};
  daemon.preload = station->options_.preload;
  daemon.network_namespace = station->options_.network_namespace;
  daemon.directory = directory;
  daemon.control_path = directory / "ctrl" / station->options_.interface;
  daemon.log = station->options_.name + ".log";
  daemon.witness = Witness::supplicant;
  daemon.side = Side::station;
  daemon.start_limit = station->options_.limit;
  auto started = co_await HostapDaemon::start(context, std::move(daemon));
  if (!started) {
    co_return started.error();
  }
  station->daemon_ = std::move(*started);
  auto made = co_await station->make_network(context);
  if (!made) {
    auto stopped = co_await station->stop();
    co_return stopped ? made.error() : stopped.error();
  }
  co_return std::move(station);
}

Task<> SupplicantStation::make_network(const RunContext& context) {
  const auto variables = network_variables(context.plan.scenario, options_.bssid, context.secrets,
                                           options_.certificates);
  if (!variables) {
    co_return variables.error();
  }
  auto id = co_await daemon_->request("ADD_NETWORK");
  if (!id) {
    co_return id.error();
  }
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (id->empty() || id->size() > 9 || !std::all_of(id->begin(), id->end(), digit)) {
    co_return Error{Fault::lab, "ADD_NETWORK was answered with \"" + printable(*id, 100) + "\"",
                    options_.interface};
  }
  network_ = *id;
  for (const std::string& variable : *variables) {
    auto set = co_await daemon_->command("SET_NETWORK " + network_ + " " + variable);
    if (!set) {
      const auto name = variable.substr(0, variable.find(' '));
      co_return Error{set.error().fault, "network variable " + name + ": " + set.error().what,
                      options_.interface};
    }
  }
  co_return Result<>{};
}

Task<std::string> SupplicantStation::status(std::string key) {
  auto answer = co_await daemon_->request("STATUS");
  if (!answer) {
    co_return answer.error();
  }
  co_return status_field(parse_status(*answer), key);
}

Task<> SupplicantStation::associate() {
  auto before = co_await status("wpa_state");
  if (!before) {
    co_return before.error();
  }
  // SELECT_NETWORK also lifts the pause that the supplicant makes after a wrong key, but does
  // nothing when it is already connected with this network.
  const bool connected = *before == "COMPLETED" || *before == "ASSOCIATED" ||
                         *before == "4WAY_HANDSHAKE" || *before == "GROUP_HANDSHAKE";
  // Not inside the co_await: g++ 12 destroys the temporaries of a ?: there twice.
  std::string command = connected ? "REASSOCIATE" : "SELECT_NETWORK " + network_;
  co_return co_await daemon_->command(std::move(command));
}

Task<> SupplicantStation::roam(MacAddress to, bool over_ds) {
  // The network is bound to one BSS at a time, so that the supplicant goes where it is told only.
  auto bound = co_await daemon_->command("SET_NETWORK " + network_ + " bssid " + to_string(to));
  if (!bound) {
    co_return bound.error();
  }
  std::string command = (over_ds ? "FT_DS " : "ROAM ") + to_string(to);
  co_return co_await daemon_->command(std::move(command));
}

Task<> SupplicantStation::disassociate() {
  auto asked = co_await daemon_->command("DISCONNECT");
  if (!asked) {
    co_return asked.error();
  }
  const auto give_up = monotonic_now() + kDisconnectLimit;
  while (true) {
    auto now = co_await status("wpa_state");
    if (!now) {
      co_return now.error();
    }
    if (*now == "DISCONNECTED" || *now == "INACTIVE" || *now == "INTERFACE_DISABLED") {
      co_return Result<>{};
    }
    if (monotonic_now() >= give_up) {
      co_return Error{Fault::timeout,
                      "the supplicant did not leave the network within " +
                          to_ms_text(kDisconnectLimit) + " ms: its state is " + *now,
                      options_.interface};
    }
    if (auto slept = co_await sleep_for(kStateInterval); !slept) {
      co_return slept.error();
    }
  }
}

Task<> SupplicantStation::stop() {
  if (daemon_) {
    auto stopped = co_await daemon_->stop();
    if (!stopped) {
      co_return stopped.error();
    }
  }
  std::error_code ignored;
  std::filesystem::remove_all(directory(), ignored);
  co_return Result<>{};
}

}  // namespace postassoc
