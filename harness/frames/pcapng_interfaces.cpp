#include "harness/frames/pcapng_interfaces.h"

#include <algorithm>
#include <array>

#include "harness/frames/byte_reader.h"

namespace postassoc {
namespace {

constexpr std::uint32_t kSectionHeader = 0x0a0d0d0a;
constexpr std::uint32_t kInterfaceDescription = 1;
constexpr std::uint32_t kByteOrderMagic = 0x1a2b3c4d;
constexpr std::size_t kMostInterfaces = 1000;
constexpr std::size_t kBlockFrame = 12;  // type, and the length twice

/// Reads numbers in the section's byte order.
class Blocks {
 public:
  explicit Blocks(FILE* file) : file_(file) {}

  template <std::size_t N>
  bool read(std::array<std::byte, N>& to) {
    return std::fread(to.data(), 1, N, file_) == N;
  }
  std::uint32_t u32(ByteView at) const {
    return big_ ? ByteReader(at).be32() : ByteReader(at).le32();
  }
  std::uint16_t u16(ByteView at) const {
    return big_ ? ByteReader(at).be16() : ByteReader(at).le16();
  }
  /// By reading: a compressed file knows no other way.
  bool skip(std::size_t count) {
    std::array<char, 4096> waste{};
    while (count > 0) {
      const std::size_t part = std::min(count, waste.size());
      if (std::fread(waste.data(), 1, part, file_) != part) {
        return false;
      }
      count -= part;
    }
    return true;
  }
  /// False unless the file begins with a section header.
  bool take_section_header() {
    std::array<std::byte, 12> start{};
    if (!read(start) || ByteReader(start).be32() != kSectionHeader) {
      return false;
    }
    const ByteView magic = ByteView(start).subspan(8);
    big_ = ByteReader(magic).be32() == kByteOrderMagic;
    if (u32(magic) != kByteOrderMagic) {
      return false;
    }
    const std::size_t length = u32(ByteView(start).subspan(4));
    return length >= start.size() && skip(length - start.size());
  }

 private:
  FILE* file_;
  bool big_ = false;
};

}  // namespace

std::vector<PcapngInterface> list_pcapng_interfaces(FILE* file) {
  std::vector<PcapngInterface> interfaces;
  Blocks blocks(file);
  if (!blocks.take_section_header()) {
    return interfaces;
  }
  std::array<std::byte, 8> header{};
  while (interfaces.size() < kMostInterfaces && blocks.read(header)) {
    const std::uint32_t type = blocks.u32(header);
    std::size_t rest = blocks.u32(ByteView(header).subspan(4));
    if (rest < kBlockFrame || type == kSectionHeader) {
      break;
    }
    rest -= header.size();
    if (type == kInterfaceDescription) {
      std::array<std::byte, 8> body{};
      if (rest < body.size() || !blocks.read(body)) {
        break;
      }
      rest -= body.size();
      interfaces.push_back({blocks.u16(body), blocks.u32(ByteView(body).subspan(4))});
    }
    if (!blocks.skip(rest)) {
      break;
    }
  }
  return interfaces;
}

}  // namespace postassoc
