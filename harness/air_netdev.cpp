#include "harness/air_netdev.h"

#include "harness/air_tags.h"
#include "harness/frames/capture_file.h"
#include "harness/frames/msdu.h"

namespace postassoc {

Result<NetdevCapture> read_netdev_capture(const std::filesystem::path& file,
                                          std::chrono::nanoseconds realtime_offset,
                                          const std::string& tag_nonce) {
  auto capture = CaptureFile::open(file);
  if (!capture) {
    return capture.error();
  }
  if (capture->link_type() != kLinkTypeEthernet) {
    return Error{Fault::invalid_input, "is no capture of an Ethernet interface", file.string()};
  }
  NetdevCapture read;
  while (true) {
    const auto next = capture->next();
    if (!next) {
      read.broken_off = to_string(next.error());
      return read;
    }
    if (!*next) {
      read.broken_off = capture->truncated();
      return read;
    }
    const CapturedFrame& captured = **next;
    const auto msdu = parse_ethernet(captured.data);
    if (!msdu) {
      continue;
    }
    auto tags = find_tags(msdu->payload, tag_nonce);
    read.frames.push_back({captured.number, captured.time - realtime_offset, msdu->da, msdu->sa,
                           msdu->ethertype,
                           tags.empty() ? std::string() : std::move(tags.front())});
  }
}

Result<std::vector<NetdevFrame>> read_netdev(const std::filesystem::path& file,
                                             std::chrono::nanoseconds realtime_offset,
                                             const std::string& tag_nonce) {
  auto read = read_netdev_capture(file, realtime_offset, tag_nonce);
  if (!read) {
    return read.error();
  }
  return std::move(read->frames);
}

}  // namespace postassoc
