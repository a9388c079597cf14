#include "harness/nearest_word.h"

#include <gtest/gtest.h>

namespace postassoc {
namespace {

constexpr std::string_view kWords[] = {"channel", "ssid", "security"};

TEST(NearestWord, FindsTheWordWithTheFewestEdits) {
  EXPECT_EQ(nearest_word("chanel", kWords), "channel");
  EXPECT_EQ(nearest_word("SSID", kWords), "ssid");
  EXPECT_EQ(nearest_word("", kWords), "ssid");
}

TEST(NearestWord, IsEmptyWithoutWords) {
  EXPECT_EQ(nearest_word("x", {}), "");
}

TEST(Suggestion, AsksForANearWordAndListsWhenNoneIsNear) {
  EXPECT_EQ(suggestion("securty", kWords), "did you mean \"security\"?");
  EXPECT_EQ(suggestion("colour", kWords), "valid are: \"channel\", \"ssid\", \"security\"");
  EXPECT_EQ(suggestion("x", {}), "nothing is valid here");
}

TEST(Suggestion, NamesTheNearestOfALongList) {
  std::vector<std::string> many;
  for (int i = 10; i < 40; ++i) {
    many.push_back("check-number-" + std::to_string(i));
  }
  const std::string text = suggestion("zzzzzzzzzzzzzzz", views_of(many));
  EXPECT_NE(text.find("of 30 valid ones"), std::string::npos) << text;
  EXPECT_LT(text.size(), 120U);
}

TEST(Suggestion, DoesNotTakeLongForHugeText) {
  EXPECT_FALSE(suggestion(std::string(1 << 20, 'x'), kWords).empty());
}

}  // namespace
}  // namespace postassoc
