#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

/// measure COMMAND...: runs the command and then prints, on standard error, one line of
///
///   WALL_S OWN_CPU_S PEAK_KB ALL_CPU_S
///
/// OWN_CPU_S and PEAK_KB (resident) are of the command's own process, without those that it
/// starts; what `time` says includes them, and QEMU is far bigger than this program. They are read
/// from /proc every 2 ms until the process ends. ALL_CPU_S includes them: it depends far less than
/// WALL_S on what else the machine does. The exit code is the command's.
namespace {

struct Usage {
  double cpu_s = 0;
  long peak_kb = 0;
};

void read_peak(pid_t pid, Usage& usage) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) {
      usage.peak_kb = std::max(usage.peak_kb, std::stol(line.substr(6)));
    }
  }
}

void read_cpu(pid_t pid, Usage& usage) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/schedstat");
  double run_ns = 0;
  if (file >> run_ns) {
    usage.cpu_s = std::max(usage.cpu_s, run_ns / 1e9);
  }
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

bool ended(pid_t pid) {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
         info.si_pid != 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s COMMAND...\n", argv[0]);
    return 2;
  }
  const auto begin = std::chrono::steady_clock::now();
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::execvp(argv[1], argv + 1);
    std::perror(argv[1]);
    ::_exit(127);
  }
  if (pid < 0) {
    std::perror("fork");
    return 1;
  }
  Usage usage;
  while (!ended(pid)) {
    read_peak(pid, usage);
    read_cpu(pid, usage);
    ::usleep(2000);
  }
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
  read_cpu(pid, usage);  // a process that has ended keeps it until it is waited for
  int status = 0;
  rusage all{};
  ::wait4(pid, &status, 0, &all);
  std::fprintf(stderr, "%.4f %.4f %ld %.4f\n", wall.count(), usage.cpu_s, usage.peak_kb,
               seconds(all.ru_utime) + seconds(all.ru_stime));
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
