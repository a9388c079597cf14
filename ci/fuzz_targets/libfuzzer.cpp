#include <algorithm>
#include <cstdint>

#include "ci/fuzz_targets/fuzz_targets.h"
#include "ci/fuzz_targets/parts.h"

// One program a target: POSTASSOC_FUZZ_TARGET is its name. Interface: libFuzzer of LLVM.

namespace {

using namespace postassoc;

const fuzz::Target& fuzzed() {
  static const fuzz::Target& target = fuzz::target(POSTASSOC_FUZZ_TARGET);
  return target;
}

ByteView view(const std::uint8_t* data, std::size_t size) {
  return std::as_bytes(std::span(data, size));
}

}  // namespace

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzzed().run(view(data, size));
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned seed) {
  const fuzz::PartsFormat format = fuzz::parts_format(fuzzed().name);
  if (format == fuzz::PartsFormat::none || seed % 2 == 0) {
    return LLVMFuzzerMutate(data, size, max_size);
  }
  std::vector<Bytes> parts = fuzz::split(format, view(data, size));
  fuzz::shuffle(parts, seed);
  const Bytes changed = fuzz::join(format, parts);
  const std::size_t length = std::min(changed.size(), max_size);
  std::copy_n(reinterpret_cast<const std::uint8_t*>(changed.data()), length, data);
  return length;
}
