#include "adapters/wpa_ctrl/control_socket.h"

#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <boost/asio/local/datagram_protocol.hpp>
#include <set>

namespace postassoc {
namespace {

using Protocol = asio::local::datagram_protocol;

/// hostap's longest answers have 4096 octets; events are shorter.
constexpr std::size_t kLongestAnswer = 16384;
constexpr std::size_t kLongestEvent = 4096;
constexpr std::chrono::milliseconds kRetryInterval{2};
constexpr std::chrono::milliseconds kPingLimit{1000};

/// One end of a conversation: bound to a name of ours, connected to the daemon, unlinked at the
/// end.
class Endpoint {
 public:
  explicit Endpoint(const asio::any_io_executor& executor) : socket(executor) {}
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;
  ~Endpoint() { close(); }

  boost::system::error_code connect(const std::filesystem::path& own,
                                    const std::filesystem::path& daemon) {
    boost::system::error_code error;
    socket.open(Protocol(), error);
    if (!error) {
      socket.bind(Protocol::endpoint(own.string()), error);
    }
    if (!error) {
      own_path_ = own;
      socket.connect(Protocol::endpoint(daemon.string()), error);
    }
    if (!error) {
      socket.non_blocking(true, error);
    }
    return error;
  }

  void close() {
    boost::system::error_code ignored;
    socket.close(ignored);
    if (!own_path_.empty()) {
      ::unlink(own_path_.c_str());
      own_path_.clear();
    }
  }

  Protocol::socket socket;

 private:
  std::filesystem::path own_path_;
};

/// Keeps a socket in a set for its life: a coroutine may end at any co_await.
class Registration {
 public:
  Registration(std::set<Protocol::socket*>& set, Protocol::socket& socket)
      : set_(set), socket_(&socket) {
    set_.insert(socket_);
  }
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;
  ~Registration() { set_.erase(socket_); }

 private:
  std::set<Protocol::socket*>& set_;
  Protocol::socket* socket_;
};

/// The first word of a command: what may be shown of it.
std::string verb_of(const std::string& command) {
  return printable(command.substr(0, command.find(' ')), 64);
}

std::string without_line_feed(std::string text) {
  while (!text.empty() && text.back() == '\n') {
    text.pop_back();
  }
  return text;
}

}  // namespace

struct ControlSocket::State : std::enable_shared_from_this<State> {
  State(asio::any_io_executor with_executor, Options with_options)
      : executor(std::move(with_executor)), options(std::move(with_options)), events(executor) {}

  asio::any_io_executor executor;
  Options options;
  Endpoint events;
  EventCallback callback;
  std::array<char, kLongestEvent> buffer{};
  std::set<Protocol::socket*> waiting;
  unsigned next_name = 0;
  bool closed = false;

  std::filesystem::path own_path() {
    return options.own_directory /
           ("ctrl-" + std::to_string(::getpid()) + "-" + std::to_string(next_name++));
  }
  Error error(const std::string& what) const { return {Fault::lab, what, options.path.string()}; }

  void take(std::string_view datagram) {
    // What does not begin with a level is an answer (to DETACH, say), not an event.
    if (callback && !datagram.empty() && datagram.front() == '<') {
      const auto now = monotonic_now();
      const auto keep = callback;
      keep(now, parse_control_event(datagram));
    }
  }
  /// Keeps itself alive until the socket is closed.
  void receive() {
    events.socket.async_wait(Protocol::socket::wait_read, [self = shared_from_this()](auto error) {
      if (!error && !self->closed && self->take_buffered()) {
        self->receive();
      }
    });
  }
  /// False when the socket has failed: the daemon is gone.
  bool take_buffered() {
    while (!closed && events.socket.is_open()) {
      boost::system::error_code error;
      const auto size = events.socket.receive(asio::buffer(buffer), 0, error);
      if (error) {
        return error == asio::error::would_block || error == asio::error::try_again;
      }
      take({buffer.data(), size});
    }
    return false;
  }

  static Task<std::string> exchange(std::shared_ptr<State> self, Protocol::socket& socket,
                                    std::string command);
  static Task<std::string> request(std::shared_ptr<State> self, std::string command,
                                   std::chrono::nanoseconds limit);
};

Task<std::string> ControlSocket::State::exchange(std::shared_ptr<State> self,
                                                 Protocol::socket& socket, std::string command) {
  const std::string verb = verb_of(command);
  const auto [send_error, sent] = co_await socket.async_send(asio::buffer(command), kNoThrow);
  if (send_error) {
    co_return self->error("cannot send " + verb + ": " + send_error.message());
  }
  std::string answer(kLongestAnswer, '\0');
  const auto [error, size] = co_await socket.async_receive(asio::buffer(answer), kNoThrow);
  if (error) {
    co_return self->error("no answer to " + verb + ": " + error.message());
  }
  answer.resize(size);
  co_return without_line_feed(std::move(answer));
}

Task<std::string> ControlSocket::State::request(std::shared_ptr<State> self, std::string command,
                                                std::chrono::nanoseconds limit) {
  if (self->closed) {
    co_return self->error("the control socket is closed");
  }
  Endpoint endpoint(self->executor);
  if (const auto error = endpoint.connect(self->own_path(), self->options.path)) {
    co_return self->error("cannot connect: " + error.message());
  }
  const Registration registration(self->waiting, endpoint.socket);
  const std::string what = self->options.path.string() + ": an answer to " + verb_of(command);
  co_return co_await with_deadline(exchange(self, endpoint.socket, std::move(command)), limit,
                                   what);
}

ControlSocket::ControlSocket(std::shared_ptr<State> state) : state_(std::move(state)) {}

ControlSocket::~ControlSocket() {
  close();
}

Task<std::unique_ptr<ControlSocket>> ControlSocket::open(Options options) {
  const auto state =
      std::make_shared<State>(co_await asio::this_coro::executor, std::move(options));
  constexpr std::size_t kLongestPath = sizeof(sockaddr_un::sun_path) - 1;
  for (const auto& path : {state->options.path, state->own_path()}) {
    if (path.string().size() > kLongestPath) {
      co_return Error{Fault::rig_unavailable,
                      "too long for the path of a socket (" + std::to_string(kLongestPath) +
                          " characters at most)",
                      path.string()};
    }
  }
  const auto give_up = monotonic_now() + state->options.limit;
  while (true) {
    auto answer = co_await State::request(state, "PING", kPingLimit);
    if (answer && *answer == "PONG") {
      co_return std::unique_ptr<ControlSocket>(new ControlSocket(state));
    }
    if (state->options.alive && !state->options.alive()) {
      co_return state->error("the daemon ended before it could be controlled");
    }
    if (monotonic_now() >= give_up) {
      const auto why =
          answer ? "PING was answered with " + printable(*answer, 64) : to_string(answer.error());
      co_return Error{Fault::timeout, "the daemon cannot be controlled: " + why,
                      state->options.path.string()};
    }
    if (auto slept = co_await sleep_for(kRetryInterval); !slept) {
      co_return slept.error();
    }
  }
}

Task<std::string> ControlSocket::request(std::string command, std::chrono::nanoseconds limit) {
  const auto state = state_;
  co_return co_await State::request(state, std::move(command), limit);
}

Task<> ControlSocket::command(std::string command, std::chrono::nanoseconds limit) {
  const auto state = state_;
  const std::string verb = verb_of(command);
  auto answer = co_await State::request(state, std::move(command), limit);
  if (!answer) {
    co_return answer.error();
  }
  if (*answer != "OK") {
    co_return state->error(verb + " was answered with \"" + printable(*answer, 200) + "\"");
  }
  co_return Result<>{};
}

Task<> ControlSocket::attach(EventCallback callback, std::chrono::nanoseconds limit) {
  const auto state = state_;
  if (const auto error = state->events.connect(state->own_path(), state->options.path)) {
    co_return state->error("cannot connect: " + error.message());
  }
  auto answer =
      co_await with_deadline(State::exchange(state, state->events.socket, "ATTACH"), limit,
                             state->options.path.string() + ": an answer to ATTACH");
  if (!answer) {
    co_return answer.error();
  }
  if (*answer != "OK") {
    co_return state->error("ATTACH was answered with \"" + printable(*answer, 200) + "\"");
  }
  state->callback = std::move(callback);
  state->receive();
  co_return Result<>{};
}

void ControlSocket::take_buffered_events() {
  state_->take_buffered();
}

void ControlSocket::close() {
  if (state_->closed) {
    return;
  }
  state_->closed = true;
  state_->callback = nullptr;
  boost::system::error_code ignored;
  if (state_->events.socket.is_open()) {
    state_->events.socket.send(asio::buffer("DETACH", 6), 0, ignored);
    state_->events.close();
  }
  for (auto* socket : state_->waiting) {
    socket->cancel(ignored);
  }
}

}  // namespace postassoc
