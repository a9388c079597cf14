#include "harness/random_source.h"

#include <openssl/rand.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>

namespace postassoc {

RandomSource::RandomSource(std::optional<std::uint64_t> seed, std::string_view label)
    : seed_(seed), label_(label) {}

Result<> RandomSource::fill(std::span<unsigned char> octets) {
  if (!seed_) {
    if (RAND_bytes(octets.data(), static_cast<int>(octets.size())) != 1) {
      return Error{Fault::lab, "the system has no random numbers", "OpenSSL"};
    }
    return {};
  }
  while (!octets.empty()) {
    const std::string block =
        std::to_string(*seed_) + "/" + std::to_string(counter_++) + "/" + label_;
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(block.data()), block.size(), digest.data());
    const std::size_t count = std::min(octets.size(), digest.size());
    std::copy_n(digest.begin(), count, octets.begin());
    octets = octets.subspan(count);
  }
  return {};
}

}  // namespace postassoc
