#include "adapters/wpa_ctrl/hostap_daemon.h"

#include <deque>
#include <optional>

#include "adapters/process/process.h"

namespace postassoc {
namespace {

constexpr std::chrono::seconds kAnswerLimit{5};
constexpr std::chrono::seconds kTerminateLimit{3};
constexpr std::chrono::seconds kTermGrace{2};
constexpr std::size_t kLastLines = 6;
constexpr std::size_t kLongestQuotedLine = 200;

}  // namespace

struct HostapDaemon::State {
  State(const RunContext& context, Options with_options)
      : options(std::move(with_options)), emit(context.emit), evidence(context.evidence) {}

  Options options;
  EventSink emit;
  EvidenceWriter& evidence;
  std::unique_ptr<ControlSocket> control;
  std::deque<std::string> last_lines;
  std::optional<int> exit_code;
  bool exit_expected = false;
  bool abandoned = false;  ///< the owner is gone: whatever is borrowed may be, too
  bool log_failed = false;
  std::optional<Process> process;  ///< last: its callbacks use all of the above

  void take_line(std::string_view line) {
    if (abandoned) {
      return;
    }
    last_lines.push_back(printable(line, kLongestQuotedLine));
    if (last_lines.size() > kLastLines) {
      last_lines.pop_front();
    }
    auto written = evidence.append(options.log, as_bytes(std::string(line) + "\n"));
    if (!written && !log_failed) {
      log_failed = true;
      report(Witness::host, "evidence_write_failed",
             {{"file", options.log}, {"text", to_string(written.error())}});
    }
  }
  void report(Witness witness, std::string name, nlohmann::json detail) {
    if (!abandoned) {
      emit({monotonic_now(), {}, witness, options.side, std::move(name), std::move(detail)});
    }
  }
  void take_event(Timestamp time, ControlEvent event) {
    if (!abandoned) {
      emit({time, ControlSocket::kUncertainty, options.witness, options.side, std::move(event.name),
            std::move(event.detail)});
    }
  }
  void note_exit(int code) {
    if (exit_code || abandoned) {
      return;
    }
    exit_code = code;
    if (control) {
      control->take_buffered_events();
      control->close();
    }
    report(Witness::host, "process_exited",
           {{"name", options.name}, {"code", code}, {"expected", exit_expected}});
  }
  /// The line without the time that -t puts before it.
  static std::string without_time(const std::string& line) {
    const auto end = line.find_first_not_of("0123456789.");
    return end != std::string::npos && end > 0 && line.compare(end, 2, ": ") == 0
               ? line.substr(end + 2)
               : line;
  }
  Error ended() const {
    std::string what = options.name + " ended";
    if (exit_code) {
      what += " with code " + std::to_string(*exit_code);
    }
    what += last_lines.empty() ? ", without a word" : "; its last words";
    const char* separator = ": ";
    for (const auto& line : last_lines) {
      what += separator + without_time(line);
      separator = " | ";
    }
    return {Fault::lab, what, options.argv.front()};
  }

  /// Keeps the state alive until the process has ended.
  static Task<> watch(std::shared_ptr<State> self) {
    if (!self->process) {
      co_return Result<>{};  // killed before this task began
    }
    auto code = co_await self->process->wait();
    if (code) {
      self->note_exit(*code);
    }
    co_return Result<>{};
  }
  static Result<> execute(const std::shared_ptr<State>& self, asio::any_io_executor executor);
  static Task<> connect(std::shared_ptr<State> self);
  static Task<> terminate(std::shared_ptr<State> self);
};

Result<> HostapDaemon::State::execute(const std::shared_ptr<State>& self,
                                      asio::any_io_executor executor) {
  const Options& options = self->options;
  if (!find_program(options.argv.front())) {
    return Error{Fault::rig_unavailable,
                 "no such program; install it with `apt-get install " + options.package + "`",
                 options.argv.front()};
  }
  ProcessOptions process;
  process.argv = options.argv;
  if (const auto& preload = options.preload; !preload.empty()) {
    std::string libraries;
    for (const std::filesystem::path& library : preload) {
      libraries += library.string() + ":";
    }
    process.environment.push_back("LD_PRELOAD=" + libraries);
  }
  if (options.network_namespace.fd) {
    process.network_namespace = options.network_namespace.get();
  }
  process.on_line = [state = self.get()](std::string_view line) { state->take_line(line); };
  auto started = Process::start(executor, std::move(process));
  if (!started) {
    return started.error();
  }
  self->process.emplace(std::move(*started));
  asio::co_spawn(executor, watch(self), [](std::exception_ptr error, const Result<>&) {
    if (error) {
      std::rethrow_exception(error);
    }
  });
  return {};
}

Task<> HostapDaemon::State::connect(std::shared_ptr<State> self) {
  ControlSocket::Options options;
  options.path = self->options.control_path;
  options.own_directory = self->options.directory;
  options.limit = self->options.start_limit;
  options.alive = [state = self.get()] { return !state->exit_code; };
  auto control = co_await ControlSocket::open(std::move(options));
  if (!control) {
    co_return control.error();
  }
  self->control = std::move(*control);
  const auto take = [state = self.get()](Timestamp time, ControlEvent event) {
    state->take_event(time, std::move(event));
  };
  co_return co_await self->control->attach(take, kAnswerLimit);
}

Task<> HostapDaemon::State::terminate(std::shared_ptr<State> self) {
  self->exit_expected = true;
  if (self->control) {
    auto asked = co_await self->control->request("TERMINATE", kAnswerLimit);
    if (asked) {
      auto ended = co_await with_deadline(self->process->wait(), kTerminateLimit,
                                          self->options.name + " to end");
      if (ended) {
        self->note_exit(*ended);
      }
    }
  }
  if (!self->exit_code) {
    auto ended = co_await self->process->terminate(kTermGrace);
    if (!ended) {
      co_return ended.error();
    }
    self->note_exit(*ended);
  }
  co_return Result<>{};
}

HostapDaemon::HostapDaemon(std::shared_ptr<State> state) : state_(std::move(state)) {}

HostapDaemon::~HostapDaemon() {
  state_->abandoned = true;
  if (state_->control) {
    state_->control->close();
  }
  state_->process.reset();
}

Task<std::unique_ptr<HostapDaemon>> HostapDaemon::start(const RunContext& context,
                                                        Options options) {
  const auto state = std::make_shared<State>(context, std::move(options));
  if (auto executed = State::execute(state, co_await asio::this_coro::executor); !executed) {
    co_return executed.error();
  }
  std::unique_ptr<HostapDaemon> daemon(new HostapDaemon(state));
  auto connected = co_await State::connect(state);
  if (connected) {
    co_return std::move(daemon);
  }
  const bool died = state->exit_code.has_value();
  auto stopped = co_await daemon->stop();
  if (!died && !stopped) {
    co_return stopped.error();
  }
  co_return died ? state->ended() : connected.error();
}

Task<std::string> HostapDaemon::request(std::string command) {
  const auto state = state_;
  if (!state->control) {
    co_return state->ended();
  }
  auto answer = co_await state->control->request(std::move(command), kAnswerLimit);
  if (!answer) {
    co_return state->exit_code ? state->ended() : answer.error();
  }
  co_return answer;
}

Task<> HostapDaemon::command(std::string command) {
  const auto state = state_;
  if (!state->control) {
    co_return state->ended();
  }
  auto done = co_await state->control->command(std::move(command), kAnswerLimit);
  if (!done) {
    co_return state->exit_code ? state->ended() : done.error();
  }
  co_return done;
}

bool HostapDaemon::running() const {
  return !state_->exit_code;
}

Error HostapDaemon::explain(Error error) const {
  return state_->exit_code ? state_->ended() : error;
}

Task<> HostapDaemon::stop() {
  const auto state = state_;
  if (!state->exit_code) {
    auto ended = co_await State::terminate(state);
    if (!ended) {
      co_return ended.error();
    }
  }
  co_return Result<>{};
}

}  // namespace postassoc
