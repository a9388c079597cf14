#include "harness/evidence.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <limits>
#include <sstream>

#include "harness/air_test_capture.h"

namespace postassoc {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::string text_of(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

std::string line(Timestamp time, std::string name, json detail) {
  return to_json_line(
             {time, {}, Witness::harness, Side::none, std::move(name), std::move(detail)}) +
         "\n";
}

/// A scenario's folder as a run leaves it.
class EvidenceOfARun : public testing::Test {
 protected:
  void SetUp() override {
    const json scenario = {
        {"purpose", "p"}, {"steps", {{{"step", "associate"}}}}, {"checks", {"timing.m3-m4"}}};
    Plan plan{parse_scenario(scenario, "timing.json", "timing", {}).value(),
              hwsim_rig_spec(),
              {},
              "timing",
              capture_.nonce};
    const json document = json::parse(to_json(plan).dump());
    write(evidence_file::kPlan, document.dump());
    const auto realtime = TestCapture::kStart.count();
    timeline_ =
        line(Timestamp(0), "clock_sample", {{"realtime_ns", realtime}, {"uncertainty_ns", 500}}) +
        line(Timestamp(1), "run_started",
             {{"bssid", to_string(capture_.bssid)}, {"station", to_string(capture_.station)}}) +
        line(Timestamp(1000), "clock_sample",
             {{"realtime_ns", realtime + 1000 + 4000}, {"uncertainty_ns", 300}}) +
        line(Timestamp(2000), "run_finished", json::object());
    write(evidence_file::kTimeline, timeline_);
    write(evidence_file::kEnvironment, R"({"kernel":"6.1"})");
    write(evidence_file::kSecrets,
          to_json(Secrets{"passphrase", "passphrase", capture_.pmk, capture_.pmk}).dump());
    capture_.associate(capture_.parameters());
    write(evidence_file::kAir, as_text(capture_.bytes()));
    write(evidence_file::kStationNetdev, as_text(pcap_file_header(kLinkTypeEthernet)));
    write(evidence_file::kAccessPointNetdev, as_text(pcap_file_header(kLinkTypeEthernet)));
  }
  void write(std::string_view name, std::string_view text) {
    write_file(folder_.path() / name, as_bytes(text));
  }
  void remove(std::string_view name) { fs::remove(folder_.path() / name); }
  Evidence read() { return read_evidence(folder_.path()).value(); }

  TestFolder folder_;
  TestCapture capture_;
  std::string timeline_;
};

TEST_F(EvidenceOfARun, IsReadBackWhole) {
  const Evidence evidence = read();
  for (const auto& [name, sentence] : evidence.missing) {
    ADD_FAILURE() << name << ": " << sentence;
  }
  EXPECT_EQ(evidence.plan.scenario.name, "timing");
  EXPECT_EQ(evidence.bssid, capture_.bssid);
  EXPECT_EQ(evidence.station, capture_.station);
  EXPECT_EQ(evidence.environment["kernel"], "6.1");
  EXPECT_TRUE(evidence.finished());
  ASSERT_EQ(evidence.clock_samples.size(), 2U);
  EXPECT_EQ(evidence.clock_uncertainty().count(), 2000 + 500);
  const Association& association = evidence.air.associations.at(0);
  EXPECT_EQ(association.request_time,
            std::chrono::milliseconds(1) - std::chrono::nanoseconds(2000));
  EXPECT_EQ(association.eapol.at(1).mic_valid, true);
}

TEST_F(EvidenceOfARun, PutsWhatIsAboutOtherStationsAside) {
  const auto told = [](std::int64_t at, const MacAddress& peer) {
    Event event{Timestamp(at), {}, Witness::kernel, Side::access_point, "rdev_tx_control_port"};
    event.detail = {{"mac", to_string(peer)}};
    return to_json_line(event) + "\n";
  };
  const MacAddress other = *MacAddress::parse("02:00:00:00:03:00");
  const MacAddress group = *MacAddress::parse("ff:ff:ff:ff:ff:ff");
  write(evidence_file::kTimeline, timeline_ + told(10, capture_.station) + told(11, other) +
                                      told(12, group) + told(13, capture_.bssid));
  const Evidence evidence = read();
  std::vector<Side> sides;
  for (const Event& event : evidence.timeline.events()) {
    if (event.name == "rdev_tx_control_port") {
      sides.push_back(event.side);
    }
  }
  EXPECT_EQ(sides, (std::vector<Side>{Side::access_point, Side::none, Side::access_point,
                                      Side::access_point}));
}

TEST_F(EvidenceOfARun, LooksForTheSecondBssToo) {
  EXPECT_FALSE(read().second_bssid);
  auto with_second = timeline_;
  const std::string from = "\"bssid\":";
  with_second.insert(with_second.find(from), "\"second_bssid\":\"42:00:00:00:00:00\",");
  write(evidence_file::kTimeline, with_second);
  EXPECT_EQ(read().second_bssid, MacAddress::parse("42:00:00:00:00:00"));
}

TEST_F(EvidenceOfARun, WithoutAPlanIsAnError) {
  remove(evidence_file::kPlan);
  const auto read = read_evidence(folder_.path());
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().fault, Fault::invalid_input);
  write(evidence_file::kPlan, "{");
  EXPECT_FALSE(read_evidence(folder_.path()));
}

TEST_F(EvidenceOfARun, NamesEveryMissingPart) {
  constexpr std::string_view kParts[] = {evidence_file::kAir, evidence_file::kStationNetdev,
                                         evidence_file::kAccessPointNetdev,
                                         evidence_file::kEnvironment, evidence_file::kSecrets};
  for (const auto part : kParts) {
    remove(part);
  }
  const Evidence evidence = read();
  EXPECT_EQ(evidence.missing.size(), std::size(kParts));
  for (const auto part : kParts) {
    EXPECT_EQ(evidence.missing.count(std::string(part)), 1U) << part;
  }
  EXPECT_TRUE(evidence.air.associations.empty());
}

TEST_F(EvidenceOfARun, WithoutATimelineTheAirIsNotJudged) {
  remove(evidence_file::kTimeline);
  const Evidence evidence = read();
  EXPECT_FALSE(evidence.finished());
  EXPECT_EQ(evidence.missing.count("timeline.jsonl"), 1U);
  EXPECT_EQ(evidence.missing.count("air.pcap"), 1U);
  EXPECT_GT(evidence.clock_uncertainty(), std::chrono::hours(1));
}

TEST_F(EvidenceOfARun, ToleratesALastLineThatIsCut) {
  write(evidence_file::kTimeline, timeline_ + R"({"t_ns":3000,"u_ns":0,"witn)");
  const Evidence evidence = read();
  EXPECT_EQ(evidence.missing.at("timeline.jsonl"), "last line cut");
  EXPECT_EQ(evidence.timeline.events().size(), 4U);
  EXPECT_TRUE(evidence.finished());
}

TEST_F(EvidenceOfARun, ADamagedLineKeepsTheNumbersOfTheOthers) {
  write(evidence_file::kTimeline, "rubbish\n" + timeline_);
  const Evidence evidence = read();
  EXPECT_NE(evidence.missing.at("timeline.jsonl").find("line 1"), std::string::npos);
  const Event* finished =
      evidence.timeline.first([](const Event& e) { return e.name == "run_finished"; });
  ASSERT_NE(finished, nullptr);
  EXPECT_EQ(evidence.timeline.line(*finished), 5U);
}

TEST_F(EvidenceOfARun, NamesDamagedParts) {
  write(evidence_file::kAir, "no capture");
  write(evidence_file::kSecrets, "[1]");
  write(evidence_file::kEnvironment, "nothing");
  Bytes cut = pcap_file_header(kLinkTypeEthernet);
  cut.resize(cut.size() + 5);
  write(evidence_file::kStationNetdev, as_text(cut));
  const Evidence evidence = read();
  for (const char* part : {"air.pcap", "secrets.json", "environment.json", "station.pcap"}) {
    EXPECT_EQ(evidence.missing.count(part), 1U) << part;
  }
}

TEST_F(EvidenceOfARun, DecryptsWithThePmkThatTheAccessPointTold) {
  Secrets secrets;
  secrets.pmks = {Bytes(32), capture_.pmk};
  write(evidence_file::kSecrets, to_json(secrets).dump());
  EXPECT_TRUE(read().air.associations.at(0).handshakes.at(0).tk);
}

TEST_F(EvidenceOfARun, SurvivesClockSamplesOutOfThisWorld) {
  constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
  write(evidence_file::kTimeline,
        timeline_ + line(Timestamp::min(), "clock_sample", {{"realtime_ns", kMax}}) +
            line(Timestamp(5), "clock_sample", {{"realtime_ns", "x"}}) +
            line(Timestamp(5), "clock_sample", {{"realtime_ns", -5}}));
  EXPECT_EQ(read().clock_samples.size(), 2U);
}

TEST(EvidenceDirectory, OnlyEverAppends) {
  TestFolder folder;
  const auto path = folder.path() / "run" / "scenario";
  {
    auto directory = EvidenceDirectory::create(path).value();
    ASSERT_TRUE(directory.append("timeline.jsonl", as_bytes("one\n")));
    auto moved = std::move(directory);
    ASSERT_TRUE(moved.append("timeline.jsonl", as_bytes("two\n")));
  }
  auto again = EvidenceDirectory::create(path).value();
  ASSERT_TRUE(again.append("timeline.jsonl", as_bytes("three\n")));
  EXPECT_EQ(text_of(path / "timeline.jsonl"), "one\ntwo\nthree\n");
}

TEST(EvidenceDirectory, KeepsSecretsFromOthers) {
  TestFolder folder;
  auto directory = EvidenceDirectory::create(folder.path()).value();
  write_file(folder.path() / "secrets.json", {});
  fs::permissions(folder.path() / "secrets.json", fs::perms(0644));
  ASSERT_TRUE(directory.append("secrets.json", as_bytes("{}")));
  ASSERT_TRUE(directory.append("plan.json", as_bytes("{}")));
  EXPECT_EQ(fs::status(folder.path() / "secrets.json").permissions(), fs::perms(0600));
  EXPECT_NE(fs::status(folder.path() / "plan.json").permissions() & fs::perms::group_read,
            fs::perms::none);
}

TEST(EvidenceDirectory, WritesSecretsAnewAndAppendsToTheRest) {
  const TestFolder folder;
  auto directory = EvidenceDirectory::create(folder.path()).value();
  for (const char* text : {"{\"long\":1}", "{}"}) {
    ASSERT_TRUE(directory.append("secrets.json", as_bytes(text)));
    ASSERT_TRUE(directory.append("plan.json", as_bytes(text)));
  }
  EXPECT_EQ(fs::file_size(folder.path() / "secrets.json"), 2U);
  EXPECT_EQ(fs::file_size(folder.path() / "plan.json"), 12U);
}

TEST(EvidenceDirectory, RefusesNamesThatLeadOut) {
  TestFolder folder;
  auto directory = EvidenceDirectory::create(folder.path() / "in").value();
  for (const std::string_view name : {"../out", "..", ".", "", "a/b", "/etc/passwd"}) {
    const auto appended = directory.append(name, as_bytes("x"));
    ASSERT_FALSE(appended) << name;
    EXPECT_EQ(appended.error().fault, Fault::invalid_input);
  }
  EXPECT_TRUE(fs::is_empty(folder.path() / "in"));
}

TEST(EvidenceDirectory, SaysHowMuchDidNotFitAndWhere) {
  if (::access("/dev/full", W_OK) != 0) {
    GTEST_SKIP() << "needs /dev/full";
  }
  TestFolder folder;
  auto directory = EvidenceDirectory::create(folder.path()).value();
  fs::create_symlink("/dev/full", folder.path() / "air.pcap");
  const auto appended = directory.append("air.pcap", Bytes(4096));
  ASSERT_FALSE(appended);
  EXPECT_EQ(to_string(appended.error()),
            (folder.path() / "air.pcap").string() +
                ": can't write 4096 bytes (0 of them were written): No space left on device");
}

TEST(EvidenceDirectory, SaysThatItMayNotWrite) {
  TestFolder folder;
  write_file(folder.path() / "file", {});
  const auto created = EvidenceDirectory::create(folder.path() / "file" / "below");
  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().fault, Fault::lab);
  if (::geteuid() == 0) {
    GTEST_SKIP() << "root may write anywhere";
  }
  auto directory = EvidenceDirectory::create(folder.path() / "closed").value();
  fs::permissions(folder.path() / "closed", fs::perms(0500));
  const auto appended = directory.append("plan.json", as_bytes("{}"));
  ASSERT_FALSE(appended);
  EXPECT_NE(appended.error().what.find("Permission denied"), std::string::npos);
}

TEST(RunDirectory, IsNewEachTimeAndLatestFollows) {
  TestFolder folder;
  const auto runs = folder.path() / "runs";
  const auto first = create_run_directory(runs).value();
  EXPECT_EQ(fs::read_symlink(runs / "latest"), first.filename());
  const auto second = create_run_directory(runs).value();
  EXPECT_NE(first, second);
  EXPECT_TRUE(fs::is_directory(first));
  EXPECT_EQ(fs::read_symlink(runs / "latest"), second.filename());
  // 20240229T235959Z-0f3a
  EXPECT_EQ(second.filename().string().size(), 21U);
  EXPECT_EQ(std::distance(fs::directory_iterator(runs), fs::directory_iterator()), 3);
}

TEST(RunDirectory, NeverReplacesSomethingThatIsNoLink) {
  TestFolder folder;
  fs::create_directories(folder.path() / "latest" / "precious");
  EXPECT_FALSE(create_run_directory(folder.path()));
  EXPECT_TRUE(fs::exists(folder.path() / "latest" / "precious"));
}

std::vector<std::string> names_of(const fs::path& run) {
  std::vector<std::string> names;
  for (const auto& path : scenario_directories(run).value()) {
    names.push_back(path.filename().string());
  }
  return names;
}

TEST(ScenarioDirectories, KeepThePlannedOrder) {
  TestFolder folder;
  for (const char* name : {"a", "b", "c", "d"}) {
    fs::create_directories(folder.path() / name);
    write_file(folder.path() / name / "plan.json", as_bytes("{}"));
  }
  fs::create_directories(folder.path() / "no-plan");
  EXPECT_EQ(names_of(folder.path()), (std::vector<std::string>{"a", "b", "c", "d"}));
  write_file(folder.path() / "plan.json",
             as_bytes(R"({"format":1,"scenarios":[{"slug":"c"},{"slug":"never-begun"},
                         {"slug":"../a"},{"slug":7},5,{"slug":"a"},{"slug":"c"}]})"));
  EXPECT_EQ(names_of(folder.path()), (std::vector<std::string>{"c", "a", "b", "d"}));
  EXPECT_EQ(scenario_directories(folder.path() / "a").value(),
            std::vector<fs::path>{folder.path() / "a"});
}

TEST(ScenarioDirectories, OfNothingIsAnError) {
  TestFolder folder;
  EXPECT_FALSE(scenario_directories(folder.path()));
  EXPECT_FALSE(scenario_directories(folder.path() / "absent"));
}

}  // namespace
}  // namespace postassoc
