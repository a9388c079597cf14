#include "adapters/process/process.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace postassoc {
namespace {

constexpr std::size_t kLongestLine = std::size_t{64} * 1024;
constexpr std::chrono::seconds kKillLimit{5};

/// What a child that could not execute its program tells its parent through the status pipe.
struct StartFailure {
  enum class Stage { network_namespace, output, execute } stage;
  int error;
};

/// A descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
  }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

struct Pipe {
  Descriptor read;
  Descriptor write;
};

Result<Pipe> make_pipe() {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) {
    return Error{Fault::lab, std::string("no pipe: ") + std::strerror(errno), {}};
  }
  return Pipe{Descriptor(fds[0]), Descriptor(fds[1])};
}

/// Where a child's output goes; negative: nowhere of its own.
struct Streams {
  int output = -1;
  int error = -1;
};

[[noreturn]] void give_up(int status_fd, StartFailure::Stage stage) {
  const StartFailure failure{stage, errno};
  [[maybe_unused]] const auto ignored = ::write(status_fd, &failure, sizeof failure);
  ::_exit(127);
}

/// In the child, between fork and exec: async-signal-safe calls only.
[[noreturn]] void become(const ProcessOptions& options, char* const* argv, char* const* environment,
                         pid_t parent, const Streams& streams, int status_fd) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) {
    ::_exit(127);
  }
  ::setpgid(0, 0);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  if (options.network_namespace && ::setns(*options.network_namespace, CLONE_NEWNET) != 0) {
    give_up(status_fd, StartFailure::Stage::network_namespace);
  }
  const int null_fd = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  const int in = options.standard_input.value_or(null_fd);
  const int out = streams.output >= 0 ? streams.output : null_fd;
  const int error = streams.error >= 0 ? streams.error : out;
  if (null_fd < 0 || ::dup2(in, 0) < 0 || ::dup2(out, 1) < 0 || ::dup2(error, 2) < 0) {
    give_up(status_fd, StartFailure::Stage::output);
  }
  ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  for (const int fd : options.kept_descriptors) {
    ::fcntl(fd, F_SETFD, 0);
  }
  ::execve(argv[0], argv, environment);
  give_up(status_fd, StartFailure::Stage::execute);
}

Error describe(const StartFailure& failure, const std::string& program) {
  const std::string reason = std::strerror(failure.error);
  switch (failure.stage) {
    case StartFailure::Stage::network_namespace:
      return {Fault::rig_unavailable, "cannot enter the network namespace: " + reason, program};
    case StartFailure::Stage::output:
      return {Fault::lab, "cannot redirect its output: " + reason, program};
    case StartFailure::Stage::execute:
      break;
  }
  return {Fault::rig_unavailable, "cannot be executed: " + reason, program};
}

}  // namespace

namespace {

/// One end of a pipe that gives lines. Keeps itself alive until the pipe ends or is closed.
struct LineReader : std::enable_shared_from_this<LineReader> {
  LineReader(asio::any_io_executor executor, int fd, std::function<void(std::string_view)> sink)
      : pipe(executor, fd), on_line(std::move(sink)) {
    pipe.non_blocking(true);
  }

  asio::posix::stream_descriptor pipe;
  std::function<void(std::string_view)> on_line;
  std::array<char, 4096> buffer{};
  std::string partial;

  void take(std::string_view text) {
    partial += text;
    std::size_t begin = 0;
    for (std::size_t end; (end = partial.find('\n', begin)) != std::string::npos; begin = end + 1) {
      deliver(std::string_view(partial).substr(begin, end - begin));
    }
    partial.erase(0, begin);
    if (partial.size() > kLongestLine) {
      flush();
    }
  }
  void deliver(std::string_view line) {
    if (on_line) {
      on_line(line);
    }
  }
  void flush() {
    if (!partial.empty()) {
      const std::string last = std::exchange(partial, {});
      deliver(last);
    }
  }
  /// Waits and then reads, so that no data is on its way in a completion when drain() takes the
  /// rest.
  void read() {
    pipe.async_wait(asio::posix::stream_descriptor::wait_read,
                    [self = shared_from_this()](auto error) {
                      if (!error && self->pipe.is_open() && self->read_some()) {
                        self->read();
                      }
                    });
  }
  /// Takes what is there, at most one buffer; false at the end of the pipe.
  bool read_some() {
    boost::system::error_code error;
    const std::size_t size = pipe.read_some(asio::buffer(buffer), error);
    take({buffer.data(), size});
    return size > 0 || error == asio::error::would_block;
  }
  /// What an ended process left in the pipe; does not wait for its descendants.
  void drain() {
    if (!pipe.is_open()) {
      return;
    }
    boost::system::error_code error;
    while (const std::size_t size = pipe.read_some(asio::buffer(buffer), error)) {
      take({buffer.data(), size});
    }
    pipe.close(error);
    flush();
  }
};

}  // namespace

struct Process::State {
  State(asio::any_io_executor executor, pid_t child, int pidfd)
      : pid(child), exit(executor, pidfd) {}

  pid_t pid;
  asio::posix::stream_descriptor exit;  ///< the pidfd: readable once the process has ended
  std::vector<std::shared_ptr<LineReader>> outputs;
  std::optional<int> code;

  void read(Descriptor pipe, std::function<void(std::string_view)> on_line) {
    outputs.push_back(
        std::make_shared<LineReader>(exit.get_executor(), pipe.release(), std::move(on_line)));
    outputs.back()->read();
  }
  void drain_output() {
    const auto readers = outputs;
    for (const auto& reader : readers) {
      reader->drain();
    }
  }
  /// Takes the exit status if there is one.
  bool reap(bool block) {
    if (code) {
      return true;
    }
    siginfo_t info{};
    int rc;
    do {
      rc = ::waitid(P_PIDFD, static_cast<id_t>(exit.native_handle()), &info,
                    WEXITED | (block ? 0 : WNOHANG));
    } while (rc != 0 && errno == EINTR);
    if (rc == 0 && info.si_pid == 0) {
      return false;
    }
    if (rc != 0) {
      code = 127;  // the status was taken by someone else
    } else {
      code = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
    }
    return true;
  }
  void signal(int number) {
    if (!code) {
      ::syscall(SYS_pidfd_send_signal, exit.native_handle(), number, nullptr, 0);
    }
  }
};

Process::Process(std::shared_ptr<State> state) : state_(std::move(state)) {}
Process::Process(Process&&) noexcept = default;
Process& Process::operator=(Process&& other) noexcept {
  std::swap(state_, other.state_);
  return *this;
}

Process::~Process() {
  if (!state_) {
    return;
  }
  for (const auto& reader : state_->outputs) {
    reader->on_line = nullptr;
  }
  if (!state_->reap(false)) {
    state_->signal(SIGKILL);
    state_->reap(true);
  }
  boost::system::error_code ignored;
  for (const auto& reader : state_->outputs) {
    reader->pipe.close(ignored);
  }
  state_->exit.close(ignored);
}

Result<Process> Process::start(asio::any_io_executor executor, ProcessOptions options) {
  if (options.argv.empty()) {
    return Error{Fault::invalid_input, "no program to start", {}};
  }
  const std::string name = options.argv[0];
  const auto program = find_program(name);
  if (!program) {
    return Error{Fault::rig_unavailable, "no such program", name};
  }
  options.argv[0] = *program;
  auto status = make_pipe();
  auto output = make_pipe();
  auto errors = make_pipe();
  if (!status || !output || !errors) {
    return !status ? status.error() : !output ? output.error() : errors.error();
  }
  std::vector<char*> argv;
  for (std::string& argument : options.argv) {
    argv.push_back(argument.data());
  }
  argv.push_back(nullptr);
  std::vector<char*> environment;
  for (std::string& variable : options.environment) {
    environment.push_back(variable.data());  // the first of a name is the one that counts
  }
  for (char** variable = environ; *variable != nullptr; ++variable) {
    environment.push_back(*variable);
  }
  environment.push_back(nullptr);

  const Streams streams{options.on_line ? output->write.get() : -1,
                        options.on_error_line ? errors->write.get() : -1};
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) {
    become(options, argv.data(), environment.data(), parent, streams, status->write.get());
  }
  if (child < 0) {
    return Error{Fault::lab, std::string("cannot fork: ") + std::strerror(errno), name};
  }
  status->write = Descriptor();
  output->write = Descriptor();
  errors->write = Descriptor();
  StartFailure failure{};
  const auto size = ::read(status->read.get(), &failure, sizeof failure);
  if (size == sizeof failure) {
    ::waitpid(child, nullptr, 0);
    return describe(failure, name);
  }
  const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, child, 0));
  if (pidfd < 0) {
    const std::string reason = std::strerror(errno);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    return Error{Fault::lab, "no pidfd: " + reason, name};
  }
  auto state = std::make_shared<State>(executor, child, pidfd);
  if (options.on_line) {
    state->read(std::move(output->read), std::move(options.on_line));
  }
  if (options.on_error_line) {
    state->read(std::move(errors->read), std::move(options.on_error_line));
  }
  return Process(std::move(state));
}

Task<int> Process::wait() {
  const auto state = state_;
  while (!state->reap(false)) {
    const auto [error] =
        co_await state->exit.async_wait(asio::posix::stream_descriptor::wait_read, kNoThrow);
    if (error && !state->code) {
      co_return Error{
          Fault::interrupted, "stopped waiting for the process: " + error.message(), {}};
    }
  }
  state->drain_output();
  co_return *state->code;
}

Task<int> Process::terminate(std::chrono::nanoseconds grace) {
  signal(SIGTERM);
  auto ended = co_await with_deadline(wait(), grace, "process to end");
  if (ended || ended.error().fault != Fault::timeout) {
    co_return ended;
  }
  signal(SIGKILL);
  co_return co_await with_deadline(wait(), kKillLimit, "killed process to end");
}

void Process::signal(int number) {
  state_->signal(number);
}
int Process::pid() const {
  return state_->pid;
}
bool Process::running() const {
  return !state_->reap(false);
}

std::optional<std::string> find_program(std::string_view name) {
  if (name.find('/') != std::string_view::npos) {
    return std::string(name);
  }
  const char* path = std::getenv("PATH");
  std::string_view rest = path != nullptr ? path : "";
  // The daemons of a WLAN live in sbin, which a user's PATH may lack.
  const std::string all = std::string(rest) + ":/usr/sbin:/usr/bin:/sbin:/bin";
  rest = all;
  while (!rest.empty()) {
    const auto end = rest.find(':');
    const std::string_view folder = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    std::string candidate = std::string(folder) + "/" + std::string(name);
    if (!folder.empty() && ::access(candidate.c_str(), X_OK) == 0) {
      return candidate;
    }
  }
  return std::nullopt;
}

}  // namespace postassoc
