#include "adapters/virtual_rig/kvm_probe.h"

#include <fcntl.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>
#include <sstream>

namespace postassoc::virtual_rig {
namespace {

using std::chrono::steady_clock;
constexpr std::chrono::milliseconds kLimit{50};
constexpr std::size_t kGuestMemory = 0x10000;
constexpr std::size_t kEntry = 0x1000;

enum ExitCode { exit_usable = 0, exit_refused = 2, exit_slow = 3 };

/// 16-bit real mode: mov ecx, 1000000; again: dec ecx; jnz again; hlt
constexpr unsigned char kLoop[] = {0x66, 0xb9, 0x40, 0x42, 0x0f, 0x00,
                                   0x66, 0x49, 0x75, 0xfc, 0xf4};

/// In the child process. Ends by SIGALRM when the guest does not.
int run_loop(int kvm) {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  ::sigaction(SIGALRM, &action, nullptr);
  const itimerval limit{{0, 0}, {0, 250'000}};
  ::setitimer(ITIMER_REAL, &limit, nullptr);

  const int vm = ::ioctl(kvm, KVM_CREATE_VM, 0);
  void* memory =
      ::mmap(nullptr, kGuestMemory, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (vm < 0 || memory == MAP_FAILED) {
    return exit_refused;
  }
  std::memcpy(static_cast<char*>(memory) + kEntry, kLoop, sizeof kLoop);
  const kvm_userspace_memory_region region{0, 0, 0, kGuestMemory,
                                           reinterpret_cast<std::uintptr_t>(memory)};
  if (::ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region) < 0) {
    return exit_refused;
  }
  const int cpu = ::ioctl(vm, KVM_CREATE_VCPU, 0);
  const int size = ::ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
  if (cpu < 0 || size <= 0) {
    return exit_refused;
  }
  void* shared =
      ::mmap(nullptr, static_cast<std::size_t>(size), PROT_READ | PROT_WRITE, MAP_SHARED, cpu, 0);
  kvm_sregs special{};
  if (shared == MAP_FAILED || ::ioctl(cpu, KVM_GET_SREGS, &special) < 0) {
    return exit_refused;
  }
  special.cs.base = 0;
  special.cs.selector = 0;
  kvm_regs general{};
  general.rip = kEntry;
  general.rflags = 2;
  if (::ioctl(cpu, KVM_SET_SREGS, &special) < 0 || ::ioctl(cpu, KVM_SET_REGS, &general) < 0) {
    return exit_refused;
  }
  const auto begin = steady_clock::now();
  const int ran = ::ioctl(cpu, KVM_RUN, 0);
  const auto* run = static_cast<const kvm_run*>(shared);
  if (ran < 0 || run->exit_reason != KVM_EXIT_HLT) {
    return exit_refused;
  }
  return steady_clock::now() - begin < kLimit ? exit_usable : exit_slow;
}

/// Exit status of the child as waitpid() gives it; -1 when it had to be killed.
int wait_for(pid_t child) {
  const auto end = steady_clock::now() + std::chrono::milliseconds(500);
  int status = 0;
  while (::waitpid(child, &status, WNOHANG) == 0) {
    if (steady_clock::now() > end) {
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, 0);
      return -1;
    }
    ::usleep(1000);
  }
  return status;
}

std::string boot_id() {
  std::ifstream in("/proc/sys/kernel/random/boot_id");
  std::string id;
  in >> id;
  return id;
}

}  // namespace

KvmProbe probe_kvm() {
  const int kvm = ::open("/dev/kvm", O_RDWR | O_CLOEXEC);
  if (kvm < 0) {
    return {false, errno == ENOENT ? "there is no /dev/kvm"
                                   : std::string("/dev/kvm: ") + std::strerror(errno)};
  }
  const pid_t child = ::fork();
  if (child == 0) {
    ::_exit(run_loop(kvm));
  }
  ::close(kvm);
  const int status = child < 0 ? -1 : wait_for(child);
  if (status >= 0 && WIFEXITED(status) && WEXITSTATUS(status) == exit_usable) {
    return {true, "KVM ran a trial guest"};
  }
  if (status >= 0 && WIFEXITED(status) && WEXITSTATUS(status) == exit_refused) {
    return {false, "KVM opens but refused a trial guest"};
  }
  return {false, "KVM opens but ran no trial guest within 50 ms"};
}

KvmProbe probe_kvm_cached(const std::filesystem::path& cache_file) {
  const std::string boot = boot_id() + (::access("/dev/kvm", R_OK | W_OK) == 0 ? "+" : "-");
  std::ifstream in(cache_file);
  std::string line;
  if (std::getline(in, line) && line == boot) {
    KvmProbe probe;
    std::string usable;
    if (std::getline(in, usable) && std::getline(in, probe.reason)) {
      probe.usable = usable == "usable";
      return probe;
    }
  }
  KvmProbe probe = probe_kvm();
  std::ofstream(cache_file) << boot << '\n'
                            << (probe.usable ? "usable" : "unusable") << '\n'
                            << probe.reason << '\n';
  return probe;
}

}  // namespace postassoc::virtual_rig
