#include "harness/check_aliases.h"

#include <gtest/gtest.h>

#include "harness/id_pattern.h"
#include "harness/plan.h"
#include "harness/scenario_test_data.h"

namespace postassoc {
namespace {

using nlohmann::json;

const std::vector<std::string> kKnown = {"timing.m1-m2", "ihv.pa-06", "ihv.pa-15", "ihv.pa-16",
                                         "ihv.pa-17"};

json scenario_with(json checks, json expected, json limits) {
  json document = test_data::small_scenario();
  document["checks"] = std::move(checks);
  document["expected"] = std::move(expected);
  document["limits"] = std::move(limits);
  return document;
}

TEST(CheckAliases, stand_for_the_check_or_for_each_of_several) {
  EXPECT_TRUE(matches_pattern("order.ihv-ethertype-window", "ihv.pa-06"));
  EXPECT_TRUE(matches_pattern("port.ihv-completion-status", "ihv.pa-16"));
  EXPECT_TRUE(matches_pattern("port.ihv-completion-status", "ihv.pa-17"));
  EXPECT_FALSE(matches_pattern("order.ihv-ethertype-window", "ihv.pa-15"));
  EXPECT_FALSE(matches_pattern("order.*", "ihv.pa-06"));
  EXPECT_EQ(check_called("order.ihv-ethertype-window"), "ihv.pa-06");
  EXPECT_EQ(check_called("port.ihv-completion-status"), "port.ihv-completion-status");
  EXPECT_EQ(check_called("timing.m1-m2"), "timing.m1-m2");
  EXPECT_EQ(other_names("ihv.pa-15"),
            std::vector<std::string_view>{"timing.ihv-completion-bounded"});
}

TEST(CheckAliases, may_be_written_in_a_scenario_and_mean_the_id) {
  const auto scenario =
      parse_scenario(scenario_with({"order.ihv-ethertype-window", "timing.ihv-completion-bounded"},
                                   {{"order.ihv-ethertype-window", "fail"}},
                                   {{"timing.ihv-completion-bounded", {{"max_ms", 2000}}}}),
                     "s.json", "a/b", kKnown);
  ASSERT_TRUE(scenario) << to_string(scenario.error());
  EXPECT_EQ(scenario->expected.at("ihv.pa-06"), Verdict::fail);
  EXPECT_EQ(scenario->limits.at("ihv.pa-15").max, std::chrono::seconds(2));
  const auto planned = plan(*scenario, hwsim_rig_spec(), kKnown, "0123abcd");
  ASSERT_TRUE(planned) << to_string(planned.error());
  EXPECT_EQ(std::get<Plan>(*planned).checks, (std::vector<std::string>{"ihv.pa-06", "ihv.pa-15"}));
}

TEST(CheckAliases, of_several_checks_say_nothing_of_what_is_expected) {
  const auto scenario =
      parse_scenario(scenario_with({"port.ihv-completion-status"},
                                   {{"port.ihv-completion-status", "fail"}}, json::object()),
                     "s.json", "a/b", kKnown);
  ASSERT_FALSE(scenario);
  EXPECT_NE(scenario.error().what.find("ihv.pa-16, ihv.pa-17"), std::string::npos)
      << scenario.error().what;
}

}  // namespace
}  // namespace postassoc
