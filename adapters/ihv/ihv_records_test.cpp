#include "adapters/ihv/ihv_records.h"

#include <gtest/gtest.h>

namespace postassoc {
namespace {

using nlohmann::json;

json key_call(const std::string& key) {
  return {{"event", "ihv_begin"},
          {"time_ns", sample_clocks().realtime.count()},
          {"function", "Dot11ExtSetKeyMappingKey"},
          {"arguments", {{"cipher", 4}}},
          {"secret", {{"key_digest", key}, {"data_sha256", "616263"}}}};
}

TEST(IhvRecords, DigestKeysSoThatOnlyEqualityIsSeen) {
  const auto records = IhvRecords::create();
  const auto others = IhvRecords::create();
  ASSERT_TRUE(records && others);
  const std::string key = "000102030405060708090a0b0c0d0e0f";
  const auto event = records->event_of(key_call(key));
  ASSERT_TRUE(event);
  EXPECT_EQ(event->detail.dump().find(key), std::string::npos);
  EXPECT_FALSE(event->detail.contains("secret"));
  const std::string digest = event->detail["arguments"]["key_digest"];
  EXPECT_EQ(digest.size(), 16U);
  EXPECT_EQ(records->event_of(key_call(key))->detail["arguments"]["key_digest"], digest);
  EXPECT_NE(records->event_of(key_call("00"))->detail["arguments"]["key_digest"], digest);
  EXPECT_NE(others->event_of(key_call(key))->detail["arguments"]["key_digest"], digest);
  EXPECT_EQ(event->detail["arguments"]["data_sha256"],
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
      << "FIPS 180-2, B.1: \"abc\"";
}

TEST(IhvRecords, TakeTheTimeOfTheCallWhereItCanBe) {
  const auto records = IhvRecords::create();
  ASSERT_TRUE(records);
  json record = {{"event", "ihv_port"}, {"state", "created"}};
  const ClockSample now = sample_clocks();
  record["time_ns"] = (now.realtime - std::chrono::milliseconds(20)).count();
  const auto event = records->event_of(record);
  ASSERT_TRUE(event);
  EXPECT_LT(event->time, now.monotonic - std::chrono::milliseconds(15));
  EXPECT_EQ(event->witness, Witness::ihv);
  EXPECT_EQ(event->detail, json({{"state", "created"}}));
  for (const json& time : {json("x"), json(0), json(1'000'000'000'000'000'000'0U), json()}) {
    record["time_ns"] = time;
    const auto other = records->event_of(record);
    ASSERT_TRUE(other) << time;
    EXPECT_GE(other->time, now.monotonic) << time;
  }
}

TEST(IhvRecords, RefuseWhatIsNone) {
  const auto records = IhvRecords::create();
  ASSERT_TRUE(records);
  EXPECT_FALSE(records->event_of(json()));
  EXPECT_FALSE(records->event_of({{"event", 5}}));
  EXPECT_FALSE(records->event_of({{"event", "NL80211_CMD_CONNECT"}}));
  EXPECT_FALSE(records->event_of({{"event", "ihv_begin"}, {"x", std::string(20000, 'x')}}));
  EXPECT_TRUE(records->event_of({{"event", "ihv_begin"}, {"secret", {{"key_digest", 5}}}}));
  EXPECT_TRUE(records->event_of({{"event", "ihv_begin"}, {"secret", "text"}}));
}

TEST(IhvRecords, KeepSecretsOutOfTheLog) {
  EXPECT_EQ(without_secrets("psk=abcdef0123, again abcdef0123", {"abcdef0123", "", "short"}),
            "psk=***, again ***");
  EXPECT_EQ(without_secrets("a short word", {"short"}), "a short word");
}

}  // namespace
}  // namespace postassoc
