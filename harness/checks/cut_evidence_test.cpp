#include <unistd.h>

#include <cstring>
#include <fstream>
#include <sstream>

#include "harness/checks/recorded_evidence.h"

/// Recorded evidence that was cut short, as by a full disk or a killed guest: whatever is left, it
/// makes no check fail, and what rests on the end of a file does not pass without it.
namespace postassoc::checks {
namespace {

namespace fs = std::filesystem;

/// A copy of a fixture that one file can be cut in.
class CutEvidence {
 public:
  CutEvidence(std::string_view fixture, std::string_view file)
      : directory_(fs::temp_directory_path() /
                   ("postassoc-cut-" + std::to_string(getpid()) + "-" + std::string(fixture))),
        file_(directory_ / file) {
    fs::remove_all(directory_);
    fs::copy(fixture_directory(fixture), directory_);
    std::ifstream in(file_, std::ios::binary);
    std::stringstream whole;
    whole << in.rdbuf();
    whole_ = std::move(whole).str();
  }
  CutEvidence(const CutEvidence&) = delete;
  CutEvidence& operator=(const CutEvidence&) = delete;
  ~CutEvidence() {
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
  }

  const std::string& whole() const { return whole_; }

  Evidence cut_at(std::size_t size) const {
    std::ofstream(file_, std::ios::binary | std::ios::trunc)
        .write(whole_.data(), static_cast<std::streamsize>(size));
    return read();
  }
  Evidence removed() const {
    fs::remove(file_);
    return read();
  }

 private:
  Evidence read() const {
    auto evidence = read_evidence(directory_);
    if (!evidence) {
      throw std::runtime_error(to_string(evidence.error()));
    }
    evidence->plan.checks = check_ids();
    evidence->plan.scenario.expected.clear();
    return std::move(*evidence);
  }

  fs::path directory_;
  fs::path file_;
  std::string whole_;
};

/// Behind every line feed.
std::vector<std::size_t> ends_of_lines(const std::string& text) {
  std::vector<std::size_t> ends;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') {
      ends.push_back(i + 1);
    }
  }
  return ends;
}

/// Before every record of a pcap file in this machine's byte order.
std::vector<std::size_t> starts_of_records(const std::string& pcap) {
  constexpr std::size_t kFileHeader = 24;
  constexpr std::size_t kRecordHeader = 16;
  std::vector<std::size_t> starts;
  for (std::size_t at = kFileHeader; at + kRecordHeader <= pcap.size();) {
    starts.push_back(at);
    std::uint32_t length = 0;
    std::memcpy(&length, pcap.data() + at + 8, sizeof length);
    at += kRecordHeader + length;
  }
  return starts;
}

/// About `count` of them, evenly spread.
std::vector<std::size_t> some_of(const std::vector<std::size_t>& all, std::size_t count) {
  std::vector<std::size_t> some;
  for (std::size_t i = 0; i < all.size(); i += std::max<std::size_t>(1, all.size() / count)) {
    some.push_back(all[i]);
  }
  return some;
}

/// No finding about the device is worse than inconclusive, and of `unproved` none is a pass.
void expect_no_blame(const Evidence& evidence, const std::vector<std::string>& unproved) {
  const Verdicts found = verdicts(evidence);
  for (const auto& [id, verdict] : found) {
    EXPECT_TRUE(id == "run.completed" || verdict <= Verdict::inconclusive) << id << told(evidence);
  }
  for (const std::string& id : unproved) {
    EXPECT_NE(found.at(id), Verdict::pass) << id << told(evidence);
  }
}

std::vector<std::string> guarded_by(std::string_view gate) {
  std::vector<std::string> ids;
  for (const Check& check : all_checks()) {
    if (std::find(check.gates.begin(), check.gates.end(), gate) != check.gates.end()) {
      ids.emplace_back(check.id);
    }
  }
  return ids;
}

class CutFixture : public testing::TestWithParam<const char*> {};

TEST_P(CutFixture, blames_nobody_wherever_the_timeline_ends) {
  const CutEvidence evidence(GetParam(), evidence_file::kTimeline);
  std::vector<std::size_t> ends = ends_of_lines(evidence.whole());
  ends.pop_back();  // the whole file
  ASSERT_GT(ends.size(), 50U);
  for (const std::size_t end : some_of(ends, 30)) {
    SCOPED_TRACE("cut at byte " + std::to_string(end));
    const Evidence left = evidence.cut_at(end);
    expect_no_blame(left, left.finished() ? std::vector<std::string>{}
                                          : std::vector<std::string>{
                                                "run.completed", "order.keys-before-authorized",
                                                "key.ptk-installed-once", "port.opens-once",
                                                "port.never-opens-on-bad-credential",
                                                "excl.plain-unicast-dropped"});
  }
}

TEST_P(CutFixture, proves_nothing_wherever_the_air_capture_ends) {
  const CutEvidence evidence(GetParam(), evidence_file::kAir);
  const auto guarded = guarded_by("gate.capture-complete");
  std::vector<std::size_t> starts = starts_of_records(evidence.whole());
  ASSERT_GT(starts.size(), 20U);
  starts.resize(starts.size() - 5);  // what came after the mark need not be there
  for (const std::size_t start : some_of(starts, 12)) {
    SCOPED_TRACE("cut at byte " + std::to_string(start) + " or inside the next frame");
    expect_no_blame(evidence.cut_at(start), guarded);
    expect_no_blame(evidence.cut_at(start + 20), guarded);
  }
}

TEST_P(CutFixture, proves_no_delivery_wherever_a_netdev_capture_ends) {
  for (const auto file : {evidence_file::kStationNetdev, evidence_file::kAccessPointNetdev}) {
    const CutEvidence evidence(GetParam(), file);
    std::vector<std::string> unproved = {"excl.protected-frames-pass"};
    if (file == evidence_file::kStationNetdev) {
      unproved.emplace_back("excl.plain-unicast-dropped");
    }
    std::vector<std::size_t> starts = starts_of_records(evidence.whole());
    starts.resize(starts.size() < 5 ? 0 : starts.size() - 5);
    for (const std::size_t start : some_of(starts, 8)) {
      SCOPED_TRACE(std::string(file) + " cut at byte " + std::to_string(start));
      expect_no_blame(evidence.cut_at(start), unproved);
    }
  }
}

TEST_P(CutFixture, blames_nobody_whatever_file_is_not_there) {
  for (const auto file :
       {evidence_file::kTimeline, evidence_file::kAir, evidence_file::kStationNetdev,
        evidence_file::kAccessPointNetdev, evidence_file::kSecrets, evidence_file::kEnvironment}) {
    SCOPED_TRACE(std::string(file));
    expect_no_blame(CutEvidence(GetParam(), file).removed(), {});
  }
}

INSTANTIATE_TEST_SUITE_P(Recorded, CutFixture,
                         testing::Values(kConnect, kMessage3Again, kUnencrypted, kWrongPassphrase),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace postassoc::checks
