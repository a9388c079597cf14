#include "adapters/virtual_rig/qemu.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <cstring>

namespace postassoc::virtual_rig {
namespace {

using Socket = asio::local::stream_protocol::socket;
using nlohmann::json;
constexpr std::size_t kTail = std::size_t{64} * 1024;
constexpr std::size_t kLongestReply = std::size_t{1024} * 1024;
constexpr std::chrono::seconds kMonitorLimit{20};
constexpr std::chrono::seconds kQuitLimit{2};

/// The measured best: nothing that the rig does not need, no mitigations of a host's attackers, a
/// kernel that trusts its clock, and an end of QEMU at the first sign of trouble in the kernel.
/// norandmaps: TCG keeps its translation of a program under the address at which it ran, so one
/// that is started again at the same address needs no new one.
constexpr const char* kKernelArguments =
    "console=ttyS0 panic=-1 oops=panic reboot=t quiet mitigations=off cryptomgr.notests audit=0 "
    "apparmor=0 lsm= random.trust_cpu=on nokaslr norandmaps no_timer_check";

std::string socket_chardev(const char* id, int fd) {
  return std::string("socket,id=") + id + ",fd=" + std::to_string(fd);
}

/// The other end of a socket pair whose first end belongs to `socket`; -1 when there is none.
int pair_with(Socket& socket) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return -1;
  }
  const int space = 1024 * 1024;
  ::setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &space, sizeof space);
  boost::system::error_code error;
  socket.assign(asio::local::stream_protocol(), ends[0], error);
  return ends[1];
}

}  // namespace

std::vector<std::string> command_line(const MachineSpec& spec,
                                      const std::optional<MemoryFile>& memory,
                                      const MachineDescriptors& descriptors) {
  std::vector<std::string> argv{
      spec.qemu,
      "-nodefaults",
      "-no-user-config",
      "-display",
      "none",
      "-no-reboot",
      "-M",
      memory ? "q35,memory-backend=ram" : "q35",
      "-bios",
      "qboot.rom",
      "-m",
      std::to_string(kMemoryMegabytes),
      "-smp",
      "1",
      "-kernel",
      spec.kernel.string(),
      "-initrd",
      spec.initrd.string(),
      "-append",
      std::string(kKernelArguments) + " postassoc.radios=" + std::to_string(spec.radios)};
  const auto add = [&argv](std::initializer_list<std::string> more) {
    argv.insert(argv.end(), more);
  };
  if (spec.kvm) {
    add({"-accel", "kvm", "-cpu", "host"});
  } else {
    add({"-accel", "tcg"});
    if (spec.virtual_time) {
      add({"-icount", "shift=1,sleep=off"});
    }
  }
  if (memory) {
    add({"-object", "memory-backend-file,id=ram,size=" + std::to_string(kMemoryMegabytes) +
                        "M,mem-path=" + memory->file.string() +
                        ",share=" + (memory->keep ? "on" : "off")});
  }
  add({"-chardev", socket_chardev("console", descriptors.console), "-serial", "chardev:console"});
  add({"-chardev", socket_chardev("monitor", descriptors.monitor), "-mon",
       "chardev=monitor,mode=control"});
  add({"-device", "virtio-serial-pci", "-chardev", socket_chardev("channel", descriptors.channel),
       "-device", "virtserialport,chardev=channel,name=postassoc"});
  if (descriptors.state >= 0) {
    add({"-incoming", "defer"});
  }
  return argv;
}

void ConsoleLog::add(std::string_view text) {
  tail_ += text;
  if (panic_.empty()) {
    for (const char* sign : {"Kernel panic", "BUG:", "Oops:", "postassoc guest:"}) {
      if (const auto at = tail_.find(sign);
          at != std::string::npos && tail_.find('\n', at) != std::string::npos) {
        panic_ = tail_.substr(at, tail_.find_first_of("\r\n", at) - at);
        break;
      }
    }
  }
  if (tail_.size() > kTail) {
    tail_.erase(0, tail_.size() - kTail / 2);
  }
}

std::string ConsoleLog::last_lines() const {
  constexpr std::size_t kShown = 600;
  std::string text = tail_.size() > kShown ? "..." + tail_.substr(tail_.size() - kShown) : tail_;
  std::string line;
  for (const char c : text) {
    if (c == '\n') {
      line += " | ";
    } else if (static_cast<unsigned char>(c) >= ' ') {
      line += c;
    }
  }
  return line.empty() ? "nothing" : line;
}

struct Machine::State : std::enable_shared_from_this<State> {
  explicit State(asio::any_io_executor executor)
      : channel(executor), monitor(executor), console(executor) {}

  Socket channel;
  Socket monitor;
  Socket console;
  std::optional<Process> process;
  FrameReader reader;
  std::array<std::byte, std::size_t{64} * 1024> chunk;
  std::string replies;
  std::string version;
  ConsoleLog log;
  std::array<char, 4096> console_chunk;
  Machine::Console on_console;

  void add_console(std::string_view text) {
    log.add(text);
    if (on_console) {
      on_console(text);
    }
  }
  /// Keeps itself alive until the console ends or is closed.
  void read_console() {
    console.async_wait(Socket::wait_read, [self = shared_from_this()](auto error) {
      if (!error && self->console.is_open() && self->drain_console()) {
        self->read_console();
      }
    });
  }
  /// Takes what is there; false at the end.
  bool drain_console() {
    boost::system::error_code error;
    while (const auto size = console.read_some(asio::buffer(console_chunk), error)) {
      add_console({console_chunk.data(), size});
    }
    return error == asio::error::would_block;
  }
  void close() {
    boost::system::error_code ignored;
    on_console = nullptr;
    channel.close(ignored);
    monitor.close(ignored);
    console.close(ignored);
    process.reset();
  }
};

Machine::Machine(std::shared_ptr<State> state) : state_(std::move(state)) {}
Machine::~Machine() {
  state_->close();
}
const ConsoleLog& Machine::console() const {
  return state_->log;
}
const std::string& Machine::qemu_version() const {
  return state_->version;
}
int Machine::pid() const {
  return state_->process->pid();
}

Task<std::unique_ptr<Machine>> Machine::start(MachineSpec spec, std::optional<MemoryFile> memory,
                                              int saved_state, Console console) {
  const auto executor = co_await asio::this_coro::executor;
  auto state = std::make_shared<State>(executor);
  state->on_console = std::move(console);
  const MachineDescriptors descriptors{pair_with(state->channel), pair_with(state->monitor),
                                       pair_with(state->console), saved_state};
  ProcessOptions options;
  options.argv = command_line(spec, memory, descriptors);
  options.on_line = [log = state.get()](std::string_view line) {
    if (line.find("icount sleep disabled and no active timers") == std::string_view::npos) {
      log->add_console(std::string(line) + "\n");
    }
  };
  const std::array inherited{descriptors.channel, descriptors.monitor, descriptors.console};
  options.kept_descriptors.assign(inherited.begin(), inherited.end());
  if (saved_state >= 0) {
    options.kept_descriptors.push_back(saved_state);
  }
  auto process = Process::start(executor, std::move(options));
  for (const int fd : inherited) {
    ::close(fd);
  }
  if (!process) {
    co_return process.error();
  }
  state->process.emplace(std::move(*process));
  boost::system::error_code ignored;
  state->console.non_blocking(true, ignored);
  state->read_console();
  std::unique_ptr<Machine> machine(new Machine(std::move(state)));
  if (auto greeted = co_await with_deadline(machine->greet(), kMonitorLimit, "QEMU's monitor");
      !greeted) {
    co_return greeted.error();
  }
  if (saved_state >= 0) {
    if (auto begun = co_await machine->restore_from(saved_state); !begun) {
      co_return begun.error();
    }
  }
  co_return std::move(machine);
}

Task<> Machine::leave_memory_in_its_file() {
  json capability;
  capability["capability"] = "x-ignore-shared";
  capability["state"] = true;
  json arguments;
  arguments["capabilities"].push_back(capability);
  const auto done = co_await execute("migrate-set-capabilities", arguments);
  if (!done) {
    co_return done.error();
  }
  co_return Result<>{};
}

Task<> Machine::restore_from(int saved_state) {
  if (auto done = co_await leave_memory_in_its_file(); !done) {
    co_return done.error();
  }
  json source;
  source["uri"] = "fd:" + std::to_string(saved_state);
  const auto begun = co_await execute("migrate-incoming", source);
  if (!begun) {
    co_return begun.error();
  }
  co_return Result<>{};
}

Task<> Machine::greet() {
  const auto greeting = co_await read_reply();
  if (!greeting) {
    co_return greeting.error();
  }
  const auto version = json::json_pointer("/QMP/version/qemu");
  if (greeting->contains(version) && (*greeting)[version].is_object()) {
    const auto& v = (*greeting)[version];
    state_->version = std::to_string(v.value("major", 0)) + "." +
                      std::to_string(v.value("minor", 0)) + "." +
                      std::to_string(v.value("micro", 0));
  }
  const auto done = co_await execute("qmp_capabilities");
  if (!done) {
    co_return done.error();
  }
  co_return Result<>{};
}

Task<json> Machine::read_reply() {
  const auto state = state_;
  const auto [error, size] = co_await asio::async_read_until(
      state->monitor, asio::dynamic_buffer(state->replies, kLongestReply), '\n', kNoThrow);
  if (error == asio::error::operation_aborted) {
    co_return Error{Fault::interrupted, "stopped waiting for QEMU's monitor", {}};
  }
  if (error) {
    co_return co_await ended();
  }
  auto reply = json::parse(state->replies.substr(0, size), nullptr, false);
  state->replies.erase(0, size);
  if (!reply.is_object()) {
    co_return Error{Fault::lab, "QEMU's monitor answered something that is not JSON", {}};
  }
  co_return Result<json>(boost::system::in_place_value, std::move(reply));
}

Task<json> Machine::execute(std::string command, json arguments) {
  const auto state = state_;
  const std::string text =
      json{{"execute", command}, {"arguments", std::move(arguments)}}.dump() + "\n";
  const auto [error, size] =
      co_await asio::async_write(state->monitor, asio::buffer(text), kNoThrow);
  if (error) {
    co_return co_await ended();
  }
  for (;;) {
    auto reply = co_await read_reply();
    if (!reply) {
      co_return reply.error();
    }
    if (reply->contains("return")) {
      co_return Result<json>(boost::system::in_place_value, std::move((*reply)["return"]));
    }
    if (reply->contains("error")) {
      co_return Error{Fault::lab, "QEMU refused: " + (*reply)["error"].dump(), command};
    }
  }
}

asio::awaitable<Error> Machine::ended() {
  const auto state = state_;
  const auto code = co_await with_deadline(state->process->wait(), kQuitLimit, "QEMU to end");
  state->drain_console();
  std::string what;
  if (!state->log.panic().empty()) {
    what = "the guest died: " + state->log.panic();
  } else if (code) {
    what = "QEMU ended with exit code " + std::to_string(*code);
  } else {
    what = "the guest closed its channel";
  }
  co_return Error{Fault::lab, what + "; last console lines: " + state->log.last_lines(),
                  "virtual rig"};
}

Task<Frame> Machine::receive() {
  const auto state = state_;
  for (;;) {
    auto next = state->reader.next();
    if (!next) {
      co_return next.error();
    }
    if (*next) {
      co_return std::move(**next);
    }
    const auto [error, size] =
        co_await state->channel.async_read_some(asio::buffer(state->chunk), kNoThrow);
    if (error == asio::error::operation_aborted) {
      co_return Error{Fault::interrupted, "stopped waiting for the guest", "virtual rig"};
    }
    if (error) {
      co_return co_await ended();
    }
    state->reader.feed(ByteView(state->chunk).first(size));
  }
}

Task<> Machine::send(FrameType type, ByteView payload) {
  const auto state = state_;
  const Bytes frame = encode(type, payload);
  const auto [error, size] =
      co_await asio::async_write(state->channel, asio::buffer(frame), kNoThrow);
  if (error) {
    co_return co_await ended();
  }
  co_return Result<>{};
}

Task<> Machine::quit() {
  const auto state = state_;
  const auto asked = co_await with_deadline(execute("quit"), kQuitLimit, "QEMU to answer");
  if (asked) {
    (void)co_await with_deadline(state->process->wait(), kQuitLimit, "QEMU to end");
  }
  const auto ended = co_await state->process->terminate(kQuitLimit);
  state->drain_console();
  if (!ended) {
    co_return ended.error();
  }
  co_return Result<>{};
}

}  // namespace postassoc::virtual_rig
