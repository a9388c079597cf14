#include "harness/judging_terms.h"

#include <gtest/gtest.h>

namespace postassoc {
namespace {

using nlohmann::json;

const std::vector<std::string> kKnown = {"timing.m1-m2", "timing.m3-m4", "key.pn-never-reused"};

TEST(JudgingTerms, take_the_place_of_the_scenarios_own) {
  const auto terms = parse_judging_terms(
      json{{"limits", {{"timing.m3-m4", {{"max_ms", 50}}}}}, {"profile", "compact"}}, "new.json",
      kKnown);
  ASSERT_TRUE(terms) << to_string(terms.error());
  Scenario scenario;
  scenario.limits["timing.m3-m4"].max = std::chrono::milliseconds(100);
  scenario.limits["timing.m1-m2"].max = std::chrono::milliseconds(70);
  terms->apply_to(scenario);
  EXPECT_EQ(scenario.limits["timing.m3-m4"].max, std::chrono::milliseconds(50));
  EXPECT_EQ(scenario.limits["timing.m1-m2"].max, std::chrono::milliseconds(70));
  EXPECT_EQ(scenario.profile, Profile::compact);
}

TEST(JudgingTerms, say_nothing_where_they_are_silent) {
  const auto terms = parse_judging_terms(json::object(), "new.json", kKnown);
  ASSERT_TRUE(terms);
  Scenario scenario;
  scenario.profile = Profile::wdi;
  terms->apply_to(scenario);
  EXPECT_TRUE(scenario.limits.empty());
  EXPECT_EQ(scenario.profile, Profile::wdi);
}

TEST(JudgingTerms, name_file_pointer_and_nearest_word_of_every_fault) {
  const auto terms = parse_judging_terms(
      json{{"limits",
            {{"timing.m3-m5", {{"max_ms", 50}}}, {"key.pn-never-reused", {{"max_ms", 1}}}}},
           {"profile", "linus"},
           {"checks", json::array()}},
      "new.json", kKnown);
  ASSERT_FALSE(terms);
  const std::string said = to_string(terms.error());
  EXPECT_NE(said.find("new.json#/limits/timing.m3-m5: "), said.npos) << said;
  EXPECT_NE(said.find("timing.m3-m4"), said.npos) << said;
  EXPECT_NE(said.find("new.json#/limits/key.pn-never-reused: only timing checks"), said.npos);
  EXPECT_NE(said.find("did you mean \"linux\""), said.npos) << said;
  EXPECT_NE(said.find("new.json#/checks"), said.npos) << said;
}

}  // namespace
}  // namespace postassoc
