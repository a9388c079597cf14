#include "harness/commands/cli.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>
#include <set>
#include <sstream>

#include "harness/checks/check.h"
#include "harness/commands/host_inspection.h"
#include "harness/commands/judging.h"
#include "harness/commands/outputs.h"
#include "harness/evidence.h"
#include "harness/plan.h"

namespace postassoc {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct Outcome {
  int code = -1;
  std::string out, err;
};

Outcome cli(const std::vector<std::string>& arguments) {
  std::vector<const char*> argv{"postassoc"};
  for (const std::string& argument : arguments) {
    argv.push_back(argument.c_str());
  }
  std::ostringstream out, err;
  Outcome outcome;
  outcome.code = run_cli(static_cast<int>(argv.size()), argv.data(), out, err);
  outcome.out = out.str();
  outcome.err = err.str();
  return outcome;
}

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// A folder that is removed with the test.
class CommandTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "postassoc-cli-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text) {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }

  /// A run directory with one scenario of which nothing but its plan was recorded.
  fs::path write_run() {
    const auto file = fs::path(POSTASSOC_SOURCE_DIR) / "scenarios/wpa2-psk/connect.json";
    const auto ids = checks::check_ids();
    const auto scenarios = load_scenarios(file, {}, {}, ids);
    EXPECT_TRUE(scenarios.has_value());
    auto planned = plan(scenarios->front(), virtual_rig_spec(), ids, "01234567");
    const Plan* made = planned ? std::get_if<Plan>(&*planned) : nullptr;
    EXPECT_NE(made, nullptr);
    write("run/" + made->slug + "/plan.json", to_json(*made).dump());
    write("run/plan.json", json{{"format", 1},
                                {"scenarios",
                                 {{{"name", made->scenario.name}, {"slug", made->slug}},
                                  {{"name", "excl/plain"}, {"skip", "the rig can't inject"}},
                                  {{"name", "wpa2-psk/late"}, {"slug", "wpa2-psk-late"}}}}}
                               .dump());
    slug_ = made->slug;
    return folder_ / "run";
  }

  std::map<std::string, std::string> contents(const fs::path& of) const {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(of)) {
      if (entry.is_directory()) {
        continue;
      }
      std::ifstream file(entry.path());
      files[entry.path().string()] = {std::istreambuf_iterator<char>(file), {}};
    }
    return files;
  }

  fs::path folder_;
  std::string slug_;
};

TEST(CommandLine, ShowsHelpWithExamplesOfEveryCommand) {
  EXPECT_EQ(cli({"--help"}).code, 0);
  EXPECT_TRUE(holds(cli({"--help"}).out, "Exit codes: 0 all passed"));
  for (const char* command : {"check", "validate", "list", "explain", "doctor"}) {
    const Outcome help = cli({command, "--help"});
    EXPECT_EQ(help.code, 0);
    EXPECT_TRUE(holds(help.out, std::string("postassoc ") + command)) << help.out;
    EXPECT_TRUE(holds(help.out, "Examples:")) << command;
  }
}

TEST(CommandLine, TellsItsVersion) {
  const Outcome version = cli({"--version"});
  EXPECT_EQ(version.code, 0);
  EXPECT_TRUE(version.out.starts_with("postassoc "));
}

TEST(CommandLine, SuggestsTheNearestCommand) {
  const Outcome outcome = cli({"explian", "timing.m1-m2"});
  EXPECT_EQ(outcome.code, 4);
  EXPECT_TRUE(holds(outcome.err, "there is no command \"explian\"; did you mean \"explain\"?"))
      << outcome.err;
  EXPECT_TRUE(outcome.out.empty());
}

TEST(CommandLine, SuggestsTheNearestOption) {
  const Outcome outcome = cli({"list", "--jsn"});
  EXPECT_EQ(outcome.code, 4);
  EXPECT_TRUE(holds(outcome.err, "there is no option \"--jsn\"; did you mean \"--json\"?"))
      << outcome.err;
  EXPECT_TRUE(holds(outcome.err, "postassoc list --help"));
}

TEST(CommandLine, WantsACommandAndItsArguments) {
  EXPECT_EQ(cli({}).code, 4);
  EXPECT_EQ(cli({"check"}).code, 4);
  EXPECT_EQ(cli({"explain", "a", "b"}).code, 4);
  EXPECT_EQ(cli({"list", "--color", "sometimes"}).code, 4);
}

TEST(CommandLine, TakesGlobalOptionsAfterTheCommand) {
  EXPECT_TRUE(holds(cli({"explain", "timing.m1-m2", "--color", "always"}).out, "\x1b["));
  EXPECT_FALSE(holds(cli({"explain", "timing.m1-m2"}).out, "\x1b["));
}

TEST(Explain, ListsAllChecksAndShowsOne) {
  const Outcome all = cli({"explain"});
  EXPECT_EQ(all.code, 0);
  for (const std::string& id : checks::check_ids()) {
    EXPECT_TRUE(holds(all.out, id)) << id;
  }
  const Outcome one = cli({"explain", "timing.m3-m4"});
  EXPECT_EQ(one.code, 0);
  EXPECT_TRUE(one.out.starts_with("timing.m3-m4\n\nWhat must hold\n  ")) << one.out;
  EXPECT_TRUE(holds(one.out, "When it can't say"));
  EXPECT_EQ(json::parse(cli({"explain", "--json"}).out).size(), checks::all_checks().size());
}

TEST(Explain, SuggestsTheNearestCheck) {
  const Outcome outcome = cli({"explain", "timing.m3m4"});
  EXPECT_EQ(outcome.code, 4);
  EXPECT_TRUE(holds(outcome.err, "did you mean \"timing.m3-m4\"?")) << outcome.err;
}

TEST(List, ShowsEveryScenario) {
  const Outcome listed = cli({"list", POSTASSOC_SOURCE_DIR "/scenarios"});
  EXPECT_EQ(listed.code, 0) << listed.err;
  EXPECT_TRUE(holds(listed.out, "wpa2-psk/connect "));
  const json document = json::parse(cli({"list", POSTASSOC_SOURCE_DIR "/scenarios", "--json"}).out);
  EXPECT_GE(document.size(), 5U);
  for (const json& scenario : document) {
    EXPECT_FALSE(scenario.at("purpose").get<std::string>().empty());
  }
}

TEST(List, ShowsTheSuites) {
  const std::string scenarios = std::string(POSTASSOC_SOURCE_DIR) + "/scenarios";
  const Outcome listed = cli({"list", "suites", "--scenarios", scenarios});
  EXPECT_EQ(listed.code, 0) << listed.err;
  EXPECT_TRUE(holds(listed.out, "smoke  ")) << listed.out;
  EXPECT_TRUE(holds(listed.out, "a sheet of ")) << listed.out;
  const json document =
      json::parse(cli({"list", "suites", "--json", "--scenarios", scenarios}).out);
  EXPECT_GE(document.size(), 4U);
  EXPECT_FALSE(document[0]["scenarios"].empty());
}

TEST(Run, TakesASuiteByItsName) {
  const std::string scenarios = std::string(POSTASSOC_SOURCE_DIR) + "/scenarios";
  const auto run = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"run", "--dry-run", "--scenarios", scenarios});
    return cli(arguments);
  };
  const Outcome smoke = run({"--suite", "smoke", "--jobs", "2", "--seed", "3"});
  EXPECT_EQ(smoke.code, 0) << smoke.err;
  EXPECT_TRUE(holds(smoke.out, "wpa2-psk/connect: ")) << smoke.out;
  EXPECT_FALSE(holds(smoke.out, "networks/")) << smoke.out;
  const Outcome unknown = run({"--suite", "smok"});
  EXPECT_EQ(unknown.code, 4);
  EXPECT_TRUE(holds(unknown.err, "did you mean \"smoke\"?")) << unknown.err;
  EXPECT_EQ(run({"--suite", "smoke", scenarios}).code, 4);
  EXPECT_EQ(run({"--suite", "smoke", "--jobs", "0"}).code, 4);
}

TEST(List, ShowsEveryCheckAsExplainDoes) {
  const Outcome listed = cli({"list", "checks"});
  EXPECT_EQ(listed.code, 0) << listed.err;
  EXPECT_EQ(listed.out, cli({"explain"}).out);
  const json document = json::parse(cli({"list", "checks", "--json"}).out);
  EXPECT_EQ(document.size(), checks::all_checks().size());
  for (const json& check : document) {
    EXPECT_TRUE(holds(listed.out, check.at("id").get<std::string>()));
  }
}

TEST_F(CommandTest, ListSaysWhichFileCannotBeRead) {
  write("bad.json", "{");
  const Outcome listed = cli({"list", folder_.string()});
  EXPECT_EQ(listed.code, 4);
  EXPECT_TRUE(holds(listed.err, "bad.json"));
}

TEST(Validate, FindsNothingWrongWithWhatIsShipped) {
  const Outcome valid =
      cli({"validate", POSTASSOC_SOURCE_DIR "/scenarios", POSTASSOC_SOURCE_DIR "/fixtures/rigs"});
  EXPECT_EQ(valid.code, 0) << valid.err;
  EXPECT_TRUE(holds(valid.out, "(scenario wpa2-psk/connect)")) << valid.out;
  EXPECT_TRUE(holds(valid.out, "(rig usb-adapter)"));
}

TEST_F(CommandTest, ValidateNamesFilePointerAndNearestWord) {
  const std::string file = write("s.json", R"({"purpose": "p", "steps": [{"step": "asociate"}],
    "access_point": {"chanel": 6}, "checks": ["timing.*"]})");
  const Outcome outcome = cli({"validate", file});
  EXPECT_EQ(outcome.code, 4);
  EXPECT_TRUE(holds(outcome.err, file + "#/steps/0/step")) << outcome.err;
  EXPECT_TRUE(holds(outcome.err, "\"associate\"")) << outcome.err;
  EXPECT_TRUE(holds(outcome.err, "/access_point/chanel")) << outcome.err;
  EXPECT_TRUE(holds(outcome.err, "1 of 1 files can't be used"));
}

TEST_F(CommandTest, ValidateFindsFaultsOfARig) {
  const std::string file = write("rig.json", R"({"id": "x", "kind": "hardwear", "radios": {}})");
  const Outcome outcome = cli({"validate", file});
  EXPECT_EQ(outcome.code, 4);
  EXPECT_TRUE(holds(outcome.err, file + "#/kind")) << outcome.err;
}

TEST_F(CommandTest, ValidateAppliesOverrides) {
  const std::string file = POSTASSOC_SOURCE_DIR "/scenarios/wpa2-psk/connect.json";
  EXPECT_EQ(cli({"validate", file, "--set", "access_point.channel=6"}).code, 0);
  EXPECT_EQ(
      cli({"validate", "--set", "access_point.channel=6", "--set", "access_point.ssid=other", file})
          .code,
      0)
      << "--set takes one value and leaves the path alone";
  const Outcome outcome = cli({"validate", file, "--set", "access_point.channel=\"x\""});
  EXPECT_EQ(outcome.code, 4);
  EXPECT_TRUE(holds(outcome.err, "/access_point/channel")) << outcome.err;
}

TEST(Validate, SaysThatAFileIsMissing) {
  const Outcome outcome = cli({"validate", "no/such/file.json"});
  EXPECT_EQ(outcome.code, 4);
  EXPECT_TRUE(holds(outcome.err, "no/such/file.json"));
}

TEST_F(CommandTest, CheckJudgesAgainWithoutTouchingTheRun) {
  const fs::path run = write_run();
  const auto before = contents(run);
  const Outcome outcome = cli({"check", run.string()});
  EXPECT_EQ(outcome.code, 70) << outcome.out << outcome.err;
  EXPECT_TRUE(holds(outcome.out, "wpa2-psk/connect")) << outcome.out;
  EXPECT_TRUE(holds(outcome.out, "the rig can't inject"));
  EXPECT_TRUE(holds(outcome.out, "planned, but the run ended before it was recorded"));
  EXPECT_EQ(contents(run), before);
}

TEST_F(CommandTest, CheckPrintsTheFindingsThatTheRunWrote) {
  const fs::path run = write_run();
  const fs::path scenario = run / slug_;
  const auto judged = judge_directory(scenario);
  ASSERT_TRUE(judged.has_value()) << to_string(judged.error());
  ASSERT_TRUE(write_findings(*judged).has_value());
  EXPECT_EQ(cli({"check", scenario.string(), "--findings"}).out,
            contents(scenario).at((scenario / "findings.json").string()));
  EXPECT_FALSE(write_findings(*judged).has_value()) << "nothing is overwritten";
}

TEST_F(CommandTest, CheckJudgesOtherChecksThanTheScenarioAskedFor) {
  const std::string evidence = POSTASSOC_SOURCE_DIR "/fixtures/evidence/wpa2-psk-message-3-again";
  const auto judged = [&](const std::vector<std::string>& patterns) {
    std::vector<std::string> arguments = {"check", "--findings"};
    for (const std::string& pattern : patterns) {
      arguments.insert(arguments.end(), {"--checks", pattern});
    }
    arguments.push_back(evidence);
    std::set<std::string> ids;
    const json document = json::parse(cli(arguments).out);
    for (const json& finding : document.at("findings")) {
      ids.insert(finding.at("check"));
    }
    return ids;
  };
  EXPECT_FALSE(judged({}).contains("eapol.mic-valid"));
  const auto some = judged({"eapol.*", "timing.m1-m2"});
  EXPECT_TRUE(some.contains("eapol.mic-valid"));
  EXPECT_TRUE(some.contains("timing.m1-m2"));
  EXPECT_FALSE(some.contains("timing.m3-m4"));
  EXPECT_EQ(judged({"*"}).size(), checks::all_checks().size());
  const Outcome unknown = cli({"check", evidence, "--checks", "eapol.nonsense"});
  EXPECT_EQ(unknown.code, 4);
  EXPECT_TRUE(holds(unknown.err, "--checks: no check has the id")) << unknown.err;
}

TEST_F(CommandTest, CheckWritesReports) {
  const fs::path run = write_run();
  const std::string junit = (folder_ / "junit.xml").string();
  const Outcome outcome = cli({"check", run.string(), "--json", "-", "--junit", junit});
  const json document = json::parse(outcome.out);
  EXPECT_EQ(document.at("exit_code"), outcome.code);
  EXPECT_EQ(document.at("scenarios").size(), 3U);
  pugi::xml_document xml;
  EXPECT_TRUE(xml.load_file(junit.c_str()));
  EXPECT_STREQ(xml.child("testsuites").attribute("skipped").value(), "1");
}

TEST_F(CommandTest, CheckRefusesToWriteIntoTheRun) {
  const fs::path run = write_run();
  const auto before = contents(run);
  EXPECT_EQ(cli({"check", run.string(), "--json", (run / "plan.json").string()}).code, 4);
  EXPECT_EQ(contents(run), before);
}

TEST_F(CommandTest, CheckSaysThatThereIsNothingToJudge) {
  const Outcome missing = cli({"check", (folder_ / "none").string()});
  EXPECT_EQ(missing.code, 4);
  EXPECT_TRUE(holds(missing.err, "there is no such run directory and no such capture file"))
      << missing.err;
  EXPECT_EQ(cli({"check", folder_.string()}).code, 4);
}

TEST(Doctor, SaysWhatIsThereAsJson) {
  const Outcome outcome = cli({"doctor", "--json"});
  const json document = json::parse(outcome.out);
  EXPECT_EQ(document.at("ready"), outcome.code == 0);
  EXPECT_EQ(outcome.code == 0 || outcome.code == 69, true);
  for (const json& item : document.at("items")) {
    EXPECT_EQ(item.at("state") != "missing" || !item.at("mend").get<std::string>().empty(), true)
        << item;
  }
}

TEST(Doctor, NamesWhatARealRigLacks) {
  const Outcome outcome =
      cli({"doctor", "--rig", POSTASSOC_SOURCE_DIR "/fixtures/rigs/usb-adapter.json"});
  EXPECT_EQ(outcome.code, 69) << "no host has the radios of the example";
  EXPECT_TRUE(holds(outcome.out, "radio of the station")) << outcome.out;
  EXPECT_TRUE(holds(outcome.out, "mend: "));
}

TEST(HostInspection, NamesTheCommandThatInstallsAMissingProgram) {
  const HostItem item = inspect_program({"no-such-program-here"}, "", "some-package");
  EXPECT_EQ(item.state, HostItem::State::missing);
  EXPECT_EQ(item.mend, "sudo apt-get install some-package");
}

TEST(HostInspection, ReadsTheVersionOfAProgram) {
  const HostItem item =
      inspect_program({"sh", "-c", "echo first; echo tool version 7"}, "version", "none");
  EXPECT_EQ(item.state, HostItem::State::ok);
  EXPECT_EQ(item.detail, "tool version 7");
}

TEST(HostInspection, TellsAFolderThatCannotBeUsed) {
  EXPECT_EQ(inspect_folder("/proc/self/nowhere", 1).state, HostItem::State::missing);
  EXPECT_EQ(inspect_folder(fs::temp_directory_path() / "new/folder", 0).state, HostItem::State::ok);
  EXPECT_EQ(inspect_folder(fs::temp_directory_path(), std::uintmax_t{1} << 40U).state,
            HostItem::State::missing);
}

TEST_F(CommandTest, WriteTextFileSaysWhyItCannot) {
  const auto written = write_text_file(folder_ / "no/such/folder.txt", "x");
  ASSERT_FALSE(written.has_value());
  EXPECT_TRUE(holds(to_string(written.error()), "No such file"));
}

TEST(Explain, DocumentInTheRepositoryIsWhatTheCodeSays) {
  std::ifstream file(fs::path(POSTASSOC_SOURCE_DIR) / "harness/checks/CATALOGUE.md");
  const std::string kept{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(cli({"explain", "--markdown"}).out, kept)
      << "write it anew: postassoc explain --markdown >harness/checks/CATALOGUE.md";
}

TEST(Explain, SaysEverythingOfEveryCheck) {
  for (const checks::Check& check : checks::all_checks()) {
    const Outcome outcome = cli({"explain", std::string(check.id)});
    EXPECT_EQ(outcome.code, 0);
    for (const char* part : {"What must hold", "Why it matters", "Source", "Evidence it needs",
                             "When it can't say", "How to provoke it"}) {
      EXPECT_TRUE(holds(outcome.out, part)) << check.id;
    }
  }
}

class CaptureCheckTest : public CommandTest {
 protected:
  static std::string fixture(const std::string& name) {
    return (fs::path(POSTASSOC_SOURCE_DIR) / "fixtures/evidence" / name / "air.pcap").string();
  }
  /// The PMK of a recorded run, as a file for --pmk-file.
  std::string pmk_file(const std::string& name) {
    std::ifstream file(fs::path(POSTASSOC_SOURCE_DIR) / "fixtures/evidence" / name /
                       "secrets.json");
    return write("pmk.txt", json::parse(file).at("pmk").get<std::string>() + "\n");
  }
  static std::map<std::string, std::string> verdicts(const json& association) {
    std::map<std::string, std::string> found;
    for (const json& finding : association.at("findings")) {
      found[finding.at("check")] = finding.at("verdict");
    }
    return found;
  }
};

TEST_F(CaptureCheckTest, JudgesACaptureByWhatTheAirDecides) {
  const Outcome outcome = cli({"check", fixture("wpa2-psk-connect"), "--pmk-file",
                               pmk_file("wpa2-psk-connect"), "--json", "-"});
  ASSERT_EQ(outcome.code, 0) << outcome.out << outcome.err;
  const json report = json::parse(outcome.out);
  EXPECT_EQ(report.at("verdict"), "pass");
  ASSERT_EQ(report.at("scenarios").size(), 1U);
  const json& association = report.at("scenarios").at(0);
  EXPECT_TRUE(holds(association.at("display_filter").get<std::string>(), "frame.number >= "));
  const auto found = verdicts(association);
  EXPECT_EQ(found.at("eapol.mic-valid"), "pass");
  EXPECT_EQ(found.at("key.pn-never-reused"), "pass");
  EXPECT_EQ(found.at("key.ptk-installed-once"), "inconclusive");
  EXPECT_FALSE(found.contains("run.completed"));
  std::uint64_t classified = 0;
  for (const json& of : report.at("capture").at("classes")) {
    classified += of.at("frames").get<std::uint64_t>();
  }
  EXPECT_EQ(classified, report.at("capture").at("frames").get<std::uint64_t>());
}

TEST_F(CaptureCheckTest, WithoutASecretJudgesTheRestAndSaysWhatIsMissing) {
  const Outcome outcome = cli({"check", fixture("wpa2-psk-connect"), "--json", "-"});
  EXPECT_EQ(outcome.code, 70);
  const auto found = verdicts(json::parse(outcome.out).at("scenarios").at(0));
  EXPECT_EQ(found.at("eapol.mic-valid"), "inconclusive");
  EXPECT_EQ(found.at("order.message-sequence"), "pass");
  EXPECT_EQ(found.at("eapol.m2-rsne-matches-assoc"), "pass");
}

TEST_F(CaptureCheckTest, ShowsFramesAndAFilterToPaste) {
  const Outcome outcome =
      cli({"check", fixture("wpa2-psk-wrong-passphrase"), "--station", "02:00:00:00:01:00"});
  EXPECT_TRUE(holds(outcome.out, "Associations, worst first")) << outcome.out;
  EXPECT_TRUE(holds(outcome.out, "frames: M1 ")) << outcome.out;
  EXPECT_TRUE(holds(outcome.out, "wlan.addr == 02:00:00:00:01:00 && eapol && frame.number >= "))
      << outcome.out;
}

TEST_F(CaptureCheckTest, SaysWhichLineOfASecretsFileIsWrongAndNotWhatItHolds) {
  const Outcome outcome = cli({"check", fixture("wpa2-psk-connect"), "--passphrase-file",
                               write("phrases", "good enough\nshort7!\n")});
  EXPECT_EQ(outcome.code, 4);
  EXPECT_TRUE(holds(outcome.err, "phrases:2")) << outcome.err;
  EXPECT_FALSE(holds(outcome.err, "short7!")) << outcome.err;
}

TEST_F(CaptureCheckTest, RefusesWhatIsNoCaptureAndSecretsForARun) {
  const Outcome none = cli({"check", write("notes.txt", "not a capture at all, only text")});
  EXPECT_EQ(none.code, 4);
  EXPECT_TRUE(holds(none.err, "notes.txt")) << none.err;
  const Outcome run = cli({"check", write_run().string(), "--ssid", "lab"});
  EXPECT_EQ(run.code, 4);
}

TEST_F(CommandTest, JudgesOldEvidenceByNewLimits) {
  const std::string evidence =
      (fs::path(POSTASSOC_SOURCE_DIR) / "fixtures/evidence/wpa2-psk-connect").string();
  EXPECT_EQ(cli({"check", evidence}).code, 0);
  const std::string strict =
      write("strict.json", R"({"limits": {"timing.m1-m2": {"max_ms": 0.5}}})");
  const Outcome outcome = cli({"check", evidence, "--limits", strict, "--findings"});
  EXPECT_EQ(outcome.code, 1) << outcome.out;
  EXPECT_TRUE(holds(outcome.out, "timing.m1-m2")) << outcome.out;
  EXPECT_EQ(cli({"check", evidence, "--limits", write("bad.json", R"({"limit": {}})")}).code, 4);
}

}  // namespace
}  // namespace postassoc
