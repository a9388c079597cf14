#include "adapters/network/create_namespace.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "adapters/network/interface.h"

namespace postassoc {
namespace {

/// Brings the calling thread back into the namespace that it was in.
class Return {
 public:
  Return() : home_(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)) {}
  Return(const Return&) = delete;
  Return& operator=(const Return&) = delete;
  ~Return() {
    if (home_ < 0) {
      return;
    }
    if (setns(home_, CLONE_NEWNET) != 0) {
      std::abort();  // the program would go on in the wrong network
    }
    close(home_);
  }
  bool possible() const { return home_ >= 0; }

 private:
  int home_;
};

/// /proc/sys/net shows the namespace of the thread that opens it. A kernel without IPv6 is fine.
void disable_ipv6() {
  for (const auto* file : {"/proc/sys/net/ipv6/conf/default/disable_ipv6",
                           "/proc/sys/net/ipv6/conf/all/disable_ipv6"}) {
    const int fd = open(file, O_WRONLY | O_CLOEXEC);
    if (fd >= 0) {
      [[maybe_unused]] const auto written = write(fd, "1", 1);
      close(fd);
    }
  }
}

NetworkNamespace adopt(std::string name, int fd) {
  return {std::move(name), std::shared_ptr<int>(new int(fd), [](int* owned) {
            close(*owned);
            delete owned;
          })};
}

}  // namespace

Result<NetworkNamespace> create_namespace(std::string name) {
  const Return home;
  if (!home.possible() || unshare(CLONE_NEWNET) != 0) {
    const bool denied = errno == EPERM;
    return Error{Fault::rig_unavailable,
                 denied ? std::string("no permission to make a network namespace: run as root")
                        : std::string("can't make a network namespace: ") + std::strerror(errno),
                 name};
  }
  disable_ipv6();
  const auto loopback = set_up({}, "lo");
  const int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return Error{Fault::lab,
                 std::string("can't open the network namespace: ") + std::strerror(errno), name};
  }
  auto made = adopt(std::move(name), fd);
  if (!loopback) {
    return loopback.error();
  }
  return made;
}

}  // namespace postassoc
