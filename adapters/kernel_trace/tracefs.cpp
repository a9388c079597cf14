#include "adapters/kernel_trace/tracefs.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <utility>

namespace postassoc {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "postassoc-";
constexpr std::string_view kBufferKb = "2048";  // a processor: some 20 000 events

/// Writes a control file in one call, as tracefs wants it.
Result<> write_control(const fs::path& file, std::string_view text, int flags = O_TRUNC) {
  const int fd = open(file.c_str(), O_WRONLY | O_CLOEXEC | flags);
  const bool written = fd >= 0 && write(fd, text.data(), text.size()) >= 0;
  const int error = errno;
  if (fd >= 0) {
    close(fd);
  }
  if (!written) {
    return Error{Fault::rig_unavailable,
                 fmt::format("can't write \"{}\": {}", text, std::strerror(error)), file.string()};
  }
  return {};
}

Error cannot_create(const fs::path& tracefs, int error) {
  Error out{Fault::rig_unavailable, "", tracefs.string()};
  std::error_code ignored;
  if (error == EACCES || error == EPERM) {
    out.what = "no permission to trace the kernel: run as root";
  } else if (!fs::exists(tracefs / "instances", ignored)) {
    out.what = fmt::format("tracefs isn't there: mount -t tracefs tracefs {}", tracefs.string());
  } else {
    out.what = fmt::format("can't make a tracing instance: {}", std::strerror(error));
  }
  return out;
}

/// Removes instances of programs that are gone. One that is in use refuses to be removed.
void remove_stale_instances(const fs::path& instances) {
  std::error_code error;
  std::vector<fs::path> stale;
  for (const auto& entry : fs::directory_iterator(instances, error)) {
    const auto name = entry.path().filename().string();
    pid_t pid = 0;
    if (name.starts_with(kPrefix) &&
        std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), pid).ec ==
            std::errc{} &&
        pid > 0 && kill(pid, 0) != 0 && errno == ESRCH) {
      stale.push_back(entry.path());
    }
  }
  for (const auto& path : stale) {
    rmdir(path.c_str());
  }
}

}  // namespace

Result<TracefsInstance> TracefsInstance::create(const fs::path& tracefs) {
  static int number = 0;
  remove_stale_instances(tracefs / "instances");
  const auto path = tracefs / "instances" / fmt::format("{}{}-{}", kPrefix, getpid(), ++number);
  if (mkdir(path.c_str(), 0750) != 0) {
    return cannot_create(tracefs, errno);
  }
  TracefsInstance instance(tracefs, path);
  if (const auto done = instance.configure(); !done) {
    return done.error();
  }
  return instance;
}

Result<> TracefsInstance::configure() {
  if (const auto done = write_control(path_ / "trace_clock", "mono"); !done) {
    return done.error();
  }
  if (const auto done = write_control(path_ / "buffer_size_kb", kBufferKb); !done) {
    return done.error();
  }
  pipe_ = open((path_ / "trace_pipe").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (pipe_ < 0) {
    return Error{Fault::rig_unavailable,
                 std::string("can't open the kernel's trace: ") + std::strerror(errno),
                 (path_ / "trace_pipe").string()};
  }
  return {};
}

TracefsInstance::TracefsInstance(TracefsInstance&& other) noexcept
    : tracefs_(std::move(other.tracefs_)),
      path_(std::exchange(other.path_, {})),
      pipe_(std::exchange(other.pipe_, -1)),
      uses_key_link_(std::exchange(other.uses_key_link_, false)) {}

TracefsInstance::~TracefsInstance() {
  if (path_.empty()) {
    return;
  }
  pause();
  if (pipe_ >= 0) {
    close(pipe_);
  }
  rmdir(path_.c_str());
  if (uses_key_link_) {  // refused while another instance has it enabled
    (void)write_control(tracefs_ / "kprobe_events", "-:postassoc/key_link", O_APPEND);
  }
}

Result<> TracefsInstance::enable(std::string_view event) {
  return write_control(path_ / "events" / event / "enable", "1");
}

Result<> TracefsInstance::enable_key_link() {
  std::error_code ignored;
  if (!fs::exists(path_ / "events/postassoc/key_link", ignored)) {
    const auto defined =
        write_control(tracefs_ / "kprobe_events",
                      "r:postassoc/key_link ieee80211_key_link ret=$retval:s32", O_APPEND);
    if (!defined) {
      return defined.error();
    }
  }
  uses_key_link_ = true;
  return enable("postassoc/key_link");
}

Result<> TracefsInstance::read(std::string& text) {
  std::array<char, 65536> buffer;
  for (;;) {
    const auto size = ::read(pipe_, buffer.data(), buffer.size());
    if (size > 0) {
      text.append(buffer.data(), static_cast<std::size_t>(size));
    } else if (size == 0 || errno == EAGAIN) {
      return {};
    } else if (errno != EINTR) {
      return Error{Fault::lab,
                   std::string("can't read the kernel's trace: ") + std::strerror(errno),
                   (path_ / "trace_pipe").string()};
    }
  }
}

void TracefsInstance::pause() {
  (void)write_control(path_ / "tracing_on", "0");
}

Result<> TracefsInstance::restart() {
  if (const auto done = write_control(path_ / "trace", ""); !done) {  // opening it empties it
    return done.error();
  }
  return write_control(path_ / "tracing_on", "1");
}

std::uint64_t TracefsInstance::lost() const {
  std::uint64_t sum = 0;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(path_ / "per_cpu", error)) {
    std::ifstream stats(entry.path() / "stats");
    for (std::string line; std::getline(stats, line);) {
      for (const std::string_view label : {"overrun: ", "dropped events: "}) {
        std::uint64_t count = 0;
        if (line.starts_with(label)) {
          std::from_chars(line.data() + label.size(), line.data() + line.size(), count);
        }
        sum += count;
      }
    }
  }
  return sum;
}

}  // namespace postassoc
