#include <gtest/gtest.h>

#include "harness/frames/keys.h"
#include "harness/plan.h"
#include "harness/scenario_test_data.h"

namespace postassoc {
namespace {

Scenario with(Security security, Credential credential) {
  Scenario scenario;
  scenario.access_point.ssid = "lab";
  scenario.access_point.security = security;
  scenario.station.credential = credential;
  return scenario;
}

TEST(MakeSecrets, GivesBothEndsTheSamePassphraseAndItsPmk) {
  const auto secrets = make_secrets(with(Security::wpa2_psk, Credential::right));
  ASSERT_TRUE(secrets) << to_string(secrets.error());
  EXPECT_EQ(secrets->passphrase.size(), 20U);
  EXPECT_EQ(secrets->passphrase.find_first_of("01loi"), std::string::npos);
  EXPECT_EQ(secrets->station_passphrase, secrets->passphrase);
  EXPECT_EQ(secrets->pmk, pmk_from_passphrase(secrets->passphrase, "lab").value());
  EXPECT_EQ(secrets->station_pmk, secrets->pmk);
}

TEST(MakeSecrets, GivesAWrongStationAnotherPassphrase) {
  const auto secrets = make_secrets(with(Security::wpa2_psk_sha256, Credential::wrong));
  ASSERT_TRUE(secrets);
  EXPECT_NE(secrets->station_passphrase, secrets->passphrase);
  EXPECT_NE(secrets->station_pmk, secrets->pmk);
  EXPECT_EQ(secrets->station_pmk, pmk_from_passphrase(secrets->station_passphrase, "lab").value());
}

TEST(MakeSecrets, FollowsFromSeedAndLabel) {
  const auto scenario = with(Security::wpa2_psk, Credential::wrong);
  const auto made = [&](std::uint64_t seed, const char* label) {
    return to_json(make_secrets(scenario, RandomSource(seed, label)).value());
  };
  EXPECT_EQ(made(7, "a"), made(7, "a"));
  EXPECT_NE(made(7, "a"), made(8, "a"));
  EXPECT_NE(made(7, "a"), made(7, "b"));
  EXPECT_NE(made(7, "a")["passphrase"], made(7, "a")["station_passphrase"]);
}

TEST(MakeSecrets, IsNewEveryTime) {
  const auto scenario = with(Security::wpa2_psk, Credential::right);
  EXPECT_NE(make_secrets(scenario)->passphrase, make_secrets(scenario)->passphrase);
}

TEST(MakeSecrets, HasNoneForAnOpenNetwork) {
  const auto secrets = make_secrets(with(Security::open, Credential::right));
  ASSERT_TRUE(secrets);
  EXPECT_TRUE(secrets->passphrase.empty());
  EXPECT_TRUE(secrets->pmk.empty());
}

TEST(MakeSecrets, HasAPasswordAndNoPmkWhereOnlyTheAccessPointWillKnowIt) {
  for (const Security security : {Security::wpa3_sae, Security::wpa2_enterprise}) {
    const auto secrets = make_secrets(with(security, Credential::wrong));
    ASSERT_TRUE(secrets);
    EXPECT_EQ(secrets->passphrase.size(), 20U);
    EXPECT_NE(secrets->station_passphrase, secrets->passphrase);
    EXPECT_TRUE(secrets->pmk.empty());
  }
  EXPECT_TRUE(make_secrets(with(Security::owe, Credential::right))->passphrase.empty());
  EXPECT_FALSE(make_secrets(with(Security::wpa2_wpa3_transition, Credential::right))->pmk.empty());
}

TEST(Secrets, HoldEveryPmkThatTheAccessPointTold) {
  Secrets before;
  before.pmks = {Bytes(32, std::byte{1}), Bytes(48, std::byte{2})};
  const auto after = secrets_from_json(nlohmann::json::parse(to_json(before).dump()));
  ASSERT_TRUE(after) << to_string(after.error());
  EXPECT_EQ(after->pmks, before.pmks);
  EXPECT_FALSE(secrets_from_json({{"pmks", {"c0ffee"}}}));
}

TEST(Secrets, SurviveTheWayThroughJson) {
  for (const Security security : {Security::wpa2_psk, Security::open}) {
    const Secrets before = make_secrets(with(security, Credential::right)).value();
    const auto after = secrets_from_json(nlohmann::json::parse(to_json(before).dump()));
    ASSERT_TRUE(after) << to_string(after.error());
    EXPECT_EQ(after->passphrase, before.passphrase);
    EXPECT_EQ(after->station_passphrase, before.station_passphrase);
    EXPECT_EQ(after->pmk, before.pmk);
    EXPECT_EQ(after->station_pmk, before.station_pmk);
  }
}

TEST(Secrets, RefusesAKeyOfTheWrongLengthAndDoesNotShowIt) {
  const auto secrets = secrets_from_json({{"pmk", "c0ffee"}});
  ASSERT_FALSE(secrets);
  EXPECT_EQ(to_string(secrets.error()).find("c0ffee"), std::string::npos);
  EXPECT_FALSE(secrets_from_json(nullptr));
}

}  // namespace
}  // namespace postassoc
