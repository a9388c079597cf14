#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "harness/checks/check.h"
#include "harness/commands/cli.h"

/// Every capture of fixtures/captures says what expected.json has kept of it.
namespace postassoc {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kAnew = "; where it is meant so: fixtures/captures/judge";

fs::path captures() {
  return fs::path(POSTASSOC_SOURCE_DIR) / "fixtures" / "captures";
}

json expected() {
  std::ifstream file(captures() / "expected.json");
  return json::parse(file);
}

std::vector<std::string> capture_files() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(captures())) {
    const std::string name = entry.path().filename().string();
    if (name.find(".pcap") != name.npos) {
      names.push_back(name);
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// What `postassoc check CAPTURE --json -` says.
json judged(const fs::path& capture, const fs::path& pmk_file) {
  const std::string file = capture.string();
  const std::string passphrases = (captures() / "passphrases.txt").string();
  const std::string pmks = pmk_file.string();
  const std::vector<const char*> argv = {
      "postassoc",  "check",  file.c_str(), "--passphrase-file", passphrases.c_str(), "--pmk-file",
      pmks.c_str(), "--json", "-"};
  std::ostringstream out, err;
  run_cli(static_cast<int>(argv.size()), argv.data(), out, err);
  EXPECT_EQ(err.str(), "");
  return json::parse(out.str());
}

/// The checks that are kept say the same; those that came later do not fail.
void compare(const json& association, const json& kept) {
  const std::string name = association.at("name");
  EXPECT_EQ(name, kept.at("name"));
  EXPECT_EQ(association.at("outcome"), kept.at("outcome")) << name << kAnew;
  json left = kept.at("checks");
  for (const json& finding : association.at("findings")) {
    const std::string id = finding.at("check");
    if (left.contains(id)) {
      EXPECT_EQ(finding.at("verdict"), left.at(id)) << id << ": " << finding.at("summary") << kAnew;
    } else {
      EXPECT_NE(finding.at("verdict"), "fail") << id << ": " << finding.at("summary");
    }
    left.erase(id);
  }
  EXPECT_TRUE(left.empty()) << name << " is not judged by " << left.dump() << kAnew;
}

class CaptureFixture : public testing::TestWithParam<std::string> {};

TEST_P(CaptureFixture, IsJudgedAsItWasWhenItWasMade) {
  const json all = expected();
  ASSERT_TRUE(all.contains(GetParam())) << kAnew;
  const json& kept = all.at(GetParam());
  const json report = judged(captures() / GetParam(), captures() / "pmks.txt");
  EXPECT_EQ(report.at("verdict"), kept.at("verdict")) << kAnew;
  EXPECT_EQ(report.at("capture").at("frames"), kept.at("frames"));
  const json& associations = report.at("scenarios");
  ASSERT_EQ(associations.size(), kept.at("associations").size());
  for (std::size_t i = 0; i < associations.size(); ++i) {
    compare(associations.at(i), kept.at("associations").at(i));
  }
}

std::string plain_name(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Made, CaptureFixture, testing::ValuesIn(capture_files()),
                         [](const auto& info) { return plain_name(info.param); });

fs::path recordings() {
  return fs::path(POSTASSOC_SOURCE_DIR) / "fixtures" / "evidence";
}

json read_json(const fs::path& path) {
  std::ifstream file(path);
  return json::parse(file);
}

std::vector<std::string> recording_names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(recordings())) {
    if (entry.is_directory()) {
      names.push_back(entry.path().filename().string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// The PMKs of a recording, as --pmk-file takes them.
fs::path write_pmks(const std::string& recording) {
  const json secrets = read_json(recordings() / recording / "secrets.json");
  const fs::path path =
      fs::temp_directory_path() / ("postassoc-pmks-" + std::to_string(::getpid()) + recording);
  std::ofstream file(path);
  file << secrets.value("pmk", "") << '\n';
  for (const json& pmk : secrets.value("pmks", json::array())) {
    file << pmk.get<std::string>() << '\n';
  }
  return path;
}

class RecordedAir : public testing::TestWithParam<std::string> {};

/// The air capture of a run, judged alone, blames the station for nothing that the run does not.
TEST_P(RecordedAir, IsJudgedAloneAsInItsRun) {
  const fs::path folder = recordings() / GetParam();
  const json of_run = read_json(folder / "verdicts.json");
  const fs::path pmks = write_pmks(GetParam());
  const json report = judged(folder / "air.pcap", pmks);
  fs::remove(pmks);
  for (const json& association : report.at("scenarios")) {
    if (GetParam().starts_with("networks-")) {
      EXPECT_EQ(association.at("outcome"), "pass") << association.at("summary");
    }
    for (const json& finding : association.at("findings")) {
      const std::string id = finding.at("check");
      EXPECT_TRUE(finding.at("verdict") != "fail" || of_run.value(id, "") == "fail")
          << id << ": " << finding.at("summary");
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Recorded, RecordedAir, testing::ValuesIn(recording_names()),
                         [](const auto& info) { return plain_name(info.param); });

}  // namespace
}  // namespace postassoc
