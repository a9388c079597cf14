#include "adapters/fake/fake_rig.h"

#include <boost/asio/any_io_executor.hpp>
#include <utility>

namespace postassoc::fake {
namespace {

using nlohmann::json;

constexpr MacAddress kBssid{{0x02, 0, 0, 0, 0, 0}};
constexpr MacAddress kSecondBssid{{0x42, 0, 0, 0, 0, 0}};
constexpr MacAddress kStation{{0x02, 0, 0, 0, 1, 0}};

/// Events that come one after another, a delay apart, until all are told or the owner is gone.
class Script {
 public:
  Script(const asio::any_io_executor& executor, EventSink emit, std::chrono::milliseconds delay)
      : timer_(executor), emit_(std::move(emit)), delay_(delay) {}

  void play(std::vector<Event> events) {
    events_ = std::move(events);
    next_ = 0;
    schedule();
  }

 private:
  void schedule() {
    if (next_ >= events_.size()) {
      return;
    }
    timer_.expires_after(delay_);
    timer_.async_wait([this](const boost::system::error_code& error) {
      if (error) {
        return;
      }
      Event event = events_[next_++];
      event.time = monotonic_now();
      emit_(std::move(event));
      schedule();
    });
  }

  asio::steady_timer timer_;
  EventSink emit_;
  std::chrono::milliseconds delay_;
  std::vector<Event> events_;
  std::size_t next_ = 0;
};

Event event(Witness witness, Side side, std::string name, json detail = json::object()) {
  return {{}, {}, witness, side, std::move(name), std::move(detail)};
}

std::vector<Event> association_events(Behaviour::Association association) {
  const std::string station = to_string(kStation);
  std::vector<Event> events = {event(Witness::kernel, Side::station, "NL80211_CMD_ASSOCIATE",
                                     {{"interface", "wlan1"}, {"status", 0}})};
  switch (association) {
    case Behaviour::Association::connects:
      events.push_back(event(Witness::kernel, Side::station, "rdev_add_key",
                             {{"key_index", 0}, {"pairwise", true}, {"interface", "wlan1"}}));
      events.push_back(event(Witness::kernel, Side::station, "drv_sta_state",
                             {{"old_state", 3}, {"new_state", 4}, {"interface", "wlan1"}}));
      events.push_back(event(Witness::supplicant, Side::station, "CTRL-EVENT-CONNECTED"));
      return events;
    case Behaviour::Association::wrong_key:
      events.push_back(event(Witness::access_point, Side::access_point,
                             "AP-STA-POSSIBLE-PSK-MISMATCH", {{"mac", station}}));
      events.push_back(
          event(Witness::supplicant, Side::station, "CTRL-EVENT-DISCONNECTED", {{"reason", 15}}));
      return events;
    case Behaviour::Association::silent:
      return {};
    case Behaviour::Association::hostapd_dies:
      events.push_back(event(Witness::host, Side::access_point, "process_exited",
                             {{"name", "hostapd"}, {"code", 139}}));
      return events;
    case Behaviour::Association::monitor_gone:
      events.push_back(
          event(Witness::host, Side::none, "interface_gone", {{"interface", "hwsim0"}}));
      return events;
  }
  return events;
}

class FakeStation final : public Station {
 public:
  FakeStation(const asio::any_io_executor& executor, EventSink emit, const Behaviour& behaviour,
              Journal& journal)
      : script_(executor, std::move(emit), behaviour.delay),
        behaviour_(behaviour),
        journal_(journal) {}

  MacAddress address() const override { return kStation; }
  std::string interface() const override { return "wlan1"; }
  Task<> associate() override {
    script_.play(association_events(behaviour_.association));
    co_return Result<>{};
  }
  Task<> disassociate() override {
    script_.play(
        {event(Witness::supplicant, Side::station, "CTRL-EVENT-DISCONNECTED", {{"reason", 3}})});
    co_return Result<>{};
  }
  Task<> roam(MacAddress to, bool over_ds) override {
    journal_.roamed.emplace_back(to, over_ds);
    script_.play({event(Witness::supplicant, Side::station, "CTRL-EVENT-CONNECTED")});
    co_return Result<>{};
  }
  Task<> stop() override {
    ++journal_.stopped_parts;
    co_return Result<>{};
  }

 private:
  Script script_;
  const Behaviour& behaviour_;
  Journal& journal_;
};

class FakeAccessPoint final : public AccessPoint {
 public:
  FakeAccessPoint(const Behaviour& behaviour, Journal& journal)
      : behaviour_(behaviour), journal_(journal) {}

  MacAddress bssid() const override { return kBssid; }
  std::optional<MacAddress> second_bssid() const override { return kSecondBssid; }
  std::string interface() const override { return "wlan0"; }
  Task<std::string> command(std::string text) override {
    journal_.commands.push_back(std::move(text));
    co_return behaviour_.command_answer;
  }
  Task<> stop() override {
    ++journal_.stopped_parts;
    co_return Result<>{};
  }

 private:
  const Behaviour& behaviour_;
  Journal& journal_;
};

class FakeCapture final : public Capture {
 public:
  FakeCapture(bool beacons, Journal& journal) : beacons_(beacons), journal_(journal) {}

  Task<> await_beacon(MacAddress, std::chrono::nanoseconds limit) override {
    if (!beacons_) {
      co_return Error{Fault::timeout, "no beacon of the access point in the capture", "hwsim0"};
    }
    co_return co_await sleep_for(std::min(limit, std::chrono::nanoseconds(1000000)));
  }
  CaptureStats stats() const override { return {100, 0, 0}; }
  Task<> stop() override {
    ++journal_.stopped_parts;
    co_return Result<>{};
  }

 private:
  bool beacons_;
  Journal& journal_;
};

class FakeKeyTrace final : public KeyTrace {
 public:
  explicit FakeKeyTrace(Journal& journal) : journal_(journal) {}
  Task<> stop() override {
    ++journal_.stopped_parts;
    co_return Result<>{};
  }

 private:
  Journal& journal_;
};

class FakeMedium final : public Medium {
 public:
  FakeMedium(const Behaviour& behaviour, Journal& journal)
      : behaviour_(behaviour), journal_(journal) {}
  void replace(std::vector<medium::Rule> rules) override {
    journal_.replaced_rules.push_back(rules.size());
  }
  void notice(const Event& event) override { journal_.noticed.push_back(event.name); }
  void learn(const Bytes& pmk) override { journal_.learned_pmks.push_back(pmk); }
  std::vector<std::pair<std::string, std::string>> unmatched() const override {
    return behaviour_.unmatched_rules;
  }
  Task<> stop() override {
    ++journal_.stopped_parts;
    co_return Result<>{};
  }

 private:
  const Behaviour& behaviour_;
  Journal& journal_;
};

class FakeInjector final : public Injector {
 public:
  explicit FakeInjector(Journal& journal) : journal_(journal) {}
  Task<> inject(ByteView frame, std::optional<double>) override {
    journal_.injected.emplace_back(frame.begin(), frame.end());
    co_return Result<>{};
  }

 private:
  Journal& journal_;
};

class FakeDataPath final : public DataPath {
 public:
  FakeDataPath(EventSink emit, const Behaviour& behaviour)
      : emit_(std::move(emit)),
        behaviour_(behaviour),
        link_reported_(behaviour.link_report.count() == 0) {}
  Task<> send(Side from, bool, std::string_view payload) override {
    if (behaviour_.datagrams_arrive && link_reported_) {
      const Side to = from == Side::station ? Side::access_point : Side::station;
      Event received = event(Witness::harness, to, "data_received", {{"tag", payload}});
      received.time = monotonic_now();
      emit_(std::move(received));
    }
    co_return Result<>{};
  }
  Task<> await_link(std::chrono::nanoseconds limit) override {
    const auto wait = std::min<std::chrono::nanoseconds>(limit, behaviour_.link_report);
    asio::steady_timer timer(co_await asio::this_coro::executor, wait);
    (void)co_await timer.async_wait(kNoThrow);
    link_reported_ = link_reported_ || wait == behaviour_.link_report;
    co_return Result<>{};
  }

 private:
  EventSink emit_;
  const Behaviour& behaviour_;
  bool link_reported_;
};

}  // namespace

Task<> FakeRigFactory::bring_up(const RunContext& context, Rig& rig) {
  const auto executor = co_await asio::this_coro::executor;
  rig.release = [this]() -> Task<> {
    journal_.released = true;
    co_return Result<>{};
  };
  rig.key_trace = std::make_unique<FakeKeyTrace>(journal_);
  rig.air = std::make_unique<FakeCapture>(behaviour_.beacons, journal_);
  rig.access_point = std::make_unique<FakeAccessPoint>(behaviour_, journal_);
  if (!behaviour_.bring_up_error.empty()) {
    co_return Error{Fault::rig_unavailable, behaviour_.bring_up_error, "wlan1"};
  }
  rig.station = std::make_unique<FakeStation>(executor, context.emit, behaviour_, journal_);
  rig.station_netdev = std::make_unique<FakeCapture>(true, journal_);
  rig.access_point_netdev = std::make_unique<FakeCapture>(true, journal_);
  rig.set_station_interface = [this](bool up) -> Result<> {
    journal_.interface_up.push_back(up);
    return {};
  };
  rig.station_port_open = [this]() -> Result<bool> {
    return ++journal_.port_asked > behaviour_.port_reports;
  };
  rig.data_path = std::make_unique<FakeDataPath>(context.emit, behaviour_);
  if (rules_medium(context.plan.scenario)) {
    rig.medium = std::make_unique<FakeMedium>(behaviour_, journal_);
  }
  rig.injector = std::make_unique<FakeInjector>(journal_);
  co_return Result<>{};
}

Result<> MemoryEvidence::append(std::string_view name, ByteView bytes) {
  if (bytes.size() > space_) {
    return Error{Fault::lab, "no space left on device", std::string(name)};
  }
  space_ -= bytes.size();
  files_[std::string(name)].append(as_text(bytes));
  return {};
}

}  // namespace postassoc::fake
