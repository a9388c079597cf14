#include "harness/frames/akm.h"

#include <algorithm>
#include <array>

namespace postassoc {
namespace {

struct Row {
  Suite akm;
  AkmKeys keys;
};

constexpr AkmKeys kSha1{KeyHash::sha1, 16, 16, 16};
constexpr AkmKeys kSha256{KeyHash::sha256, 16, 16, 16};
constexpr AkmKeys kSha384{KeyHash::sha384, 24, 32, 24};
constexpr AkmKeys kSha512{KeyHash::sha512, 32, 32, 32};

constexpr std::array kRows{
    Row{kAkm8021x, kSha1},           Row{kAkmPsk, kSha1},
    Row{kAkmFt8021x, kSha256},       Row{kAkmFtPsk, kSha256},
    Row{kAkm8021xSha256, kSha256},   Row{kAkmPskSha256, kSha256},
    Row{kAkmSae, kSha256},           Row{kAkmFtSae, kSha256},
    Row{kAkm8021xSuiteB, kSha256},   Row{kAkm8021xSuiteB192, kSha384},
    Row{kAkmFt8021xSha384, kSha384},
};

bool goes_by_group(Suite akm) {
  return akm == kAkmOwe || akm == kAkmSaeExtKey || akm == kAkmFtSaeExtKey;
}

std::optional<AkmKeys> by_group(std::size_t pmk_size) {
  switch (pmk_size) {
    case 32:
      return kSha256;
    case 48:
      return kSha384;
    case 64:
      return kSha512;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<AkmKeys> akm_keys(Suite akm, std::size_t pmk_size) {
  if (goes_by_group(akm)) {
    return by_group(pmk_size);
  }
  const auto found =
      std::find_if(kRows.begin(), kRows.end(), [akm](const Row& row) { return row.akm == akm; });
  return found == kRows.end() ? std::nullopt : std::optional(found->keys);
}

std::size_t mic_length(Suite akm, std::size_t pmk_size) {
  return akm_keys(akm, pmk_size).value_or(AkmKeys{}).mic;
}

bool is_ft_akm(Suite akm) {
  return akm == kAkmFt8021x || akm == kAkmFtPsk || akm == kAkmFtSae || akm == kAkmFt8021xSha384 ||
         akm == kAkmFtSaeExtKey;
}

}  // namespace postassoc
