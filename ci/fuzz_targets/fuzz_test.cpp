#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "ci/fuzz_targets/fuzz_targets.h"
#include "ci/fuzz_targets/parts.h"

namespace postassoc::fuzz {
namespace {

namespace fs = std::filesystem;

class FuzzTarget : public testing::TestWithParam<Target> {};

/// fixtures/fuzz/TARGET holds each input that once was a finding, and one seed at least.
TEST_P(FuzzTarget, TakesWhatWasOnceAFinding) {
  const fs::path folder =
      fs::path(POSTASSOC_SOURCE_DIR) / "fixtures/fuzz" / std::string(GetParam().name);
  std::size_t inputs = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string input{std::istreambuf_iterator<char>(in), {}};
    SCOPED_TRACE(entry.path().filename().string());
    EXPECT_NO_THROW(GetParam().run(as_bytes(input)));
    ++inputs;
  }
  EXPECT_GT(inputs, 0U) << folder;
}

TEST_P(FuzzTarget, TakesNothing) {
  EXPECT_NO_THROW(GetParam().run({}));
}

INSTANTIATE_TEST_SUITE_P(Every, FuzzTarget, testing::ValuesIn(all_targets()),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(FuzzParts, AreTheSameAfterJoining) {
  const std::vector<Bytes> parts = {Bytes(3, std::byte{'a'}), Bytes(300, std::byte{'b'}), Bytes(1)};
  for (const PartsFormat format : {PartsFormat::frames, PartsFormat::lines}) {
    EXPECT_EQ(split(format, join(format, parts)), parts);
  }
}

TEST(FuzzParts, ShufflingChangesTheListAndNeverAPart) {
  const std::vector<Bytes> parts = {Bytes(1, std::byte{'a'}), Bytes(2, std::byte{'b'})};
  std::size_t changed = 0;
  for (unsigned seed = 0; seed < 100; ++seed) {
    std::vector<Bytes> shuffled = parts;
    shuffle(shuffled, seed);
    changed += shuffled != parts ? 1 : 0;
    for (const Bytes& part : shuffled) {
      EXPECT_TRUE(part == parts[0] || part == parts[1]);
    }
  }
  EXPECT_GT(changed, 50U);
}

}  // namespace
}  // namespace postassoc::fuzz
