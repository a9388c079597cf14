#include <gtest/gtest.h>

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

json judged(const std::string& name) {
  const std::string file = (captures() / name).string();
  const std::string passphrases = (captures() / "passphrases.txt").string();
  const std::string pmks = (captures() / "pmks.txt").string();
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
  const json report = judged(GetParam());
  EXPECT_EQ(report.at("verdict"), kept.at("verdict")) << kAnew;
  EXPECT_EQ(report.at("capture").at("frames"), kept.at("frames"));
  const json& associations = report.at("scenarios");
  ASSERT_EQ(associations.size(), kept.at("associations").size());
  for (std::size_t i = 0; i < associations.size(); ++i) {
    compare(associations.at(i), kept.at("associations").at(i));
  }
}

INSTANTIATE_TEST_SUITE_P(Made, CaptureFixture, testing::ValuesIn(capture_files()),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace_if(
                               name.begin(), name.end(),
                               [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
                           return name;
                         });

}  // namespace
}  // namespace postassoc
