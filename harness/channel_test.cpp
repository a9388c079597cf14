#include "harness/channel.h"

#include <gtest/gtest.h>

namespace postassoc {
namespace {

TEST(Channel, has_the_frequency_of_the_standard) {
  EXPECT_EQ(frequency_mhz(1).value(), 2412);
  EXPECT_EQ(frequency_mhz(6).value(), 2437);
  EXPECT_EQ(frequency_mhz(13).value(), 2472);
  EXPECT_EQ(frequency_mhz(14).value(), 2484);
  EXPECT_EQ(frequency_mhz(36).value(), 5180);
  EXPECT_EQ(frequency_mhz(100).value(), 5500);
  EXPECT_EQ(frequency_mhz(149).value(), 5745);
  EXPECT_EQ(frequency_mhz(165).value(), 5825);
}

TEST(Channel, refuses_numbers_that_are_no_20_mhz_channel) {
  for (const int channel : {-1, 0, 15, 34, 35, 38, 42, 68, 99, 146, 148, 151, 181, 1000000}) {
    const auto frequency = frequency_mhz(channel);
    ASSERT_FALSE(frequency) << channel;
    EXPECT_EQ(frequency.error().fault, Fault::invalid_input);
    EXPECT_NE(frequency.error().what.find(std::to_string(channel)), std::string::npos);
  }
}

TEST(Channel, is_found_again_by_its_frequency) {
  for (int channel = 1; channel < 200; ++channel) {
    if (const auto frequency = frequency_mhz(channel)) {
      EXPECT_EQ(channel_of(*frequency), channel);
    }
  }
  EXPECT_EQ(channel_of(0), 0);
  EXPECT_EQ(channel_of(2413), 0);
  EXPECT_EQ(channel_of(5190), 0);
}

}  // namespace
}  // namespace postassoc
