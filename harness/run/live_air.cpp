#include "harness/run/live_air.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "harness/evidence.h"

namespace postassoc {

LiveAir::~LiveAir() {
  if (file_ >= 0) {
    ::close(file_);
  }
}

Result<> LiveAir::keep_air() {
  file_ = ::memfd_create("air", MFD_CLOEXEC);
  if (file_ < 0) {
    return Error{Fault::lab,
                 std::string("can't keep the air capture in memory: ") + std::strerror(errno),
                 std::string(evidence_file::kAir)};
  }
  return {};
}

Result<> LiveAir::append(std::string_view name, ByteView bytes) {
  if (file_ >= 0 && name == evidence_file::kAir && !overflow_) {
    overflow_ = size_ + bytes.size() > kMostOctets;
    for (std::size_t at = 0; at < bytes.size() && !overflow_;) {
      const ssize_t written = ::write(file_, bytes.data() + at, bytes.size() - at);
      if (written > 0) {
        at += static_cast<std::size_t>(written);
      } else {
        overflow_ = errno != EINTR;
      }
    }
    size_ += bytes.size();
  }
  return evidence_.append(name, bytes);
}

Result<Air> LiveAir::read(const AirQuestion& question) const {
  if (file_ < 0 || overflow_) {
    return Error{Fault::lab,
                 file_ < 0 ? "the air capture is not kept while the run goes on"
                           : "the air capture has become too long to look for keys in it",
                 std::string(evidence_file::kAir)};
  }
  return read_air("/proc/self/fd/" + std::to_string(file_), question);
}

}  // namespace postassoc
