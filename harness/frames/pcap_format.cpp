#include "harness/frames/pcap_format.h"

#include "harness/frames/byte_writer.h"

namespace postassoc {
namespace {

constexpr std::uint32_t kMagicNanoseconds = 0xa1b23c4d;
constexpr std::uint32_t kSnapLength = 262144;
constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

}  // namespace

Bytes pcap_file_header(int link_type) {
  return ByteWriter()
      .le32(kMagicNanoseconds)
      .le16(2)
      .le16(4)
      .zeros(8)
      .le32(kSnapLength)
      .le32(static_cast<std::uint32_t>(link_type))
      .take();
}

Bytes pcap_record_header(std::chrono::nanoseconds time, std::uint32_t captured,
                         std::uint32_t original) {
  return ByteWriter()
      .le32(static_cast<std::uint32_t>(time.count() / kNanosecondsPerSecond))
      .le32(static_cast<std::uint32_t>(time.count() % kNanosecondsPerSecond))
      .le32(captured)
      .le32(original)
      .take();
}

Bytes pcap_record(std::chrono::nanoseconds time, ByteView frame) {
  const auto size = static_cast<std::uint32_t>(frame.size());
  return ByteWriter().bytes(pcap_record_header(time, size, size)).bytes(frame).take();
}

}  // namespace postassoc
