#include "harness/commands/local_recording.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "harness/commands/virtual_recording.h"

namespace postassoc {

LocalRecording::~LocalRecording() {
  if (lock_ >= 0) {
    close(lock_);
  }
}

/// The lock is a bound name in the abstract UNIX socket namespace: there is no file that a crash
/// could leave behind, the kernel frees the name with the last descriptor.
Task<> LocalRecording::start() {
  if (geteuid() != 0) {
    co_return Error{Fault::rig_unavailable, "radios need root: run this command with sudo",
                    rig_.file};
  }
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name = fmt::format("postassoc-rig-{}", rig_.id);
  const std::size_t length = std::min(name.size(), sizeof address.sun_path - 1);
  std::memcpy(address.sun_path + 1, name.data(), length);
  lock_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + length);
  if (lock_ < 0 || bind(lock_, reinterpret_cast<const sockaddr*>(&address), size) != 0) {
    const std::string why = errno == EADDRINUSE ? "another run is using it" : std::strerror(errno);
    co_return Error{Fault::rig_unavailable, fmt::format("can't lock the rig: {}", why), rig_.id};
  }
  co_return Result<>{};
}

Task<> LocalRecording::record(const Plan& plan, const Secrets& secrets, EvidenceWriter& evidence) {
  co_return co_await record_here(plan, secrets, evidence, options_.progress, environment());
}

Task<> LocalRecording::stop() {
  if (lock_ >= 0) {
    close(lock_);
    lock_ = -1;
  }
  co_return Result<>{};
}

nlohmann::json LocalRecording::environment() const {
  nlohmann::json environment = options_.environment;
  environment["rig"] = rig_.id;
  return environment;
}

Result<std::unique_ptr<Recording>> make_recording(const RigSpec& rig, RecordingOptions options) {
  if (rig.kind == RigKind::virtual_machine) {
    return std::unique_ptr<Recording>(std::make_unique<VirtualRecording>(rig, std::move(options)));
  }
  return std::unique_ptr<Recording>(std::make_unique<LocalRecording>(rig, std::move(options)));
}

}  // namespace postassoc
