#include "adapters/virtual_rig/guest_setup.h"

#include <fcntl.h>
#include <linux/random.h>
#include <net/if.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>
#include <fstream>
#include <nlohmann/json.hpp>

#include "adapters/virtual_rig/image.h"

namespace postassoc::virtual_rig {
namespace {

constexpr const char* kChannelDevice = "/dev/vport0p1";
constexpr int kRandomPool = 256;

Error system_error(std::string what) {
  const std::string reason = std::strerror(errno);
  return {Fault::lab, std::move(what) + ": " + reason, {}};
}

Result<> mount_all() {
  struct Mount {
    const char* type;
    const char* folder;
    bool needed;
  };
  constexpr Mount kMounts[] = {
      {"proc", "/proc", true},
      {"sysfs", "/sys", true},
      {"devtmpfs", "/dev", true},
      {"tmpfs", "/tmp", true},
      {"tmpfs", "/run", true},
      {"tracefs", "/sys/kernel/tracing", true},
      {"debugfs", "/sys/kernel/debug", false},
  };
  for (const Mount& mount : kMounts) {
    if (::mount(mount.type, mount.folder, mount.type, MS_NOSUID, nullptr) != 0 && mount.needed &&
        errno != EBUSY) {
      return system_error(std::string("cannot mount ") + mount.folder);
    }
  }
  return Result<>{};
}

/// Value of a parameter on the kernel's command line; empty when it is not there.
std::string kernel_argument(const std::string& name) {
  std::ifstream in("/proc/cmdline");
  for (std::string word; in >> word;) {
    if (word.starts_with(name + "=")) {
      return word.substr(name.size() + 1);
    }
  }
  return {};
}

Result<> load_module(const std::string& name) {
  const std::string file = std::string(kGuestModules) + "/" + name + ".ko";
  const std::string arguments =
      name == "mac80211_hwsim" ? "radios=" + kernel_argument("postassoc.radios") : "";
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return system_error(file);
  }
  const auto loaded = ::syscall(SYS_finit_module, fd, arguments.c_str(), 0);
  const int error = errno;
  ::close(fd);
  if (loaded != 0 && error != EEXIST) {
    errno = error;
    return system_error("cannot load " + name);
  }
  return Result<>{};
}

Result<> bring_up_loopback() {
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  const bool done = fd >= 0 && ::ioctl(fd, SIOCSIFFLAGS, &request) == 0;
  if (fd >= 0) {
    ::close(fd);
  }
  if (!done) {
    return system_error("cannot bring up lo");
  }
  return Result<>{};
}

}  // namespace

Result<> set_up_guest() {
  ::umask(022);
  ::setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
  ::setenv("HOME", "/root", 1);
  ::sethostname("postassoc", 9);
  if (auto done = mount_all(); !done) {
    return done.error();
  }
  std::ifstream modules(kGuestMarker);
  for (std::string name; modules >> name;) {
    if (auto done = load_module(name); !done) {
      return done.error();
    }
  }
  return bring_up_loopback();
}

Result<int> open_channel() {
  // The port appears when the driver has asked the device for its ports.
  for (int tries = 0; tries < 5000; ++tries) {
    const int fd = ::open(kChannelDevice, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0) {
      return fd;
    }
    ::usleep(1000);
  }
  return system_error(kChannelDevice);
}

Result<> apply(const Sync& sync) {
  constexpr std::uint64_t kSecond = 1'000'000'000;
  const timespec now{static_cast<time_t>(sync.realtime_ns / kSecond),
                     static_cast<long>(sync.realtime_ns % kSecond)};
  if (::clock_settime(CLOCK_REALTIME, &now) != 0) {
    return system_error("cannot set the date");
  }
  const std::size_t size = std::min<std::size_t>(sync.entropy.size(), kRandomPool);
  alignas(rand_pool_info) std::array<char, sizeof(rand_pool_info) + kRandomPool> pool{};
  const int header[2] = {static_cast<int>(size * 8), static_cast<int>(size)};  // bits, octets
  static_assert(sizeof header == sizeof(rand_pool_info));
  std::memcpy(pool.data(), header, sizeof header);
  std::memcpy(pool.data() + sizeof header, sync.entropy.data(), size);
  const int fd = ::open("/dev/urandom", O_RDWR | O_CLOEXEC);
  const bool done =
      fd >= 0 && ::ioctl(fd, RNDADDENTROPY, pool.data()) == 0 && ::ioctl(fd, RNDRESEEDCRNG, 0) == 0;
  if (fd >= 0) {
    ::close(fd);
  }
  if (!done) {
    return system_error("cannot reseed the random numbers");
  }
  return Result<>{};
}

std::string describe_guest() {
  utsname name{};
  ::uname(&name);
  std::ifstream in("/sys/devices/system/clocksource/clocksource0/current_clocksource");
  std::string clock;
  in >> clock;
  return nlohmann::json{{"kernel", name.release}, {"clocksource", clock}}.dump();
}

void end_guest() {
  ::sync();
  ::reboot(RB_AUTOBOOT);
  for (;;) {
    ::pause();
  }
}

}  // namespace postassoc::virtual_rig
