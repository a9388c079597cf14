#include "harness/commands/capture_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>

#include "harness/air_survey.h"
#include "harness/capture_evidence.h"
#include "harness/frames/keys.h"
#include "harness/report/capture.h"
#include "harness/version.h"

namespace postassoc {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestLine = 4096;
constexpr std::size_t kMostSecrets = 1000;
constexpr std::size_t kReportsInFull = 50;
constexpr std::size_t kOutlines = 1024;  ///< associations kept to be compared with later ones

/// Calls `take(line, number)` for each line that is not empty; the first Error ends it.
template <class Take>
Result<> for_each_line(const std::string& file, Take take) {
  std::ifstream in(file);
  if (!in) {
    return Error{Fault::invalid_input, "can't be read", file};
  }
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) {
      line.pop_back();
    }
    if (line.size() > kLongestLine || number > kMostSecrets) {
      return Error{Fault::invalid_input,
                   "is no file of secrets: a line for each, a thousand at most",
                   fmt::format("{}:{}", file, number)};
    }
    if (line.empty()) {
      continue;
    }
    if (auto taken = take(line, fmt::format("{}:{}", file, number)); !taken) {
      return taken.error();
    }
  }
  return {};
}

Result<> take_passphrase(const std::string& line, const std::string& where, AirSecrets& secrets) {
  if (!pmk_from_passphrase(line, "any")) {
    return Error{Fault::invalid_input,
                 fmt::format("expected a passphrase of 8 to 63 printable ASCII characters, found "
                             "{} octets",
                             line.size()),
                 where};
  }
  secrets.passphrases.push_back(line);
  return {};
}

Result<> take_pmk(const std::string& line, const std::string& where, AirSecrets& secrets) {
  auto pmk = from_hex(line);
  if (!pmk || (pmk->size() != 32 && pmk->size() != 48)) {
    return Error{Fault::invalid_input,
                 fmt::format("expected a PMK as 64 (or 96) hexadecimal digits, found {} characters",
                             line.size()),
                 where};
  }
  secrets.pmks.push_back(std::move(*pmk));
  return {};
}

Result<std::optional<MacAddress>> address_of(const std::string& text, const char* option) {
  if (text.empty()) {
    return std::optional<MacAddress>{};
  }
  const auto address = MacAddress::parse(text);
  if (!address) {
    return Error{Fault::invalid_input,
                 fmt::format("expected an address such as 02:00:00:00:01:00, found \"{}\"", text),
                 option};
  }
  return std::optional<MacAddress>(*address);
}

Result<SurveyQuestion> question_of(const CaptureOptions& options) {
  SurveyQuestion question;
  if (!options.ssid.empty()) {
    question.ssid = options.ssid;
  }
  auto bssid = address_of(options.bssid, "--bssid");
  auto station = address_of(options.station, "--station");
  auto secrets = read_secrets(options);
  if (!bssid || !station || !secrets) {
    return !bssid ? bssid.error() : !station ? station.error() : secrets.error();
  }
  question.bssid = *bssid;
  question.station = *station;
  question.secrets = std::move(*secrets);
  question.decrypt = options.decrypt_all ? Decrypt::all : Decrypt::in_doubt;
  return question;
}

/// No capture has calls of an IHV module: those rules are judged only when asked for.
std::vector<std::string> ids_where(bool across_associations, const JudgingTerms& terms) {
  const auto asked_for = [&terms](std::string_view id) {
    return terms.checks.empty()
               ? !id.starts_with("ihv.")
               : std::find(terms.checks.begin(), terms.checks.end(), id) != terms.checks.end();
  };
  std::vector<std::string> ids;
  for (const checks::Check& check : checks::all_checks()) {
    if (!check.id.starts_with("gate.") && check.across_associations == across_associations &&
        asked_for(check.id)) {
      ids.emplace_back(check.id);
    }
  }
  return ids;
}

/// Judges associations as they come, and keeps of each what a report needs.
class CaptureJudge {
 public:
  explicit CaptureJudge(const JudgingTerms& terms)
      : terms_(terms), single_(ids_where(false, terms)), across_(ids_where(true, terms)) {}

  void take(Air&& air) {
    if (air.associations.empty()) {
      return;
    }
    const MacAddress station = air.associations.front().station;
    remember(station, outline_of(air.associations.front()), air.link);
    add(report_of(std::move(air), single_));
  }

  std::vector<report::ScenarioReport> finish() {
    for (auto& [station, air] : stations_) {
      if (air.associations.size() < 2 || across_.empty()) {
        continue;
      }
      const std::size_t count = air.associations.size();
      report::ScenarioReport compared = report_of(std::move(air), across_);
      if (compared.verdict == Verdict::inconclusive &&
          std::all_of(compared.findings.begin(), compared.findings.end(), says_nothing)) {
        continue;
      }
      compared.name =
          fmt::format("station {}, {} associations compared", to_string(station), count);
      add(std::move(compared));
    }
    return std::move(reports_);
  }

 private:
  static bool says_nothing(const Finding& finding) {
    return finding.verdict <= Verdict::info || finding.check.starts_with("gate.");
  }

  report::ScenarioReport report_of(Air air, const std::vector<std::string>& ids) const {
    const Evidence evidence = evidence_of_capture(std::move(air), ids, terms_);
    return report::make_report(evidence, checks::judge(evidence));
  }

  void remember(const MacAddress& station, Association outline, AirLink link) {
    if (outlines_ == kOutlines) {
      return;
    }
    ++outlines_;
    Air& air = stations_[station];
    air.link = link;
    air.associations.push_back(std::move(outline));
  }

  /// The first kReportsInFull are kept in full. Of those after them a sound one keeps no finding,
  /// one with a fault its faults, and none its ladder.
  void add(report::ScenarioReport report) {
    if (reports_.size() >= kReportsInFull) {
      report.ladder.clear();
      report.ladder.shrink_to_fit();
      const bool sound = report.verdict <= Verdict::pass;
      std::erase_if(report.findings,
                    [&](const Finding& f) { return sound || f.verdict <= Verdict::pass; });
      report.findings.shrink_to_fit();
    }
    reports_.push_back(std::move(report));
  }

  const JudgingTerms& terms_;
  std::vector<std::string> single_, across_;
  std::map<MacAddress, Air> stations_;
  std::size_t outlines_ = 0;
  std::vector<report::ScenarioReport> reports_;
};

}  // namespace

Result<AirSecrets> read_secrets(const CaptureOptions& options) {
  AirSecrets secrets;
  for (const std::string& file : options.passphrase_files) {
    auto read = for_each_line(file, [&](const std::string& line, const std::string& where) {
      return take_passphrase(line, where, secrets);
    });
    if (!read) {
      return read.error();
    }
  }
  for (const std::string& file : options.pmk_files) {
    auto read = for_each_line(file, [&](const std::string& line, const std::string& where) {
      return take_pmk(line, where, secrets);
    });
    if (!read) {
      return read.error();
    }
  }
  return secrets;
}

Result<report::RunReport> judge_capture(const fs::path& file, const CaptureOptions& options,
                                        const JudgingTerms& terms) {
  const auto question = question_of(options);
  if (!question) {
    return question.error();
  }
  CaptureJudge judge(terms);
  auto summary = survey_air(file, *question, [&](Air&& air) {
    judge.take(std::move(air));
    return true;
  });
  if (!summary) {
    return summary.error();
  }
  report::RunReport run = report::make_run_report(judge.finish(), file);
  run.harness_version = kVersion;
  run.capture = std::move(*summary);
  report::sort_worst_first(run);
  return run;
}

}  // namespace postassoc
