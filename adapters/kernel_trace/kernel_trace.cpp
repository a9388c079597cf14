#include "adapters/kernel_trace/kernel_trace.h"

#include <array>
#include <utility>
#include <vector>

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

/// An instance with its events enabled.
struct KernelTrace::Source {
  TracefsInstance instance;
  std::filesystem::path tracefs;
  std::vector<std::pair<std::string, nlohmann::json>> missing;  ///< host events: name, detail
  bool kept = false;  ///< goes back to prepared() after use

  void enable_events();
};

/// Shared with the timer's handler, which may still be queued when the trace is destroyed.
struct KernelTrace::State {
  State(asio::any_io_executor executor, EventSink sink, Options given, Source opened)
      : emit(std::move(sink)),
        options(std::move(given)),
        interpreter(options.sides),
        source(std::move(opened)),
        timer(executor),
        reported_lost(source->instance.lost()) {}

  EventSink emit;
  Options options;
  TraceInterpreter interpreter;
  std::optional<Source> source;
  asio::steady_timer timer;
  std::string pending;  ///< the beginning of a line
  std::uint64_t reported_lost;

  void take_line(std::string_view line);
  bool drain();
  void close();
  void release();
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
  const auto read = source->instance.read(pending);
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

void KernelTrace::Source::enable_events() {
  for (const std::string event : kEvents) {
    if (const auto done = instance.enable(event); !done) {
      missing.push_back(
          {"trace_event_unavailable", {{"event", event}, {"text", to_string(done.error())}}});
    }
  }
  if (const auto done = instance.enable_key_link(); !done) {
    missing.push_back({"key_link_unavailable", {{"text", to_string(done.error())}}});
  }
}

void KernelTrace::State::close() {
  timer.cancel();
  if (!source) {
    return;
  }
  source->instance.pause();
  drain();
  if (const auto lost = source->instance.lost(); lost > reported_lost) {
    emit(host_event("trace_lost", {{"count", lost - reported_lost}}));
  }
  release();
}

void KernelTrace::State::release() {
  if (source && source->kept && !prepared()) {
    source->instance.pause();
    prepared().emplace(std::move(*source));
  }
  source.reset();
}

std::optional<KernelTrace::Source>& KernelTrace::prepared() {
  static std::optional<Source> source;
  return source;
}

Result<KernelTrace::Source> KernelTrace::open(const std::filesystem::path& tracefs) {
  auto instance = TracefsInstance::create(tracefs);
  if (!instance) {
    return instance.error();
  }
  std::error_code ignored;
  if (!std::filesystem::exists(instance->path() / "events/cfg80211", ignored)) {
    return Error{Fault::rig_unavailable,
                 "the kernel has no WLAN tracepoints: cfg80211 isn't loaded, or was built without",
                 (tracefs / "events/cfg80211").string()};
  }
  Source source{std::move(*instance), tracefs, {}, false};
  source.enable_events();
  return source;
}

Result<> KernelTrace::prepare(const std::filesystem::path& tracefs) {
  auto source = open(tracefs);
  if (!source) {
    return source.error();
  }
  source->instance.pause();
  source->kept = true;
  prepared().emplace(std::move(*source));
  return {};
}

/// What was prepared, awake again; otherwise a new one.
Result<KernelTrace::Source> KernelTrace::take(const std::filesystem::path& tracefs) {
  if (prepared() && prepared()->tracefs == tracefs) {
    Source source = std::move(*prepared());
    prepared().reset();
    if (source.instance.restart()) {
      return source;
    }
  }
  return open(tracefs);
}

Result<std::unique_ptr<KernelTrace>> KernelTrace::start(asio::any_io_executor executor,
                                                        EventSink emit, Options options) {
  auto source = take(options.tracefs);
  if (!source) {
    return source.error();
  }
  auto state =
      std::make_shared<State>(executor, std::move(emit), std::move(options), std::move(*source));
  for (const auto& [name, detail] : state->source->missing) {
    state->emit(host_event(name, detail));
  }
  return std::unique_ptr<KernelTrace>(new KernelTrace(std::move(state)));
}

namespace {

/// Reads at intervals for as long as the state lives and has an instance.
template <class State>
void read_later(const std::shared_ptr<State>& state) {
  state->timer.expires_after(state->options.read_interval);
  state->timer.async_wait([weak = std::weak_ptr(state)](boost::system::error_code error) {
    const auto state = weak.lock();
    if (!error && state && state->source && state->drain()) {
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
  state_->release();  // nobody listens any more: without a word
}

Task<> KernelTrace::stop() {
  state_->close();
  co_return Result<>{};
}

}  // namespace postassoc
