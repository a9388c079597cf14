#include "harness/checks/recorded_evidence.h"

#include <algorithm>
#include <cctype>
#include <fstream>

/// Recorded evidence is judged again as it was when it was recorded.
namespace postassoc::checks {
namespace {

bool was_found(const nlohmann::json& stored, const std::string& check) {
  const auto& findings = stored.at("findings");
  return std::any_of(findings.begin(), findings.end(),
                     [&](const auto& finding) { return finding.at("check") == check; });
}

class Fixture : public testing::TestWithParam<std::string> {};

constexpr const char* kAnew = "; where it is meant so: fixtures/evidence/judge";

nlohmann::json stored_in(const std::string& fixture, std::string_view file_name) {
  std::ifstream file(fixture_directory(fixture) / file_name);
  return nlohmann::json::parse(file);
}

TEST_P(Fixture, is_judged_as_it_was_when_it_was_recorded) {
  const auto evidence = read_evidence(fixture_directory(GetParam()));
  ASSERT_TRUE(evidence) << to_string(evidence.error());
  const auto stored = stored_in(GetParam(), evidence_file::kFindings);
  const Judgement judgement = judge(*evidence);
  EXPECT_EQ(to_string(judgement.verdict), stored.at("verdict").get<std::string>());
  EXPECT_EQ(judgement.summary, stored.at("summary").get<std::string>());
  const auto& findings = judgement.findings;
  auto again = findings.begin();
  for (const auto& before : stored.at("findings")) {
    const auto check = before.at("check").get<std::string>();
    again = std::find_if(again, findings.end(), [&](const Finding& f) { return f.check == check; });
    ASSERT_NE(again, findings.end()) << check;
    EXPECT_EQ(to_string(again->verdict), before.at("verdict").get<std::string>()) << check << kAnew;
    EXPECT_EQ(again->summary, before.at("summary").get<std::string>()) << check << kAnew;
  }
  // Only a gate may have come since.
  for (const Finding& finding : findings) {
    EXPECT_TRUE(finding.check.starts_with("gate.") || was_found(stored, finding.check));
  }
}

/// verdicts.json has the checks that there were when it was written. One that came later must not
/// fail: nothing in these folders is a fault of the station, but for what an open network lets by.
TEST_P(Fixture, has_the_verdicts_of_every_check_that_are_kept_with_it) {
  const Evidence evidence = recorded(GetParam()).build();
  const auto stored = stored_in(GetParam(), "verdicts.json");
  Verdicts found;
  for (const Finding& finding : judge(evidence).findings) {
    found.emplace(finding.check, finding.verdict);
  }
  for (const auto& [id, verdict] : stored.items()) {
    ASSERT_TRUE(found.contains(id)) << "there is no check " << id << kAnew;
    EXPECT_EQ(to_string(found.at(id)), verdict.get<std::string>()) << id << kAnew << told(evidence);
  }
  for (const auto& [id, verdict] : found) {
    const bool may_fail = stored.contains(id) || GetParam() == kOpen;
    EXPECT_TRUE(verdict != Verdict::fail || may_fail) << id << told(evidence);
  }
}

/// Every folder of fixtures/evidence.
std::vector<std::string> all_fixtures() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(fixture_directory(""))) {
    if (entry.is_directory()) {
      names.push_back(entry.path().filename().string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string plain_name(std::string_view text) {
  std::string name;
  for (const char c : text) {
    name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Recorded, Fixture, testing::ValuesIn(all_fixtures()),
                         [](const auto& info) { return plain_name(info.param); });

TEST(RecordedFault, told_to_connect_with_a_wrong_credential_fails_the_step_and_names_the_cause) {
  const Judgement judgement = judge(*read_evidence(fixture_directory(kWrongCredential)));
  EXPECT_EQ(judgement.verdict, Verdict::fail);
  EXPECT_NE(judgement.summary.find("run.completed"), std::string::npos);
  EXPECT_NE(judgement.summary.find("passphrase differs"), std::string::npos) << judgement.summary;
}

TEST(RecordedFault, plain_frames_delivered_are_seen_on_an_open_network) {
  const Verdicts found = verdicts(recorded(kOpen).build());
  EXPECT_EQ(found.at("excl.plain-unicast-dropped"), Verdict::fail);
}

TEST(RecordedFault, hostapd_that_ends_is_the_labs_error_and_no_check_blames_the_station) {
  const Verdicts found = verdicts(recorded(kHostapdTerminated).build());
  EXPECT_EQ(found.at("run.completed"), Verdict::error);
  EXPECT_EQ(with_verdict(found, Verdict::fail), std::set<std::string>{});
}

}  // namespace
}  // namespace postassoc::checks
