#include "adapters/hostapd/hostapd_access_point.h"

#include <openssl/rand.h>

#include "adapters/hostapd/hostapd_conf.h"
#include "adapters/wpa_ctrl/hostap_daemon.h"
#include "adapters/wpa_ctrl/status.h"
#include "harness/evidence.h"

namespace postassoc {
namespace {

constexpr std::chrono::milliseconds kStatusInterval{5};
constexpr int kKeyHolderKeyLength = 32;  // octets

Event ready_event(const std::map<std::string, std::string>& status) {
  Event event;
  event.time = monotonic_now();
  event.uncertainty = ControlSocket::kUncertainty;
  event.witness = Witness::access_point;
  event.side = Side::access_point;
  event.name = "STATUS";
  event.detail = {{"state", status_field(status, "state")},
                  {"freq", status_field(status, "freq")},
                  {"channel", status_field(status, "channel")},
                  {"bssid", status_field(status, "bssid[0]")}};
  return event;
}

}  // namespace

HostapdAccessPoint::HostapdAccessPoint(Options options) : options_(std::move(options)) {}

HostapdAccessPoint::~HostapdAccessPoint() {
  daemon_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(directory(), ignored);
}

Result<> HostapdAccessPoint::write_files(const RunContext& context) {
  const AccessPointSpec& spec = context.plan.scenario.access_point;
  const HostapdFiles files{directory() / "ctrl", directory() / "psk", directory() / "eap_user",
                           options_.certificates};
  const auto parts = hostapd_conf(spec, options_.interface, files);
  if (!parts) {
    return parts.error();
  }
  Bytes key_holder_key(kKeyHolderKeyLength);
  if (RAND_bytes(reinterpret_cast<unsigned char*>(key_holder_key.data()), kKeyHolderKeyLength) !=
      1) {
    return Error{Fault::lab, "the system has no random numbers for a key", "OpenSSL"};
  }
  const std::string secret = hostapd_secret_lines(spec, context.secrets, key_holder_key);
  std::string conf;
  std::string shown;
  for (const std::string& part : *parts) {
    conf += part + secret;
    shown += part;
  }
  if (auto made = make_private_directory(directory()); !made) {
    return made.error();
  }
  if (auto written = write_private_file(directory() / "hostapd.conf", conf); !written) {
    return written.error();
  }
  if (has_psk(spec.security)) {
    auto written = write_private_file(files.psk, hostapd_psk_file(context.secrets.pmk));
    if (!written) {
      return written.error();
    }
  }
  if (uses_eap(spec.security)) {
    auto written =
        write_private_file(files.eap_user, hostapd_eap_users(spec.eap, context.secrets.passphrase));
    if (!written) {
      return written.error();
    }
  }
  return context.evidence.append(evidence_file::kHostapdConf, as_bytes(shown));
}

Task<std::unique_ptr<HostapdAccessPoint>> HostapdAccessPoint::start(const RunContext& context,
                                                                    Options options) {
  std::unique_ptr<HostapdAccessPoint> access_point(new HostapdAccessPoint(std::move(options)));
  if (auto written = access_point->write_files(context); !written) {
    co_return written.error();
  }
  const auto directory = access_point->directory();
  HostapDaemon::Options daemon;
  daemon.name = "hostapd";
  daemon.package = "hostapd";
  daemon.argv = {access_point->options_.program, "-t", (directory / "hostapd.conf").string()};
  daemon.preload = access_point->options_.preload;
  daemon.network_namespace = access_point->options_.network_namespace;
  daemon.directory = directory;
  daemon.control_path = directory / "ctrl" / access_point->options_.interface;
  daemon.log = evidence_file::kHostapdLog;
  daemon.witness = Witness::access_point;
  daemon.side = Side::access_point;
  daemon.start_limit = access_point->options_.limit;
  auto started = co_await HostapDaemon::start(context, std::move(daemon));
  if (!started) {
    co_return started.error();
  }
  access_point->daemon_ = std::move(*started);
  auto enabled = co_await access_point->await_enabled(context);
  if (!enabled) {
    auto stopped = co_await access_point->stop();
    co_return stopped ? enabled.error() : stopped.error();
  }
  co_return std::move(access_point);
}

Task<> HostapdAccessPoint::await_enabled(const RunContext& context) {
  const auto give_up = monotonic_now() + options_.limit;
  while (true) {
    auto answer = co_await daemon_->request("STATUS");
    if (!answer) {
      co_return answer.error();
    }
    const auto status = parse_status(*answer);
    const std::string state = status_field(status, "state");
    if (state == "ENABLED") {
      second_bssid_ = MacAddress::parse(status_field(status, "bssid[1]"));
      context.emit(ready_event(status));
      co_return Result<>{};
    }
    if (monotonic_now() >= give_up) {
      co_return Error{Fault::timeout,
                      "hostapd is not ready within " + to_ms_text(options_.limit) +
                          " ms: its state is " + (state.empty() ? "unknown" : state),
                      options_.interface};
    }
    if (auto slept = co_await sleep_for(kStatusInterval); !slept) {
      co_return slept.error();
    }
  }
}

Task<std::string> HostapdAccessPoint::command(std::string text) {
  co_return co_await daemon_->request(std::move(text));
}

Task<> HostapdAccessPoint::stop() {
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
