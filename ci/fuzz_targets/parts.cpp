#include "ci/fuzz_targets/parts.h"

#include <algorithm>
#include <random>

#include "harness/frames/byte_reader.h"
#include "harness/frames/byte_writer.h"

namespace postassoc::fuzz {

PartsFormat parts_format(std::string_view target) {
  return target == "air"        ? PartsFormat::frames
         : target == "timeline" ? PartsFormat::lines
                                : PartsFormat::none;
}

std::vector<Bytes> split(PartsFormat format, ByteView input) {
  std::vector<Bytes> parts;
  if (format == PartsFormat::frames) {
    ByteReader reader(input);
    while (reader.left() > 2) {
      const ByteView frame = reader.bytes(std::min<std::size_t>(reader.be16(), reader.left()));
      parts.emplace_back(frame.begin(), frame.end());
    }
    return parts;
  }
  for (auto begin = input.begin(); begin != input.end();) {
    const auto end = std::find(begin, input.end(), std::byte{'\n'});
    parts.emplace_back(begin, end);
    begin = end == input.end() ? end : end + 1;
  }
  return parts;
}

Bytes join(PartsFormat format, const std::vector<Bytes>& parts) {
  ByteWriter writer;
  for (const Bytes& part : parts) {
    if (format == PartsFormat::frames) {
      writer.be16(static_cast<std::uint16_t>(part.size()));
    }
    writer.bytes(part);
    if (format == PartsFormat::lines) {
      writer.u8('\n');
    }
  }
  return writer.take();
}

void shuffle(std::vector<Bytes>& parts, unsigned seed) {
  if (parts.empty()) {
    return;
  }
  std::minstd_rand random(seed);
  const auto any = [&] { return static_cast<std::ptrdiff_t>(random() % parts.size()); };
  const auto from = any();
  const auto to = any();
  switch (random() % 4) {
    case 0:
      std::swap(parts[static_cast<std::size_t>(from)], parts[static_cast<std::size_t>(to)]);
      break;
    case 1:
      parts.insert(parts.begin() + to, Bytes(parts[static_cast<std::size_t>(from)]));
      break;
    case 2:
      parts.erase(parts.begin() + from);
      break;
    default:
      std::rotate(parts.begin() + std::min(from, to), parts.begin() + std::max(from, to),
                  parts.end());
  }
}

}  // namespace postassoc::fuzz
