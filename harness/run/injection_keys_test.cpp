#include "harness/run/injection_keys.h"

#include <gtest/gtest.h>

#include <fstream>

#include "harness/evidence.h"
#include "harness/run/live_air.h"

namespace postassoc {
namespace {

namespace fs = std::filesystem;

fs::path folder_of(const char* fixture) {
  return fs::path(POSTASSOC_SOURCE_DIR) / "fixtures/evidence" / fixture;
}

std::string text_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

AirSecrets secrets_of(const fs::path& folder) {
  const auto document = nlohmann::json::parse(text_of(folder / evidence_file::kSecrets));
  return air_secrets(secrets_from_json(document).value());
}

InjectionKeys keys_of(const char* fixture) {
  const auto evidence = read_evidence(folder_of(fixture));
  EXPECT_TRUE(evidence) << to_string(evidence.error());
  return injection_keys(evidence->air, secrets_of(folder_of(fixture)));
}

TEST(InjectionKeys, are_those_of_every_completed_handshake_newest_last) {
  const InjectionKeys keys = keys_of("rekey-ptk-under-traffic");
  ASSERT_EQ(keys.pairwise.size(), 2U);
  EXPECT_NE(keys.pairwise[0].key, keys.pairwise[1].key);
  EXPECT_GT(keys.pairwise[0].highest_pn, 0U);
  EXPECT_GT(keys.pairwise[1].highest_pn, 0U);
  ASSERT_TRUE(keys.ptk);
  EXPECT_EQ(keys.ptk->tk, keys.pairwise.back().key);
  EXPECT_EQ(keys.akm, kAkmPsk);
}

TEST(InjectionKeys, hold_both_group_keys_of_a_rekey) {
  const InjectionKeys keys = keys_of("rekey-gtk");
  ASSERT_GE(keys.group.size(), 2U);
  EXPECT_NE(keys.group[0].key_id, keys.group[1].key_id);
  ASSERT_TRUE(keys.m1 && keys.m3 && keys.g1);
  EXPECT_EQ(keys.m1->key->nonce, keys.m3->key->nonce);
  EXPECT_GE(keys.replay_counter, keys.g1->key->replay_counter);
}

TEST(InjectionKeys, are_found_where_the_access_point_told_the_pmk) {
  const InjectionKeys keys = keys_of("networks-wpa3-sae");
  ASSERT_EQ(keys.pairwise.size(), 1U);
  EXPECT_TRUE(keys.ptk);
}

TEST(InjectionKeys, are_none_without_a_completed_handshake) {
  const InjectionKeys keys = keys_of("wpa2-psk-wrong-passphrase");
  EXPECT_TRUE(keys.pairwise.empty());
  EXPECT_FALSE(keys.ptk);
  EXPECT_TRUE(injection_keys(Air{}, {}).pairwise.empty());
}

/// Takes everything and forgets it.
class Nowhere final : public EvidenceWriter {
 public:
  Result<> append(std::string_view, ByteView) override { return {}; }
};

TEST(LiveAir, reads_what_was_captured_so_far) {
  Nowhere nowhere;
  LiveAir live(nowhere);
  const auto evidence = read_evidence(folder_of("wpa2-psk-connect"));
  ASSERT_TRUE(evidence);
  AirQuestion question;
  question.bssids = {evidence->bssid};
  question.station = evidence->station;
  question.secrets = secrets_of(folder_of("wpa2-psk-connect"));
  EXPECT_FALSE(live.read(question)) << "nothing is kept";
  ASSERT_TRUE(live.keep_air());
  const std::string air = text_of(folder_of("wpa2-psk-connect") / evidence_file::kAir);
  ASSERT_TRUE(live.append(evidence_file::kTimeline, as_bytes("{}")));
  ASSERT_TRUE(live.append(evidence_file::kAir, as_bytes(air).first(air.size() / 2)));
  ASSERT_TRUE(live.read(question)) << "a record may break off in the middle";
  ASSERT_TRUE(live.append(evidence_file::kAir, as_bytes(air).subspan(air.size() / 2)));
  const auto whole = live.read(question);
  ASSERT_TRUE(whole) << to_string(whole.error());
  EXPECT_EQ(injection_keys(*whole, question.secrets).pairwise.size(), 1U);
}

}  // namespace
}  // namespace postassoc
