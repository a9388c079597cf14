#include "adapters/ihv/module_host_process.h"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <cstring>
#include <map>

#include "adapters/process/process.h"

namespace postassoc {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

/// What waits to be written when the process does not read.
constexpr std::size_t kMostUnwritten = std::size_t{4} * 1024 * 1024;

struct Waiting {
  explicit Waiting(asio::any_io_executor executor) : timer(executor) {}
  std::optional<ModuleHostProcess::Done> answer;
  asio::steady_timer timer;
};

}  // namespace

struct ModuleHostProcess::State : std::enable_shared_from_this<State> {
  State(asio::any_io_executor with, Handlers sinks)
      : executor(with), handlers(std::move(sinks)), input(with) {}

  asio::any_io_executor executor;
  Handlers handlers;
  asio::local::stream_protocol::socket input;
  std::string unwritten;  ///< behind what is being written
  std::string writing;
  std::uint64_t last_id = 0;
  std::map<std::uint64_t, Waiting*> waiting;
  bool ended = false;
  bool end_expected = false;
  bool abandoned = false;  ///< the owner is gone, and what the handlers borrow
  std::optional<Process> process;

  void take_line(std::string_view line);
  void take_answer(const json& line);
  void send(const json& line);
  void write();
  void note_end(int code);
  static Task<> watch(std::shared_ptr<State> self);
};

void ModuleHostProcess::State::take_line(std::string_view line) {
  if (abandoned) {
    return;
  }
  json message = json::parse(line, nullptr, false);
  if (!message.is_object()) {
    handlers.on_words(line);
  } else if (message.contains("record")) {
    handlers.on_record(std::move(message["record"]));
  } else if (message.contains("done")) {
    take_answer(message);
  } else if (message.contains("ask")) {
    const std::uint32_t error = handlers.on_ask(message);
    send({{"answer", message["ask"]}, {"error", error}});
  } else {
    handlers.on_message(message);
  }
}

void ModuleHostProcess::State::take_answer(const json& line) {
  if (!line["done"].is_number_unsigned()) {
    return;
  }
  const auto found = waiting.find(line["done"].get<std::uint64_t>());
  if (found != waiting.end()) {
    Done done;
    if (line.contains("error") && line["error"].is_number_unsigned()) {
      done.error = line["error"].get<std::uint32_t>();
    }
    if (line.contains("refused")) {
      done.refused = line["refused"].is_string() ? line["refused"].get<std::string>() : "";
    }
    found->second->answer = std::move(done);
    found->second->timer.cancel();
  }
}

void ModuleHostProcess::State::send(const json& line) {
  if (ended || unwritten.size() > kMostUnwritten) {
    return;  // who does not read so long does not answer either: the watchdog sees it
  }
  unwritten += line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  if (writing.empty()) {
    write();
  }
}

void ModuleHostProcess::State::write() {
  writing = std::exchange(unwritten, {});
  asio::async_write(input, asio::buffer(writing),
                    [self = shared_from_this()](boost::system::error_code error, std::size_t) {
                      self->writing.clear();
                      if (!error && !self->unwritten.empty()) {
                        self->write();
                      }
                    });
}

void ModuleHostProcess::State::note_end(int code) {
  if (ended) {
    return;
  }
  ended = true;
  boost::system::error_code ignored;
  input.close(ignored);
  for (const auto& [id, entry] : waiting) {
    entry->timer.cancel();
  }
  if (!abandoned) {
    handlers.on_end({code, end_expected});
  }
}

/// Keeps the state alive until the process has ended.
Task<> ModuleHostProcess::State::watch(std::shared_ptr<State> self) {
  if (!self->process) {
    co_return Result<>{};  // killed before this task began
  }
  auto code = co_await self->process->wait();
  if (code) {
    self->note_end(*code);
  }
  co_return Result<>{};
}

ModuleHostProcess::ModuleHostProcess(std::shared_ptr<State> state) : state_(std::move(state)) {}

ModuleHostProcess::~ModuleHostProcess() {
  state_->abandoned = true;
  boost::system::error_code ignored;
  state_->input.close(ignored);
  state_->process.reset();
}

bool ModuleHostProcess::running() const {
  return !state_->ended;
}

Result<std::unique_ptr<ModuleHostProcess>> ModuleHostProcess::start(
    asio::any_io_executor executor, std::vector<std::string> argv,
    std::vector<std::string> environment, Handlers handlers) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return Error{Fault::lab, std::string("no pipe to the module's host: ") + std::strerror(errno),
                 argv.front()};
  }
  auto state = std::make_shared<State>(executor, std::move(handlers));
  state->input.assign(asio::local::stream_protocol(), ends[0]);
  ProcessOptions options;
  options.argv = std::move(argv);
  options.environment = std::move(environment);
  options.standard_input = ends[1];
  options.on_line = [raw = state.get()](std::string_view line) { raw->take_line(line); };
  options.on_error_line = [raw = state.get()](std::string_view line) {
    if (!raw->abandoned) {
      raw->handlers.on_words(line);
    }
  };
  auto process = Process::start(executor, std::move(options));
  ::close(ends[1]);
  if (!process) {
    return process.error();
  }
  state->process.emplace(std::move(*process));
  asio::co_spawn(executor, State::watch(state), [](std::exception_ptr error, const Result<>&) {
    if (error) {
      std::rethrow_exception(error);
    }
  });
  return std::unique_ptr<ModuleHostProcess>(new ModuleHostProcess(std::move(state)));
}

Task<ModuleHostProcess::Done> ModuleHostProcess::command(json command, milliseconds limit) {
  const auto state = state_;
  const std::string name = command.value("do", "?");
  const std::uint64_t id = ++state->last_id;
  command["id"] = id;
  Waiting entry(state->executor);
  state->waiting.emplace(id, &entry);
  state->send(command);
  entry.timer.expires_after(limit);
  while (!entry.answer && !state->ended &&
         std::chrono::steady_clock::now() < entry.timer.expiry()) {
    const auto deadline = entry.timer.expiry();
    co_await entry.timer.async_wait(kNoThrow);
    if (!entry.answer && !state->ended && std::chrono::steady_clock::now() < deadline) {
      break;  // this task was cancelled
    }
  }
  state->waiting.erase(id);
  if (entry.answer) {
    co_return std::move(*entry.answer);
  }
  if (state->ended) {
    co_return Error{Fault::lab, "the module's host has ended", name};
  }
  if (std::chrono::steady_clock::now() < entry.timer.expiry()) {
    co_return Error{Fault::interrupted, "interrupted", name};
  }
  if (!state->abandoned) {
    state->end_expected = true;
    state->handlers.on_hang(name, limit);
    state->process->signal(SIGKILL);
  }
  co_return Error{Fault::timeout, "the module did not return from it in time", name};
}

Task<> ModuleHostProcess::quit(milliseconds limit) {
  const auto state = state_;
  if (state->ended) {
    co_return Result<>{};
  }
  state->end_expected = true;
  state->send({{"id", ++state->last_id}, {"do", "quit"}});
  auto code = co_await with_deadline(state->process->wait(), limit, "the module's host to end");
  if (!code) {
    state->process->signal(SIGKILL);
    code = co_await with_deadline(state->process->wait(), limit, "the module's host to end");
  }
  if (!code) {
    co_return code.error();
  }
  state->note_end(*code);
  co_return Result<>{};
}

}  // namespace postassoc
