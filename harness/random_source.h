#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "harness/result.h"

namespace postassoc {

/// Random octets: of the system, or for a run that is to be repeatable those that follow from a
/// seed and a label (SHA-256 of both and a counter): the same pair gives the same octets, whatever
/// else is drawn elsewhere. Seeded secrets are no secrets.
class RandomSource {
 public:
  RandomSource() = default;
  RandomSource(std::optional<std::uint64_t> seed, std::string_view label);
  /// An Error when the system has none.
  Result<> fill(std::span<unsigned char> octets);

 private:
  std::optional<std::uint64_t> seed_;
  std::string label_;
  std::uint64_t counter_ = 0;
};

}  // namespace postassoc
