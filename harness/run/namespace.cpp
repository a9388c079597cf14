#include "harness/run/namespace.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace postassoc {

Result<NamespaceScope> NamespaceScope::enter(const NetworkNamespace& target) {
  if (!target.fd) {
    return NamespaceScope(-1);
  }
  const int previous = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  if (previous < 0 || setns(target.get(), CLONE_NEWNET) != 0) {
    const int error = errno;
    if (previous >= 0) {
      close(previous);
    }
    return Error{Fault::lab,
                 std::string("can't enter the network namespace: ") + std::strerror(error),
                 target.name};
  }
  return NamespaceScope(previous);
}

NamespaceScope::NamespaceScope(NamespaceScope&& other) noexcept
    : previous_(std::exchange(other.previous_, -1)) {}

NamespaceScope::~NamespaceScope() {
  if (previous_ < 0) {
    return;
  }
  if (setns(previous_, CLONE_NEWNET) != 0) {
    std::abort();  // the program would go on in the wrong network
  }
  close(previous_);
}

}  // namespace postassoc
