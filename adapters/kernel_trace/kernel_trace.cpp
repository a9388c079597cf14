#include "adapters/kernel_trace/kernel_trace.h"

#include <array>
#include <optional>

#include "adapters/kernel_trace/trace_parser.h"
#include "adapters/kernel_trace/tracefs.h"

namespace postassoc {
namespace {

constexpr std::array kEvents{"cfg80211/rdev_add_key",         "cfg80211/rdev_del_key",
                             "cfg80211/rdev_set_default_key", "cfg80211/rdev_change_station",
                             "cfg80211/rdev_tx_control_port", "cfg80211/cfg80211_rx_control_port",
                             "cfg80211/rdev_assoc",           "cfg80211/rdev_auth",
                             "cfg80211/rdev_deauth",          "cfg80211/rdev_disassoc",
                             "cfg80211/rdev_disconnect",      "cfg80211/cfg80211_send_rx_assoc",
                             "mac80211/drv_sta_state",        "mac80211/drv_set_key"};

Event host_event(std::string name, nlohmann::json detail) {
  Event event;
  event.time = monotonic_now();
  event.witness = Witness::host;
  event.name = std::move(name);
  event.detail = std::move(detail);
  return event;
}

}  // namespace

/// Shared with the timer's handler, which may still be queued when the trace is destroyed.
struct KernelTrace::State {
  State(asio::any_io_executor executor, EventSink sink, Options given, TracefsInstance opened)
      : emit(std::move(sink)),
        options(std::move(given)),
        interpreter(options.sides),
        instance(std::move(opened)),
        timer(executor) {}

  EventSink emit;
  Options options;
  TraceInterpreter interpreter;
  std::optional<TracefsInstance> instance;
  asio::steady_timer timer;
  std::string pending;  ///< the beginning of a line
  std::uint64_t reported_lost = 0;

  void take_line(std::string_view line);
  bool drain();
  void enable_events();
  void close();
};

void KernelTrace::State::take_line(std::string_view line) {
  if (auto parsed = parse_trace_line(line)) {
    emit(interpreter.interpret(std::move(*parsed)));
  } else if (const auto count = parse_lost_events(line)) {
    reported_lost += *count;
    emit(host_event("trace_lost", {{"count", *count}}));
  } else if (!line.empty()) {
    emit(host_event("trace_unreadable", {{"text", line}}));
  }
}

/// Takes in what is buffered; false when there will be nothing more.
bool KernelTrace::State::drain() {
  constexpr std::size_t kLongestLine = 65536;
  const auto read = instance->read(pending);
  std::size_t begin = 0;
  for (auto end = pending.find('\n'); end != pending.npos; end = pending.find('\n', begin)) {
    take_line(std::string_view(pending).substr(begin, end - begin));
    begin = end + 1;
  }
  pending.erase(0, begin);
  if (pending.size() > kLongestLine) {
    pending.clear();
  }
  if (!read) {
    emit(host_event("trace_failed", {{"text", to_string(read.error())}}));
  }
  return static_cast<bool>(read);
}

void KernelTrace::State::enable_events() {
  for (const std::string event : kEvents) {
    if (const auto done = instance->enable(event); !done) {
      emit(host_event("trace_event_unavailable",
                      {{"event", event}, {"text", to_string(done.error())}}));
    }
  }
  if (const auto done = instance->enable_key_link(); !done) {
    emit(host_event("key_link_unavailable", {{"text", to_string(done.error())}}));
  }
}

void KernelTrace::State::close() {
  timer.cancel();
  if (!instance) {
    return;
  }
  instance->pause();
  drain();
  if (const auto lost = instance->lost(); lost > reported_lost) {
    emit(host_event("trace_lost", {{"count", lost - reported_lost}}));
  }
  instance.reset();
}

Result<std::unique_ptr<KernelTrace>> KernelTrace::start(asio::any_io_executor executor,
                                                        EventSink emit, Options options) {
  std::error_code ignored;
  auto instance = TracefsInstance::create(options.tracefs);
  if (!instance) {
    return instance.error();
  }
  if (!std::filesystem::exists(instance->path() / "events/cfg80211", ignored)) {
    return Error{Fault::rig_unavailable,
                 "the kernel has no WLAN tracepoints: cfg80211 isn't loaded, or was built without",
                 (options.tracefs / "events/cfg80211").string()};
  }
  auto state =
      std::make_shared<State>(executor, std::move(emit), std::move(options), std::move(*instance));
  state->enable_events();
  return std::unique_ptr<KernelTrace>(new KernelTrace(std::move(state)));
}

namespace {

/// Reads at intervals for as long as the state lives and has an instance.
template <class State>
void read_later(const std::shared_ptr<State>& state) {
  state->timer.expires_after(state->options.read_interval);
  state->timer.async_wait([weak = std::weak_ptr(state)](boost::system::error_code error) {
    const auto state = weak.lock();
    if (!error && state && state->instance && state->drain()) {
      read_later(state);
    }
  });
}

}  // namespace

KernelTrace::KernelTrace(std::shared_ptr<State> state) : state_(std::move(state)) {
  read_later(state_);
}

KernelTrace::~KernelTrace() {
  state_->timer.cancel();
  state_->instance.reset();  // nobody listens any more: remove it without a word
}

Task<> KernelTrace::stop() {
  state_->close();
  co_return Result<>{};
}

}  // namespace postassoc
